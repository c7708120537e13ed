//! What a plan does to each instance, container, network and record, as one fact each. It is derived from the steps.

mod target;

use std::collections::HashMap;

use super::{
    CompensationId, Plan, Step, StepId,
    action::{Action, ActionKind, ImageAction, NetworkAction, RecordAction, VolumeAction},
    command::Command,
    reason::{CompensationKind, Reason},
};
use crate::model::{InstanceId, ShipId, swarm::without_digest, update::Order};
pub use target::ChangeTarget;

/// One thing that a plan changes, and all steps that do it.
#[derive(Debug, Clone, PartialEq)]
pub struct Change<'a> {
    /// What is changed.
    pub target: ChangeTarget<'a>,
    /// What happens to it.
    pub kind: ChangeKind,
    /// Why.
    pub reason: &'a Reason,
    /// Whether the old or the new container comes first, where one takes the place of a running one.
    pub order: Option<Order>,
    /// What a failure of its steps restores.
    pub on_failure: Option<Restored>,
    /// Its steps, in the order of the plan, without those of compensations and those that verify.
    pub steps: Vec<StepId>,
    /// The steps that restore it, in the order of the plan.
    pub restoring: Vec<StepId>,
}

/// What happens to a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChangeKind {
    /// It does not exist, and is created; an instance is started as well.
    Create,
    /// It is down, and starts: in a new container or in its own.
    Start {
        /// Whether it gets a new container.
        is_new: bool,
    },
    /// A new container replaces its container.
    Replace,
    /// It stops and starts: in a new container or in its own.
    Restart {
        /// Whether it gets a new container.
        is_new: bool,
    },
    /// Its service on a Swarm becomes what the file says.
    Update,
    /// A new container replaces its container on another ship.
    Move {
        /// The ship that it leaves.
        from: ShipId,
    },
    /// Files are copied into its running container, which gets a signal.
    Reload,
    /// Its container gets another name.
    Rename,
    /// Its image is pulled.
    Pull,
    /// Its state is only waited for.
    Check,
    /// It stops.
    Stop,
    /// It is killed.
    Kill,
    /// Its processes are frozen.
    Pause,
    /// Its processes go on.
    Unpause,
    /// It is removed.
    Remove,
    /// Containers that an interrupted run left beside it are removed.
    RemoveLeftovers,
}

/// What a failure restores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Restored {
    /// The old container of the instance.
    Instance,
    /// The old containers of all instances of its service that were replaced.
    Service,
}

impl ChangeKind {
    /// Its name as a stable word, as in JSON output.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Start { .. } => "start",
            Self::Replace => "replace",
            Self::Restart { .. } => "restart",
            Self::Update => "update",
            Self::Move { .. } => "move",
            Self::Reload => "reload",
            Self::Rename => "rename",
            Self::Pull => "pull",
            Self::Check => "check",
            Self::Stop => "stop",
            Self::Kill => "kill",
            Self::Pause => "pause",
            Self::Unpause => "unpause",
            Self::Remove => "remove",
            Self::RemoveLeftovers => "remove-leftovers",
        }
    }
}

impl Plan {
    /// What it changes, in the order of the first steps, pulls apart.
    #[must_use]
    pub fn changes_by_target(&self) -> Vec<Change<'_>> {
        let mut steps: Vec<(ChangeTarget<'_>, Vec<StepId>)> = Vec::new();
        let mut at: HashMap<ChangeTarget<'_>, usize> = HashMap::new();
        let own = self.steps.iter().enumerate();
        let own = own.filter(|(_, step)| step.compensation.is_none() && !step.is_verification());
        for (id, step) in own {
            let target = target(step);
            let group = *at.entry(target).or_insert_with(|| {
                steps.push((target, Vec::new()));
                steps.len() - 1
            });
            steps[group].1.push(StepId(id));
        }
        // A pull begins at once, wherever its instance stands.
        let is_pull = |step: &&StepId| brings_image(self.step(**step).action.kind());
        steps.sort_by_key(|(_, steps)| steps.iter().find(|step| !is_pull(step)).or(steps.first()).copied());
        let mut restoring: HashMap<InstanceId, Vec<StepId>> = HashMap::new();
        for (id, step) in self.steps.iter().enumerate().filter(|(_, step)| step.compensation.is_some()) {
            if let Some(instance) = step.instance {
                restoring.entry(instance).or_default().push(StepId(id));
            }
        }
        let changes = steps.into_iter().map(|(target, steps)| {
            let restoring = match target {
                ChangeTarget::Instance(id) => restoring.remove(&id).unwrap_or_default(),
                ChangeTarget::Container { .. }
                | ChangeTarget::Network { .. }
                | ChangeTarget::NamedVolume { .. }
                | ChangeTarget::StoredFile { .. }
                | ChangeTarget::Volume { .. }
                | ChangeTarget::Image { .. }
                | ChangeTarget::Revision { .. }
                | ChangeTarget::Ship(_) => Vec::new(),
            };
            self.change(target, steps, restoring)
        });
        changes.collect()
    }

    fn change<'a>(
        &'a self,
        target: ChangeTarget<'a>,
        steps: Vec<StepId>,
        restoring: Vec<StepId>,
    ) -> Change<'a> {
        let at = |kind| steps.iter().position(|step| self.step(*step).action.kind() == kind);
        let reason = weightiest(&steps.iter().map(|step| self.step(*step)).collect::<Vec<_>>());
        let order = match (at(ActionKind::Start), at(ActionKind::Stop)) {
            (Some(start), Some(stop)) if start < stop => Some(Order::StartFirst),
            (Some(_), Some(_)) => Some(Order::StopFirst),
            (_, None) | (None, _) => None,
        };
        let on_failure = restoring.first().and_then(|step| self.step(*step).compensation);
        let on_failure = on_failure.map(|CompensationId(at)| match self.compensations[at].kind {
            CompensationKind::Instance(_) => Restored::Instance,
            CompensationKind::Service(_) => Restored::Service,
        });
        let kind = self.kind(target, &steps, reason);
        Change { target, kind, reason, order, on_failure, steps, restoring }
    }

    fn kind(&self, target: ChangeTarget<'_>, steps: &[StepId], reason: &Reason) -> ChangeKind {
        let has = |kind| steps.iter().any(|step| self.step(*step).action.kind() == kind);
        if has(ActionKind::Create) {
            let moved = self.moves.iter().find(|one| target == ChangeTarget::Instance(one.instance));
            return match moved {
                Some(moved) => ChangeKind::Move { from: moved.from },
                None => with_new_container(self.command, reason),
            };
        }
        if has(ActionKind::Update) {
            return match reason {
                Reason::IsDown(_) => ChangeKind::Start { is_new: false },
                _ if self.command == Command::Restart => ChangeKind::Restart { is_new: true },
                _ => ChangeKind::Update,
            };
        }
        if has(ActionKind::Start) {
            return if has(ActionKind::Stop) {
                ChangeKind::Restart { is_new: false }
            } else {
                ChangeKind::Start { is_new: false }
            };
        }
        if has(ActionKind::Remove) && reason.is_of_leftover() {
            return ChangeKind::RemoveLeftovers;
        }
        let kinds = [
            (ActionKind::CreateNetwork, ChangeKind::Create),
            (ActionKind::Record, ChangeKind::Create),
            (ActionKind::Remove, ChangeKind::Remove),
            (ActionKind::RemoveNetwork, ChangeKind::Remove),
            (ActionKind::CreateVolume, ChangeKind::Create),
            (ActionKind::RemoveVolume, ChangeKind::Remove),
            (ActionKind::Forget, ChangeKind::Remove),
            (ActionKind::RemoveImage, ChangeKind::Remove),
            (ActionKind::Kill, ChangeKind::Kill),
            (ActionKind::Stop, ChangeKind::Stop),
            (ActionKind::PauseContainer, ChangeKind::Pause),
            (ActionKind::Unpause, ChangeKind::Unpause),
            (ActionKind::Reload, ChangeKind::Reload),
            (ActionKind::Rename, ChangeKind::Rename),
            (ActionKind::Pull, ChangeKind::Pull),
            (ActionKind::Carry, ChangeKind::Pull),
        ];
        kinds.into_iter().find(|(action, _)| has(*action)).map_or(ChangeKind::Check, |(_, kind)| kind)
    }
}

/// Whether it brings an image to a ship.
const fn brings_image(action: ActionKind) -> bool {
    matches!(action, ActionKind::Pull | ActionKind::Carry)
}

/// What happens to an instance that gets a new container on the same ship.
fn with_new_container(command: Command, reason: &Reason) -> ChangeKind {
    let is_down = matches!(
        reason,
        Reason::OldIsDown(_)
            | Reason::NeverStarted
            | Reason::Dead
            | Reason::BeforeUpdate(_)
            | Reason::AfterUpdate(_)
    );
    match command {
        _ if *reason == Reason::NoContainer => ChangeKind::Create,
        _ if is_down => ChangeKind::Start { is_new: true },
        Command::Restart => ChangeKind::Restart { is_new: true },
        Command::Start
        | Command::Stop
        | Command::Kill
        | Command::Apply
        | Command::Rollback(_)
        | Command::Clean
        | Command::Pull
        | Command::Down
        | Command::Pause
        | Command::Unpause
        | Command::MoveVolumes => ChangeKind::Replace,
    }
}

/// What a step changes.
fn target(step: &Step) -> ChangeTarget<'_> {
    let ship = step.ship;
    match (step.instance, &step.action) {
        (Some(id), _) => ChangeTarget::Instance(id),
        (None, Action::Container(action)) => match action.ends() {
            Some((name, id)) => ChangeTarget::Container { ship, name, id },
            None => ChangeTarget::Ship(ship),
        },
        (None, Action::Network(NetworkAction::Create { name, .. } | NetworkAction::Remove { name, .. })) => {
            ChangeTarget::Network { ship, name }
        }
        (None, Action::Volume(VolumeAction::RemoveLeftover { name, .. })) => match without_digest(name) {
            Some(name) => ChangeTarget::StoredFile { ship, name },
            None => ChangeTarget::NamedVolume { ship, name },
        },
        (
            None,
            Action::Volume(
                VolumeAction::Create { name, .. }
                | VolumeAction::RemoveNamed { name, .. }
                | VolumeAction::Copy { name, .. }
                | VolumeAction::DiscardCopy { name, .. }
                | VolumeAction::TakeCopy { name, .. }
                | VolumeAction::Reuse { name, .. }
                | VolumeAction::Keep { name, .. },
            ),
        ) => ChangeTarget::NamedVolume { ship, name },
        (None, Action::Volume(VolumeAction::Remove { left })) => ChangeTarget::Volume { ship, left },
        (None, Action::Record(RecordAction::Write { record })) => {
            ChangeTarget::Revision { ship, number: record.number }
        }
        (None, Action::Record(RecordAction::Forget { revision, .. })) => {
            ChangeTarget::Revision { ship, number: *revision }
        }
        (None, Action::Image(action @ ImageAction::Remove { .. })) => {
            ChangeTarget::Image { ship, name: action.name() }
        }
        (
            None,
            Action::Network(NetworkAction::Rejoin { .. })
            | Action::Image(ImageAction::Pull { .. } | ImageAction::Carry { .. })
            | Action::Service(_)
            | Action::Wait(_),
        ) => ChangeTarget::Ship(ship),
    }
}

/// The reason that says most about a change: that of the new container, else of the first step that is not there for
/// another one alone.
fn weightiest<'a>(steps: &[&'a Step]) -> &'a Reason {
    let created = steps.iter().find(|step| step.action.kind() == ActionKind::Create);
    let first = steps.iter().find(|step| !brings_image(step.action.kind()) && !step.reason.follows());
    created.or(first).or(steps.first()).map_or(&Reason::NoContainer, |step| &step.reason)
}
