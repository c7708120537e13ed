//! A pull that is tried again as the environment's registries say.

use std::time::Duration;

use maestro_core::{
    fault::EngineFault,
    model::registry::{PullFault, RegistryLogin, Retry},
    observed::pull::PullAmount,
};
use maestro_engine::{
    Engine, EngineError,
    pull::{PullError, Pulled},
};

/// An image that is to be pulled.
pub struct PullTries<'a> {
    /// From where to where.
    pub engine: &'a dyn Engine,
    /// The image.
    pub image: &'a str,
    /// For this platform; none for the engine's own.
    pub platform: Option<&'a str>,
    /// Who one is to the registry.
    pub login: Option<&'a RegistryLogin>,
    /// When it is tried again.
    pub retry: &'a Retry,
    /// How often it was tried.
    pub tried: u32,
}

/// What came of a try.
#[derive(Debug)]
pub enum PullTry {
    /// The image is there.
    Pulled(Pulled),
    /// Another try follows after a pause.
    Again(PullAgain),
    /// The engine failed, and no registry.
    Engine(EngineError),
    /// The registry does not give the image.
    Refused {
        /// Why.
        fault: PullFault,
        /// The engine's words.
        words: EngineFault,
    },
}

/// A try that follows another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PullAgain {
    /// Its number, from 2 on.
    pub attempt: u32,
    /// How many there are at most.
    pub attempts: u32,
    /// How long until it.
    pub pause: Duration,
    /// Why the one before failed.
    pub fault: PullFault,
}

impl PullTries<'_> {
    /// Tries it once. `told` gets how far it is.
    pub async fn next(&mut self, told: &mut (dyn FnMut(PullAmount) + Send)) -> PullTry {
        self.tried += 1;
        let (fault, words) = match self.engine.pull(self.image, self.platform, self.login, told).await {
            Ok(pulled) => return PullTry::Pulled(pulled),
            Err(PullError::Engine(error)) => return PullTry::Engine(error),
            Err(PullError::Registry { fault, words }) => (fault, words),
        };
        match self.retry.pause(self.tried, fault) {
            Some(pause) => PullTry::Again(PullAgain {
                attempt: self.tried + 1,
                attempts: self.retry.attempts,
                pause,
                fault,
            }),
            None => PullTry::Refused { fault, words },
        }
    }
}
