//! What engines do for containers and images and a Swarm does not do for services.

use std::{collections::BTreeMap, time::Duration};

use async_trait::async_trait;
use futures_util::stream::{self, BoxStream, StreamExt as _};
use serde_json::Value;

use super::{Swarm, containers::only_for_containers};
use crate::{
    ArchiveBytes, ArchiveInput, Archives, AttachOptions, Attached, BuildError, BuildNews, BuildRequest,
    Builds, Carrier, EngineError, Events, ExecRequest, Executed, ImageArchives, ImageStore, Images,
    Inspection, LogLine, LogOf, LogOptions, PathStat, ProgramStreams, Services as _, StoredImage, Streams,
    WindowSize,
    events::{EventStream, Past},
    inspection::{Counted, Happenings, ImageFacts, Processes, Window},
    pull::{PullError, Pulled, Pushed, RemoteImage},
};
use maestro_core::{
    model::registry::RegistryLogin,
    observed::{description::ImageDefaults, pull::PullAmount},
};

/// Longer than any run.
const LONG_AGO: Duration = Duration::from_secs(1 << 30);

/// Nodes pull the images of their tasks: a Swarm has none of its own.
#[async_trait]
impl Images for Swarm {
    async fn images(&self) -> Result<BTreeMap<String, String>, EngineError> {
        Ok(BTreeMap::new())
    }

    async fn image_defaults(&self, _image_id: &str) -> Result<Option<ImageDefaults>, EngineError> {
        Ok(None)
    }

    async fn push(
        &self,
        _image: &str,
        _login: Option<&RegistryLogin>,
        _progress: &mut (dyn FnMut(PullAmount) + Send),
    ) -> Result<Pushed, PullError> {
        Err(only_for_containers("push").into())
    }

    async fn remove_image(&self, _image: &str) -> Result<(), EngineError> {
        Err(only_for_containers("remove image"))
    }

    async fn image_bytes(&self) -> Result<u64, EngineError> {
        Ok(0)
    }

    async fn remote_image(
        &self,
        image: &str,
        login: Option<&RegistryLogin>,
    ) -> Result<RemoteImage, PullError> {
        self.manager.remote_image(image, login).await
    }

    async fn pull(
        &self,
        _image: &str,
        _platform: Option<&str>,
        _login: Option<&RegistryLogin>,
        _progress: &mut (dyn FnMut(PullAmount) + Send),
    ) -> Result<Pulled, PullError> {
        Err(only_for_containers("pull").into())
    }
}

#[async_trait]
impl ImageArchives for Swarm {
    async fn stored_image(&self, _image: &str) -> Result<Option<StoredImage>, EngineError> {
        Ok(None)
    }

    async fn image_layers(&self) -> Result<Vec<Vec<String>>, EngineError> {
        Ok(Vec::new())
    }

    async fn image_store(&self) -> Result<ImageStore, EngineError> {
        self.manager.image_store().await
    }

    async fn save_image(&self, _id: &str) -> Result<ArchiveBytes, EngineError> {
        Err(only_for_containers("save image"))
    }

    async fn load_image(&self, _archive: ArchiveInput) -> Result<Option<String>, EngineError> {
        Err(only_for_containers("load image"))
    }

    async fn tag_image(&self, _id: &str, _reference: &str) -> Result<(), EngineError> {
        Err(only_for_containers("tag image"))
    }
}

#[async_trait]
impl Builds for Swarm {
    async fn build(
        &self,
        _request: &BuildRequest,
        _context: ArchiveInput,
        _progress: &mut (dyn FnMut(BuildNews) + Send),
    ) -> Result<String, BuildError> {
        Err(only_for_containers("build").into())
    }
}

#[async_trait]
impl Archives for Swarm {
    async fn create_carrier(&self, _carrier: &Carrier) -> Result<String, EngineError> {
        Err(only_for_containers("copy"))
    }

    async fn remove_carrier(&self, _container: &str) -> Result<(), EngineError> {
        Ok(())
    }

    async fn path(&self, _container: &str, _path: &str) -> Result<Option<PathStat>, EngineError> {
        Err(only_for_containers("copy"))
    }

    async fn read_archive(&self, _container: &str, _path: &str) -> Result<ArchiveBytes, EngineError> {
        Err(only_for_containers("copy"))
    }

    async fn write_archive(
        &self,
        _container: &str,
        _directory: &str,
        _archive: ArchiveInput,
    ) -> Result<(), EngineError> {
        Err(only_for_containers("copy"))
    }

    async fn volume_sizes(&self) -> Result<BTreeMap<String, u64>, EngineError> {
        Ok(BTreeMap::new())
    }
}

#[async_trait]
impl Streams for Swarm {
    async fn exec(&self, _container: &str, _request: &ExecRequest) -> Result<Executed, EngineError> {
        Err(only_for_containers("exec"))
    }

    async fn logs(
        &self,
        container: &str,
        options: LogOptions,
    ) -> Result<BoxStream<'static, Result<LogLine, EngineError>>, EngineError> {
        self.manager.swarm_logs(LogOf::Service(container), options).await
    }
}

#[async_trait]
impl ProgramStreams for Swarm {
    async fn create_exec(
        &self,
        _container: &str,
        _request: &ExecRequest,
        _attachment: &AttachOptions,
    ) -> Result<String, EngineError> {
        Err(only_for_containers("exec"))
    }

    async fn start_exec(&self, _exec: &str, _attachment: &AttachOptions) -> Result<Attached, EngineError> {
        Err(only_for_containers("exec"))
    }

    async fn exec_exit_code(&self, _exec: &str) -> Result<Option<i64>, EngineError> {
        Err(only_for_containers("exec"))
    }

    async fn resize_exec(&self, _exec: &str, _size: WindowSize) -> Result<(), EngineError> {
        Err(only_for_containers("exec"))
    }

    async fn attach(&self, _container: &str, _attachment: &AttachOptions) -> Result<Attached, EngineError> {
        Err(only_for_containers("attach"))
    }

    async fn resize(&self, _container: &str, _size: WindowSize) -> Result<(), EngineError> {
        Err(only_for_containers("attach"))
    }
}

/// A change of a service is over when a manager has answered, so nothing of a killed run is under way.
#[async_trait]
impl Events for Swarm {
    async fn past(&self, _window: Duration) -> Result<Past, EngineError> {
        Ok(Past { events: Vec::new(), remembers: LONG_AGO })
    }

    async fn follow(&self) -> Result<EventStream, EngineError> {
        Ok(stream::pending().boxed())
    }
}

#[async_trait]
impl Inspection for Swarm {
    async fn usage(&self, _container: &str) -> Result<Option<Counted>, EngineError> {
        Err(only_for_containers("stats"))
    }

    async fn processes(&self, _container: &str) -> Result<Processes, EngineError> {
        Err(only_for_containers("top"))
    }

    async fn document(&self, container: &str) -> Result<Option<Value>, EngineError> {
        Ok(self.manager.service(container).await?.map(|service| service.document))
    }

    async fn image(&self, _image: &str) -> Result<Option<ImageFacts>, EngineError> {
        Ok(None)
    }

    async fn happenings(&self, _window: Window) -> Result<Happenings, EngineError> {
        Err(only_for_containers("events"))
    }
}
