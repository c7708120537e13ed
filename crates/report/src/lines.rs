//! Progress without a terminal, for logs and pipes: a line where an instance has reached something, and a line for what
//! takes long.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    time::Duration,
};

use maestro_core::{event::Subject, plan::action::ActionKind};

use super::{
    ending, failure,
    labels::{on, running, seconds},
    layout::Layout,
    message::{FailureText, Message},
    progress::Reporter,
    retry::retried,
    run_state::RunState,
    style::Tone,
    text::{fit, harmless, harmless_line, width},
    throttle::Throttle,
    wrap::{COLUMNS, wrapped},
};

/// A log is told how far a step is every five seconds at most; there are 20 ticks a second.
const TICKS_BETWEEN_LINES: u32 = 100;
/// A step that takes longer than this has a line that says what it waits for.
const LONG: Duration = Duration::from_secs(2);

/// Writes a line for each milestone of an instance; failures in full at the end.
#[derive(Debug)]
pub struct Lines<W> {
    out: W,
    colour: bool,
    run: RunState,
    progress: Throttle<(Subject, ActionKind, String)>,
    /// Steps that are under way.
    under_way: BTreeMap<usize, Begun>,
    /// When the first step of an instance began, by its name.
    first: BTreeMap<String, Duration>,
    /// Time since the run began.
    now: Duration,
}

/// A step that is under way.
#[derive(Debug)]
struct Begun {
    subject: Subject,
    action: ActionKind,
    since: Duration,
    /// Whether a line said that it takes long.
    is_told: bool,
}

impl<W: Write> Lines<W> {
    /// Writes to `out` what happens to the rows that are to be expected.
    pub fn new(out: W, layout: Layout, colour: bool) -> Self {
        Self {
            out,
            colour,
            run: RunState::new(layout),
            progress: Throttle::new(TICKS_BETWEEN_LINES, false),
            under_way: BTreeMap::new(),
            first: BTreeMap::new(),
            now: Duration::ZERO,
        }
    }

    /// `00:06 api-1 on alpha: `
    fn start(&self, subject: &Subject) -> String {
        format!("{} {}: ", clock(self.now), on(subject))
    }

    /// A line that says how far an instance is.
    fn line(&mut self, subject: &Subject, tone: Tone, text: &str) -> io::Result<()> {
        let start = self.start(subject);
        let line = wrapped(&start, text, 6);
        let painted = tone.paint(&line[start.len()..], self.colour);
        writeln!(self.out, "{start}{painted}")
    }

    /// A line that says what is going on: cut to one line that ends with an ellipsis.
    fn going_on(&mut self, subject: &Subject, text: &str) -> io::Result<()> {
        let start = self.start(subject);
        let room = COLUMNS.saturating_sub(width(&start) + 2);
        writeln!(self.out, "{start}{} …", fit(text, room).trim_end_matches('…'))
    }

    fn done(
        &mut self,
        step: usize,
        subject: &Subject,
        action: ActionKind,
        took: u64,
        outcome: Option<&str>,
    ) -> io::Result<()> {
        let begun = self.under_way.remove(&step);
        let milestone = self.run.layout().milestone(step).map(str::to_owned);
        let was_told = begun.is_some_and(|begun| begun.is_told);
        if milestone.is_none() && !was_told {
            return Ok(());
        }
        let since = subject.instance.as_ref().and_then(|name| self.first.get(name));
        let all = since.map_or(Duration::ZERO, |since| self.now.saturating_sub(*since));
        let took = match (&milestone, action) {
            (Some(_), ActionKind::Pull) | (None, _) => took,
            (Some(_), _) => took.max(u64::try_from(all.as_millis()).unwrap_or(u64::MAX)),
        };
        let what = milestone.unwrap_or_else(|| format!("{}: done", running(action)));
        let outcome = outcome.map(|outcome| format!(": {}", harmless(outcome))).unwrap_or_default();
        self.line(subject, Tone::Ok, &format!("{what}{outcome} ({})", seconds(took)))
    }

    fn failed(&mut self, subject: &Subject, failure: &FailureText) -> io::Result<()> {
        let reason = failure.reason.lines().next().map(harmless_line).unwrap_or_default();
        let start = self.start(subject);
        let word = failure::word(failure.kind);
        // The whole is told at the end.
        let room = COLUMNS.saturating_sub(width(&start) + width(word) + 2);
        self.line(subject, Tone::Failed, &format!("{word}: {}", fit(&reason, room)))
    }

    fn write(&mut self, event: &Message) -> io::Result<()> {
        match event {
            // What is blocked or interrupted is told at the end.
            Message::Started { .. }
            | Message::Unchanged { .. }
            | Message::StepStarted { .. }
            | Message::Blocked { .. }
            | Message::Interrupted { .. } => Ok(()),
            Message::Remark { subject, remark } => {
                self.line(subject, Tone::Plain, &format!("note: {}", harmless(remark)))
            }
            Message::StepProgress { step, subject, action, progress, .. } => {
                self.progress.take(*step, (subject.clone(), *action, progress.clone()));
                Ok(())
            }
            Message::StepRetried { subject, action, .. } => {
                let text = retried(event).unwrap_or_default();
                self.line(subject, Tone::Warning, &format!("{}: {text}", running(*action)))
            }
            Message::StepDone { step, subject, action, milliseconds, outcome, .. } => {
                self.done(*step, subject, *action, *milliseconds, outcome.as_deref())
            }
            Message::StepCancelled { step, subject, action } => {
                let was_told = self.under_way.remove(step).is_some_and(|begun| begun.is_told);
                if *action == ActionKind::Verify && !was_told {
                    return Ok(());
                }
                self.line(subject, Tone::Warning, &format!("{}: cancelled", running(*action)))
            }
            Message::StepFailed { step, subject, failure, .. } => {
                self.under_way.remove(step);
                self.failed(subject, failure)
            }
            Message::Finished { summary, .. } => {
                let paragraphs = ending::paragraphs(&self.run, summary, self.colour);
                let is_short = self.run.counts().total == 0 && paragraphs.len() == 1;
                if !is_short {
                    writeln!(self.out)?;
                }
                writeln!(self.out, "{}", paragraphs.join("\n\n"))
            }
        }
    }

    fn begin(&mut self, step: usize, subject: &Subject, action: ActionKind) {
        if let Some(name) = &subject.instance {
            self.first.entry(name.clone()).or_insert(self.now);
        }
        let begun = Begun { subject: subject.clone(), action, since: self.now, is_told: false };
        self.under_way.insert(step, begun);
    }

    /// Steps that take long, and what they are doing.
    fn long(&mut self) -> Vec<(Subject, String)> {
        let mut long = Vec::new();
        for (step, begun) in &mut self.under_way {
            if !begun.is_told && self.now.saturating_sub(begun.since) >= LONG {
                begun.is_told = true;
                let what = self.run.layout().underway(*step).unwrap_or_else(|| running(begun.action));
                long.push((begun.subject.clone(), what.to_owned()));
            }
        }
        long
    }
}

/// `00:06`, and from an hour on `1:00:06`.
pub(crate) fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes:02}:{seconds:02}")
    }
}

impl<W: Write> Reporter for Lines<W> {
    fn event(&mut self, event: &Message) -> io::Result<()> {
        if let Message::StepDone { step, .. }
        | Message::StepFailed { step, .. }
        | Message::StepCancelled { step, .. }
        | Message::StepRetried { step, .. } = event
        {
            self.progress.forget(*step);
        }
        if let Message::StepStarted { step, subject, action } = event {
            self.begin(*step, subject, *action);
        }
        self.run.apply(event);
        self.write(event)?;
        self.out.flush()
    }

    /// Tells of what takes long, and how far it is if it has told something new some seconds after the line before.
    fn tick(&mut self, elapsed: Duration) -> io::Result<()> {
        self.now = elapsed;
        self.run.tick(elapsed);
        let long = self.long();
        for (subject, what) in &long {
            self.going_on(subject, what)?;
        }
        let due = self.progress.tick();
        for (subject, action, progress) in &due {
            self.going_on(subject, &format!("{}, {}", running(*action), harmless(progress)))?;
        }
        if due.is_empty() && long.is_empty() { Ok(()) } else { self.out.flush() }
    }

    fn note(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{}", harmless(text))?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::{super::samples, *};

    #[test]
    fn a_run_as_a_log() {
        let environment = samples::environment();
        let instances: Vec<_> = environment.instance_ids().collect();
        let layout = Layout::new(&environment, &instances, &samples::plan(&environment));
        let mut lines = Lines::new(Vec::new(), layout, false);
        for event in samples::run() {
            lines.event(&event).unwrap();
        }
        insta::assert_snapshot!(String::from_utf8(lines.out).unwrap(), @r#"
        00:00 web-1 on local: image example/web:1.2: pulled sha256:0123456789ab (0.1 s)
        00:00 db-1 on local: created, ready (0.1 s)
        00:00 web-1 on local: failed: the container exited with code 3 right after its …

        ✗ web-1 on local: did not start
            reason   the container exited with code 3 right after its start
            exit     code 3
            log      listening	now
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
    fn a_long_fetch_tells_a_line_now_and_then() {
        let mut lines = Lines::new(Vec::new(), Layout::default(), false);
        let web = samples::subject("web-1", "web", "local");
        lines.event(&samples::begun(1, &web, ActionKind::Pull)).unwrap();
        for tick in 0..1000 {
            // Nothing new is nothing to tell.
            if tick < 300 {
                let text = format!("{tick} of 999 MB\u{1b}[2J");
                lines.event(&samples::progress(1, &web, ActionKind::Pull, &text)).unwrap();
            }
            lines.tick(Duration::from_millis(50 * (tick + 1))).unwrap();
        }
        lines
            .event(&Message::StepRetried {
                step: 1,
                subject: web.clone(),
                action: ActionKind::Pull,
                attempt: 2,
                attempts: 3,
                milliseconds: 1000,
                reason: "the registry \u{1b}[31mslept".into(),
            })
            .unwrap();
        lines.event(&samples::done(1, &web, ActionKind::Pull)).unwrap();
        insta::assert_snapshot!(String::from_utf8(lines.out).unwrap(), @r#"
        00:02 web-1 on local: pulling image …
        00:05 web-1 on local: pulling image, 99 of 999 MB\u{1b}[2J …
        00:10 web-1 on local: pulling image, 199 of 999 MB\u{1b}[2J …
        00:15 web-1 on local: pulling image, 299 of 999 MB\u{1b}[2J …
        00:50 web-1 on local: pulling image: try 2 of 3 in 1.0 s: the registry
              \u{1b}[31mslept
        00:50 web-1 on local: pulling image: done: pulled sha256:0123456789ab (0.1 s)
        "#);
    }

    #[test]
    fn names_from_elsewhere_are_harmless() {
        let mut lines = Lines::new(Vec::new(), Layout::default(), false);
        let reason = "already \u{1b}]0;owned\u{7} running".to_owned();
        lines
            .event(&Message::Unchanged {
                subject: samples::subject("web", "web", "lo\u{1b}[2Jcal"),
                reason,
                remark: Some("old\nconfiguration".into()),
            })
            .unwrap();
        lines.note("a \u{9b}note").unwrap();
        insta::assert_snapshot!(String::from_utf8(lines.out).unwrap(), @r#"a \u{9b}note"#);
    }
}
