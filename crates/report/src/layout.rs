//! What a run is going to be about, known before it begins: its rows, and what each step waits for.

use std::{collections::HashMap, time::Duration};

use maestro_core::{
    event::Subject,
    model::{Check, Environment, InstanceId},
    plan::{
        BarrierId, Plan, Step, StepId, Wait,
        action::{Action, ActionKind, ContainerAction, WaitAction},
        changes::{ChangeKind, ChangeTarget},
        command::Command,
    },
};

use super::{
    alike::ShipWords, explain::barrier, labels, milestones::milestones, overview::sum::removed_beside,
    text::harmless,
};

/// The rows of a run, and from its plan, who waits for whom.
#[derive(Debug, Clone, Default)]
pub struct Layout {
    /// The rows, in the order in which they are shown.
    pub(crate) rows: Vec<Row>,
    steps: Vec<LayoutStep>,
    barriers: Vec<Barrier>,
    /// Barriers that are passed once nothing is left, by the step that they wait for.
    barriers_of_step: Vec<Vec<usize>>,
    /// What the end says of the whole.
    pub(crate) whole: Whole,
    /// What names each ship in sentences, by its name.
    pub(crate) ships: HashMap<String, ShipWords>,
    /// What the user typed; empty if that is not known.
    pub(crate) typed: String,
}

/// What is known of a run as a whole.
#[derive(Debug, Clone, Default)]
pub(crate) struct Whole {
    /// What is carried out.
    pub(crate) command: Option<Command>,
    /// Whether it is about all instances that are not omitted.
    pub(crate) is_all: bool,
    /// How many orphans stay.
    pub(crate) orphans: usize,
    /// The revision that is recorded.
    pub(crate) revision: Option<u64>,
    /// How many images are pulled.
    pub(crate) pulls: usize,
    /// How many networks, volumes and revisions are removed.
    pub(crate) removed: Vec<(usize, &'static str)>,
}

/// One row.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// Whom it is about.
    pub(crate) subject: Subject,
    /// Its steps, in the order of the plan; empty if there is no plan.
    pub(crate) steps: Vec<usize>,
    /// What happens to it; none if nothing does, or if there is no plan.
    pub(crate) change: Option<ChangeKind>,
}

/// The part of a plan that a step belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StepPart {
    /// The steps that were told before the run.
    Change,
    /// It checks an instance that is left unchanged.
    Verification,
    /// It takes something back.
    Compensation,
}

impl StepPart {
    fn of(step: &Step) -> Self {
        match (step.compensation, step.is_verification()) {
            (Some(_), _) => Self::Compensation,
            (None, true) => Self::Verification,
            (None, false) => Self::Change,
        }
    }
}

#[derive(Debug, Clone)]
struct LayoutStep {
    instance: Option<InstanceId>,
    /// What others call it that wait for it.
    name: String,
    after: Vec<Wait>,
    done: bool,
    part: StepPart,
    /// What it is doing, and what it waits for.
    underway: String,
    /// How long it may take, where that is known.
    limit: Option<Duration>,
    /// What has happened to its instance when it is done, where that is worth a line.
    milestone: Option<String>,
}

#[derive(Debug, Clone)]
struct Barrier {
    what: String,
    /// How much it still waits for.
    left: usize,
    /// Gates that wait for this one.
    barriers: Vec<usize>,
}

impl Layout {
    /// Rows without a plan: nothing is known about what they wait for.
    #[must_use]
    pub fn of(subjects: Vec<Subject>) -> Self {
        let rows = subjects.into_iter().map(|subject| Row { subject, steps: Vec::new(), change: None });
        Self { rows: rows.collect(), ..Self::default() }
    }

    /// The same, with what the user typed.
    #[must_use]
    pub fn typed(self, typed: &str) -> Self {
        Self { typed: typed.to_owned(), ..self }
    }

    /// The rows of `instances`, whose steps are those of `plan`.
    #[must_use]
    pub fn new(environment: &Environment, instances: &[InstanceId], plan: &Plan) -> Self {
        let mut layout = Self::of(instances.iter().map(|id| Subject::of(environment, *id)).collect());
        layout.ships =
            environment.ships.iter().map(|ship| (ship.name.clone(), ShipWords::of(ship))).collect();
        let row_of: HashMap<InstanceId, usize> =
            instances.iter().enumerate().map(|(at, id)| (*id, at)).collect();
        let changes = plan.changes_by_target();
        let mut milestones = milestones(plan, &changes);
        for change in &changes {
            match change.target {
                ChangeTarget::Instance(id) => {
                    if let Some(&row) = row_of.get(&id) {
                        layout.rows[row].change = Some(change.kind);
                    }
                }
                ChangeTarget::Container { ship, name, .. } => layout.rows.push(Row {
                    subject: Subject {
                        instance: Some(name.to_owned()),
                        service: None,
                        ship: environment.ship(ship).name.clone(),
                    },
                    steps: change.steps.iter().map(|step| step.0).collect(),
                    change: Some(change.kind),
                }),
                ChangeTarget::Network { .. }
                | ChangeTarget::NamedVolume { .. }
                | ChangeTarget::StoredFile { .. }
                | ChangeTarget::Volume { .. }
                | ChangeTarget::Image { .. }
                | ChangeTarget::Revision { .. }
                | ChangeTarget::Ship(_) => {}
            }
        }
        for (at, step) in plan.steps.iter().enumerate() {
            // What is done only if something fails is nobody's layout.
            if step.compensation.is_none()
                && let Some(&row) = step.instance.and_then(|id| row_of.get(&id))
            {
                layout.rows[row].steps.push(at);
            }
            let instance = step.instance.map(|id| environment.instance(id).name.as_str());
            let ship = &environment.ship(step.ship).name;
            let name = labels::awaited(step.action.kind(), instance, ship);
            layout.steps.push(LayoutStep {
                instance: step.instance,
                name,
                after: step.after.clone(),
                done: false,
                part: StepPart::of(step),
                underway: labels::underway(&step.action),
                limit: limit(&step.action),
                milestone: milestones.remove(&StepId(at)),
            });
        }
        layout.whole = whole(environment, instances, plan);
        layout.add_barriers(environment, plan);
        layout
    }

    fn add_barriers(&mut self, environment: &Environment, plan: &Plan) {
        self.barriers_of_step = vec![Vec::new(); plan.steps.len()];
        self.barriers.extend(plan.barriers.iter().map(|barrier| Barrier {
            what: harmless(&barrier::sentence(barrier.kind, plan.command, environment)).into_owned(),
            left: barrier.after.len(),
            barriers: Vec::new(),
        }));
        for (at, barrier) in plan.barriers.iter().enumerate() {
            for wait in &barrier.after {
                match *wait {
                    Wait::Step(StepId(step)) => self.barriers_of_step[step].push(at),
                    Wait::Barrier(BarrierId(other)) => self.barriers[other].barriers.push(at),
                }
            }
        }
        // A barrier that waits for nothing is open from the start, and so may be those behind it.
        let open = (0..self.barriers.len()).filter(|at| plan.barriers[*at].after.is_empty());
        self.open(open.collect());
    }

    /// The part of the plan that a step belongs to. Without a plan every step is a change.
    pub(crate) fn part(&self, step: usize) -> StepPart {
        self.steps.get(step).map_or(StepPart::Change, |step| step.part)
    }

    /// Whether a step is one of those that were told before the run.
    pub(crate) fn is_counted(&self, step: usize) -> bool {
        self.part(step) == StepPart::Change
    }

    /// What a step is doing, and what it waits for.
    pub(crate) fn underway(&self, step: usize) -> Option<&str> {
        self.steps.get(step).map(|step| step.underway.as_str())
    }

    /// How long a step may take, where that is known.
    pub(crate) fn limit(&self, step: usize) -> Option<Duration> {
        self.steps.get(step)?.limit
    }

    /// What has happened to its instance when a step is done, where that is worth a line.
    pub(crate) fn milestone(&self, step: usize) -> Option<&str> {
        self.steps.get(step)?.milestone.as_deref()
    }

    /// Notes that a step has succeeded.
    pub(crate) fn complete(&mut self, step: usize) {
        let Some(entry) = self.steps.get_mut(step) else {
            return;
        };
        if std::mem::replace(&mut entry.done, true) {
            return;
        }
        let mut open = Vec::new();
        for &barrier in &self.barriers_of_step[step] {
            self.barriers[barrier].left = self.barriers[barrier].left.saturating_sub(1);
            if self.barriers[barrier].left == 0 {
                open.push(barrier);
            }
        }
        self.open(open);
    }

    /// Lets barriers that opened be felt by the barriers behind them.
    fn open(&mut self, mut open: Vec<usize>) {
        while let Some(barrier) = open.pop() {
            for behind in self.barriers[barrier].barriers.clone() {
                self.barriers[behind].left = self.barriers[behind].left.saturating_sub(1);
                if self.barriers[behind].left == 0 {
                    open.push(behind);
                }
            }
        }
    }

    /// What `step` waits for that is not its own instance's: `for db-1`, `until service db is ready`.
    pub(crate) fn waits_for(&self, step: usize) -> Option<String> {
        let step = self.steps.get(step)?;
        step.after.iter().find_map(|wait| match *wait {
            Wait::Barrier(BarrierId(barrier)) => {
                let barrier = self.barriers.get(barrier).filter(|barrier| barrier.left > 0)?;
                Some(format!("until {}", barrier.what))
            }
            Wait::Step(StepId(other)) => {
                let other = self.steps.get(other).filter(|other| !other.done)?;
                let own = other.instance.is_some() && other.instance == step.instance;
                (!own).then(|| format!("for {}", other.name))
            }
        })
    }
}

/// How long an action may take, where that is known: checks run at the same time.
fn limit(action: &Action) -> Option<Duration> {
    match action {
        Action::Wait(
            WaitAction::Ready { checks, .. }
            | WaitAction::Verify { checks, .. }
            | WaitAction::Check { checks, .. },
        ) => checks.iter().map(check_limit).max(),
        Action::Wait(WaitAction::Pause { duration }) => Some(*duration),
        Action::Container(ContainerAction::Stop { timeout, .. }) => Some(*timeout),
        Action::Container(
            ContainerAction::Create { .. }
            | ContainerAction::Copy { .. }
            | ContainerAction::Reload { .. }
            | ContainerAction::Rename { .. }
            | ContainerAction::Discard { .. }
            | ContainerAction::Start { .. }
            | ContainerAction::Kill { .. }
            | ContainerAction::Pause { .. }
            | ContainerAction::Unpause { .. }
            | ContainerAction::Remove { .. },
        )
        | Action::Service(_)
        | Action::Image(_)
        | Action::Network(_)
        | Action::Volume(_)
        | Action::Record(_) => None,
    }
}

/// How long a check is tried; one whose tries are slow may take longer.
fn check_limit(check: &Check) -> Duration {
    match check {
        Check::Tcp { max_wait, .. } | Check::Docker { max_wait } => *max_wait,
        Check::Http(http) => http.max_wait,
        Check::Exec { tries, .. } | Check::Rexec { tries, .. } => tries.at_most.unwrap_or(tries.within),
        // It takes as long as its work does.
        Check::Completion => Duration::ZERO,
        Check::Sleep { wait } => *wait,
    }
}

/// What is known of a run as a whole.
fn whole(environment: &Environment, instances: &[InstanceId], plan: &Plan) -> Whole {
    let is_meant = |id: &InstanceId| !environment.service(environment.instance(*id).service).omit;
    Whole {
        command: Some(plan.command),
        is_all: environment.instance_ids().filter(is_meant).all(|id| instances.contains(&id))
            && !plan.has_waiting(),
        orphans: plan.orphans.iter().filter(|orphan| !orphan.removed).count(),
        revision: plan.revision(),
        pulls: plan.steps.iter().filter(|step| step.action.kind() == ActionKind::Pull).count(),
        removed: removed_beside(&plan.changes_by_target()),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::samples, *};
    use maestro_core::plan::{self, reason::BarrierKind};

    #[test]
    fn a_step_waits_for_what_is_not_done_yet() {
        let environment = samples::environment();
        let instances: Vec<_> = environment.instance_ids().collect();
        let mut layout = Layout::new(&environment, &instances, &samples::plan(&environment));
        assert_eq!(layout.rows[1].steps, [1, 5, 6, 7]);
        assert_eq!(layout.waits_for(2).as_deref(), Some("for the network of ship local"));
        layout.complete(0);
        assert_eq!(layout.waits_for(2), None);
        assert_eq!(layout.waits_for(6).as_deref(), Some("until service db is ready"));
        layout.complete(4);
        assert_eq!(layout.waits_for(6), None);
        assert_eq!(layout.waits_for(99), None);
    }

    #[test]
    fn barriers_open_through_barriers_and_empty_ones_at_once() {
        let environment = samples::environment();
        let mut plan = samples::plan(&environment);
        plan.barriers.push(plan::Barrier {
            kind: BarrierKind::RecordedBefore,
            after: Vec::new(),
            tolerance: None,
        });
        plan.barriers.push(plan::Barrier {
            kind: BarrierKind::AllDone,
            after: vec![Wait::Barrier(BarrierId(0)), Wait::Barrier(BarrierId(1))],
            tolerance: None,
        });
        plan.steps[7].after = vec![Wait::Barrier(BarrierId(2))];
        let mut layout = Layout::new(&environment, &[], &plan);
        assert_eq!(layout.waits_for(7).as_deref(), Some("until all other steps are done"));
        layout.complete(4);
        layout.complete(4);
        assert_eq!(layout.waits_for(7), None);
    }
}
