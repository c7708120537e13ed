//! Containers that stand still while their files are copied, and go on afterwards, whatever came of the copy.

use std::{sync::Arc, time::Duration};

use maestro_core::fault::EngineFault;
use maestro_engine::{Engine, EngineError};

/// How containers stand still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stillness {
    /// They are stopped: programs end in good order, and write what they have in memory.
    Stopped,
    /// Their processes are frozen: files are as after a power cut at that moment.
    Paused,
}

/// A container to hold still.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StillContainer {
    /// Its id.
    pub id: String,
    /// Its name, or that of its instance.
    pub name: String,
    /// How long its stop may take.
    pub stop_timeout: Duration,
}

/// A container that does not go on although it should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotResumed {
    /// Its name.
    pub name: String,
    /// Why.
    pub fault: EngineFault,
}

/// Holds containers still while `work` runs, and lets all of them go on afterwards, also those that it did not come to
/// hold still for certain. If one cannot be held still, `work` does not run.
///
/// # Errors
/// As the engine answers where a container cannot be held still.
pub async fn while_still<T>(
    engine: &Arc<dyn Engine>,
    containers: &[StillContainer],
    how: Stillness,
    work: impl Future<Output = T>,
) -> (Result<T, EngineError>, Vec<NotResumed>) {
    let mut touched = Vec::new();
    let mut held = Ok(());
    for container in containers {
        touched.push(container);
        held = match how {
            Stillness::Stopped => engine.stop(&container.id, container.stop_timeout).await,
            Stillness::Paused => engine.pause(&container.id).await,
        };
        if held.is_err() {
            break;
        }
    }
    let done = match held {
        Ok(()) => Ok(work.await),
        Err(error) => Err(error),
    };
    let mut not_resumed = Vec::new();
    for container in touched.into_iter().rev() {
        let resumed = match how {
            Stillness::Stopped => engine.start(&container.id).await,
            Stillness::Paused => engine.unpause(&container.id).await,
        };
        if let Err(error) = resumed {
            not_resumed.push(NotResumed { name: container.name.clone(), fault: error.fault().clone() });
        }
    }
    (done, not_resumed)
}
