//! What a command will do, decided before it does anything. Pure: no clock, no I/O, no randomness.
//!
//! A plan is a graph of steps. A step begins when all that it waits for has succeeded; nothing else holds it back but
//! the bound on how much one engine does at once.

pub mod action;
pub mod apply;
mod blocked_reason;
mod builder;
mod canary;
pub mod changes;
pub mod command;
mod created;
pub mod down;
mod drained;
pub mod drift;
pub mod images;
mod left_of_moves;
mod leftover_files;
mod maybe_twice;
mod move_reason;
mod move_refusal;
pub mod moved;
pub mod moves;
pub mod orphan_scope;
pub mod orphans;
pub mod pause;
pub mod place;
pub mod published;
pub mod reason;
mod reload;
mod renames;
mod replace;
pub mod restart;
pub mod revision;
mod running;
pub mod saved;
mod service_moves;
pub mod stale;
pub mod start;
pub mod stop;
mod take_back;
mod targets;
pub mod tidy;
mod update_hooks;
pub mod verify;
pub mod volume_fate;
pub mod volume_move;
mod volume_refusal;
pub mod volumes;
pub mod whereabouts;

use serde::Serialize;

use crate::model::{InstanceId, ShipId};
use action::{Action, ActionKind, RecordAction, WaitAction};
pub use blocked_reason::BlockedReason;
use command::Command;
use drift::Difference;
use moves::Move;
use reason::{BarrierKind, CompensationKind, Note, OrphanReason, Reason, UnchangedReason};
pub use volume_refusal::VolumeRefusal;
use volumes::VolumeFate;

/// Names a step of a [`Plan`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct StepId(pub usize);

/// Names a compensation of a [`Plan`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct CompensationId(pub usize);

/// Names a barrier of a [`Plan`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct BarrierId(pub usize);

/// Something that must have succeeded first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Wait {
    /// A step.
    Step(StepId),
    /// All that a barrier waits for.
    Barrier(BarrierId),
}

/// One thing to do on one ship.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The ship it is done on.
    pub ship: ShipId,
    /// The instance it is done for; none for what instances share, as a network.
    pub instance: Option<InstanceId>,
    /// What is done.
    pub action: Action,
    /// Why it is done.
    pub reason: Reason,
    /// What must have succeeded first.
    pub after: Vec<Wait>,
    /// The compensation that it is part of: it is done only if that begins.
    pub compensation: Option<CompensationId>,
}

/// Steps that are done only if others fail: they bring back what those were to replace.
#[derive(Debug, Clone, PartialEq)]
pub struct Compensation {
    /// What it restores.
    pub kind: CompensationKind,
    /// The steps that it compensations. When it begins, those that have not begun never will, and none is under way.
    pub of: Vec<StepId>,
    /// It begins when more than so many of them have failed.
    pub tolerates: usize,
}

/// How many of those that a barrier waits for may fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tolerance {
    /// So many, those of `counted` among them.
    pub failures: usize,
    /// A barrier before it whose failures count here too.
    pub counted: Option<BarrierId>,
}

/// Stands for many things at once, so that a service of 500 required by a service of 500 is 1,000 edges, not 250,000.
#[derive(Debug, Clone, PartialEq)]
pub struct Barrier {
    /// What it stands for.
    pub kind: BarrierKind,
    /// What must have succeeded.
    pub after: Vec<Wait>,
    /// If given, all that it waits for must have come to an end, and only so many may have failed; otherwise the first
    /// failure counts.
    pub tolerance: Option<Tolerance>,
}

/// An instance for which nothing needs to be done.
#[derive(Debug, Clone, PartialEq)]
pub struct Unchanged {
    /// The instance.
    pub instance: InstanceId,
    /// Why.
    pub reason: UnchangedReason,
    /// What the user should know.
    pub note: Option<Note>,
}

/// Something that the user should know about an instance for which steps are done.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanRemark {
    /// The instance.
    pub instance: InstanceId,
    /// What to know.
    pub note: Note,
}

/// An instance for which nothing may be done.
#[derive(Debug, Clone, PartialEq)]
pub struct BlockedInstance {
    /// The instance.
    pub instance: InstanceId,
    /// Why.
    pub reason: BlockedReason,
}

/// All that a command will do.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan {
    /// The command.
    pub command: Command,
    /// The steps, in an order in which they could be done one by one.
    pub steps: Vec<Step>,
    /// Groups of steps that others wait for.
    pub barriers: Vec<Barrier>,
    /// What is done only if steps fail.
    pub compensations: Vec<Compensation>,
    /// Instances for which nothing needs to be done.
    pub unchanged: Vec<Unchanged>,
    /// Instances for which nothing may be done.
    pub blocked: Vec<BlockedInstance>,
    /// What the user should know about instances for which steps are done.
    pub remarks: Vec<PlanRemark>,
    /// What differs between the file and the containers that are replaced.
    pub differing: Vec<Differing>,
    /// What differs of containers that run on, because it is in the lists of their peers alone.
    pub other_peers: Vec<Differing>,
    /// Containers of this environment that the file does not declare.
    pub orphans: Vec<Orphan>,
    /// What becomes of the anonymous volumes of containers that are replaced.
    pub volumes: Vec<VolumeFate>,
    /// Instances that go from one ship to another.
    pub moves: Vec<Move>,
}

/// An instance whose container is not what the file declares.
#[derive(Debug, Clone, PartialEq)]
pub struct Differing {
    /// The instance.
    pub instance: InstanceId,
    /// What differs: at least one thing.
    pub differences: Vec<Difference>,
}

/// A container of this environment that the file does not declare.
#[derive(Debug, Clone, PartialEq)]
pub struct Orphan {
    /// The ship that it is on.
    pub ship: ShipId,
    /// Its name.
    pub container: String,
    /// Its id.
    pub id: String,
    /// Why it is one.
    pub reason: OrphanReason,
    /// Whether it is removed.
    pub removed: bool,
}

impl Step {
    /// Whether it verifies that an instance which is left alone is ready.
    #[must_use]
    pub fn is_verification(&self) -> bool {
        self.action.kind() == ActionKind::Verify
    }
}

impl Plan {
    /// The step of that id.
    #[must_use]
    pub fn step(&self, id: StepId) -> &Step {
        &self.steps[id.0]
    }

    /// The compensation of that id.
    #[must_use]
    pub fn compensation(&self, id: CompensationId) -> &Compensation {
        &self.compensations[id.0]
    }

    /// Whether an interrupt begins its compensations, as a failure does. A move that stopped halfway would leave the instance
    /// down, and a copy that nobody uses.
    #[must_use]
    pub fn is_taken_back_if_interrupted(&self) -> bool {
        self.command == Command::MoveVolumes
    }

    /// Whether an instance is held because a container of its name, its network or its volume is unmanaged.
    #[must_use]
    pub fn has_unmanaged(&self) -> bool {
        self.blocked.iter().any(|blocked| {
            matches!(
                blocked.reason,
                BlockedReason::Unmanaged { .. }
                    | BlockedReason::UnmanagedNetwork { .. }
                    | BlockedReason::UnmanagedVolume { .. }
            )
        })
    }

    /// Whether an instance is held because what is asked for could harm its data.
    #[must_use]
    pub fn has_blocked_data(&self) -> bool {
        self.blocked.iter().any(|blocked| blocked.reason.is_about_data())
    }

    /// How many steps are done if nothing fails; those that verify what is left alone are not counted.
    #[must_use]
    pub fn expected(&self) -> usize {
        self.steps.iter().filter(|step| step.compensation.is_none() && !step.is_verification()).count()
    }

    /// The revision that it records, if it records one.
    #[must_use]
    pub fn revision(&self) -> Option<u64> {
        let recorded = self.steps.iter().filter_map(|step| match &step.action {
            Action::Record(RecordAction::Write { record }) => Some(record.number),
            Action::Record(RecordAction::Forget { .. })
            | Action::Container(_)
            | Action::Service(_)
            | Action::Image(_)
            | Action::Network(_)
            | Action::Volume(_)
            | Action::Wait(_) => None,
        });
        recorded.max()
    }

    /// Whether instances that differ wait for `--continue`.
    #[must_use]
    pub fn has_waiting(&self) -> bool {
        self.unchanged.iter().any(|one| one.reason == reason::UnchangedReason::AwaitsCanary)
    }

    /// Whether a step of it changes anything. Steps that wait, check or verify change nothing.
    #[must_use]
    pub fn changes(&self) -> bool {
        self.steps.iter().any(|step| step.action.changes())
    }

    /// Of how many containers that are left alone it makes the checks.
    #[must_use]
    pub fn verifications(&self) -> usize {
        let has_checks = |step: &&Step| matches!(&step.action, Action::Wait(WaitAction::Verify { checks, .. }) if !checks.is_empty());
        self.steps.iter().filter(has_checks).count()
    }

    /// The barrier of that id.
    #[must_use]
    pub fn barrier(&self, id: BarrierId) -> &Barrier {
        &self.barriers[id.0]
    }
}
