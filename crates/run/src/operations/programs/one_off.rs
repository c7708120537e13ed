//! A one-off container: created for one command, connected to a console before it starts, and removed at its end.

use std::{sync::Arc, time::Duration};

use maestro_core::{
    fault::EngineFault,
    model::{
        carried::CarriedFiles,
        container::{ContainerNames, tagged_image},
        registry::{PullFault, RegistryLogin, Retry},
        shared::SharedSpec,
    },
    observed::pull::PullAmount,
};
use maestro_engine::{AttachOptions, Engine, EngineError};

use super::{Console, ExecTarget, ProgramEnd, follow};
use crate::execute::pull::{PullAgain, PullTries, PullTry};

/// A one-off container that is to be created.
pub struct OneOffRequest {
    /// Where.
    pub engine: Arc<dyn Engine>,
    /// Its name.
    pub name: String,
    /// What it is made from.
    pub spec: SharedSpec,
    /// How it is found.
    pub names: ContainerNames,
    /// Files that are copied into it.
    pub files: CarriedFiles,
    /// Who one is to the registry of its image.
    pub login: Option<RegistryLogin>,
    /// When a pull of its image is tried again.
    pub retry: Retry,
}

/// How the pull of an image goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PullUpdate {
    /// So much of it is there.
    Amount(PullAmount),
    /// It failed and is tried again.
    Again(PullAgain),
}

/// Why there is no one-off container.
#[derive(Debug)]
pub enum NotMade {
    /// Its image is not there, and its registry does not give it.
    NotPulled {
        /// Why.
        fault: PullFault,
        /// The engine's words.
        words: EngineFault,
        /// How often it was tried.
        tries: u32,
    },
    /// The engine did not create it, or did not take its files.
    NotCreated(EngineError),
}

/// A one-off container.
pub struct OneOffContainer {
    target: ExecTarget,
    stop_timeout: Duration,
}

impl OneOffRequest {
    /// Pulls the image if the engine does not have it, and creates the container. What fails leaves none. `told` gets how
    /// the pull goes.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn create(
        self,
        stop_timeout: Duration,
        told: &mut (dyn FnMut(PullUpdate) + Send),
    ) -> Result<OneOffContainer, NotMade> {
        self.pull_missing(told).await?;
        let Self { engine, name, spec, names, files, .. } = self;
        let created = engine.create(&name, &spec, &[].into(), &names).await.map_err(NotMade::NotCreated)?;
        let container =
            OneOffContainer { target: ExecTarget { engine, container: created.id }, stop_timeout };
        let ExecTarget { engine, container: id } = &container.target;
        if let Err(error) = engine.copy_files(id, &files).await {
            // The first error says more.
            let _ = container.remove().await;
            return Err(NotMade::NotCreated(error));
        }
        Ok(container)
    }

    async fn pull_missing(&self, told: &mut (dyn FnMut(PullUpdate) + Send)) -> Result<(), NotMade> {
        let Self { engine, spec, login, retry, .. } = self;
        let images = engine.images().await.map_err(NotMade::NotCreated)?;
        if images.contains_key(&tagged_image(&spec.image)) || images.contains_key(&spec.image) {
            return Ok(());
        }
        let (image, platform, login) = (spec.image.as_str(), spec.platform(), login.as_ref());
        let mut tries = PullTries { engine: &**engine, image, platform, login, retry, tried: 0 };
        loop {
            match tries.next(&mut |amount| told(PullUpdate::Amount(amount))).await {
                PullTry::Pulled(_) => return Ok(()),
                PullTry::Engine(error) => return Err(NotMade::NotCreated(error)),
                PullTry::Refused { fault, words } => {
                    return Err(NotMade::NotPulled { fault, words, tries: tries.tried });
                }
                PullTry::Again(again) => {
                    told(PullUpdate::Again(again));
                    tokio::time::sleep(again.pause).await;
                }
            }
        }
    }
}

impl OneOffContainer {
    /// Starts it with a console that is connected from its beginning, to its end.
    pub async fn run(&self, options: &AttachOptions, console: Console) -> ProgramEnd {
        let ExecTarget { engine, container } = &self.target;
        let attached = match engine.attach(container, options).await {
            Ok(attached) => attached,
            Err(error) => return ProgramEnd::NotStarted(error),
        };
        if let Err(error) = engine.start(container).await {
            return ProgramEnd::NotStarted(error);
        }
        follow(&self.target, options, console, attached).await
    }

    /// Starts it, connected to nothing.
    ///
    /// # Errors
    /// Why it does not run.
    pub async fn start(&self) -> Result<(), EngineError> {
        self.target.engine.start(&self.target.container).await
    }

    /// Stops it if it runs.
    ///
    /// # Errors
    /// Why it may still run.
    pub async fn stop(&self) -> Result<(), EngineError> {
        self.target.engine.stop(&self.target.container, self.stop_timeout).await
    }

    /// Stops it if it runs, and removes it with its anonymous volumes.
    ///
    /// # Errors
    /// Why it is still there.
    pub async fn remove(&self) -> Result<(), EngineError> {
        let ExecTarget { engine, container } = &self.target;
        let all = engine.containers().await?;
        let Some(known) = all.iter().find(|known| known.id == *container) else { return Ok(()) };
        self.stop().await?;
        engine.remove(container).await?;
        for mounted in &known.mounts {
            if let Some(volume) = mounted.anonymous() {
                engine.remove_volume(volume).await?;
            }
        }
        Ok(())
    }
}
