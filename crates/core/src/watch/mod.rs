//! What `watch` makes of an instance: how it is, what is done about it, and what is told. Pure: the time comes from outside.

mod condition;
mod decision;
#[cfg(test)]
mod tests;

pub use condition::{CheckHistory, FAILURES, InstanceCondition, InstanceConditions};
pub use decision::{HealDecision, HealFacts, HealLimits, HealMethod, WatchedInstance};

use std::time::Duration;

use crate::{
    fault::ShipFault,
    model::{InstanceId, ShipId},
};

/// What happens while an environment is watched.
#[derive(Debug, Clone, PartialEq)]
pub enum WatchEvent {
    /// All ships have answered, or their time is over.
    Began {
        /// How many ships there are.
        ships: usize,
        /// How many instances.
        instances: usize,
        /// How many of them are as they should be.
        well: usize,
    },
    /// A ship does not answer.
    ShipLost(ShipId, ShipFault),
    /// It answers again.
    ShipBack(ShipId),
    /// An instance is in another condition.
    Changed {
        /// The instance.
        instance: InstanceId,
        /// How it was; none at the beginning.
        from: Option<InstanceCondition>,
        /// How it is.
        to: InstanceCondition,
    },
    /// An instance does not work, and no run is about to change that: told once until it has recovered.
    Broken(InstanceId, InstanceCondition),
    /// Something is done about it.
    Healing {
        /// The instance.
        instance: InstanceId,
        /// What is done.
        method: HealMethod,
        /// The number of the try, from 1.
        number: u32,
        /// How many tries there are.
        of: u32,
    },
    /// What came of it.
    Healed {
        /// The instance.
        instance: InstanceId,
        /// How it ended.
        outcome: WatchOutcome,
        /// How long it took.
        took: Duration,
    },
    /// Nothing more is tried until the instance has recovered or the file changes.
    GaveUp {
        /// The instance.
        instance: InstanceId,
        /// How often it was tried.
        tries: u32,
    },
    /// An instance that was told as broken has been ready for a while.
    Recovered(InstanceId),
    /// Another run holds the lease: nothing is done until it is free.
    Waits {
        /// On this ship.
        ship: ShipId,
        /// Who holds it.
        user: String,
        /// On which machine.
        host: String,
        /// What was typed there.
        command: String,
    },
    /// The lease is free again.
    GoesOn,
    /// Instances differ from the file, or none does any more.
    Drifted(Vec<InstanceDrift>),
    /// The file was read again, or from a repository at the beginning.
    FileRead {
        /// The commit that it was read from, if it comes from a repository.
        commit: Option<String>,
    },
    /// The file does not load as it is now: what it said before goes on.
    FileBroken {
        /// The commit that has it, if it comes from a repository.
        commit: Option<String>,
        /// What is wrong first.
        reason: String,
        /// Whether it loaded before.
        is_first: bool,
    },
    /// The file loads again.
    FileFixed,
    /// The repository does not tell its newest commit.
    RepositoryLost(String),
    /// It does again.
    RepositoryBack,
    /// The file is applied.
    Applying,
    /// What came of that.
    Applied {
        /// How it ended.
        outcome: WatchOutcome,
        /// How long it took.
        took: Duration,
    },
}

/// An instance that a plan would change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstanceDrift {
    /// The instance.
    pub instance: InstanceId,
    /// The keys of the file in which it differs.
    pub fields: Vec<String>,
}

/// How a run of `watch` ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WatchOutcome {
    /// All that was to be done is done.
    Done,
    /// There was nothing to do any more.
    NotNeeded,
    /// A step failed, or an instance was held.
    Failed,
    /// Another run has the lease.
    Busy,
    /// The user ended `watch`.
    Interrupted,
    /// What runs would do is only told.
    DryRun,
}

impl WatchOutcome {
    /// Its word in JSON and metrics.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::NotNeeded => "not-needed",
            Self::Failed => "failed",
            Self::Busy => "busy",
            Self::Interrupted => "interrupted",
            Self::DryRun => "dry-run",
        }
    }

    /// All words.
    pub const WORDS: [&str; 6] = ["done", "not-needed", "failed", "busy", "interrupted", "dry-run"];
}
