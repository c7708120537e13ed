//! Progress on a terminal: the table of instances, updated in place.
//!
//! Between two frames the cursor rests, hidden, at the *first* column of the *first* line of the table. A frame clears
//! from there to the end of the screen, draws, and goes back up. So nothing has to be known about how a terminal moved
//! or wrapped the old lines when its window was resized, which terminals do in different ways. A frame is never higher
//! than the window, so that nothing of it scrolls into the history; the whole table goes there once, at the end.

use std::{
    io::{self, Write},
    time::Duration,
};

use crossterm::{
    cursor::{Hide, MoveToColumn, MoveToPreviousLine, Show},
    terminal::{
        BeginSynchronizedUpdate, Clear, ClearType, DisableLineWrap, EnableLineWrap, EndSynchronizedUpdate,
    },
};

use super::{
    ansi::ansi, ending, frame, labels::on, layout::Layout, message::Message, progress::Reporter,
    run_state::RunState, text::harmless, wrap::wrapped,
};

/// Assumed where a terminal does not tell its size.
const USUAL_SIZE: (u16, u16) = (80, 24);

/// Draws the table of a run in place. `size` gives the terminal's columns and rows, whenever a frame is drawn.
#[derive(Debug)]
pub struct Live<W: Write, S: Fn() -> (u16, u16)> {
    out: W,
    size: S,
    colour: bool,
    rows: RunState,
    /// Size of the window and number of lines of the frame that is on the screen.
    drawn: Option<((u16, u16), usize)>,
    /// The turn of the spinner that was drawn.
    turn: u128,
    changed: bool,
    over: bool,
}

impl<W: Write, S: Fn() -> (u16, u16)> Live<W, S> {
    /// Draws to `out`, which must be a terminal.
    pub fn new(out: W, size: S, layout: Layout, colour: bool) -> Self {
        Self {
            out,
            size,
            colour,
            rows: RunState::new(layout),
            drawn: None,
            turn: 0,
            changed: false,
            over: false,
        }
    }

    fn window(&self) -> (u16, u16) {
        match (self.size)() {
            (0, _) | (_, 0) => USUAL_SIZE,
            size => size,
        }
    }

    /// The lines of a frame: at most as many as the window has, one of which stays free for what stood there before.
    fn frame(&self, (columns, rows): (u16, u16)) -> Vec<String> {
        let room = usize::from(rows).saturating_sub(1).max(1);
        frame::lines(&self.rows, (columns.into(), room), self.colour)
    }

    /// Replaces what is on the screen by `lines` in a single write, and leaves the cursor where the next frame begins.
    fn draw(&mut self, lines: &[String], window: (u16, u16)) -> io::Result<()> {
        let mut bytes = self.erase();
        ansi(&mut bytes, Hide);
        bytes.push_str(&lines.join("\r\n"));
        up(&mut bytes, lines.len());
        ansi(&mut bytes, MoveToColumn(0));
        ansi(&mut bytes, EnableLineWrap);
        ansi(&mut bytes, EndSynchronizedUpdate);
        self.drawn = Some((window, lines.len()));
        self.changed = false;
        self.out.write_all(bytes.as_bytes())?;
        self.out.flush()
    }

    /// What begins every frame. Lines are cut to the window; if a terminal finds a character wider than we do, it must
    /// not wrap either.
    fn erase(&self) -> String {
        let mut bytes = String::new();
        ansi(&mut bytes, BeginSynchronizedUpdate);
        ansi(&mut bytes, DisableLineWrap);
        let Some((drawn, lines)) = self.drawn else { return bytes };
        ansi(&mut bytes, MoveToColumn(0));
        if drawn == self.window() {
            // Line by line: some terminals put a screen that is cleared at once into their history.
            for line in 0..lines {
                bytes.push_str(if line == 0 { "" } else { "\r\n" });
                ansi(&mut bytes, Clear(ClearType::UntilNewLine));
            }
            up(&mut bytes, lines);
        } else {
            // The old lines may take more room now than they did.
            ansi(&mut bytes, Clear(ClearType::FromCursorDown));
        }
        bytes
    }

    /// Puts text into the history, in place of the frame.
    fn print(&mut self, text: &str) -> io::Result<()> {
        let mut bytes = self.erase();
        // From here on it is up to the terminal to wrap what is longer than a line.
        ansi(&mut bytes, EnableLineWrap);
        for line in text.lines() {
            bytes.push_str(line);
            bytes.push_str("\r\n");
        }
        ansi(&mut bytes, Show);
        ansi(&mut bytes, EndSynchronizedUpdate);
        self.drawn = None;
        self.changed = true;
        self.out.write_all(bytes.as_bytes())?;
        self.out.flush()
    }

    /// The whole table, and below it all that has to be told in full.
    fn finish(&mut self) -> io::Result<()> {
        let (columns, _) = self.window();
        let rows = frame::all(&self.rows, columns.into(), self.colour);
        let mut text = if rows.is_empty() { String::new() } else { format!("{}\n\n", rows.join("\n")) };
        let remarks = self.rows.told.remarks.iter();
        let mut blocks: Vec<String> = remarks
            .map(|(subject, remark)| wrapped("note: ", &format!("{}: {}", on(subject), harmless(remark)), 6))
            .collect();
        let end = self.rows.told.end.clone();
        blocks
            .extend(end.iter().flat_map(|(_, summary)| ending::paragraphs(&self.rows, summary, self.colour)));
        text.push_str(&blocks.join("\n\n"));
        self.over = true;
        self.print(&text)
    }
}

impl<W: Write, S: Fn() -> (u16, u16)> Reporter for Live<W, S> {
    fn event(&mut self, event: &Message) -> io::Result<()> {
        self.rows.apply(event);
        self.changed = true;
        match event {
            Message::Finished { .. } => self.finish(),
            _ => Ok(()),
        }
    }

    fn tick(&mut self, elapsed: Duration) -> io::Result<()> {
        self.rows.tick(elapsed);
        let window = self.window();
        let resized = self.drawn.is_some_and(|(drawn, _)| drawn != window);
        let turn = elapsed.as_millis() / frame::TURN.as_millis();
        let has_turned = self.drawn.is_some() && std::mem::replace(&mut self.turn, turn) != turn;
        if self.over || !(self.changed || resized || has_turned) {
            return Ok(());
        }
        let lines = self.frame(window);
        self.draw(&lines, window)
    }

    fn note(&mut self, text: &str) -> io::Result<()> {
        self.print(&harmless(text))?;
        self.tick(self.rows.now())
    }
}

impl<W: Write, S: Fn() -> (u16, u16)> Drop for Live<W, S> {
    /// If the run ended without its last event, the table stays as it is, and the shell finds its cursor below it.
    fn drop(&mut self) {
        if let Some((_, lines)) = self.drawn {
            let mut bytes = "\r\n".repeat(lines);
            ansi(&mut bytes, Show);
            // There is nobody left to tell that it did not work.
            let _ = self.out.write_all(bytes.as_bytes()).and_then(|()| self.out.flush());
        }
    }
}

/// From the last of so many lines to the first.
fn up(bytes: &mut String, lines: usize) {
    if let Ok(up @ 1..) = u16::try_from(lines.saturating_sub(1)) {
        ansi(bytes, MoveToPreviousLine(up));
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, rc::Rc, sync::Mutex};

    use super::{super::samples, *};
    use maestro_core::{
        event::{BlockedKind, Subject, Summary},
        plan::action::ActionKind,
    };

    /// A terminal that keeps its history, with what was on it before.
    #[derive(Clone)]
    struct Screen {
        terminal: Rc<Mutex<avt::Terminal>>,
        size: Rc<Cell<(u16, u16)>>,
        writes: Rc<Cell<usize>>,
    }

    impl Screen {
        fn new(columns: u16, rows: u16) -> Self {
            let mut terminal = avt::Terminal::with_scrollback(columns.into(), rows.into(), None).unwrap();
            terminal.feed("$ maestro start\r\n");
            Self {
                terminal: Rc::new(Mutex::new(terminal)),
                size: Rc::new(Cell::new((columns, rows))),
                writes: Rc::default(),
            }
        }

        fn resize(&self, columns: u16, rows: u16) {
            self.terminal.lock().unwrap().resize(columns.into(), rows.into());
            self.size.set((columns, rows));
        }

        /// All lines, the history included.
        fn text(&self) -> String {
            let terminal = self.terminal.lock().unwrap();
            let lines: Vec<String> = terminal.screen().text();
            lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n").trim_end().to_owned()
        }

        /// The lines in the window.
        fn window(&self) -> String {
            let terminal = self.terminal.lock().unwrap();
            let lines = terminal.screen().visible_lines().map(|line| line.text().trim_end().to_owned());
            lines.collect::<Vec<_>>().join("\n").trim_end().to_owned()
        }

        fn live(&self, layout: Layout) -> Live<Self, impl Fn() -> (u16, u16) + use<>> {
            let size = Rc::clone(&self.size);
            Live::new(self.clone(), move || size.get(), layout, false)
        }

        fn cursor_is_visible(&self) -> bool {
            self.terminal.lock().unwrap().cursor().position().is_some()
        }
    }

    impl Write for Screen {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.writes.set(self.writes.get() + 1);
            self.terminal.lock().unwrap().feed(std::str::from_utf8(bytes).unwrap());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn fleet(count: usize) -> Vec<Subject> {
        (1..=count).map(|at| samples::subject(&format!("web-{at:03}"), "web", "local")).collect()
    }

    fn count_of(text: &str, what: &str) -> usize {
        text.matches(what).count()
    }

    #[test]
    fn the_last_table_shows_the_instance_and_not_its_predecessor() {
        let screen = Screen::new(80, 24);
        let web = samples::subject("web-1", "web", "local");
        let mut live = screen.live(Layout::of(vec![web.clone()]));
        let actions = [
            ActionKind::Create,
            ActionKind::Stop,
            ActionKind::Rename,
            ActionKind::Rename,
            ActionKind::Start,
            ActionKind::Ready,
            ActionKind::Remove,
        ];
        live.event(&samples::started(actions.len())).unwrap();
        for (step, action) in actions.into_iter().enumerate() {
            live.event(&samples::begun(step, &web, action)).unwrap();
            live.tick(Duration::ZERO).unwrap();
            live.event(&samples::done(step, &web, action)).unwrap();
            live.tick(Duration::ZERO).unwrap();
        }
        live.event(&samples::finished(Summary { done: actions.len(), ..Summary::default() })).unwrap();
        insta::assert_snapshot!(screen.text(), @r#"
        $ maestro start
          ✓ web-1  ready                                                           0.0 s

        ✓ Hello: 7 steps done in 0.0 s
        "#);
    }

    #[test]
    fn a_fetch_tells_its_speed_and_the_time_that_is_left() {
        let screen = Screen::new(80, 24);
        let web = samples::subject("web-1", "web", "local");
        let mut live = screen.live(Layout::of(vec![web.clone()]));
        live.event(&samples::started(1)).unwrap();
        live.event(&samples::begun(0, &web, ActionKind::Pull)).unwrap();
        let mut shown = Vec::new();
        for (seconds, megabytes) in [(0, 0), (2, 8), (3, 10)] {
            live.tick(Duration::from_secs(seconds)).unwrap();
            live.event(&samples::pulled(0, &web, megabytes * 1_000_000)).unwrap();
            live.tick(Duration::from_secs(seconds)).unwrap();
            shown.push(screen.window().lines().nth(2).unwrap().trim().to_owned());
        }
        insta::assert_snapshot!(shown.join("\n"), @r#"
        ⠋ web-1  pulling image: 0 of 40 MB                             ░░░░░░░░░░  0 s
        ⠋ web-1  pulling image: 8 of 40 MB, 4.0 MB/s, 8 s left         ██░░░░░░░░  2 s
        ⠋ web-1  pulling image: 10 of 40 MB, 3.3 MB/s, 10 s left       ██▌░░░░░░░  3 s
        "#);
    }

    #[test]
    fn pulls_of_a_hundred_instances_have_bars_and_fit_the_window() {
        let screen = Screen::new(80, 24);
        let subjects = fleet(100);
        let mut live = screen.live(Layout::of(subjects.clone()));
        live.event(&samples::started(100)).unwrap();
        for (at, subject) in subjects.iter().enumerate() {
            live.event(&samples::begun(at, subject, ActionKind::Pull)).unwrap();
            live.event(&samples::pulled(at, subject, 0)).unwrap();
        }
        live.tick(Duration::from_secs(2)).unwrap();
        for (at, subject) in (0_u64..).zip(&subjects) {
            let step = usize::try_from(at).unwrap();
            live.event(&samples::pulled(step, subject, at % 41 * 1_000_000)).unwrap();
        }
        live.tick(Duration::from_secs(2)).unwrap();
        let window = screen.window();
        assert!(screen.text().lines().count() <= 24, "{window}");
        assert_eq!(window.lines().filter(|line| line.contains(['█', '░'])).count(), 21, "{window}");
        let shown: Vec<&str> = window.lines().skip(1).step_by(4).map(str::trim).collect();
        insta::assert_snapshot!(shown.join("\n"), @r#"
        Hello: 0 of 100 steps · 00:02                            Ctrl-C stops after this
        ⠋ web-004  pulling image: 3 of 40 MB, 1.5 MB/s, 25 s left      ▊░░░░░░░░░  2 s
        ⠋ web-008  pulling image: 7 of 40 MB, 3.5 MB/s, 10 s left      █▊░░░░░░░░  2 s
        ⠋ web-012  pulling image: 11 of 40 MB, 5.5 MB/s, 6 s left      ██▊░░░░░░░  2 s
        ⠋ web-016  pulling image: 15 of 40 MB, 7.5 MB/s, 4 s left      ███▊░░░░░░  2 s
        ⠋ web-020  pulling image: 19 of 40 MB, 9.5 MB/s, 3 s left      ████▊░░░░░  2 s
        "#);
    }

    #[test]
    fn a_run_leaves_one_table_and_what_has_to_be_told() {
        let environment = samples::environment();
        let instances: Vec<_> = environment.instance_ids().collect();
        let screen = Screen::new(80, 24);
        let mut live = screen.live(Layout::new(&environment, &instances, &samples::plan(&environment)));
        let mut frames = Vec::new();
        for event in samples::run() {
            live.event(&event).unwrap();
            let before = screen.writes.get();
            live.tick(Duration::ZERO).unwrap();
            assert!(screen.writes.get() - before <= 1, "one write a frame");
            frames.push(screen.window());
        }
        drop(live);
        assert!(screen.cursor_is_visible());
        insta::assert_snapshot!(frames[6], @r#"
        $ maestro start
        Hello: 1 of 8 steps · 1 of 2 ships busy · 00:00          Ctrl-C stops after this
          ⠋ db-1   local  creating                                                   0 s
          ⠋ web-1  local  pulling image example/web:1.2: 12 of 40 MB                 0 s
          ! web-2  far    skipped: its ship does not answer: connection refused
        "#);
        insta::assert_snapshot!(screen.text(), @r#"
        $ maestro start
          ✓ db-1   local  created, ready                                           0.0 s
          ✗ web-1  local  failed: the container exited with code 3 right after i…  0.0 s
          ! web-2  far    skipped: its ship does not answer: connection refused

        ✗ web-1 on local: did not start
            reason   the container exited with code 3 right after its start
            exit     code 3
            log      listening  now
                     Error: \u{1b}[31mno database
            state    the container server-1 is there, created and not running
            next     maestro logs server-1

        ! web-2 on far: skipped
            reason   its ship does not answer: connection refused
            next     maestro status web-2

        ✗ Hello: 6 of 8 steps done, 1 failed, 1 not started in 3.2 s; 1 instance skipped
        "#);
    }

    #[test]
    fn a_run_with_nothing_to_do_is_drawn_once_with_what_its_user_should_know() {
        let screen = Screen::new(80, 24);
        let subjects = fleet(2);
        let mut live = screen.live(Layout::of(subjects.clone()));
        live.event(&samples::started(0)).unwrap();
        for subject in subjects {
            let remark = (subject.instance.as_deref() == Some("web-002"))
                .then(|| "it runs with an older configuration: type `maestro restart web-002`".to_owned());
            let reason = "already running".to_owned();
            live.event(&Message::Unchanged { subject, reason, remark }).unwrap();
        }
        live.event(&samples::finished(Summary::default())).unwrap();
        // Nothing comes after the end.
        live.tick(Duration::ZERO).unwrap();
        assert_eq!(screen.writes.get(), 1);
        insta::assert_snapshot!(screen.text(), @r#"
        $ maestro start
        ✓ Hello: nothing to do, 2 unchanged in 0.0 s
        "#);
    }

    #[test]
    fn with_more_rows_than_the_window_it_shows_what_is_active_and_counts_the_rest() {
        let screen = Screen::new(60, 10);
        let subjects = fleet(100);
        let mut live = screen.live(Layout::of(subjects.clone()));
        live.event(&samples::started(100)).unwrap();
        for (at, subject) in subjects.iter().enumerate() {
            live.event(&samples::begun(at, subject, ActionKind::Start)).unwrap();
            live.tick(Duration::ZERO).unwrap();
            if at >= 4 {
                live.event(&samples::done(at - 4, &subjects[at - 4], ActionKind::Start)).unwrap();
                live.tick(Duration::ZERO).unwrap();
            }
            if at == 50 {
                insta::assert_snapshot!(screen.text(), @r#"
                $ maestro start
                Hello: 47 of 100 steps · 00:00       Ctrl-C stops after this
                  ⠋ web-048  starting                                    0 s
                  ⠋ web-049  starting                                    0 s
                  ⠋ web-050  starting                                    0 s
                  ⠋ web-051  starting                                    0 s
                  · web-052  waiting
                  · web-053  waiting
                  · web-054  waiting
                  · 47 more done, 46 waiting
                "#);
            }
        }
        for (at, subject) in subjects.iter().enumerate().skip(96) {
            live.event(&samples::done(at, subject, ActionKind::Start)).unwrap();
        }
        live.event(&samples::finished(Summary { done: 100, ..Summary::default() })).unwrap();
        let text = screen.text();
        for subject in &subjects {
            assert_eq!(count_of(&text, subject.instance.as_deref().unwrap()), 1, "{text}");
        }
        assert!(text.starts_with("$ maestro start\n  ✓ web-001"), "{text}");
        assert!(text.ends_with("✓ Hello: 100 steps done in 0.0 s"));
        assert_eq!(screen.writes.get(), 2 * 100 - 4 + 1);
    }

    #[test]
    fn a_window_may_be_resized_at_any_time() {
        let screen = Screen::new(100, 20);
        let subjects = fleet(40);
        let mut live = screen.live(Layout::of(subjects.clone()));
        let sizes =
            [(100, 20), (40, 20), (40, 6), (120, 6), (120, 50), (30, 12), (3, 2), (200, 60), (80, 24)];
        for (at, subject) in subjects.iter().enumerate() {
            let (columns, rows) = sizes[at % sizes.len()];
            screen.resize(columns, rows);
            live.event(&samples::begun(at, subject, ActionKind::Pull)).unwrap();
            live.event(&samples::progress(at, subject, ActionKind::Pull, "1 of 2 MB")).unwrap();
            live.tick(Duration::ZERO).unwrap();
            let text = screen.text();
            let headers = text.lines().filter(|line| line.contains(" steps")).count();
            assert!(headers == 1 || columns < 30, "after {columns}x{rows}:\n{text}");
            assert_eq!(count_of(&text, "maestro"), 1, "{text}");
        }
        // A resize alone is drawn as well.
        let before = screen.writes.get();
        live.tick(Duration::ZERO).unwrap();
        assert_eq!(screen.writes.get(), before);
        screen.resize(90, 24);
        live.tick(Duration::ZERO).unwrap();
        assert_eq!(screen.writes.get(), before + 1);
        live.event(&samples::finished(Summary::default())).unwrap();
        let text = screen.text();
        for subject in &subjects {
            assert_eq!(count_of(&text, subject.instance.as_deref().unwrap()), 1, "{text}");
        }
    }

    #[test]
    fn long_and_wide_names_never_wrap() {
        let screen = Screen::new(50, 8);
        let subjects = vec![
            samples::subject("データベース-一号", "データベース", "とても遠い船"),
            samples::subject(&"long-".repeat(20), "service-of-many-words", "ship"),
            samples::subject("evil\u{1b}[2J\u{202e}", "web", "local"),
        ];
        let mut live = screen.live(Layout::of(subjects.clone()));
        for (at, subject) in subjects.iter().enumerate() {
            live.event(&samples::begun(at, subject, ActionKind::Pull)).unwrap();
            live.event(&samples::progress(at, subject, ActionKind::Pull, "レイヤー 1 of 2 layers of many"))
                .unwrap();
            live.tick(Duration::ZERO).unwrap();
        }
        insta::assert_snapshot!(screen.text(), @r#"
        $ maestro start
        : 0 of 0 steps · 3 of 3 ships busy · 00:00
          ⠋ データ…   と…   pulling image: レイヤー …  0 s
          ⠋ long-lo…  ship  pulling image: レイヤー …  0 s
          ⠋ evil\u{…  loc…  pulling image: レイヤー …  0 s
        "#);
    }

    #[test]
    fn a_note_goes_into_the_history_above_the_table() {
        let screen = Screen::new(60, 12);
        let subjects = fleet(2);
        let mut live = screen.live(Layout::of(subjects.clone()));
        live.event(&samples::begun(0, &subjects[0], ActionKind::Start)).unwrap();
        live.tick(Duration::ZERO).unwrap();
        assert!(!screen.cursor_is_visible());
        live.note("interrupted: waits for what is running").unwrap();
        let blocked = samples::blocked(&subjects[1], BlockedKind::Interrupted, "the run was interrupted", "");
        live.event(&blocked).unwrap();
        live.tick(Duration::ZERO).unwrap();
        drop(live);
        screen.clone().write_all(b"$ ").unwrap();
        assert!(screen.cursor_is_visible());
        insta::assert_snapshot!(screen.text(), @r#"
        $ maestro start
        interrupted: waits for what is running
        : 0 of 0 steps · 00:00               Ctrl-C stops after this
          ⠋ web-001  starting                                    0 s
          ! web-002  blocked: the run was interrupted
        $
        "#);
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(48))]

        #[test]
        fn whatever_happens_no_row_is_lost_or_doubled(
            acts in proptest::collection::vec((0_usize..12, 0_u8..5, 8_u16..100, 2_u16..30), 1..60),
        ) {
            let screen = Screen::new(80, 8);
            let subjects = fleet(12);
            let mut live = screen.live(Layout::of(subjects.clone()));
            for (row, act, columns, rows) in acts {
                let subject = &subjects[row];
                match act {
                    0 => live.event(&samples::begun(row, subject, ActionKind::Start)).unwrap(),
                    1 => live.event(&samples::done(row, subject, ActionKind::Start)).unwrap(),
                    2 => live.event(&samples::failed(row, subject, ActionKind::Start)).unwrap(),
                    3 => screen.resize(columns, rows),
                    _ => live.tick(Duration::ZERO).unwrap(),
                }
            }
            screen.resize(80, 24);
            live.rows.told.failures.clear();
            live.event(&samples::finished(Summary::default())).unwrap();
            let text = screen.text();
            for subject in &subjects {
                let name = subject.instance.as_deref().unwrap();
                proptest::prop_assert_eq!(count_of(&text, name), 1, "{}", text);
            }
            proptest::prop_assert_eq!(count_of(&text, " steps ·"), 0, "{}", text);
            proptest::prop_assert!(text.starts_with("$ maestro start\n"), "{}", text);
        }
    }
}
