//! What happened while a plan was carried out, as data, failures included. Everything that is shown of a run is shown
//! from these; `report::message` puts them into words.

mod blocked;
mod failure;
mod finding;
mod layers;
pub mod lease;
mod refusal;
mod standing;

use std::time::Duration;

use serde::Serialize;

use crate::{
    fault::ProbeFault,
    model::{
        Environment, InstanceId,
        registry::{LoginProblem, PullFault},
    },
    observed::pull::PullAmount,
    plan::{
        action::ActionKind,
        command::Command,
        reason::{Note, UnchangedReason},
    },
};

pub use blocked::{Blocked, BlockedKind};
pub use failure::{Cause, Failure, FailureKind, LastLines, PortHolder};
pub use finding::{ContainerHolder, DeadPort, Fact, Finding, LookFailure, PortUser, Unchecked, Weight};
pub use layers::innermost;
pub use refusal::{Lack, Refusal};
pub use standing::{Life, Standing, StandingContainer};

/// How far a step is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepProgress {
    /// So much of an image is there.
    Pulled(PullAmount),
    /// So much of a volume was copied, or was read to verify the copy; or so much of an image was carried.
    Copied(CopiedAmount),
    /// A check was tried and did not pass.
    Tried {
        /// How often it was tried.
        tries: u32,
        /// What the last try saw.
        last: ProbeFault,
    },
}

/// How much of a volume was copied.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct CopiedAmount {
    /// Bytes of files.
    pub bytes: u64,
    /// Bytes that all files have, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_bytes: Option<u64>,
    /// Whether the copy is there and is read to be compared.
    pub is_verifying: bool,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A plan begins.
    Started {
        /// The command.
        command: Command,
        /// The environment's name.
        environment: String,
        /// How many steps there are.
        steps: usize,
    },
    /// Nothing needs to be done for an instance.
    Unchanged {
        /// Which instance.
        subject: Subject,
        /// Why.
        reason: UnchangedReason,
        /// What the user should know.
        note: Option<Note>,
    },
    /// Something that the user should know about an instance for which steps are done.
    Remark {
        /// Which instance.
        subject: Subject,
        /// What to know.
        remark: Remark,
    },
    /// A step begins.
    StepStarted {
        /// Which step, from 0, as in the plan.
        step: usize,
        /// What it is done to.
        subject: Subject,
        /// What the step does.
        action: ActionKind,
    },
    /// A step tells how far it is.
    StepProgress {
        /// Which step.
        step: usize,
        /// What it is done to.
        subject: Subject,
        /// What the step does.
        action: ActionKind,
        /// How far.
        progress: StepProgress,
    },
    /// A try of a step did not succeed, and another will be made.
    StepRetried {
        /// Which step.
        step: usize,
        /// What it is done to.
        subject: Subject,
        /// What the step does.
        action: ActionKind,
        /// The number of the try that comes: 2 or more.
        attempt: u32,
        /// How many there may be.
        attempts: u32,
        /// When it comes, in milliseconds from now.
        milliseconds: u64,
        /// Why the last one did not succeed.
        fault: PullFault,
    },
    /// A step has succeeded.
    StepDone {
        /// Which step.
        step: usize,
        /// What it was done to.
        subject: Subject,
        /// What the step does.
        action: ActionKind,
        /// The container's id, where the step learned it.
        container: Option<String>,
        /// What a pull has changed.
        outcome: Option<PullOutcome>,
        /// How long it took, in milliseconds.
        milliseconds: u64,
    },
    /// A step has failed, or its outcome is unknown.
    StepFailed {
        /// Which step.
        step: usize,
        /// What it was done to.
        subject: Subject,
        /// What the step does.
        action: ActionKind,
        /// All that is known about it.
        failure: Failure,
    },
    /// A step that only waited was given up, because the user interrupted the run.
    StepCancelled {
        /// Which step.
        step: usize,
        /// What it was done to.
        subject: Subject,
        /// What the step does.
        action: ActionKind,
    },
    /// An instance does not get to its end, because of something else; told once an instance. Steps of it that wait
    /// for nothing else, such as its create, may still be done.
    Blocked {
        /// Which instance.
        subject: Subject,
        /// Why.
        blocked: Blocked,
    },
    /// The run ends before its time, because the user interrupted it or its lease was taken away: what is there now.
    Interrupted {
        /// The instances that it was to change, on each ship where it was to change them.
        instances: Vec<Standing>,
    },
    /// All is over.
    Finished {
        /// The command.
        command: Command,
        /// What came of it.
        summary: Summary,
    },
}

/// Something to know about an instance.
#[derive(Debug, Clone, PartialEq)]
pub enum Remark {
    /// The plan knew it.
    Planned(Note),
    /// The container did not end within its stop timeout, so the engine killed it.
    Killed {
        /// The timeout.
        timeout: Duration,
    },
    /// The engine warned when it created the container; its words, cut, without secrets.
    EngineWarns(String),
    /// The engine gave so many more warnings.
    MoreWarnings(usize),
    /// The container ended with exit code 0, which is no failure.
    Ended,
    /// An anonymous volume was not carried over: the new image has no volume at its path.
    VolumeStays {
        /// The volume's name.
        volume: String,
        /// The path that it was mounted at.
        path: String,
    },
    /// The login for a registry could not be found out, but the pull succeeded without it; why.
    NoLogin(LoginProblem),
    /// The instance was rolled back.
    RolledBack {
        /// The other instance whose failure was the reason; none if it was its own.
        other: Option<String>,
        /// Whether its container had been replaced already.
        was_replaced: bool,
    },
}

/// What an event is about. Names, not ids: events are read far from the model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Subject {
    /// The instance; none for what instances share, as a network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// The instance's service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// The ship.
    pub ship: String,
}

impl Subject {
    /// What is said about an instance.
    #[must_use]
    pub fn of(environment: &Environment, id: InstanceId) -> Self {
        let instance = environment.instance(id);
        Self {
            instance: Some(instance.name.clone()),
            service: Some(environment.service(instance.service).name.clone()),
            ship: environment.ship(instance.ship).name.clone(),
        }
    }
}

/// What a pull has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PullOutcome {
    /// Nothing: the ship had the image.
    UpToDate,
    /// The image was pulled.
    Pulled {
        /// Its digest, `sha256:…`, where the registry tells it.
        digest: Option<String>,
    },
    /// The image was carried from another engine.
    Carried {
        /// The bytes that were sent.
        bytes: u64,
    },
}

/// What came of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Steps that succeeded.
    pub done: usize,
    /// Containers that were left alone and whose checks passed.
    #[serde(skip_serializing_if = "is_zero")]
    pub checked: usize,
    /// Containers without checks that were left alone, looked at and found to be ready.
    #[serde(skip_serializing_if = "is_zero")]
    pub seen: usize,
    /// Steps that failed.
    pub failed: usize,
    /// Steps whose engine was unreachable.
    pub unreachable: usize,
    /// Steps whose outcome is unknown.
    pub unknown: usize,
    /// Steps that only waited and were given up when the user interrupted.
    pub cancelled: usize,
    /// Verifications that were given up, because somebody stopped or removed their containers meanwhile.
    #[serde(skip_serializing_if = "is_zero")]
    pub outdated: usize,
    /// Steps that were not begun.
    pub not_started: usize,
    /// Instances held because their ship does not answer.
    pub skipped: usize,
    /// Instances held because a container of their name is not ours.
    pub blocked_unmanaged: usize,
    /// Instances held because what was asked for could harm their data.
    #[serde(skip_serializing_if = "is_zero")]
    pub blocked_data: usize,
    /// Instances held by the plan because another, which comes first, is held.
    pub blocked_behind: usize,
    /// Instances whose old container was brought back, because its successor did not work.
    #[serde(skip_serializing_if = "is_zero")]
    pub taken_back: usize,
    /// Whether the user interrupted the run.
    pub interrupted: bool,
    /// Whether the lease was taken away while the run worked, so that it ended early.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub lease_lost: bool,
    /// How long the command took so far, in milliseconds: connecting, waiting for the lease and preflight included.
    pub milliseconds: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}
