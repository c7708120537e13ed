//! When each step of a run began and ended, and what it waited for: facts for pictures, and what engines keep of a run.

mod builder;
mod chain;
pub mod record;

pub use builder::TimelineBuilder;
pub use chain::ChainLink;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{event::Summary, plan::action::ActionKind};

/// The timing of a run. Times are milliseconds since the command began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline {
    /// The run as a whole.
    pub run: TimedRun,
    /// The steps that began, in the order in which they did.
    pub steps: Vec<TimedStep>,
    /// Instances that did not get to their end because of something else.
    pub blocked: BTreeSet<String>,
    /// How many more there were, of which nothing is kept because they are too many.
    pub left_out: usize,
}

/// A run as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimedRun {
    /// A word that no other run has: ASCII letters and digits.
    pub id: String,
    /// The environment's name.
    pub environment: String,
    /// What was typed, or the command's word.
    pub command: String,
    /// `user@machine`.
    pub by: String,
    /// When the first step could begin: ships were asked, the lease was taken, and the preflight was over.
    pub prepared: u64,
    /// When all steps were over.
    pub end: u64,
    /// How it ended.
    pub outcome: RunOutcome,
    /// How many steps the plan has, without those that are done only if others fail.
    pub planned: usize,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunOutcome {
    /// Every step succeeded.
    Done,
    /// A step failed, or its outcome is unknown.
    Failed,
    /// The user interrupted it, or its lease was taken away.
    Interrupted,
}

impl RunOutcome {
    /// What a summary says.
    #[must_use]
    pub fn of(summary: &Summary) -> Self {
        if summary.interrupted || summary.lease_lost {
            Self::Interrupted
        } else if summary.failed + summary.unreachable + summary.unknown > 0 {
            Self::Failed
        } else {
            Self::Done
        }
    }

    /// A stable word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
        }
    }
}

/// A step that began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimedStep {
    /// Its number in the plan, from 0.
    #[serde(rename = "n")]
    pub step: usize,
    /// The instance it was done for; none for what instances share.
    #[serde(rename = "i", default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// The ship it was done on.
    #[serde(rename = "s")]
    pub ship: String,
    /// The word of what it did ([`ActionKind::word`]).
    #[serde(rename = "a")]
    pub action: String,
    /// What kind of work that is.
    #[serde(rename = "k")]
    pub kind: StepKind,
    /// When it began.
    #[serde(rename = "f")]
    pub from: u64,
    /// When it ended.
    #[serde(rename = "t")]
    pub to: u64,
    /// How it ended.
    #[serde(rename = "e", default, skip_serializing_if = "StepOutcome::is_done")]
    pub outcome: StepOutcome,
    /// Of the steps that it had to wait for, the one that ended last.
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    pub waited_for: Option<usize>,
    /// Whether it is part of the longest chain: the steps that each waited for the one before, up to the end of the run.
    #[serde(rename = "c", default, skip_serializing_if = "std::ops::Not::not")]
    pub is_critical: bool,
}

impl TimedStep {
    /// How long it took, in milliseconds.
    #[must_use]
    pub fn took(&self) -> u64 {
        self.to.saturating_sub(self.from)
    }
}

/// What a step's time is spent on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StepKind {
    /// An image, or the data of a volume, comes from somewhere.
    Transfer,
    /// The engine works.
    Engine,
    /// A program ends.
    Stop,
    /// Nothing but waiting until a state is reached.
    Ready,
}

impl StepKind {
    /// A stable word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Transfer => "transfer",
            Self::Engine => "engine",
            Self::Stop => "stop",
            Self::Ready => "ready",
        }
    }
}

impl From<ActionKind> for StepKind {
    fn from(action: ActionKind) -> Self {
        match action {
            ActionKind::Pull | ActionKind::Carry | ActionKind::CopyVolume => Self::Transfer,
            ActionKind::Stop | ActionKind::Kill => Self::Stop,
            ActionKind::Ready | ActionKind::Verify | ActionKind::Check(_) | ActionKind::Pause => Self::Ready,
            ActionKind::Create
            | ActionKind::Update
            | ActionKind::Copy
            | ActionKind::Reload
            | ActionKind::Rename
            | ActionKind::Discard
            | ActionKind::Start
            | ActionKind::PauseContainer
            | ActionKind::Unpause
            | ActionKind::Remove
            | ActionKind::RemoveImage
            | ActionKind::CreateNetwork
            | ActionKind::RemoveNetwork
            | ActionKind::Rejoin
            | ActionKind::CreateVolume
            | ActionKind::RemoveVolume
            | ActionKind::TakeVolume
            | ActionKind::KeepVolume
            | ActionKind::Record
            | ActionKind::Forget => Self::Engine,
        }
    }
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StepOutcome {
    /// It succeeded.
    #[default]
    Done,
    /// It failed, or its outcome is unknown.
    Failed,
    /// It was given up.
    Cancelled,
}

impl StepOutcome {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
    fn is_done(&self) -> bool {
        *self == Self::Done
    }

    /// A stable word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// What the time of a run was spent on, in milliseconds. Steps of several instances overlap: sums may exceed the run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct TimeSums {
    /// Images and data came.
    pub transfer: u64,
    /// Engines worked.
    pub engine: u64,
    /// Programs ended.
    pub stop: u64,
    /// Waiting until states were reached.
    pub ready: u64,
    /// Steps that could begin waited in a queue: an engine does a limited number at once.
    pub queued: u64,
}

impl Timeline {
    /// The step with that number in the plan.
    #[must_use]
    pub fn step(&self, number: usize) -> Option<&TimedStep> {
        self.steps.iter().find(|step| step.step == number)
    }

    /// What the time was spent on.
    #[must_use]
    pub fn sums(&self) -> TimeSums {
        let ends: BTreeMap<usize, u64> = self.steps.iter().map(|step| (step.step, step.to)).collect();
        let mut sums = TimeSums::default();
        for step in &self.steps {
            let sum = match step.kind {
                StepKind::Transfer => &mut sums.transfer,
                StepKind::Engine => &mut sums.engine,
                StepKind::Stop => &mut sums.stop,
                StepKind::Ready => &mut sums.ready,
            };
            *sum = sum.saturating_add(step.took());
            let free =
                step.waited_for.and_then(|number| ends.get(&number)).copied().unwrap_or(self.run.prepared);
            sums.queued = sums.queued.saturating_add(step.from.saturating_sub(free));
        }
        sums
    }
}

#[cfg(test)]
mod tests;
