//! Builds of images.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;

use crate::{ArchiveInput, EngineError};
use maestro_core::{
    fault::BuildxFault,
    model::{image_build::ImageBuild, registry::RegistryLogin},
    observed::pull::PullAmount,
};

/// Builds images on an engine: with the builder that every engine has, or with BuildKit.
#[async_trait]
pub trait Builds: Send + Sync {
    /// Builds an image of the files in `context`, and gives it its references: its id. Takes as long as it takes: a command
    /// of a Dockerfile may be silent for an hour. An engine that takes nothing of the context for the ship's timeout, and at
    /// least a minute, fails. An engine ends what its client gave up.
    async fn build(
        &self,
        request: &BuildRequest,
        context: ArchiveInput,
        progress: &mut (dyn FnMut(BuildNews) + Send),
    ) -> Result<String, BuildError>;
}

/// What is built.
#[derive(Debug, Clone)]
pub struct BuildRequest {
    /// How.
    pub build: Arc<ImageBuild>,
    /// The path of the Dockerfile in the context.
    pub dockerfile: String,
    /// The digest of all that the image is built from, which becomes its label
    /// [`LABEL_BUILD`](maestro_core::model::image_build::LABEL_BUILD).
    pub digest: String,
    /// No layer is used again, whatever the file says.
    pub no_cache: bool,
    /// Base images are pulled, whatever the file says.
    pub pull: bool,
    /// Who one is to registries, by their hosts. `docker buildx` knows those that `docker login` has left by itself.
    pub logins: BTreeMap<String, RegistryLogin>,
}

/// What a build says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuildNews {
    /// A step begins.
    Step {
        /// Its number, from 1.
        number: usize,
        /// How many there are.
        of: usize,
        /// The instruction.
        instruction: String,
    },
    /// The step before was made once before: its layer is used again.
    Cached,
    /// A line of the step's output: untrusted.
    Output(String),
    /// How far the fetch of a base image is.
    Pulling(PullAmount),
}

/// Why an image was not built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuildError {
    /// Something between us and the engine.
    Engine(EngineError),
    /// `docker buildx` does not work on this machine.
    Buildx(BuildxFault),
    /// The builder ended with these words: untrusted.
    Failed {
        /// What it said last.
        words: String,
        /// The exit code of the command that failed, if one did.
        code: Option<i64>,
        /// The line of the Dockerfile, from 1, if the builder says it.
        line: Option<usize>,
        /// The last lines of the step's output, if steps run beside one another: untrusted.
        output: Vec<String>,
    },
}

impl From<EngineError> for BuildError {
    fn from(error: EngineError) -> Self {
        Self::Engine(error)
    }
}
