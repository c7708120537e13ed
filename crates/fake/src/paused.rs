//! Containers of the engine in memory that somebody pauses.

use tokio::time::Instant;

use super::{Fake, container::FakeContainer, state::Inside};
use maestro_core::observed::ContainerState;
use maestro_engine::{EngineError, events::Happened};

impl Fake {
    /// Freezes the processes of a container, as `docker pause` does by hand.
    pub fn pause(&self, container: &str) {
        // What does not run is left as it is.
        let _ = self.inside().pause(container);
        self.changed.notify_waiters();
    }

    /// Lets the processes of a container go on, as `docker unpause` does by hand.
    pub fn unpause(&self, container: &str) {
        let _ = self.inside().unpause(container);
        self.changed.notify_waiters();
    }
}

impl Inside {
    /// Freezes the processes of a container.
    pub(super) fn pause(&mut self, container: &str) -> Result<(), EngineError> {
        self.tick();
        let kept = self.find(container)?;
        match kept.shown.state {
            ContainerState::Running => {}
            ContainerState::Paused => return Ok(()),
            _ => {
                let words = format!("Container {container} is not running");
                return Err(EngineError::Conflict(words.into()));
            }
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
        let Some(paused_at) = kept.paused_at.take() else { return Ok(()) };
        kept.shown.state = ContainerState::Running;
        kept.dies_at = kept.dies_at.map(|(at, code)| (at + paused_at.elapsed(), code));
        let id = kept.shown.id.clone();
        self.happened(&id, Happened::Unpaused);
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
