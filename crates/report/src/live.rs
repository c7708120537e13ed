//! Progress on a terminal: the table of instances, updated in place.
//!
//! Between two frames the cursor rests, hidden, at the *first* column of the *first* line of the table. A frame clears
//! from there to the end of the screen, draws, and goes back up. So nothing has to be known about how a terminal moved
//! or wrapped the old lines when its window was resized, which terminals do in different ways. A frame is never higher
//! than the window, so that nothing of it scrolls into the history; the whole table goes there once, at the end.

use std::io::{self, Write};

use crossterm::{
    Command,
    cursor::{Hide, MoveToColumn, MoveToPreviousLine, Show},
    terminal::{
        BeginSynchronizedUpdate, Clear, ClearType, DisableLineWrap, EnableLineWrap, EndSynchronizedUpdate,
    },
};

use super::message::Message;

use super::{
    failure,
    id::ID_LENGTH,
    labels::of,
    layout::Layout,
    progress::Reporter,
    run_state::{Kind, RunState},
    style::Tone,
    table::{ColumnWidths, Line},
    text::{fit, harmless},
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
    widths: Option<((u16, usize), ColumnWidths)>,
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
            widths: None,
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

    /// The widths of the columns, counted anew only when window or rows have changed.
    fn widths(&mut self, columns: u16) -> ColumnWidths {
        let key = (columns, self.rows.len());
        if let Some((of, widths)) = self.widths
            && of == key
        {
            return widths;
        }
        // The column of ids has room for one before there is one.
        let id = |cells: [String; 4]| {
            let [instance, service, ship, container] = cells;
            [instance, service, ship, format!("{container:ID_LENGTH$}")]
        };
        let names: Vec<[String; 4]> = (0..self.rows.len()).map(|row| id(self.cells(row))).collect();
        let cells = names.iter().map(|cells| cells.each_ref().map(String::as_str));
        let widths = ColumnWidths::new(cells, Some(columns.into()));
        self.widths = Some((key, widths));
        widths
    }

    fn cells(&self, row: usize) -> [String; 4] {
        let subject = self.rows.subject(row);
        let name = |name: Option<&String>| harmless(name.map_or("-", |name| name)).into_owned();
        let container = match self.rows.container(row) {
            "" => "-",
            id => id,
        };
        [
            name(subject.instance.as_ref()),
            name(subject.service.as_ref()),
            name(Some(&subject.ship)),
            container.to_owned(),
        ]
    }

    fn row(&self, widths: &ColumnWidths, row: usize) -> String {
        let cells = self.cells(row);
        let (status, tone) = self.rows.status(row);
        let line = Line { number: row + 1, cells: cells.each_ref().map(String::as_str), status: &status };
        widths.row(&line, tone, self.colour)
    }

    /// The lines of a frame: at most as many as the window has, one of which stays free for what stood there before.
    fn frame(&mut self, (columns, rows): (u16, u16)) -> Vec<String> {
        let widths = self.widths(columns);
        let room = usize::from(rows).saturating_sub(1).max(1);
        let shared = self.rows.shared();
        let mut lines = vec![widths.header(self.colour)];
        let body = room.saturating_sub(1 + usize::from(shared.is_some()));
        if self.rows.len() <= body {
            lines.extend((0..self.rows.len()).map(|row| self.row(&widths, row)));
        } else {
            let (shown, rest) = self.window_rows(body.saturating_sub(1));
            lines.extend(shown.into_iter().map(|row| self.row(&widths, row)));
            let rest = fit(&rest, columns.into()).into_owned();
            lines.push(Tone::Dim.paint(&rest, self.colour));
        }
        if let Some(shared) = shared {
            lines.push(fit(&shared, columns.into()).into_owned());
        }
        lines.truncate(room);
        lines
    }

    /// The rows that matter most now, in the order of the table, and a line that counts the others.
    fn window_rows(&self, room: usize) -> (Vec<usize>, String) {
        let mut order: Vec<(Kind, usize)> =
            (0..self.rows.len()).map(|row| (self.rows.kind(row), row)).collect();
        order.sort_unstable();
        let (shown, hidden) = order.split_at(room.min(order.len()));
        let kinds = [
            (Kind::Done, "done"),
            (Kind::Active, "active"),
            (Kind::Waiting, "waiting"),
            (Kind::Blocked, "blocked"),
            (Kind::Failed, "failed"),
        ];
        let counts = kinds.iter().filter_map(|(kind, word)| {
            let number = hidden.iter().filter(|(other, _)| other == kind).count();
            (number > 0).then(|| format!("{number} {word}"))
        });
        let counts: Vec<String> = counts.collect();
        let rest = format!("… {} more: {}", hidden.len(), counts.join(", "));
        let mut shown: Vec<usize> = shown.iter().map(|(_, row)| *row).collect();
        shown.sort_unstable();
        (shown, rest)
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
        let widths = self.widths(columns);
        let mut text = String::new();
        if !self.rows.is_empty() {
            let rows = (0..self.rows.len()).map(|row| self.row(&widths, row));
            text = format!("{}\n{}\n\n", widths.header(self.colour), rows.collect::<Vec<_>>().join("\n"));
        }
        let told = &self.rows.told;
        let mut blocks = Vec::new();
        for (subject, remark) in &told.remarks {
            blocks.push(format!("note: {}: {}", of(subject), harmless(remark)));
        }
        for (kind, reason, next, who) in &told.blocked {
            // What its row says already, and another tells the cause of, is not told again.
            if !failure::told_elsewhere(*kind) || !next.is_empty() {
                let who: Vec<_> = who.iter().collect();
                blocks.push(failure::blocked(*kind, &who, reason, next, self.colour));
            }
        }
        for alike in failure::alike(&told.failures) {
            blocks.push(failure::texts(&alike, self.colour));
        }
        if !told.standing.is_empty() {
            blocks.push(told.standing.join("\n"));
        }
        blocks.extend(
            told.end.iter().map(|(command, summary)| failure::summary(command, summary, self.colour)),
        );
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

    fn tick(&mut self) -> io::Result<()> {
        let window = self.window();
        let resized = self.drawn.is_some_and(|(drawn, _)| drawn != window);
        if self.over || !(self.changed || resized) {
            return Ok(());
        }
        let lines = self.frame(window);
        self.draw(&lines, window)
    }

    fn note(&mut self, text: &str) -> io::Result<()> {
        self.print(&harmless(text))?;
        self.tick()
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

fn ansi(bytes: &mut String, command: impl Command) {
    // Writing into a string cannot fail.
    let _ = command.write_ansi(bytes);
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
        for (step, action) in actions.into_iter().enumerate() {
            live.event(&samples::begun(step, &web, action)).unwrap();
            live.tick().unwrap();
            live.event(&samples::done(step, &web, action)).unwrap();
            live.tick().unwrap();
        }
        live.event(&samples::finished(Summary { done: actions.len(), ..Summary::default() })).unwrap();
        insta::assert_snapshot!(screen.text(), @r#"
        $ maestro start
          #  INSTANCE  SERVICE  SHIP   CONTAINER     STATUS
          1. web-1     web      local  abcdef123456  ready

        start: 7 steps done (0.0 s)
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
            live.tick().unwrap();
            assert!(screen.writes.get() - before <= 1, "one write a frame");
            frames.push(screen.window());
        }
        drop(live);
        assert!(screen.cursor_is_visible());
        insta::assert_snapshot!(frames[6], @r#"
        $ maestro start
          #  INSTANCE  SERVICE  SHIP   CONTAINER     STATUS
          1. db-1      db       local  -             creating…
          2. web-1     web      local  -             pulling image… 12 of 40 MB
          3. web-2     web      far    -             skipped: its ship does not answer:…
        "#);
        insta::assert_snapshot!(screen.text(), @r#"
        $ maestro start
          #  INSTANCE  SERVICE  SHIP   CONTAINER     STATUS
          1. db-1      db       local  abcdef123456  ready
          2. web-1     web      local  abcdef123456  failed: the container exited with …
          3. web-2     web      far    -             skipped: its ship does not answer:…

        skipped: web-2 on ship far
          reason: its ship does not answer: connection refused
          next: maestro status web-2

        failed: web-1 on ship local: start
          reason: the container exited with code 3 right after its start
          exit code: 3
          last 2 lines of its log:
          | listening   now
          | Error: \u{1b}[31mno database
          state: the container server-1 is there, created and not running
          next: maestro logs server-1

        start: 6 steps done, 1 failed, 1 not started, 1 instance skipped (3.2 s)
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
        live.tick().unwrap();
        assert_eq!(screen.writes.get(), 1);
        insta::assert_snapshot!(screen.text(), @r#"
        $ maestro start
          #  INSTANCE  SERVICE  SHIP   CONTAINER     STATUS
          1. web-001   web      local  -             already running
          2. web-002   web      local  -             already running

        note: web-002 on ship local: it runs with an older configuration: type `maestro restart web-002`

        start: nothing to do (0.0 s)
        "#);
    }

    #[test]
    fn with_more_rows_than_the_window_it_shows_what_is_active_and_counts_the_rest() {
        let screen = Screen::new(60, 10);
        let subjects = fleet(100);
        let mut live = screen.live(Layout::of(subjects.clone()));
        for (at, subject) in subjects.iter().enumerate() {
            live.event(&samples::begun(at, subject, ActionKind::Start)).unwrap();
            live.tick().unwrap();
            if at >= 4 {
                live.event(&samples::done(at - 4, &subjects[at - 4], ActionKind::Start)).unwrap();
                live.tick().unwrap();
            }
            if at == 50 {
                insta::assert_snapshot!(screen.text(), @r#"
                $ maestro start
                  #  INSTANCE  SERVICE  SHIP   CONTAINER  STATUS
                 48. web-048   web      local  -          starting…
                 49. web-049   web      local  -          starting…
                 50. web-050   web      local  -          starting…
                 51. web-051   web      local  -          starting…
                 52. web-052   web      local  -          waiting
                 53. web-053   web      local  -          waiting
                 54. web-054   web      local  -          waiting
                … 93 more: 47 done, 46 waiting
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
        assert_eq!(count_of(&text, "INSTANCE"), 1);
        assert!(text.starts_with("$ maestro start\n  #  INSTANCE"), "{text}");
        assert!(text.ends_with("start: 100 steps done (0.0 s)"));
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
            live.tick().unwrap();
            let text = screen.text();
            let headers = text.lines().filter(|line| line.trim_start().starts_with('#')).count();
            assert!(headers == 1 || columns < 4, "after {columns}x{rows}:\n{text}");
            assert_eq!(count_of(&text, "maestro"), 1, "{text}");
        }
        // A resize alone is drawn as well.
        let before = screen.writes.get();
        live.tick().unwrap();
        assert_eq!(screen.writes.get(), before);
        screen.resize(90, 24);
        live.tick().unwrap();
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
            live.tick().unwrap();
        }
        insta::assert_snapshot!(screen.text(), @r#"
        $ maestro start
          #  INSTANCE      SER…  SHIP  CON…  STATUS
          1. データベー…   デ…   と…   -     pulling imag…
          2. long-long-l…  ser…  ship  -     pulling imag…
          3. evil\u{1b}[…  web   loc…  -     pulling imag…
        "#);
    }

    #[test]
    fn a_note_goes_into_the_history_above_the_table() {
        let screen = Screen::new(60, 12);
        let subjects = fleet(2);
        let mut live = screen.live(Layout::of(subjects.clone()));
        live.event(&samples::begun(0, &subjects[0], ActionKind::Start)).unwrap();
        live.tick().unwrap();
        assert!(!screen.cursor_is_visible());
        live.note("interrupted: waits for what is running").unwrap();
        let blocked = samples::blocked(&subjects[1], BlockedKind::Interrupted, "the run was interrupted", "");
        live.event(&blocked).unwrap();
        live.tick().unwrap();
        drop(live);
        screen.clone().write_all(b"$ ").unwrap();
        assert!(screen.cursor_is_visible());
        insta::assert_snapshot!(screen.text(), @r#"
        $ maestro start
        interrupted: waits for what is running
          #  INSTANCE  SERVICE  SHIP   CONTAINER  STATUS
          1. web-001   web      local  -          starting…
          2. web-002   web      local  -          blocked: the run …
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
                    _ => live.tick().unwrap(),
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
            proptest::prop_assert_eq!(count_of(&text, "INSTANCE"), 1, "{}", text);
            proptest::prop_assert!(text.starts_with("$ maestro start\n"), "{}", text);
        }
    }
}
