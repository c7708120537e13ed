//! What is watched, and what is told of it.

use std::sync::Arc;

use crate::{
    lease::Owner,
    operations::{Progress, fleet::Connect},
};
use maestro_core::{
    model::Environment,
    observed::revision::Author,
    watch::{HealLimits, WatchEvent},
};
use maestro_engine::credentials::Credentials;

/// What is watched, and how.
pub struct WatchRequest {
    /// What the file says.
    pub environment: Arc<Environment>,
    /// The way to the engines.
    pub routes: Arc<dyn Connect>,
    /// Makes an owner of a lease for one run.
    pub owner: Arc<dyn Fn() -> Owner + Send + Sync>,
    /// Who is written on revisions.
    pub author: Author,
    /// Who one is to the registries.
    pub credentials: Credentials,
    /// How often something is tried.
    pub limits: HealLimits,
    /// Whether what differs from the file is made as the file says.
    pub applies: bool,
    /// Whether it is only told what would be done.
    pub is_dry_run: bool,
}

/// What is told while an environment is watched.
#[derive(Debug, Clone)]
pub enum WatchUpdate {
    /// Something happened.
    Event(WatchEvent),
    /// A run that `watch` has begun goes on.
    Progress(Progress),
}
