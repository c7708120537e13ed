//! The state of every row of a run, as its events tell it. Draws nothing, so a terminal and a web page show the same.

mod active;
mod counts;
mod detail;
mod row;
mod transfer;

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use indexmap::IndexMap;

use maestro_core::{
    event::{BlockedKind, FailureKind, Subject},
    plan::{action::ActionKind, changes::ChangeKind, command::Command},
};

use super::{
    alike::ShipWords,
    blocked, failure,
    id::short_id,
    layout::{Layout, Row, StepPart, Whole},
    message::{FailureText, Message},
    retry,
};

use active::{Active, is_of_predecessor, serves_after};
pub use counts::Counts;
pub use detail::Detail;
pub use transfer::{Amount, Transfer};

/// A verification that takes longer is worth a row.
const SLOW: Duration = Duration::from_secs(1);

/// What a row is doing, in the order of interest when there is not room for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowState {
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

#[derive(Debug, Clone, Default)]
struct LayerProgress {
    active: Vec<Active>,
    begun: Vec<usize>,
    steps_done: usize,
    last: Option<(ActionKind, Option<String>)>,
    /// Whether the instance's container became ready in this run.
    serves: bool,
    /// Whether the plan leaves it alone, and why.
    is_unchanged: bool,
    unchanged: Option<String>,
    /// When its first step began, and its last one ended.
    first: Option<Duration>,
    last_end: Duration,
    verdict: Option<(RowState, String)>,
    container: String,
}

/// All rows of a run: made from the layout of the plan that is carried out, and updated by each event of the run.
#[derive(Debug, Clone)]
pub struct RunState {
    layout: Layout,
    progress: Vec<LayerProgress>,
    by_name: HashMap<String, usize>,
    shared: Vec<Active>,
    /// The environment's name.
    environment: String,
    counts: Counts,
    /// Pulls that have changed nothing.
    up_to_date: usize,
    /// Time since the run began.
    now: Duration,
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
            environment: String::new(),
            counts: Counts::default(),
            up_to_date: 0,
            now: Duration::ZERO,
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

    /// The environment's name.
    #[must_use]
    pub fn environment(&self) -> &str {
        &self.environment
    }

    /// What became of the steps.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// What the plan says of the whole.
    pub(crate) fn whole(&self) -> &Whole {
        &self.layout.whole
    }

    /// What names each ship in sentences, by its name.
    pub(crate) fn ship_words(&self) -> &HashMap<String, ShipWords> {
        &self.layout.ships
    }

    /// What may be typed to do the same once more: it continues from where the run has ended. None if that is not known, or
    /// does more.
    pub(crate) fn continued_by(&self) -> Option<&str> {
        let restarts = self.whole().command == Some(Command::Restart);
        Some(self.layout.typed.as_str()).filter(|typed| !typed.is_empty() && !restarts)
    }

    /// What the plan does to each row that it changes.
    pub(crate) fn changes(&self) -> impl Iterator<Item = ChangeKind> + '_ {
        self.layout.rows.iter().filter_map(|row| row.change)
    }

    /// How many images were pulled that were there already.
    pub(crate) fn up_to_date(&self) -> usize {
        self.up_to_date
    }

    /// How many rows stay as they are.
    #[must_use]
    pub fn unchanged(&self) -> usize {
        self.progress.iter().filter(|progress| progress.is_unchanged).count()
    }

    /// Notes how long the run has taken so far.
    pub fn tick(&mut self, elapsed: Duration) {
        self.now = elapsed;
    }

    /// Time since the run began, as of the last tick.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.now
    }

    /// On how many ships something is done now, and how many there are.
    #[must_use]
    pub fn ships(&self) -> (usize, usize) {
        let active = self.progress.iter().flat_map(|progress| &progress.active).chain(&self.shared);
        let busy: BTreeSet<&str> = active.map(|active| active.ship.as_str()).collect();
        let all: BTreeSet<&str> = self.layout.rows.iter().map(|row| row.subject.ship.as_str()).collect();
        (busy.len(), all.len())
    }

    /// Whether a row stands in the table: it is changed, or what it is left alone for is being verified for long.
    #[must_use]
    pub fn is_in_table(&self, row: usize) -> bool {
        let progress = &self.progress[row];
        let is_slow = |active: &Active| self.now.saturating_sub(active.since) >= SLOW;
        !progress.is_unchanged
            || progress.active.iter().any(is_slow)
            || matches!(progress.verdict, Some((RowState::Failed | RowState::Blocked, _)))
    }

    /// How long the step that runs has taken so far, and may take at most.
    #[must_use]
    pub fn active_time(&self, row: usize) -> Option<(Duration, Option<Duration>)> {
        let active = self.progress[row].active.last()?;
        Some((self.now.saturating_sub(active.since), self.layout.limit(active.step)))
    }

    /// The part of an image or a volume that has come, in thousandths, while one comes whose size is known.
    #[must_use]
    pub fn part(&self, row: usize) -> Option<u16> {
        self.progress[row].active.last()?.transfer.as_ref()?.part()
    }

    /// How long a row took from its first step to its last.
    #[must_use]
    pub fn took(&self, row: usize) -> Option<Duration> {
        let progress = &self.progress[row];
        progress.first.map(|first| progress.last_end.saturating_sub(first))
    }

    /// Why rows stay as they are, and how many for each reason.
    pub(crate) fn unchanged_reasons(&self) -> IndexMap<&str, usize> {
        let mut reasons = IndexMap::new();
        for progress in self.progress.iter().filter(|progress| progress.is_unchanged) {
            if let Some(reason) = &progress.unchanged {
                *reasons.entry(reason.as_str()).or_default() += 1;
            }
        }
        reasons
    }

    /// What the plan says of each step.
    pub(crate) fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Takes in an event.
    pub fn apply(&mut self, event: &Message) {
        match event {
            Message::Started { environment, steps, .. } => {
                self.environment.clone_from(environment);
                self.counts.total = *steps;
            }
            Message::Unchanged { subject, reason, .. } => {
                if let Some(row) = self.row(subject) {
                    self.progress[row].verdict = Some((RowState::Done, reason.clone()));
                    self.progress[row].is_unchanged = true;
                    self.progress[row].unchanged = Some(reason.clone());
                }
            }
            Message::Remark { subject, remark } => self.told.remarks.push((subject.clone(), remark.clone())),
            Message::StepStarted { step, subject, action } => self.begin(*step, subject, *action),
            Message::StepProgress { step, subject, progress, pulled, copied, .. } => {
                let now = self.now;
                let active = self.active(subject).iter_mut().find(|active| active.step == *step);
                if let Some(active) = active {
                    active.progress.clone_from(progress);
                    let amount = pulled.map(Amount::Pulled).or_else(|| copied.map(Amount::Copied));
                    if let Some(amount) = amount {
                        active.transfer.get_or_insert_default().take(now, amount);
                    }
                }
            }
            Message::StepRetried { step, subject, .. } => {
                let active = self.active(subject).iter_mut().find(|active| active.step == *step);
                if let (Some(active), Some(text)) = (active, retry::retried(event)) {
                    active.progress = text;
                    active.transfer = None;
                }
            }
            Message::StepDone { step, subject, action, container, outcome, is_up_to_date, .. } => {
                self.up_to_date += usize::from(*is_up_to_date);
                self.finish(*step, subject, *action, container.as_deref(), outcome.as_deref());
            }
            Message::StepCancelled { step, subject, .. } => {
                self.active(subject).retain(|active| active.step != *step);
                self.counts.cancelled += usize::from(self.layout.is_counted(*step));
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
            let progress = &mut self.progress[row];
            progress.begun.push(step);
            progress.first.get_or_insert(self.now);
        }
        let ship = subject.ship.clone();
        let underway = self.layout.underway(step).unwrap_or_default().to_owned();
        let (since, progress) = (self.now, String::new());
        self.active(subject).push(Active { step, action, progress, transfer: None, ship, since, underway });
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
        self.counts.done += usize::from(self.layout.is_counted(step));
        self.layout.complete(step);
        if let Some(row) = self.row(subject) {
            let now = self.now;
            let progress = &mut self.progress[row];
            progress.steps_done += 1;
            // The row is about the instance: what is tidied up behind one that is ready is done to its predecessor, and
            // took its time for others.
            if !(progress.serves && is_of_predecessor(action)) {
                progress.last_end = now;
                progress.last = Some((action, outcome.map(str::to_owned)));
            }
            progress.serves = serves_after(action).unwrap_or(progress.serves);
            if let Some(id) = container {
                progress.container = short_id(id);
            }
        }
    }

    fn fail(&mut self, step: usize, subject: &Subject, action: ActionKind, failure: &FailureText) {
        self.active(subject).retain(|active| active.step != step);
        *match (self.layout.part(step), failure.kind) {
            (StepPart::Compensation, _) => &mut self.counts.not_restored,
            (StepPart::Verification, _) => &mut self.counts.not_verified,
            (StepPart::Change, FailureKind::Failed) => &mut self.counts.failed,
            (StepPart::Change, FailureKind::Unreachable) => &mut self.counts.unreachable,
            (StepPart::Change, FailureKind::Unknown) => &mut self.counts.unknown,
        } += 1;
        if let Some(row) = self.row(subject) {
            let text = format!("{}: {}", failure::word(failure.kind), failure.reason);
            self.progress[row].verdict = Some((RowState::Failed, text));
            self.progress[row].last_end = self.now;
        }
        self.told.failures.push((subject.clone(), action, failure.clone()));
    }

    fn hold(&mut self, subject: &Subject, kind: BlockedKind, reason: &str, next: &str) {
        if let Some(row) = self.row(subject) {
            let verdict = &mut self.progress[row].verdict;
            // That it failed tells more than that it gets nothing more done.
            if !matches!(verdict, Some((RowState::Failed, _))) {
                *verdict = Some((RowState::Blocked, format!("{}: {reason}", blocked::word(kind))));
            }
        }
        self.told.blocked.push((kind, reason.to_owned(), next.to_owned(), subject.clone()));
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
        self.layout.rows.push(Row { subject: subject.clone(), steps: Vec::new(), change: None });
        Some(row)
    }

    fn active(&mut self, subject: &Subject) -> &mut Vec<Active> {
        match self.row(subject) {
            Some(row) => &mut self.progress[row].active,
            None => &mut self.shared,
        }
    }
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
        waiting for the network of ship local | pulling image example/web:1.2 | skipped: its ship does not answer: connection refused
        waiting | pulling image example/web:1.2 | skipped: its ship does not answer: connection refused
        creating | pulling image example/web:1.2 | skipped: its ship does not answer: connection refused
        creating | pulling image example/web:1.2: 12 of 40 MB | skipped: its ship does not answer: connection refused
        created, waiting | pulling image example/web:1.2: 12 of 40 MB | skipped: its ship does not answer: connection refused
        starting | pulling image example/web:1.2: 12 of 40 MB | skipped: its ship does not answer: connection refused
        starting | image pulled, waiting | skipped: its ship does not answer: connection refused
        starting | creating | skipped: its ship does not answer: connection refused
        starting | created, waiting until service db is ready | skipped: its ship does not answer: connection refused
        started, waiting | created, waiting until service db is ready | skipped: its ship does not answer: connection refused
        waiting until ready: 10.0.0.1:5432 answers within 30 s | created, waiting until service db is ready | skipped: its ship does not answer: connection refused
        created, ready | created, waiting | skipped: its ship does not answer: connection refused
        created, ready | starting | skipped: its ship does not answer: connection refused
        created, ready | failed: the container exited with code 3 right after its start | skipped: its ship does not answer: connection refused
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
        assert_eq!(statuses(&rows), ["stopping"]);
        rows.apply(&samples::done(0, &stray, ActionKind::Stop));
        assert_eq!((statuses(&rows), rows.kind(0)), (vec!["stopped".to_owned()], RowState::Done));
    }
}
