//! `operations::watching` keeps an environment as declared while it runs: it follows the live state, has `core::watch` decide,
//! and heals one instance after the other by the operation of all commands. The lease is held only meanwhile.

mod acting;
mod checks;
mod compared;
mod kept_routes;
mod leases;
mod run;
mod watcher;

use std::sync::Arc;

use tokio::{
    sync::{
        mpsc::{self, UnboundedReceiver},
        watch,
    },
    task::JoinHandle,
};

use super::{Progress, fleet::Connect};
use crate::lease::Owner;
use maestro_core::{
    model::Environment,
    observed::revision::Author,
    watch::{HealLimits, WatchEvent},
};
use maestro_engine::credentials::Credentials;
use watcher::Watcher;

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

/// An environment that is watched, until this is dropped or stopped.
pub struct WatchOperation {
    watching: JoinHandle<()>,
    interrupt: watch::Sender<bool>,
}

impl WatchOperation {
    /// Begins. The receiver ends with the operation.
    #[must_use]
    pub fn spawn(asked: WatchRequest) -> (Self, UnboundedReceiver<WatchUpdate>) {
        let (tell, told) = mpsc::unbounded_channel();
        let (interrupt, interrupted) = watch::channel(false);
        let watching = tokio::spawn(async move {
            Watcher::begin(asked, tell).await.run(interrupted).await;
        });
        (Self { watching, interrupt }, told)
    }

    /// Lets nothing new begin. A run that goes on comes to the end of its steps, and gives its lease back.
    pub fn interrupt(&self) {
        self.interrupt.send_replace(true);
    }

    /// Waits for the end. May be given up and called again until it has told the end.
    pub async fn ended(&mut self) {
        // A panic has been told by the task itself.
        (&mut self.watching).await.ok();
    }
}

impl Drop for WatchOperation {
    fn drop(&mut self) {
        self.watching.abort();
    }
}
