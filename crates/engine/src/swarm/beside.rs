//! Containers of the managers' engines that are no tasks: what an environment had there before its services were on the Swarm.
//! [`crate::ownership::beside`] lists them.

use std::sync::Arc;

use super::Swarm;
use crate::{Engine, EngineError, Inspected, Services as _};

impl Swarm {
    /// A container beside the Swarm, by its id, and the engine that has it; none if no manager that answers has it.
    pub(super) async fn beside(
        &self,
        container: &str,
    ) -> Result<Option<(Arc<dyn Engine>, Inspected)>, EngineError> {
        for engine in self.manager.engines() {
            match engine.inspect(container).await {
                Ok(Some(inspected)) => return Ok(Some((engine, inspected))),
                Ok(None) => {}
                Err(error) if error.is_silence() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Removes a volume of a container beside the Swarm. Entries are none: those are configs.
    pub(super) async fn remove_volume_beside(&self, name: &str) -> Result<(), EngineError> {
        for engine in self.manager.engines() {
            match engine.remove_volume(name).await {
                Ok(()) | Err(EngineError::NotFound(_)) => {}
                Err(error) if error.is_silence() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
