//! A Docker engine, over the wire.
//!
//! What changes something goes through bollard, whose requests are typed. What is only read goes through the same
//! client into our own structures (`answers.rs`), since bollard's fail a whole answer on a word that they do not know.

mod answers;
mod archive;
mod archives;
mod build;
mod calls;
mod create;
mod describe;
mod distribution;
mod endpoint;
mod error;
mod event_lines;
mod events;
mod exec;
mod fault;
mod frames;
mod image_archives;
mod inspection;
mod json_lines;
mod layers;
mod links;
mod logs;
mod mounts;
mod networks;
mod programs;
mod pull;
#[cfg(test)]
mod pull_tests;
mod services;
mod settings;
mod squeeze;
mod state;
#[cfg(test)]
mod tests;
mod upload;
#[cfg(test)]
mod version_tests;
mod volumes;
mod wire;
mod with_others;

use std::{future::Future, sync::Arc, time::Duration};

use http_body_util::BodyExt as _;
use tokio::time::{Instant, timeout};

use self::{
    describe::InspectedContainer,
    error::{Asked, Failure, silent},
    wire::{Wire, segment},
};
use super::{
    EngineError,
    transport::{Allowance, Dial, Limits},
};
use maestro_core::model::ApiVersion;

/// How many bytes an answer may have: a list of 100,000 containers with many labels stays below it.
const ANSWER_LIMIT: u64 = 256 * 1024 * 1024;
/// bollard's own timeout, in seconds, is out of the way: it sees only the answer's head. Ours is in [`Docker::within`].
const NO_TIMEOUT: u64 = u32::MAX as u64;

/// A Docker engine.
pub struct Docker {
    wire: Arc<Wire>,
    client: bollard::Docker,
    timeout: Duration,
}

impl Docker {
    /// The engine that `dial` reaches. Nothing is sent before the first call; `timeout` is how long each may take.
    /// Unless `pinned` says otherwise, the first call also asks the engine for its API version.
    #[must_use]
    pub fn new(dial: &Arc<dyn Dial>, timeout: Duration, pinned: Option<ApiVersion>) -> Self {
        Self::sharing(dial, timeout, pinned, Allowance::default())
    }

    /// The same, with answers that share `allowance` with those of other engines.
    #[must_use]
    pub fn sharing(
        dial: &Arc<dyn Dial>,
        timeout: Duration,
        pinned: Option<ApiVersion>,
        allowance: Allowance,
    ) -> Self {
        Self::with_limits(dial, timeout, pinned, Limits { answer: ANSWER_LIMIT, allowance })
    }

    fn with_limits(
        dial: &Arc<dyn Dial>,
        timeout: Duration,
        pinned: Option<ApiVersion>,
        limits: Limits,
    ) -> Self {
        let wire = Arc::new(Wire::new(dial, timeout, pinned, limits));
        Self { client: bollard_over(Arc::clone(&wire)), wire, timeout }
    }

    /// Lets a call take `deadline` at most, with its answer's last byte.
    async fn within<T>(
        &self,
        asked: Asked,
        deadline: Duration,
        call: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, EngineError> {
        self.wire.dial.await_turn().await;
        let began = Instant::now();
        self.agree(deadline).await?;
        match timeout(deadline.saturating_sub(began.elapsed()), call).await {
            Ok(answer) => answer.map_err(|failure| failure.told(asked, &self.wire.address)),
            Err(_) => Err(silent(asked, &self.wire.address, deadline)),
        }
    }

    /// Agrees on an API version first: if that fails, nothing has been asked yet, whatever the call would have changed.
    async fn agree(&self, deadline: Duration) -> Result<(), EngineError> {
        self.version_within(deadline).await.map(drop)
    }

    /// The API version that is spoken with the engine.
    async fn version(&self) -> Result<ApiVersion, EngineError> {
        self.version_within(self.timeout).await
    }

    async fn version_within(&self, deadline: Duration) -> Result<ApiVersion, EngineError> {
        self.wire.dial.await_turn().await;
        match timeout(deadline, self.wire.version()).await {
            Ok(Ok(version)) => Ok(version),
            Ok(Err(failure)) => Err(failure.told(Asked::Reading, &self.wire.address)),
            Err(_) => Err(silent(Asked::Reading, &self.wire.address, deadline)),
        }
    }

    async fn read<T: serde::de::DeserializeOwned>(&self, path: &str) -> Result<T, EngineError> {
        self.within(Asked::Reading, self.timeout, self.wire.get(path)).await
    }

    /// Reads an answer that may be as long as any.
    async fn read_long<T: serde::de::DeserializeOwned>(&self, path: &str) -> Result<T, EngineError> {
        self.within(Asked::Reading, self.timeout, self.wire.get_long(path)).await
    }

    async fn change<T>(
        &self,
        call: impl Future<Output = Result<T, bollard::errors::Error>>,
    ) -> Result<T, EngineError> {
        self.change_within(self.timeout, call).await
    }

    async fn change_within<T>(
        &self,
        deadline: Duration,
        call: impl Future<Output = Result<T, bollard::errors::Error>>,
    ) -> Result<T, EngineError> {
        self.within(Asked::Changing, deadline, async { Ok(call.await?) }).await
    }

    async fn looked_at(&self, container: &str) -> Result<InspectedContainer, EngineError> {
        self.read(&format!("/containers/{}/json", segment(container))).await
    }
}

/// What is not there is no error, but nothing.
fn found<T>(answer: Result<T, EngineError>) -> Result<Option<T>, EngineError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(EngineError::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// bollard, sending over our own wire.
fn bollard_over(wire: Arc<Wire>) -> bollard::Docker {
    let transport = move |request: bollard::BollardRequest| {
        let wire = Arc::clone(&wire);
        async move {
            let request = request.map(|body| body.map_err(Into::into).boxed_unsync());
            wire.send(request).await.map_err(Failure::through_bollard)
        }
    };
    let version = bollard::API_DEFAULT_VERSION;
    bollard::Docker::connect_with_custom_transport(transport, Some("http://docker"), NO_TIMEOUT, version)
        .expect("a custom transport needs nothing that could fail")
}
