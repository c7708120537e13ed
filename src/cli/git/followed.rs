//! The repository that a command follows.

use std::{path::PathBuf, sync::Arc, time::Duration};

use super::checkout::Checkout;

/// A repository that is followed.
#[derive(Debug, Clone)]
pub(in crate::cli) struct FollowedRepository {
    pub checkout: Arc<Checkout>,
    pub interval: Duration,
    /// The files that were named, as they are called in the repository.
    pub named: Vec<PathBuf>,
    /// The commit that is checked out.
    pub commit: String,
    /// Why that is not the newest one.
    pub fault: Option<RepositoryFault>,
}

/// Why the newest commit is not used.
#[derive(Debug, Clone)]
pub(in crate::cli) enum RepositoryFault {
    /// The repository does not tell it.
    Unreachable(String),
    /// Its file does not load.
    Broken { commit: String, reason: String },
}
