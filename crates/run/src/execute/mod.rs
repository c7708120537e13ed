//! Carries a plan out: begins each step when all that it waits for has succeeded, bounded per engine, and emits events.
//! It decides nothing: what is done, to what and in which order stands in the plan.

mod bounds;
mod carried;
mod carry;
mod cause;
mod change;
mod container;
mod earlier;
mod guard;
mod hook;
mod image;
mod listed;
mod log;
mod made;
mod names;
mod network;
mod outcome;
mod outdated;
mod perform;
pub mod pull;
mod queue;
mod record;
mod reload;
mod run;
mod safety;
mod service;
mod standing;
mod subject;
mod volume;
mod volume_copy;
mod wait;
mod warnings;
mod watched;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use tokio::{task::JoinSet, time::Instant};

use bounds::Bounds;
pub use bounds::{PER_ENGINE, PULLS_PER_ENGINE, STOP_COUNTS};
pub use carry::Carrying;
pub use guard::Guard;
pub use made::CreatedContainers;
use maestro_core::{
    event::{Blocked, BlockedKind, Cause, Event, FailureKind, Remark, Subject, Summary},
    model::{InstanceId, ShipId},
    plan::{
        CompensationId, StepId,
        action::{Action, ActionKind, ContainerAction, WaitAction},
    },
};
use outcome::{Done, NotDone};
use queue::{Next, Queue};
pub use run::Run;
use subject::about;
use watched::Watched;

/// Carries out a plan and tells what came of it. Every step is told about exactly once.
pub async fn execute(run: Run) -> Summary {
    let begun = run.begun;
    let mut walk = Walk::new(Arc::new(run)).await;
    walk.open();
    walk.steps().await;
    listed::until_listed(&walk.run, std::mem::take(&mut walk.stopped)).await;
    walk.tell_standing().await;
    walk.close(begun)
}

struct Walk {
    run: Arc<Run>,
    bounds: Bounds,
    watched: Arc<Watched>,
    queue: Queue,
    free: Vec<StepId>,
    running: JoinSet<(StepId, Result<Done, NotDone>)>,
    /// Steps that are under way.
    under_way: BTreeSet<StepId>,
    /// Steps that have begun.
    begun: BTreeSet<StepId>,
    /// Those of them that have failed.
    failed: BTreeSet<StepId>,
    /// Instances that were seen to be ready.
    ready: BTreeSet<InstanceId>,
    /// Steps that will not begin, of instances that a wait under way will tell more about.
    untold: Vec<StepId>,
    /// How many steps are left that bring an instance's old container back.
    coming_back: BTreeMap<(CompensationId, InstanceId), usize>,
    /// Instances of which a failure or a hold was told.
    told: BTreeSet<InstanceId>,
    /// Containers that were stopped, by their ids.
    stopped: BTreeMap<ShipId, BTreeSet<String>>,
    summary: Summary,
}

impl Walk {
    async fn new(run: Arc<Run>) -> Self {
        let (queue, free) = Queue::new(&run.plan);
        Self {
            bounds: Bounds::new(&run).await,
            watched: Arc::new(Watched::by(&run)),
            queue,
            free,
            running: JoinSet::new(),
            under_way: BTreeSet::new(),
            begun: BTreeSet::new(),
            failed: BTreeSet::new(),
            ready: BTreeSet::new(),
            untold: Vec::new(),
            coming_back: BTreeMap::new(),
            told: BTreeSet::new(),
            stopped: BTreeMap::new(),
            summary: Summary::default(),
            run,
        }
    }

    fn emit(&self, event: Event) {
        // Without a listener nobody wants to know.
        let _ = self.run.events.send(event);
    }

    fn open(&mut self) {
        let run = self.run.clone();
        self.emit(Event::Started {
            command: run.plan.command,
            environment: run.environment.name.clone(),
            steps: run.plan.expected(),
        });
        for unchanged in &run.plan.unchanged {
            self.emit(Event::Unchanged {
                subject: Subject::of(&run.environment, unchanged.instance),
                reason: unchanged.reason,
                note: unchanged.note.clone(),
            });
        }
        for remark in &run.plan.remarks {
            self.emit(Event::Remark {
                subject: Subject::of(&run.environment, remark.instance),
                remark: Remark::Planned(remark.note.clone()),
            });
        }
        for held in &run.plan.blocked {
            self.told.insert(held.instance);
            let blocked = Blocked::Planned(held.reason.clone());
            match blocked.kind() {
                BlockedKind::Unreachable | BlockedKind::Elsewhere => self.summary.skipped += 1,
                BlockedKind::Unmanaged | BlockedKind::ExternalMissing => {
                    self.summary.blocked_unmanaged += 1;
                }
                BlockedKind::SharedVolume | BlockedKind::Moved | BlockedKind::VolumeCopy => {
                    self.summary.blocked_data += 1;
                }
                BlockedKind::Behind => self.summary.blocked_behind += 1,
                BlockedKind::Interrupted => {}
            }
            self.emit(Event::Blocked { subject: Subject::of(&run.environment, held.instance), blocked });
        }
    }

    async fn steps(&mut self) {
        let mut interrupted = self.run.interrupted.clone();
        loop {
            if *interrupted.borrow() && !self.summary.interrupted {
                self.interrupt();
            }
            for step in std::mem::take(&mut self.free) {
                self.begin(step);
            }
            tokio::select! {
                biased;
                Ok(()) = interrupted.changed() => {}
                ended = self.running.join_next() => match ended {
                    None => break,
                    Some(Ok((step, outcome))) => self.end(step, outcome),
                    Some(Err(panic)) => std::panic::resume_unwind(panic.into_panic()),
                },
            }
        }
    }

    fn begin(&mut self, id: StepId) {
        let (run, bounds, watched) = (self.run.clone(), self.bounds.clone(), self.watched.clone());
        self.under_way.insert(id);
        self.begun.insert(id);
        self.running.spawn(async move {
            let step = run.plan.step(id);
            let turn = bounds.turn(&run, step.ship, &step.action).await;
            if *run.interrupted.borrow() && !run.outlives_interrupts(id) {
                return (id, Err(NotDone::Interrupted));
            }
            let performed = perform::perform(&run, &watched, id);
            let is_stop = step.action.kind() == ActionKind::Stop;
            let done = if is_stop { turn.counted_at_first(performed).await } else { performed.await };
            (id, done)
        });
    }

    fn end(&mut self, id: StepId, outcome: Result<Done, NotDone>) {
        self.under_way.remove(&id);
        let (subject, action) = about(&self.run, id);
        match outcome {
            Ok(done) => self.succeeded(id, done, (subject, action)),
            Err(NotDone::Failed(failure)) => {
                // An engine that does not answer brings nothing back either; but a copy takes two.
                let is_copy = matches!(failure.cause, Cause::NotCopied { .. });
                let is_rescued = is_copy || failure.kind() != FailureKind::Unreachable;
                match failure.kind() {
                    FailureKind::Failed => self.summary.failed += 1,
                    FailureKind::Unreachable => self.summary.unreachable += 1,
                    FailureKind::Unknown => self.summary.unknown += 1,
                }
                self.told.extend(self.run.plan.step(id).instance);
                self.failed.insert(id);
                self.emit(Event::StepFailed { step: id.0, subject, action, failure: *failure });
                let next = self.queue.failed(id, is_rescued);
                self.go_on(next, |blocked, failed| Blocked::Behind { blocked, failed });
            }
            Err(NotDone::Cancelled) => {
                self.summary.cancelled += 1;
                self.emit(Event::StepCancelled { step: id.0, subject, action });
                self.tell(&[id], &Blocked::WaitInterrupted(id));
                self.interrupted(id);
            }
            Err(NotDone::Outdated) => {
                self.summary.outdated += 1;
                self.emit(Event::StepCancelled { step: id.0, subject, action });
                let next = self.queue.failed(id, false);
                self.go_on(next, |blocked, failed| Blocked::Behind { blocked, failed });
            }
            Err(NotDone::LeaseLost) => {
                self.summary.lease_lost = true;
                self.hold(&[id], &Blocked::LeaseLost);
                self.interrupted(id);
                self.stop_beginning();
            }
            Err(NotDone::Interrupted) => {
                self.hold(&[id], &Blocked::Interrupted);
                self.interrupted(id);
            }
        }
    }

    fn succeeded(&mut self, id: StepId, done: Done, (subject, action): (Subject, ActionKind)) {
        let Done { container, outcome, took } = done;
        let step = self.run.plan.step(id);
        let is_seen =
            matches!(&step.action, Action::Wait(WaitAction::Verify { checks, .. }) if checks.is_empty());
        match (step.is_verification(), is_seen) {
            (true, true) => self.summary.seen += 1,
            (true, false) => self.summary.checked += 1,
            (false, _) => self.summary.done += 1,
        }
        if let Action::Container(ContainerAction::Stop { id, .. } | ContainerAction::Kill { id, .. }) =
            &step.action
        {
            self.stopped.entry(step.ship).or_default().insert(id.clone());
        }
        if matches!(action, ActionKind::Ready | ActionKind::Verify) {
            self.ready.extend(step.instance);
        }
        self.emit(Event::StepDone {
            step: id.0,
            subject,
            action,
            container,
            outcome,
            milliseconds: milliseconds(took),
        });
        self.note_coming_back(id);
        let next = self.queue.succeeded(id);
        self.go_on(next, |blocked, failed| Blocked::Behind { blocked, failed });
    }

    /// A step was not done because of the interrupt: what is behind it is told as held.
    fn interrupted(&mut self, id: StepId) {
        let next = self.queue.failed(id, false);
        self.go_on(next, |_, _| Blocked::Interrupted);
    }

    /// What follows from the end of a step.
    fn go_on(&mut self, next: Next, reason: impl Fn(StepId, StepId) -> Blocked) {
        for (step, failed) in next.blocked {
            self.hold(&[step], &reason(step, failed));
        }
        let run = self.run.clone();
        for compensation in next.compensations {
            for instance in run.plan.steps.iter().filter(|step| step.compensation == Some(compensation)) {
                let Some(instance) = instance.instance else { continue };
                *self.coming_back.entry((compensation, instance)).or_default() += 1;
            }
        }
        self.free.extend(next.free);
    }

    /// Tells that an instance's old container is back when the last step of that is done.
    fn note_coming_back(&mut self, id: StepId) {
        let run = self.run.clone();
        let step = run.plan.step(id);
        let (Some(compensation), Some(instance)) = (step.compensation, step.instance) else { return };
        let left = self.coming_back.entry((compensation, instance)).or_default();
        *left = left.saturating_sub(1);
        if *left == 0 {
            self.summary.taken_back += 1;
            let subject = Subject::of(&run.environment, instance);
            let of = &run.plan.compensations[compensation.0].of;
            let own = |step: &&StepId| run.plan.step(**step).instance == Some(instance);
            // Its own failure says more than another's.
            let failed = of.iter().filter(|step| self.failed.contains(step));
            let failed = failed.clone().find(own).or_else(|| failed.clone().next());
            let was_replaced = of.iter().filter(own).any(|step| self.begun.contains(step));
            let other =
                failed.and_then(|failed| run.plan.step(*failed).instance).filter(|&id| id != instance);
            let other = other.map(|id| run.environment.instance(id).name.clone());
            let remark = Remark::RolledBack { other, was_replaced };
            self.emit(Event::Remark { subject, remark });
        }
    }

    /// The user interrupts.
    fn interrupt(&mut self) {
        self.summary.interrupted = true;
        if self.run.plan.is_taken_back_if_interrupted() {
            self.take_back();
        } else {
            self.stop_beginning();
        }
    }

    /// Nothing new may begin but what takes back what the interrupt ends.
    fn take_back(&mut self) {
        let unbegun = self.free.extract_if(.., |step| !self.run.outlives_interrupts(*step));
        let (left, next) = self.queue.take_back(&unbegun.collect::<Vec<_>>());
        self.summary.not_started += left.len();
        self.go_on(next, |_, _| Blocked::Interrupted);
    }

    /// Nothing new may begin: all that has not is told as held.
    fn stop_beginning(&mut self) {
        let mut left = std::mem::take(&mut self.free);
        left.extend(self.queue.drain());
        let plan = &self.run.plan;
        let waits = self.under_way.iter().map(|&id| plan.step(id)).filter(|step| !step.action.changes());
        let waited_for: BTreeSet<InstanceId> = waits.filter_map(|step| step.instance).collect();
        let is_waited_for =
            |id: &StepId| plan.step(*id).instance.is_some_and(|instance| waited_for.contains(&instance));
        let (later, now): (Vec<_>, Vec<_>) = left.into_iter().partition(is_waited_for);
        self.summary.not_started += later.len();
        self.untold.extend(later);
        self.hold(&now, &Blocked::Interrupted);
    }

    /// These steps will never begin.
    fn hold(&mut self, steps: &[StepId], blocked: &Blocked) {
        self.summary.not_started += steps.len();
        self.tell(steps, blocked);
    }

    /// Tells of each instance once that it does not get to its end.
    fn tell(&mut self, steps: &[StepId], blocked: &Blocked) {
        let run = self.run.clone();
        for instance in steps.iter().filter_map(|&step| run.plan.step(step).instance) {
            if self.told.insert(instance) {
                self.emit(Event::Blocked {
                    subject: Subject::of(&run.environment, instance),
                    blocked: blocked.clone(),
                });
            }
        }
    }

    /// Tells what is there if the run ends before its time.
    async fn tell_standing(&mut self) {
        // A wait that ended well in the moment of the interrupt told nothing.
        let untold = std::mem::take(&mut self.untold);
        self.tell(&untold, &Blocked::Interrupted);
        self.summary.interrupted |= *self.run.interrupted.borrow();
        if standing::is_told(&self.summary)
            && let Some(event) = standing::event(&self.run, &self.ready).await
        {
            self.emit(event);
        }
    }

    fn close(mut self, begun: Instant) -> Summary {
        self.summary.milliseconds = milliseconds(begun.elapsed());
        self.emit(Event::Finished { command: self.run.plan.command, summary: self.summary.clone() });
        self.summary
    }
}

fn milliseconds(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
