//! A Docker engine, over the wire.
//!
//! What changes something goes through bollard, whose requests are typed. What is only read goes through the same
//! client into our own structures (`answers.rs`), since bollard's fail a whole answer on a word that they do not know.

mod answers;
mod create;
mod describe;
mod error;
mod events;
mod exec;
mod fault;
mod layers;
mod logs;
mod networks;
mod pull;
#[cfg(test)]
mod pull_tests;
#[cfg(test)]
mod tests;
mod volumes;
mod wire;

use std::{
    collections::{BTreeMap, HashMap},
    future::Future,
    sync::Arc,
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use bollard::query_parameters::{
    RemoveContainerOptionsBuilder, RenameContainerOptionsBuilder, StopContainerOptionsBuilder,
};
use futures_util::{StreamExt as _, stream::BoxStream};
use http_body_util::BodyExt as _;
use tokio::time::{Instant, timeout};

use self::{
    answers::{Info, InspectedContainer, ListedContainer},
    describe::{DescribedContainer, DescribedImage},
    error::{Asked, Failure, silent},
    wire::{Wire, segment},
};
use super::{
    Created, Engine, EngineError, EngineInfo, Executed, Inspected, LogLine, LogOptions, Membership, Volume,
    past::Past,
    pull::{PullError, Pulled},
    transport::{Allowance, Dial, Limits},
};
use crate::{
    model::{ApiVersion, registry::Login, shared::SharedSpec},
    observed::{
        Container,
        description::{Description, ImageDefaults},
    },
};

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
        let began = Instant::now();
        self.agree(deadline).await?;
        match timeout(deadline.saturating_sub(began.elapsed()), call).await {
            Ok(answer) => answer.map_err(|failure| failure.told(asked, &self.wire.address)),
            Err(_) => Err(silent(asked, &self.wire.address, deadline)),
        }
    }

    /// Agrees on an API version first: if that fails, nothing has been asked yet, whatever the call would have changed.
    async fn agree(&self, deadline: Duration) -> Result<(), EngineError> {
        match timeout(deadline, self.wire.version()).await {
            Ok(Ok(_)) => Ok(()),
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

#[async_trait]
impl Engine for Docker {
    async fn identity(&self) -> Result<String, EngineError> {
        self.read("/info").await.map(|Info { id, .. }| id)
    }

    async fn lines(&self) -> Option<usize> {
        self.wire.dial.lines().await
    }

    async fn containers(&self) -> Result<Vec<Container>, EngineError> {
        let listed: Vec<ListedContainer> = self.read_long("/containers/json?all=1").await?;
        Ok(listed.into_iter().map(Container::from).collect())
    }

    async fn images(&self) -> Result<BTreeMap<String, String>, EngineError> {
        self.read("/images/json").await.map(answers::references)
    }

    async fn networks(&self) -> Result<HashMap<String, BTreeMap<String, String>>, EngineError> {
        self.read("/networks").await.map(answers::networks)
    }

    async fn inspect(&self, container: &str) -> Result<Option<Inspected>, EngineError> {
        found(self.looked_at(container).await.map(Inspected::from))
    }

    async fn describe(&self, container: &str) -> Result<Option<Description>, EngineError> {
        let path = format!("/containers/{}/json", segment(container));
        found(self.read(&path).await.map(|described: DescribedContainer| described.into()))
    }

    async fn image_defaults(&self, image_id: &str) -> Result<Option<ImageDefaults>, EngineError> {
        let path = format!("/images/{}/json", segment(image_id));
        found(self.read(&path).await.map(|described: DescribedImage| described.into()))
    }

    async fn info(&self) -> Result<EngineInfo, EngineError> {
        self.read::<Info>("/info").await.map(EngineInfo::from)
    }

    async fn image_available(&self, image: &str, login: Option<&Login>) -> Result<(), PullError> {
        pull::image_available(self, image, login).await
    }

    async fn pull(
        &self,
        image: &str,
        login: Option<&Login>,
        progress: &mut (dyn FnMut(String) + Send),
    ) -> Result<Pulled, PullError> {
        pull::pull(self, image, login, progress).await
    }

    async fn create_network(
        &self,
        name: &str,
        labels: &BTreeMap<String, String>,
        fixed: bool,
    ) -> Result<(), EngineError> {
        networks::create(self, name, labels, fixed).await
    }

    async fn remove_network(&self, name: &str) -> Result<(), EngineError> {
        networks::remove(self, name).await
    }

    async fn rejoin(&self, container: &str, membership: &Membership) -> Result<(), EngineError> {
        networks::rejoin(self, container, membership).await
    }

    async fn volume(&self, name: &str) -> Result<Option<Volume>, EngineError> {
        volumes::one(self, name).await
    }

    async fn volumes(&self, labels: &BTreeMap<String, String>) -> Result<Vec<Volume>, EngineError> {
        volumes::with(self, labels).await
    }

    async fn create_volume(
        &self,
        name: &str,
        labels: &BTreeMap<String, String>,
    ) -> Result<Volume, EngineError> {
        volumes::create(self, name, labels).await
    }

    async fn remove_volume(&self, name: &str) -> Result<(), EngineError> {
        volumes::remove(self, name).await
    }

    async fn clock(&self) -> Result<SystemTime, EngineError> {
        volumes::clock(self).await
    }

    async fn past(&self, window: Duration) -> Result<Past, EngineError> {
        events::past(self, window).await
    }

    async fn create(
        &self,
        name: &str,
        spec: &SharedSpec,
        volumes: &BTreeMap<String, String>,
    ) -> Result<Created, EngineError> {
        create::create(self, name, spec, volumes).await
    }

    async fn rename(&self, container: &str, name: &str) -> Result<(), EngineError> {
        let options = RenameContainerOptionsBuilder::new().name(name).build();
        match self.change(self.client.rename_container(&segment(container), options)).await {
            // Engines refuse to give a name that a container has: before and since 28.
            Err(EngineError::Refused(words) | EngineError::Conflict(words))
                if self.looked_at(container).await.is_ok_and(|seen| seen.name() == name) =>
            {
                drop(words);
                Ok(())
            }
            result => result,
        }
    }

    async fn start(&self, container: &str) -> Result<(), EngineError> {
        self.change(self.client.start_container(&segment(container), None)).await
    }

    async fn stop(&self, container: &str, timeout: Duration) -> Result<(), EngineError> {
        let seconds = timeout.as_secs() + u64::from(timeout.subsec_nanos() > 0);
        let options = StopContainerOptionsBuilder::new().t(seconds.try_into().unwrap_or(i32::MAX)).build();
        let deadline = self.timeout.saturating_add(timeout);
        self.change_within(deadline, self.client.stop_container(&segment(container), Some(options))).await
    }

    async fn kill(&self, container: &str) -> Result<(), EngineError> {
        match self.change(self.client.kill_container(&segment(container), None)).await {
            Err(EngineError::Conflict(words)) if words.contains("is not running") => Ok(()),
            result => result,
        }
    }

    async fn remove(&self, container: &str) -> Result<(), EngineError> {
        let options = RemoveContainerOptionsBuilder::new().v(false).force(false).build();
        match self.change(self.client.remove_container(&segment(container), Some(options))).await {
            Err(EngineError::NotFound(_)) => Ok(()),
            result => result,
        }
    }

    async fn exit_within(&self, container: &str, at_most: Duration) -> Result<Option<i64>, EngineError> {
        let waited = async {
            self.agree(self.timeout).await?;
            let name = segment(container);
            let mut answers = Box::pin(self.client.wait_container(&name, None));
            match answers.next().await {
                Some(Ok(answer)) => Ok(answer.status_code),
                // What bollard takes for an error is an exit code other than 0.
                Some(Err(bollard::errors::Error::DockerContainerWaitError { code, error }))
                    if error.is_empty() =>
                {
                    Ok(code)
                }
                Some(Err(bollard::errors::Error::DockerContainerWaitError { error, .. })) => {
                    Err(Failure::answered(500, error.as_bytes()))
                }
                Some(Err(error)) => Err(error.into()),
                None => Err(Failure::Lost("the engine hung up while it was waited".into())),
            }
            .map_err(|failure| failure.told(Asked::Reading, &self.wire.address))
        };
        match timeout(at_most, waited).await {
            Ok(code) => code.map(Some),
            Err(_) => Ok(None),
        }
    }

    async fn exec(&self, container: &str, command: &[String]) -> Result<Executed, EngineError> {
        exec::run(self, container, command).await
    }

    async fn logs(
        &self,
        container: &str,
        options: LogOptions,
    ) -> Result<BoxStream<'static, Result<LogLine, EngineError>>, EngineError> {
        let tty = self.looked_at(container).await?.tty();
        let tail = options.tail.map_or("all".to_owned(), |lines| lines.to_string());
        let path = format!(
            "/containers/{}/logs?stdout=1&stderr=1&follow={}&tail={tail}",
            segment(container),
            u8::from(options.follow),
        );
        let answer = self.within(Asked::Reading, self.timeout, self.wire.follow(&path)).await?;
        let timeout = (!options.follow).then_some(self.timeout);
        Ok(logs::lines(answer.into_body(), tty, timeout, self.wire.address.clone()))
    }
}
