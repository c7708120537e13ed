//! What would go wrong with a plan, found out before its first step: all of it at once, and nothing is changed for it.
//!
//! [`Questions`] are made of the plan alone, [`ask`](ask::ask) puts them to all ships at the same time, and
//! [`findings`] are made of the answers. Only `ask` talks to anybody.

pub mod ask;
mod claim;
mod find;
mod questions;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};

pub use find::findings;
pub use verdict::{Verdict, has_errors};

use maestro_core::{
    event::LookFailure,
    fault::EngineFault,
    model::{ApiVersion, ShipId, registry::PullFault},
    observed::Published,
    plan::{
        Plan,
        action::{Action, ActionKind},
        command::Command,
    },
};
use maestro_engine::{
    credentials::FoundLogin,
    host::{DiskSpace, PathKind, PortAnswer},
    pull::RemoteImage,
};

/// What is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Questions {
    /// The ships that something is made on.
    pub ships: BTreeSet<ShipId>,
    /// Images that are fetched.
    pub images: BTreeSet<(ShipId, String)>,
    /// Images on ships that containers are made of and none runs yet.
    pub unused_images: BTreeSet<(ShipId, String)>,
    /// Ports that are going to be held, and no container holds.
    pub ports: BTreeSet<(ShipId, Published)>,
    /// Paths of ships that are mounted.
    pub paths: BTreeSet<(ShipId, String)>,
    /// TCP ports of other ships that links lead to, where somebody should answer now.
    pub links: BTreeSet<(ShipId, u16)>,
}

/// What was looked at: none where it cannot be known.
pub type Looked<T> = Result<Option<T>, LookFailure>;

/// What is known of a ship's machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostFacts {
    /// Free space where its engine keeps its data.
    pub room: Looked<DiskSpace>,
    /// The ports that programs listen on.
    pub listening: Looked<Vec<Published>>,
    /// Where the former cannot be known: the asked ports that somebody answers at.
    pub answering: BTreeSet<Published>,
    /// Whether its engine fetches Docker Hub's images from elsewhere first.
    pub has_mirrors: bool,
    /// What kind of machine it is (`linux/amd64`); empty if that is not known.
    pub platform: String,
    /// The version of its engine's API; none if that is not known.
    pub api: Option<ApiVersion>,
}

/// Whether a registry would give an image.
#[derive(Debug, Clone)]
pub struct Offer {
    /// Its answer.
    pub outcome: Offered,
    /// As whom it was asked.
    pub found: FoundLogin,
}

/// A registry's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Offered {
    /// It would give this.
    Yes(RemoteImage),
    /// It would not, or cannot.
    No {
        /// What kind of thing.
        fault: PullFault,
        /// What the engine said.
        words: EngineFault,
    },
    /// It could not be asked.
    Unknown(LookFailure),
}

/// What came of the [`Questions`].
#[derive(Debug, Clone, Default)]
pub struct Answers {
    /// The machines that could be looked at; for others why not.
    pub machines: BTreeMap<ShipId, Result<HostFacts, LookFailure>>,
    /// The images' registries.
    pub images: BTreeMap<(ShipId, String), Offer>,
    /// The platforms that images on ships are built for, as far as they say so.
    pub platforms: BTreeMap<(ShipId, String), String>,
    /// What lies at paths.
    pub paths: BTreeMap<(ShipId, String), Looked<PathKind>>,
    /// Who answers where links lead.
    pub links: BTreeMap<(ShipId, u16), PortAnswer>,
}

/// Whether an error of the preflight ends a command with this plan.
///
/// A start takes nothing down, and one instance that cannot start must not keep others down: so it goes on with what it
/// can. Whatever may take something down is not begun.
fn refuses(plan: &Plan) -> bool {
    let takes_down = |action: &Action| matches!(action.kind(), ActionKind::Stop | ActionKind::Kill);
    plan.command != Command::Start || plan.steps.iter().any(|step| takes_down(&step.action))
}
