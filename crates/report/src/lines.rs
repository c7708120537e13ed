//! Progress without a terminal: one line an event, for logs and pipes.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use maestro_core::{event::Subject, plan::action::ActionKind};

use super::{
    failure,
    labels::{count, doing, retried, seconds},
    layout::Layout,
    message::{FailureText, Message},
    progress::Reporter,
    style::Tone,
    text::{harmless, harmless_line, pad, width},
    throttle::Throttle,
};

/// Names wider than this do not push all others to the right.
const NAME_AT_MOST: usize = 32;
/// A log is told how far a step is every five seconds at most; there are 20 ticks a second.
const TICKS_BETWEEN_LINES: u32 = 100;
/// What is left alone is verified without a word, unless that takes longer than a second.
const QUIET_TICKS: u32 = 20;

/// Writes one line an event; failures and holds in full.
#[derive(Debug)]
pub struct Lines<W> {
    out: W,
    colour: bool,
    instance_width: usize,
    ship_width: usize,
    progress: Throttle<(Subject, ActionKind, String)>,
    /// Verifications that are under way, and since how many ticks.
    verified: BTreeMap<usize, (Subject, u32)>,
}

impl<W: Write> Lines<W> {
    /// Writes to `out`, aligned for the rows that are to be expected.
    pub fn new(out: W, layout: &Layout, colour: bool) -> Self {
        let widest = |names: &mut dyn Iterator<Item = &str>| {
            let widths = names.map(|name| width(&harmless(name)));
            widths.max().unwrap_or(0).min(NAME_AT_MOST)
        };
        let subjects = || layout.rows.iter().map(|row| &row.subject);
        Self {
            out,
            colour,
            instance_width: widest(&mut subjects().filter_map(|subject| subject.instance.as_deref())),
            ship_width: widest(&mut subjects().map(|subject| subject.ship.as_str())),
            progress: Throttle::new(TICKS_BETWEEN_LINES, false),
            verified: BTreeMap::new(),
        }
    }

    fn line(&mut self, subject: &Subject, text: &str) -> io::Result<()> {
        let name = |name: &str, columns: usize| {
            let name = harmless(name);
            // Padded, but never cut: this line may be the only one that names it.
            pad(&name, columns.max(width(&name)))
        };
        let instance = name(subject.instance.as_deref().unwrap_or("-"), self.instance_width);
        let ship = name(&subject.ship, self.ship_width);
        writeln!(self.out, "{instance}  ship {ship}  {text}")
    }

    /// A line of what takes more than one, indented below the line of its event.
    fn block(&mut self, line: &str) -> io::Result<()> {
        writeln!(self.out, "    {line}")
    }

    fn paint(&self, tone: Tone, text: &str) -> String {
        tone.paint(text, self.colour)
    }

    /// Whether a verification has taken so little time that nothing was told of it.
    fn is_quiet(&self, step: usize) -> bool {
        self.verified.get(&step).is_none_or(|(_, ticks)| *ticks < QUIET_TICKS)
    }

    fn failure(&mut self, subject: &Subject, action: ActionKind, failure: &FailureText) -> io::Result<()> {
        let failed = self.paint(Tone::Failed, failure::word(failure.kind));
        let mut reason = failure.reason.lines().map(harmless_line);
        let first = reason.next().unwrap_or_default();
        self.line(subject, &format!("{} … {failed}: {first}", doing(action)))?;
        reason.try_for_each(|line| self.block(&line))?;
        failure::details(failure).iter().try_for_each(|line| self.block(line))
    }

    fn write(&mut self, event: &Message) -> io::Result<()> {
        match event {
            // What needs nothing is said at the end.
            Message::Started { steps: 0, .. } => Ok(()),
            Message::Started { command, environment, steps } => {
                let (command, environment) = (harmless(command), harmless(environment));
                writeln!(self.out, "{command}: {} for {environment}", count(*steps, "step"))
            }
            Message::Unchanged { subject, reason, remark } => {
                let remark = remark.as_ref().map(|remark| format!(" ({})", harmless(remark)));
                let text = format!("{}{}", harmless(reason), remark.unwrap_or_default());
                self.line(subject, &text)
            }
            Message::Remark { subject, remark } => self.line(subject, &format!("note: {}", harmless(remark))),
            Message::StepStarted { subject, action, .. } if tells_its_begin(*action) => {
                self.line(subject, &format!("{} …", doing(*action)))
            }
            // The line that tells that it is done follows at once, or one that tells why not.
            Message::StepStarted { .. } => Ok(()),
            Message::StepProgress { step, subject, action, progress } => {
                self.progress.take(*step, (subject.clone(), *action, progress.clone()));
                Ok(())
            }
            Message::StepRetried { subject, action, .. } => {
                let text = retried(event).unwrap_or_default();
                self.line(subject, &format!("{} … {text}", doing(*action)))
            }
            Message::StepDone { step, action: ActionKind::Verify, .. } if self.is_quiet(*step) => Ok(()),
            Message::StepDone { subject, action, milliseconds, outcome, .. } => {
                let done = self.paint(Tone::Ok, "done");
                let outcome = outcome.as_ref().map(|outcome| format!(": {}", harmless(outcome)));
                let took = seconds(*milliseconds);
                let text = format!("{} … {done} in {took}{}", doing(*action), outcome.unwrap_or_default());
                self.line(subject, &text)
            }
            Message::StepCancelled { subject, action, .. } => {
                self.line(subject, &format!("{} … cancelled", doing(*action)))
            }
            Message::StepFailed { subject, action, failure, .. } => self.failure(subject, *action, failure),
            Message::Blocked { subject, kind, reason, next } => {
                let word = self.paint(Tone::Warning, &format!("{}:", failure::blocked_word(*kind)));
                self.line(subject, &format!("{word} {}", harmless(reason)))?;
                if next.is_empty() {
                    return Ok(());
                }
                self.block(&format!("next: {}", harmless(next)))
            }
            Message::Interrupted { instances, next } => {
                let lines = failure::standing(instances, next);
                lines.iter().try_for_each(|line| writeln!(self.out, "{line}"))
            }
            Message::Finished { command, summary } => {
                writeln!(self.out, "{}", failure::summary(command, summary, self.colour))
            }
        }
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
        if let Message::StepStarted { step, subject, action: ActionKind::Verify } = event {
            self.verified.insert(*step, (subject.clone(), 0));
        }
        self.write(event)?;
        if let Message::StepDone { step, .. }
        | Message::StepFailed { step, .. }
        | Message::StepCancelled { step, .. } = event
        {
            self.verified.remove(step);
        }
        self.out.flush()
    }

    /// Tells how far a step is, if it has told something new, some seconds after the line before.
    fn tick(&mut self) -> io::Result<()> {
        let mut slow = Vec::new();
        for (subject, ticks) in self.verified.values_mut() {
            *ticks += 1;
            if *ticks == QUIET_TICKS {
                slow.push(subject.clone());
            }
        }
        for subject in &slow {
            self.line(subject, &format!("{} …", doing(ActionKind::Verify)))?;
        }
        let due = self.progress.tick();
        for (subject, action, progress) in &due {
            self.line(subject, &format!("{} … {}", doing(*action), harmless(progress)))?;
        }
        if due.is_empty() && slow.is_empty() { Ok(()) } else { self.out.flush() }
    }

    fn note(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{}", harmless(text))?;
        self.out.flush()
    }
}

/// Whether a step may take so long that a log has to say that it is being waited for.
fn tells_its_begin(action: ActionKind) -> bool {
    matches!(
        action,
        ActionKind::Pull | ActionKind::Ready | ActionKind::Stop | ActionKind::Pause | ActionKind::Check(_)
    )
}

#[cfg(test)]
mod tests {
    use super::{super::samples, *};

    #[test]
    fn a_run_as_a_log() {
        let environment = samples::environment();
        let instances: Vec<_> = environment.instance_ids().collect();
        let layout = Layout::new(&environment, &instances, &samples::plan(&environment));
        let mut lines = Lines::new(Vec::new(), &layout, false);
        for event in samples::run() {
            lines.event(&event).unwrap();
        }
        insta::assert_snapshot!(String::from_utf8(lines.out).unwrap(), @r#"
        start: 8 steps for Hello
        web-2  ship far    skipped: its ship does not answer: connection refused
            next: maestro status web-2
        web-1  ship local  pull image …
        -      ship local  create network … done in 0.1 s
        db-1   ship local  create … done in 0.1 s
        web-1  ship local  pull image … done in 0.1 s: pulled sha256:0123456789ab
        web-1  ship local  create … done in 0.1 s
        db-1   ship local  start … done in 0.1 s
        db-1   ship local  wait until ready …
        db-1   ship local  wait until ready … done in 0.1 s
        web-1  ship local  start … failed: the container exited with code 3 right after its start
              exit code: 3
              last 2 lines of its log:
              | listening	now
              | Error: \u{1b}[31mno database
              state: the container server-1 is there, created and not running
              next: maestro logs server-1
        start: 6 steps done, 1 failed, 1 not started, 1 instance skipped (3.2 s)
        "#);
    }

    #[test]
    fn a_long_fetch_tells_a_line_now_and_then() {
        let mut lines = Lines::new(Vec::new(), &Layout::default(), false);
        let web = samples::subject("web-1", "web", "local");
        lines.event(&samples::begun(1, &web, ActionKind::Pull)).unwrap();
        for tick in 0..1000 {
            // Nothing new is nothing to tell.
            if tick < 300 {
                let text = format!("{tick} of 999 MB\u{1b}[2J");
                lines.event(&samples::progress(1, &web, ActionKind::Pull, &text)).unwrap();
            }
            lines.tick().unwrap();
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
        insta::assert_snapshot!(String::from_utf8(lines.out).unwrap(), @r"
        web-1  ship local  pull image …
        web-1  ship local  pull image … 99 of 999 MB\u{1b}[2J
        web-1  ship local  pull image … 199 of 999 MB\u{1b}[2J
        web-1  ship local  pull image … 299 of 999 MB\u{1b}[2J
        web-1  ship local  pull image … try 2 of 3 in 1.0 s: the registry \u{1b}[31mslept
        web-1  ship local  pull image … done in 0.1 s: pulled sha256:0123456789ab
        ");
    }

    #[test]
    fn names_from_elsewhere_are_harmless() {
        let mut lines = Lines::new(Vec::new(), &Layout::default(), false);
        let reason = "already \u{1b}]0;owned\u{7} running".to_owned();
        lines
            .event(&Message::Unchanged {
                subject: samples::subject("web", "web", "lo\u{1b}[2Jcal"),
                reason,
                remark: Some("old\nconfiguration".into()),
            })
            .unwrap();
        lines.note("a \u{9b}note").unwrap();
        insta::assert_snapshot!(String::from_utf8(lines.out).unwrap(), @r#"
        web  ship lo\u{1b}[2Jcal  already \u{1b}]0;owned\u{7} running (old\nconfiguration)
        a \u{9b}note
        "#);
    }
}
