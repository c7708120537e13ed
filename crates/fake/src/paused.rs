//! Containers of the engine in memory that somebody pauses.

use tokio::time::Instant;

use super::{Fake, container::FakeContainer, state::Inside};
use maestro_core::observed::ContainerState;
use maestro_engine::{EngineError, events::Happened};

impl Fake {
    /// Freezes the processes of a container by hand, as `docker pause` does.
    pub fn pause(&self, container: &str) {
        let mut inside = self.inside();
        inside.tick();
        // A test that pauses what does not run sees that nothing is paused.
        inside.pause(container).ok();
        drop(inside);
        self.changed.notify_waiters();
    }

    /// Lets the processes of a container go on by hand, as `docker unpause` does.
    pub fn unpause(&self, container: &str) {
        self.inside().unpause(container).ok();
        self.changed.notify_waiters();
    }
}

impl Inside {
    /// Freezes the processes of a container that runs.
    pub(super) fn pause(&mut self, container: &str) -> Result<(), EngineError> {
        let kept = self.find(container)?;
        match kept.shown.state {
            ContainerState::Paused => return Ok(()),
            ContainerState::Running => {}
            _ => return Err(EngineError::Conflict(format!("Container {container} is not running").into())),
        }
        kept.shown.status = format!("{} (Paused)", kept.status());
        kept.shown.state = ContainerState::Paused;
        kept.paused_at = Some(Instant::now());
        let id = kept.shown.id.clone();
        self.happened(&id, Happened::Paused);
        Ok(())
    }

    /// Lets the processes of a container go on.
    pub(super) fn unpause(&mut self, container: &str) -> Result<(), EngineError> {
        let kept = self.find(container)?;
        if let Some(paused_at) = kept.paused_at.take() {
            kept.shown.state = ContainerState::Running;
            kept.dies_at = kept.dies_at.map(|(at, code)| (at + paused_at.elapsed(), code));
            let id = kept.shown.id.clone();
            self.happened(&id, Happened::Unpaused);
        }
        Ok(())
    }

    /// An error if a container cannot run a command now.
    pub(super) fn takes_commands(&mut self, container: &str) -> Result<&FakeContainer, EngineError> {
        let kept = self.find(container)?;
        let why = match kept.shown.state {
            ContainerState::Running => return Ok(kept),
            ContainerState::Restarting => "is restarting",
            ContainerState::Paused => "is paused, unpause the container before exec",
            _ => "is not running",
        };
        Err(EngineError::Conflict(format!("Container {container} {why}").into()))
    }
}
