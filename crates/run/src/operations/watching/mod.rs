//! `operations::watching` keeps an environment as declared while it runs: it follows the live state, has `core::watch` decide,
//! and heals one instance after the other by the operation of all commands. The lease is held only meanwhile.

mod acting;
mod checks;
mod compared;
mod kept_routes;
mod leases;
mod request;
mod run;
mod watcher;

use tokio::{
    sync::{
        mpsc::{self, UnboundedReceiver},
        watch,
    },
    task::JoinHandle,
};

pub use leases::{OtherRun, other_run};
pub use request::{WatchRequest, WatchUpdate};
use watcher::Watcher;

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
