//! What a Docker engine answers: the traits of [`Engine`](super::Engine).

use std::{
    collections::{BTreeMap, HashMap},
    net::IpAddr,
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use bollard::query_parameters::{
    KillContainerOptionsBuilder, RemoveContainerOptionsBuilder, RenameContainerOptionsBuilder,
    StopContainerOptionsBuilder,
};
use futures_util::{StreamExt as _, stream::BoxStream};
use tokio::time::timeout;

use super::{
    Docker,
    answers::{self, AddressedContainer, Info, ListedContainer},
    archive, archives, build, create,
    describe::DescribedImage,
    distribution,
    error::{Asked, Failure},
    events, exec, found,
    logs::{self, Sent},
    networks, programs, pull, volumes,
    wire::segment,
};
use crate::{
    ArchiveBytes, ArchiveInput, Archives, AttachOptions, Attached, BuildError, BuildNews, BuildRequest,
    Builds, Carrier, Containers, Created, Engine, EngineError, EngineInfo, Events, ExecRequest, Executed,
    Images, Inspected, LogLine, LogOptions, Networks, PathStat, ProgramStreams, Streams, Volume, Volumes,
    WindowSize,
    events::{EventStream, Past},
    pull::{PullError, Pulled, Pushed, RemoteImage},
};
use maestro_core::{
    fault::LostAnswer,
    model::{
        carried::CarriedFiles, container::ContainerNames, membership::Membership, network::NetworkOptions,
        registry::RegistryLogin, shared::SharedSpec, volume::VolumeOptions,
    },
    observed::{Container, description::ImageDefaults, pull::PullAmount},
};

#[async_trait]
impl Containers for Docker {
    async fn containers(&self) -> Result<Vec<Container>, EngineError> {
        let listed: Vec<ListedContainer> = self.read_long("/containers/json?all=1").await?;
        Ok(listed.into_iter().map(Container::from).collect())
    }

    async fn inspect(&self, container: &str) -> Result<Option<Inspected>, EngineError> {
        found(self.looked_at(container).await.map(Inspected::from))
    }

    async fn addresses(&self, container: &str) -> Result<Vec<IpAddr>, EngineError> {
        let path = format!("/containers/{}/json", segment(container));
        self.read::<AddressedContainer>(&path).await.map(AddressedContainer::addresses)
    }

    async fn create(
        &self,
        name: &str,
        spec: &SharedSpec,
        volumes: &BTreeMap<String, String>,
        names: &ContainerNames,
    ) -> Result<Created, EngineError> {
        create::create(self, name, spec, volumes, names).await
    }

    async fn copy_files(&self, container: &str, files: &CarriedFiles) -> Result<(), EngineError> {
        archive::copy(self, container, files).await
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

    async fn signal(&self, container: &str, signal: &str) -> Result<(), EngineError> {
        let options = KillContainerOptionsBuilder::new().signal(signal).build();
        self.change(self.client.kill_container(&segment(container), Some(options))).await
    }

    async fn kill(&self, container: &str) -> Result<(), EngineError> {
        match self.change(self.client.kill_container(&segment(container), None)).await {
            Err(EngineError::Conflict(fault))
                if fault.words().is_some_and(|words| words.contains("is not running")) =>
            {
                Ok(())
            }
            result => result,
        }
    }

    async fn pause(&self, container: &str) -> Result<(), EngineError> {
        let paused = self.change(self.client.pause_container(&segment(container))).await;
        // Which status an engine answers with differs between versions.
        already(paused, |words| words.contains("already paused"))
    }

    async fn unpause(&self, container: &str) -> Result<(), EngineError> {
        let unpaused = self.change(self.client.unpause_container(&segment(container))).await;
        already(unpaused, |words| words.contains("is not paused"))
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
                None => Err(Failure::Lost(LostAnswer::HungUp)),
            }
            .map_err(|failure| failure.told(Asked::Reading, &self.wire.address))
        };
        match timeout(at_most, waited).await {
            Ok(code) => code.map(Some),
            Err(_) => Ok(None),
        }
    }
}

/// A change that an engine refuses because it was made before.
fn already(result: Result<(), EngineError>, is_it: fn(&str) -> bool) -> Result<(), EngineError> {
    match result {
        Err(EngineError::Refused(fault) | EngineError::Conflict(fault))
            if fault.words().is_some_and(is_it) =>
        {
            Ok(())
        }
        result => result,
    }
}

#[async_trait]
impl Images for Docker {
    async fn images(&self) -> Result<BTreeMap<String, String>, EngineError> {
        self.read("/images/json").await.map(answers::references)
    }

    async fn image_defaults(&self, image_id: &str) -> Result<Option<ImageDefaults>, EngineError> {
        let path = format!("/images/{}/json", segment(image_id));
        found(self.read(&path).await.map(|described: DescribedImage| described.into()))
    }

    async fn push(
        &self,
        image: &str,
        login: Option<&RegistryLogin>,
        progress: &mut (dyn FnMut(PullAmount) + Send),
    ) -> Result<Pushed, PullError> {
        pull::push(self, image, login, progress).await
    }

    async fn remove_image(&self, image: &str) -> Result<(), EngineError> {
        let options = None::<bollard::query_parameters::RemoveImageOptions>;
        match self.change(self.client.remove_image(&segment(image), options, None)).await {
            Err(EngineError::NotFound(_)) => Ok(()),
            result => result.map(drop),
        }
    }

    async fn image_bytes(&self) -> Result<u64, EngineError> {
        let told: answers::DiskUsage = self.read("/system/df?type=image").await?;
        Ok(told.layers_size)
    }

    async fn remote_image(
        &self,
        image: &str,
        login: Option<&RegistryLogin>,
    ) -> Result<RemoteImage, PullError> {
        distribution::remote_image(self, image, login).await
    }

    async fn pull(
        &self,
        image: &str,
        platform: Option<&str>,
        login: Option<&RegistryLogin>,
        progress: &mut (dyn FnMut(PullAmount) + Send),
    ) -> Result<Pulled, PullError> {
        pull::pull(self, image, platform, login, progress).await
    }
}

#[async_trait]
impl Builds for Docker {
    async fn build(
        &self,
        request: &BuildRequest,
        context: ArchiveInput,
        progress: &mut (dyn FnMut(BuildNews) + Send),
    ) -> Result<String, BuildError> {
        build::build(self, request, context, progress).await
    }
}

#[async_trait]
impl Networks for Docker {
    async fn networks(&self) -> Result<HashMap<String, BTreeMap<String, String>>, EngineError> {
        self.read("/networks").await.map(answers::networks)
    }

    async fn create_network(
        &self,
        name: &str,
        options: &NetworkOptions,
        fixed: bool,
    ) -> Result<(), EngineError> {
        networks::create(self, name, options, fixed).await
    }

    async fn remove_network(&self, name: &str) -> Result<(), EngineError> {
        networks::remove(self, name).await
    }

    async fn rejoin(&self, container: &str, membership: &Membership) -> Result<(), EngineError> {
        networks::rejoin(self, container, membership).await
    }
}

#[async_trait]
impl Volumes for Docker {
    async fn volume(&self, name: &str) -> Result<Option<Volume>, EngineError> {
        volumes::one(self, name).await
    }

    async fn volumes(&self, labels: &BTreeMap<String, String>) -> Result<Vec<Volume>, EngineError> {
        volumes::with(self, labels).await
    }

    async fn create_volume(&self, name: &str, options: &VolumeOptions) -> Result<Volume, EngineError> {
        volumes::create(self, name, options).await
    }

    async fn remove_volume(&self, name: &str) -> Result<(), EngineError> {
        volumes::remove(self, name).await
    }
}

#[async_trait]
impl Archives for Docker {
    async fn create_carrier(&self, carrier: &Carrier) -> Result<String, EngineError> {
        archives::create_carrier(self, carrier).await
    }

    async fn remove_carrier(&self, container: &str) -> Result<(), EngineError> {
        archives::remove_carrier(self, container).await
    }

    async fn path(&self, container: &str, path: &str) -> Result<Option<PathStat>, EngineError> {
        archives::path(self, container, path).await
    }

    async fn read_archive(&self, container: &str, path: &str) -> Result<ArchiveBytes, EngineError> {
        archives::read(self, container, path).await
    }

    async fn write_archive(
        &self,
        container: &str,
        directory: &str,
        archive: ArchiveInput,
    ) -> Result<(), EngineError> {
        archives::write(self, container, directory, archive).await
    }

    async fn volume_sizes(&self) -> Result<BTreeMap<String, u64>, EngineError> {
        archives::volume_sizes(self).await
    }
}

#[async_trait]
impl Streams for Docker {
    async fn exec(&self, container: &str, request: &ExecRequest) -> Result<Executed, EngineError> {
        exec::run(self, container, request).await
    }

    async fn logs(
        &self,
        container: &str,
        options: LogOptions,
    ) -> Result<BoxStream<'static, Result<LogLine, EngineError>>, EngineError> {
        let path = logs::path(&format!("/containers/{}", segment(container)), options);
        let answer = self.within(Asked::Reading, self.timeout, self.wire.follow(&path)).await?;
        // Engines before API 1.42 do not say how they send a log, and later ones do not for the log of a terminal.
        let sent = if logs::is_framed(answer.headers()) || !self.looked_at(container).await?.tty() {
            Sent::Log
        } else {
            Sent::TerminalLog
        };
        let timeout = (!options.follow).then_some(self.timeout);
        Ok(logs::lines(answer.into_body(), sent, timeout, self.wire.address.clone()))
    }
}

#[async_trait]
impl ProgramStreams for Docker {
    async fn create_exec(
        &self,
        container: &str,
        request: &ExecRequest,
        attachment: &AttachOptions,
    ) -> Result<String, EngineError> {
        exec::create(self, container, request, attachment).await
    }

    async fn start_exec(&self, exec: &str, attachment: &AttachOptions) -> Result<Attached, EngineError> {
        programs::start_exec(self, exec, attachment).await
    }

    async fn exec_exit_code(&self, exec: &str) -> Result<Option<i64>, EngineError> {
        exec::exit_code(self, exec).await
    }

    async fn resize_exec(&self, exec: &str, size: WindowSize) -> Result<(), EngineError> {
        programs::resize(self, "exec", exec, size).await
    }

    async fn attach(&self, container: &str, attachment: &AttachOptions) -> Result<Attached, EngineError> {
        programs::attach(self, container, attachment).await
    }

    async fn resize(&self, container: &str, size: WindowSize) -> Result<(), EngineError> {
        programs::resize(self, "containers", container, size).await
    }
}

#[async_trait]
impl Events for Docker {
    async fn past(&self, window: Duration) -> Result<Past, EngineError> {
        events::past(self, window).await
    }

    async fn follow(&self) -> Result<EventStream, EngineError> {
        events::follow(self).await
    }
}

#[async_trait]
impl Engine for Docker {
    async fn identity(&self) -> Result<String, EngineError> {
        self.read("/info").await.map(|Info { id, .. }| id)
    }

    async fn max_connections(&self) -> Option<usize> {
        self.wire.dial.max_connections().await
    }

    async fn info(&self) -> Result<EngineInfo, EngineError> {
        let info = EngineInfo::from(self.read::<Info>("/info").await?);
        Ok(EngineInfo { api: Some(self.version().await?), ..info })
    }

    async fn clock(&self) -> Result<SystemTime, EngineError> {
        volumes::clock(self).await
    }
}
