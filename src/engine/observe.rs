//! Asks an engine what it has.

use futures_util::future::try_join4;

use super::{Engine, EngineError};
use crate::observed::{Holdings, ShipState};

/// What is asked beside the containers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Question {
    /// References of all images.
    pub images: bool,
    /// Networks and their labels.
    pub networks: bool,
    /// What tells the engine from all others. The slowest of all questions: engines look at themselves to answer it.
    pub identity: bool,
}

/// Asks an engine what it has, all at once: its containers by one call, whatever their number, the rest as asked.
pub async fn observe(engine: &dyn Engine, question: Question) -> ShipState {
    let answers = try_join4(
        engine.containers(),
        asked(question.images, engine.images()),
        asked(question.networks, engine.networks()),
        asked(question.identity, engine.identity()),
    );
    match answers.await {
        Ok((containers, images, networks, engine_id)) => ShipState::Answering(Holdings {
            engine_id,
            containers: containers
                .into_iter()
                .map(|container| (container.name.clone(), container))
                .collect(),
            images,
            networks,
        }),
        Err(EngineError::Unreachable(reason) | EngineError::NoAnswer(reason)) => {
            ShipState::Unreachable { reason }
        }
        Err(EngineError::NotFound(words) | EngineError::Conflict(words) | EngineError::Refused(words)) => {
            ShipState::Unreachable {
                reason: format!("its engine answered with an error: {words}"),
            }
        }
    }
}

async fn asked<T>(
    wanted: bool,
    call: impl Future<Output = Result<T, EngineError>>,
) -> Result<Option<T>, EngineError> {
    if wanted { call.await.map(Some) } else { Ok(None) }
}
