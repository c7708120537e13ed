//! The state of every row of a run, as its events tell it. Draws nothing, so a terminal and a web page show the same.

use std::collections::HashMap;

use maestro_core::{
    event::{BlockedKind, Subject, Summary},
    model::check::State,
    plan::action::ActionKind,
};

use super::{
    failure,
    id::short_id,
    labels::{self, done, running},
    layout::{Layout, Row},
    message::{FailureText, Message},
    style::Tone,
    text::harmless,
};

/// What a row is doing, in the order of interest when there is not room for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A step of it runs.
    Active,
    /// A step of it failed.
    Failed,
    /// Its turn has not come.
    Waiting,
    /// It gets nothing done.
    Blocked,
    /// All of its steps are done, or there was nothing to do.
    Done,
}

/// A step that runs.
#[derive(Debug, Clone)]
struct Active {
    step: usize,
    action: ActionKind,
    progress: String,
    /// The ship, for a step that no row has.
    ship: String,
}

/// What is told in full below the table.
#[derive(Debug, Clone)]
pub struct Detail {
    /// Failures, in the order in which they came.
    pub failures: Vec<(Subject, ActionKind, FailureText)>,
    /// Holds by their reason: kind, why, what next, who.
    pub blocked: Vec<(BlockedKind, String, String, Vec<Subject>)>,
    /// Remarks on instances for which nothing was done.
    pub remarks: Vec<(Subject, String)>,
    /// What is there of a run that ended before its time, in lines.
    pub standing: Vec<String>,
    /// The command and what came of it, once all is over.
    pub end: Option<(String, Summary)>,
}

#[derive(Debug, Clone, Default)]
struct LayerProgress {
    active: Vec<Active>,
    begun: Vec<usize>,
    steps_done: usize,
    last: Option<(ActionKind, Option<String>)>,
    /// Whether the instance's container became ready in this run.
    serves: bool,
    verdict: Option<(Kind, String)>,
    container: String,
}

/// All rows of a run: made from the layout of the plan that is carried out, and updated by each event of the run.
#[derive(Debug, Clone)]
pub struct RunState {
    layout: Layout,
    progress: Vec<LayerProgress>,
    by_name: HashMap<String, usize>,
    shared: Vec<Active>,
    /// What is to be told below the table.
    pub told: Detail,
}

impl RunState {
    /// The state before the first event.
    #[must_use]
    pub fn new(layout: Layout) -> Self {
        let names = layout.rows.iter().enumerate();
        let by_name = names.filter_map(|(at, row)| Some((row.subject.instance.clone()?, at)));
        Self {
            by_name: by_name.collect(),
            progress: vec![LayerProgress::default(); layout.rows.len()],
            layout,
            shared: Vec::new(),
            told: Detail {
                failures: Vec::new(),
                blocked: Vec::new(),
                remarks: Vec::new(),
                standing: Vec::new(),
                end: None,
            },
        }
    }

    /// How many rows there are. Events add rows for instances that the layout does not have.
    #[must_use]
    pub fn len(&self) -> usize {
        self.progress.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.progress.is_empty()
    }

    /// What a row is about.
    #[must_use]
    pub fn subject(&self, row: usize) -> &Subject {
        &self.layout.rows[row].subject
    }

    /// The container's id in short, where a step told it.
    #[must_use]
    pub fn container(&self, row: usize) -> &str {
        &self.progress[row].container
    }

    /// Takes in an event.
    pub fn apply(&mut self, event: &Message) {
        match event {
            Message::Started { .. } => {}
            Message::Unchanged { subject, reason, remark } => {
                if let Some(row) = self.row(subject) {
                    self.progress[row].verdict = Some((Kind::Done, reason.clone()));
                }
                if let Some(remark) = remark {
                    self.told.remarks.push((subject.clone(), remark.clone()));
                }
            }
            Message::Remark { subject, remark } => self.told.remarks.push((subject.clone(), remark.clone())),
            Message::StepStarted { step, subject, action } => self.begin(*step, subject, *action),
            Message::StepProgress { step, subject, progress, .. } => {
                let active = self.active(subject).iter_mut().find(|active| active.step == *step);
                if let Some(active) = active {
                    active.progress.clone_from(progress);
                }
            }
            Message::StepRetried { step, subject, .. } => {
                let active = self.active(subject).iter_mut().find(|active| active.step == *step);
                if let (Some(active), Some(text)) = (active, labels::retried(event)) {
                    active.progress = text;
                }
            }
            Message::StepDone { step, subject, action, container, outcome, .. } => {
                self.finish(*step, subject, *action, container.as_deref(), outcome.as_deref());
            }
            Message::StepCancelled { step, subject, .. } => {
                self.active(subject).retain(|active| active.step != *step);
            }
            Message::StepFailed { step, subject, action, failure } => {
                self.fail(*step, subject, *action, failure);
            }
            Message::Blocked { subject, kind, reason, next } => self.hold(subject, *kind, reason, next),
            Message::Interrupted { instances, next } => {
                self.told.standing = failure::standing(instances, next);
            }
            Message::Finished { command, summary } => {
                self.told.end = Some((command.clone(), summary.clone()));
            }
        }
    }

    fn begin(&mut self, step: usize, subject: &Subject, action: ActionKind) {
        if let Some(row) = self.row(subject) {
            self.progress[row].begun.push(step);
        }
        let ship = subject.ship.clone();
        self.active(subject).push(Active { step, action, progress: String::new(), ship });
    }

    fn finish(
        &mut self,
        step: usize,
        subject: &Subject,
        action: ActionKind,
        container: Option<&str>,
        outcome: Option<&str>,
    ) {
        self.active(subject).retain(|active| active.step != step);
        self.layout.complete(step);
        if let Some(row) = self.row(subject) {
            let progress = &mut self.progress[row];
            progress.steps_done += 1;
            // The row is about the instance: what is done afterwards is done to its predecessor.
            if !(progress.serves && is_of_predecessor(action)) {
                progress.last = Some((action, outcome.map(str::to_owned)));
            }
            match action {
                ActionKind::Ready | ActionKind::Verify => progress.serves = true,
                // From here on the row is about its predecessor, which comes back.
                ActionKind::Discard => progress.serves = false,
                ActionKind::Create
                | ActionKind::Rename
                | ActionKind::Start
                | ActionKind::Stop
                | ActionKind::Kill
                | ActionKind::Remove
                | ActionKind::Pull
                | ActionKind::CreateNetwork
                | ActionKind::RemoveNetwork
                | ActionKind::Rejoin
                | ActionKind::RemoveVolume
                | ActionKind::Record
                | ActionKind::Forget
                | ActionKind::Check(_)
                | ActionKind::Pause => {}
            }
            if let Some(id) = container {
                progress.container = short_id(id);
            }
        }
    }

    fn fail(&mut self, step: usize, subject: &Subject, action: ActionKind, failure: &FailureText) {
        self.active(subject).retain(|active| active.step != step);
        if let Some(row) = self.row(subject) {
            let text = format!("{}: {}", failure::word(failure.kind), failure.reason);
            self.progress[row].verdict = Some((Kind::Failed, text));
        }
        self.told.failures.push((subject.clone(), action, failure.clone()));
    }

    fn hold(&mut self, subject: &Subject, kind: BlockedKind, reason: &str, next: &str) {
        if let Some(row) = self.row(subject) {
            let verdict = &mut self.progress[row].verdict;
            // That it failed tells more than that it gets nothing more done.
            if !matches!(verdict, Some((Kind::Failed, _))) {
                *verdict = Some((Kind::Blocked, format!("{}: {reason}", failure::blocked_word(kind))));
            }
        }
        let same = |blocked: &&mut (BlockedKind, String, String, Vec<Subject>)| {
            blocked.0 == kind && blocked.1 == reason && blocked.2 == next
        };
        if let Some((.., who)) = self.told.blocked.iter_mut().find(same) {
            who.push(subject.clone());
        } else {
            let entry = (kind, reason.to_owned(), next.to_owned(), vec![subject.clone()]);
            self.told.blocked.push(entry);
        }
    }

    /// The row of a subject, made now if nobody foretold it.
    fn row(&mut self, subject: &Subject) -> Option<usize> {
        let name = subject.instance.as_ref()?;
        if let Some(row) = self.by_name.get(name) {
            return Some(*row);
        }
        let row = self.progress.len();
        self.by_name.insert(name.clone(), row);
        self.progress.push(LayerProgress::default());
        self.layout.rows.push(Row { subject: subject.clone(), steps: Vec::new() });
        Some(row)
    }

    fn active(&mut self, subject: &Subject) -> &mut Vec<Active> {
        match self.row(subject) {
            Some(row) => &mut self.progress[row].active,
            None => &mut self.shared,
        }
    }

    /// What a row is doing.
    #[must_use]
    pub fn kind(&self, row: usize) -> Kind {
        let progress = &self.progress[row];
        if !progress.active.is_empty() {
            return Kind::Active;
        }
        if let Some((kind, _)) = &progress.verdict {
            return *kind;
        }
        let planned = self.layout.rows[row].steps.len();
        if progress.steps_done > 0 && progress.steps_done >= planned { Kind::Done } else { Kind::Waiting }
    }

    /// What a row's last column says.
    #[must_use]
    pub fn status(&self, row: usize) -> (String, Tone) {
        let progress = &self.progress[row];
        let last = progress.last.as_ref().map(|(action, _)| done(*action));
        match (self.kind(row), &progress.verdict, progress.active.last()) {
            (Kind::Active, _, Some(active)) => (active.text(), Tone::Plain),
            (Kind::Failed, Some((_, text)), _) => (harmless(text).into_owned(), Tone::Failed),
            (Kind::Blocked, Some((_, text)), _) => (harmless(text).into_owned(), Tone::Warning),
            (Kind::Done, Some((_, text)), _) => (harmless(text).into_owned(), Tone::Ok),
            (Kind::Done, ..) => {
                let last = last.unwrap_or("done");
                let outcome = progress.last.as_ref().and_then(|(_, outcome)| outcome.as_ref());
                (
                    outcome.map_or(last.to_owned(), |outcome| format!("{last}: {}", harmless(outcome))),
                    Tone::Ok,
                )
            }
            _ if self.told.end.is_some() => {
                let text =
                    last.map_or_else(|| "not started".to_owned(), |last| format!("{last}, no further"));
                (text, Tone::Warning)
            }
            _ => {
                let waiting = match self.next_wait(row) {
                    Some(what) => format!("waiting {what}"),
                    None => "waiting".to_owned(),
                };
                (last.map_or(waiting.clone(), |last| format!("{last}, {waiting}")), Tone::Dim)
            }
        }
    }

    /// What the row's next step waits for.
    fn next_wait(&self, row: usize) -> Option<String> {
        let begun = &self.progress[row].begun;
        let steps = &self.layout.rows[row].steps;
        let next = steps.iter().find(|step| !begun.contains(step))?;
        self.layout.waits_for(*next)
    }

    /// What is being done that belongs to no row: `local: creating network…`.
    #[must_use]
    pub fn shared(&self) -> Option<String> {
        let one = |active: &Active| format!("{}: {}", harmless(&active.ship), active.text());
        let all: Vec<String> = self.shared.iter().map(one).collect();
        (!all.is_empty()).then(|| all.join("  "))
    }
}

impl Active {
    fn text(&self) -> String {
        let running = running(self.action);
        if self.progress.is_empty() {
            format!("{running}…")
        } else {
            format!("{running}… {}", harmless(&self.progress))
        }
    }
}

/// Whether a step with this action, done after an instance became ready, is done to its predecessor: it hands over,
/// stops and goes.
fn is_of_predecessor(action: ActionKind) -> bool {
    matches!(
        action,
        ActionKind::Rejoin
            | ActionKind::Rename
            | ActionKind::Pause
            | ActionKind::Check(State::PreStop | State::Stopped)
            | ActionKind::Stop
            | ActionKind::Kill
            | ActionKind::Remove
            | ActionKind::Record
            | ActionKind::Forget
    )
}

#[cfg(test)]
mod tests {
    use super::{super::samples, *};

    fn statuses(rows: &RunState) -> Vec<String> {
        (0..rows.len()).map(|row| rows.status(row).0).collect()
    }

    #[test]
    fn a_row_tells_what_is_done_and_what_it_waits_for() {
        let environment = samples::environment();
        let instances: Vec<_> = environment.instance_ids().collect();
        let mut rows = RunState::new(Layout::new(&environment, &instances, &samples::plan(&environment)));
        let mut seen = vec![statuses(&rows).join(" | ")];
        for event in samples::run() {
            rows.apply(&event);
            seen.push(statuses(&rows).join(" | "));
        }
        seen.dedup();
        insta::assert_snapshot!(seen.join("\n"), @r#"
        waiting for the network of ship local | waiting | waiting
        waiting for the network of ship local | waiting | skipped: its ship does not answer: connection refused
        waiting for the network of ship local | pulling image… | skipped: its ship does not answer: connection refused
        waiting | pulling image… | skipped: its ship does not answer: connection refused
        creating… | pulling image… | skipped: its ship does not answer: connection refused
        creating… | pulling image… 12 of 40 MB | skipped: its ship does not answer: connection refused
        created, waiting | pulling image… 12 of 40 MB | skipped: its ship does not answer: connection refused
        starting… | pulling image… 12 of 40 MB | skipped: its ship does not answer: connection refused
        starting… | image pulled, waiting | skipped: its ship does not answer: connection refused
        starting… | creating… | skipped: its ship does not answer: connection refused
        starting… | created, waiting until service db is ready | skipped: its ship does not answer: connection refused
        started, waiting | created, waiting until service db is ready | skipped: its ship does not answer: connection refused
        waiting until ready… | created, waiting until service db is ready | skipped: its ship does not answer: connection refused
        ready | created, waiting | skipped: its ship does not answer: connection refused
        ready | starting… | skipped: its ship does not answer: connection refused
        ready | failed: the container exited with code 3 right after its start | skipped: its ship does not answer: connection refused
        "#);
    }

    #[test]
    fn a_row_shows_what_serves_and_not_what_became_of_its_predecessor() {
        let after = |actions: &[ActionKind]| {
            let web = samples::subject("web-1", "web", "local");
            let mut rows = RunState::new(Layout::default());
            for (step, action) in actions.iter().enumerate() {
                rows.apply(&samples::begun(step, &web, *action));
                rows.apply(&samples::done(step, &web, *action));
            }
            statuses(&rows).concat()
        };
        assert_eq!(
            after(&[ActionKind::Create, ActionKind::Stop, ActionKind::Rename, ActionKind::Rename]),
            "renamed"
        );
        assert_eq!(
            after(&[
                ActionKind::Create,
                ActionKind::Stop,
                ActionKind::Rename,
                ActionKind::Rename,
                ActionKind::Start,
                ActionKind::Ready,
                ActionKind::Remove
            ]),
            "ready"
        );
        let handed_over = [
            ActionKind::Create,
            ActionKind::Start,
            ActionKind::Ready,
            ActionKind::Rejoin,
            ActionKind::Rename,
            ActionKind::Rename,
            ActionKind::Rejoin,
            ActionKind::Pause,
            ActionKind::Stop,
        ];
        assert_eq!(after(&handed_over), "ready");
        // What is taken back, or was stopped for good, does not serve.
        assert_eq!(
            after(&[ActionKind::Create, ActionKind::Start, ActionKind::Ready, ActionKind::Discard]),
            "rolled back"
        );
        assert_eq!(
            after(&[
                ActionKind::Create,
                ActionKind::Start,
                ActionKind::Ready,
                ActionKind::Discard,
                ActionKind::Rename,
                ActionKind::Start
            ]),
            "started"
        );
        assert_eq!(after(&[ActionKind::Stop, ActionKind::Remove]), "removed");
    }

    #[test]
    fn a_subject_that_nobody_foretold_gets_a_row() {
        let mut rows = RunState::new(Layout::default());
        let stray = samples::subject("stray", "web", "local");
        rows.apply(&samples::begun(0, &stray, ActionKind::Stop));
        assert_eq!(statuses(&rows), ["stopping…"]);
        rows.apply(&samples::done(0, &stray, ActionKind::Stop));
        assert_eq!((statuses(&rows), rows.kind(0)), (vec!["stopped".to_owned()], Kind::Done));
    }
}
