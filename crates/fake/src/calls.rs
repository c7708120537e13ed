//! What the engine answers: the traits of [`Engine`](maestro_engine::Engine).

use std::{
    collections::{BTreeMap, HashMap},
    net::IpAddr,
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use tokio::time::Instant;

use super::{
    Fake,
    state::{Inside, PLATFORM},
};
use maestro_core::{
    model::{
        carried::CarriedFiles,
        container::{ContainerNames, tagged_image},
        membership::Membership,
        network::NetworkOptions,
        registry::{self, RegistryLogin},
        shared::SharedSpec,
        volume::VolumeOptions,
    },
    observed::{Container, description::ImageDefaults, pull::PullAmount},
};
use maestro_engine::{
    Containers, Created, Engine, EngineError, EngineInfo, Events, ExecRequest, Executed, Images, Inspected,
    LogLine, LogOptions, Networks, Streams, Volume, Volumes,
    events::{EventStream, Happened, Past},
    pull::{PullError, Pulled, Pushed, RemoteImage},
};

#[async_trait]
impl Containers for Fake {
    async fn containers(&self) -> Result<Vec<Container>, EngineError> {
        self.call("containers", "", |inside| Ok(inside.listed())).await
    }

    async fn inspect(&self, container: &str) -> Result<Option<Inspected>, EngineError> {
        self.started(container).await;
        let look = |inside: &mut Inside| {
            Ok(inside.find(container).ok().map(|kept| Inspected {
                description: Box::new(kept.described()),
                state: kept.shown.state.clone(),
                exit_code: kept.exit_code,
                // Nobody else kills a program that ends by itself with this code.
                is_out_of_memory: matches!(kept.dies, Some((_, 137))) && kept.exit_code == Some(137),
                restarts: kept.restarts,
                started: kept.starts.to_string(),
                ended: String::new(),
                error: String::new(),
                health: kept.health(),
            }))
        };
        self.call("inspect", container, look).await
    }

    async fn addresses(&self, container: &str) -> Result<Vec<IpAddr>, EngineError> {
        let look = |inside: &mut Inside| {
            let is_up = inside.find(container)?.shown.state.is_up();
            Ok(is_up.then(|| IpAddr::from([10, 9, 0, 2])).into_iter().collect())
        };
        self.call("addresses", container, look).await
    }

    async fn create(
        &self,
        name: &str,
        spec: &SharedSpec,
        volumes: &BTreeMap<String, String>,
        names: &ContainerNames,
    ) -> Result<Created, EngineError> {
        let begin = |inside: &mut Inside| {
            let created = inside.create(name, spec, volumes, names)?;
            let finishing = self.finishing(inside, &created.id);
            if finishing.is_none() {
                inside.happened(&created.id, Happened::Created);
            }
            Ok((created, finishing))
        };
        let (created, finishing) = self.call("create", name, begin).await?;
        let Some(finishing) = finishing else { return Ok(created) };
        let is_done = finishing.await.is_ok() && self.inside().find(&created.id).is_ok();
        is_done.then_some(created).ok_or_else(|| EngineError::ResponseLost("connection reset".into()))
    }

    async fn copy_files(&self, container: &str, files: &CarriedFiles) -> Result<(), EngineError> {
        self.call("copy_files", container, |inside| inside.copy_files(container, files)).await
    }

    async fn rename(&self, container: &str, name: &str) -> Result<(), EngineError> {
        self.call("rename", container, |inside| inside.rename(container, name)).await
    }

    async fn start(&self, container: &str) -> Result<(), EngineError> {
        self.starting(container).await?;
        self.call("start", container, |inside| inside.start(container, self.time())).await
    }

    async fn stop(&self, container: &str, timeout: Duration) -> Result<(), EngineError> {
        let (needs, life) = self.signalled(container);
        tokio::time::sleep(needs.min(timeout)).await;
        if needs > timeout {
            self.killed(container, life).await;
        }
        self.lives_on(life)?;
        let code = if needs > timeout { 137 } else { 0 };
        self.call("stop", container, |inside| inside.end(container, code)).await
    }

    async fn signal(&self, container: &str, signal: &str) -> Result<(), EngineError> {
        self.call("signal", container, |inside| inside.signal(container, signal)).await
    }

    async fn kill(&self, container: &str) -> Result<(), EngineError> {
        self.call("kill", container, |inside| inside.kill(container)).await
    }

    async fn pause(&self, container: &str) -> Result<(), EngineError> {
        self.call("pause", container, |inside| inside.pause(container)).await
    }

    async fn unpause(&self, container: &str) -> Result<(), EngineError> {
        self.call("unpause", container, |inside| inside.unpause(container)).await
    }

    async fn remove(&self, container: &str) -> Result<(), EngineError> {
        self.call("remove", container, |inside| inside.remove(container)).await
    }

    async fn exit_within(&self, container: &str, at_most: Duration) -> Result<Option<i64>, EngineError> {
        let end = Instant::now() + at_most;
        self.call("exit_within", container, |_| Ok(())).await?;
        let mut ended = None;
        loop {
            let changed = self.changed.notified();
            let dies_at = {
                let mut inside = self.inside();
                inside.tick();
                let kept = inside.find(container)?;
                // Of a container that is restarted the next end is told.
                if !kept.shown.state.is_up() || *ended.get_or_insert(kept.ended) < kept.ended {
                    return Ok(Some(kept.last_code));
                }
                kept.next_turn().map_or(end, |at| at.min(end))
            };
            if Instant::now() >= end {
                return Ok(None);
            }
            tokio::select! {
                biased;
                () = tokio::time::sleep_until(dies_at) => {}
                () = changed => {}
            }
        }
    }
}

#[async_trait]
impl Images for Fake {
    async fn images(&self) -> Result<BTreeMap<String, String>, EngineError> {
        self.call("images", "", |inside| Ok(inside.images.clone())).await
    }

    async fn image_defaults(&self, image_id: &str) -> Result<Option<ImageDefaults>, EngineError> {
        let look = |inside: &mut Inside| Ok(inside.defaults_of(image_id));
        self.call("image_defaults", image_id, look).await
    }

    async fn push(
        &self,
        image: &str,
        _login: Option<&RegistryLogin>,
        progress: &mut (dyn FnMut(PullAmount) + Send),
    ) -> Result<Pushed, PullError> {
        progress(PullAmount {
            bytes: 1_000_000,
            total_bytes: 2_000_000,
            is_total_known: true,
            layers_done: 0,
            layers: 1,
        });
        let image = tagged_image(image);
        self.call("push", &image, |inside| Ok(inside.push(&image))).await?
    }

    async fn remove_image(&self, image: &str) -> Result<(), EngineError> {
        self.call("remove_image", image, |inside| inside.remove_image(image)).await
    }

    async fn image_bytes(&self) -> Result<u64, EngineError> {
        self.call("image_bytes", "", |inside| Ok(inside.image_bytes())).await
    }

    async fn remote_image(
        &self,
        image: &str,
        _login: Option<&RegistryLogin>,
    ) -> Result<RemoteImage, PullError> {
        let image = tagged_image(image);
        let offered = |inside: &mut Inside| Ok(inside.offered(&image));
        self.call("remote_image", &image, offered).await?
    }

    async fn pull(
        &self,
        image: &str,
        _platform: Option<&str>,
        _login: Option<&RegistryLogin>,
        progress: &mut (dyn FnMut(PullAmount) + Send),
    ) -> Result<Pulled, PullError> {
        let (bytes, total_bytes) = (1_000_000, 2_000_000);
        progress(PullAmount { bytes, total_bytes, is_total_known: true, layers_done: 0, layers: 1 });
        {
            let mut inside = self.inside();
            inside.pulls += 1;
            inside.most_pulls = inside.most_pulls.max(inside.pulls);
        }
        let image = tagged_image(image);
        let fetch = |inside: &mut Inside| {
            inside.pulls -= 1;
            let fault = inside.pull_faults.pop_front();
            if let Some((fault, words)) = fault {
                return Ok(Err(PullError::Registry { fault, words: words.into() }));
            }
            let Some(id) = inside.pullable.get(&image).cloned() else {
                let words = format!("manifest for {image} not found: manifest unknown");
                return Ok(Err(PullError::Registry {
                    fault: registry::PullFault::NoSuchImage,
                    words: words.into(),
                }));
            };
            Ok(Ok(inside.pulled(&image, &id)))
        };
        self.call("pull", &image, fetch).await?
    }
}

#[async_trait]
impl Networks for Fake {
    async fn networks(&self) -> Result<HashMap<String, BTreeMap<String, String>>, EngineError> {
        self.call("networks", "", |inside| Ok(inside.networks.clone())).await
    }

    async fn create_network(
        &self,
        name: &str,
        options: &NetworkOptions,
        _fixed: bool,
    ) -> Result<(), EngineError> {
        self.call("create_network", name, |inside| inside.make_network(name, &options.labels)).await
    }

    async fn remove_network(&self, name: &str) -> Result<(), EngineError> {
        let remove = |inside: &mut Inside| {
            let gone = inside.networks.remove(name).map(drop);
            gone.ok_or_else(|| EngineError::NotFound(format!("network {name} not found").into()))
        };
        self.call("remove_network", name, remove).await
    }

    async fn rejoin(&self, container: &str, membership: &Membership) -> Result<(), EngineError> {
        self.call("rejoin", container, |inside| inside.rejoin(container, membership)).await
    }
}

#[async_trait]
impl Volumes for Fake {
    async fn volume(&self, name: &str) -> Result<Option<Volume>, EngineError> {
        self.call("volume", name, |inside| Ok(inside.volumes.get(name).cloned())).await
    }

    async fn volumes(&self, labels: &BTreeMap<String, String>) -> Result<Vec<Volume>, EngineError> {
        self.call("volumes", "", |inside| Ok(inside.volumes_with(labels))).await
    }

    async fn create_volume(&self, name: &str, options: &VolumeOptions) -> Result<Volume, EngineError> {
        let make = |inside: &mut Inside| Ok(inside.create_volume(name, &options.labels, self.time()));
        self.call("create_volume", name, make).await
    }

    async fn remove_volume(&self, name: &str) -> Result<(), EngineError> {
        let remove = |inside: &mut Inside| inside.remove_volume(name);
        self.call("remove_volume", name, remove).await
    }
}

#[async_trait]
impl Streams for Fake {
    async fn exec(&self, container: &str, request: &ExecRequest) -> Result<Executed, EngineError> {
        let run = |inside: &mut Inside| {
            let kept = inside.takes_commands(container)?;
            let exit_code = i64::from(!kept.is_past(kept.serves_after));
            // What says itself how it ends is no test of the program.
            let exit_code = match request.command.as_slice() {
                [program, code] if program == "exit" => code.parse().unwrap_or(exit_code),
                _ => exit_code,
            };
            inside.find(container)?.executed.push(request.command.join(" "));
            Ok(Executed { exit_code, output: vec![format!("ran {}", request.command.join(" "))] })
        };
        self.call("exec", container, run).await
    }

    async fn logs(
        &self,
        container: &str,
        options: LogOptions,
    ) -> Result<BoxStream<'static, Result<LogLine, EngineError>>, EngineError> {
        self.call("logs", container, |inside| self.log_of(inside, container, options)).await
    }
}

#[async_trait]
impl Events for Fake {
    async fn past(&self, window: Duration) -> Result<Past, EngineError> {
        self.call("past", "", |inside| Ok(inside.past(window))).await
    }

    async fn follow(&self) -> Result<EventStream, EngineError> {
        let listener = self.call("follow", "", |inside| Ok(inside.listeners.add())).await?;
        Ok(self.events_of(listener))
    }
}

#[async_trait]
impl Engine for Fake {
    async fn identity(&self) -> Result<String, EngineError> {
        self.call("identity", "", |inside| Ok(inside.identity.clone())).await
    }

    async fn max_connections(&self) -> Option<usize> {
        self.inside().lines
    }

    async fn info(&self) -> Result<EngineInfo, EngineError> {
        let info = EngineInfo {
            machine: "fake".to_owned(),
            root: "/fake".to_owned(),
            platform: PLATFORM.to_owned(),
            ..EngineInfo::default()
        };
        let manager = self.manager.unwrap_or(1) - 1;
        let told = |inside: &mut Inside| {
            let cluster = &inside.cluster;
            let node = cluster.nodes.get(manager).map_or(&cluster.own_node, |node| &node.id).clone();
            Ok(EngineInfo { node, ..info.clone() })
        };
        self.call("info", "", told).await
    }

    async fn clock(&self) -> Result<SystemTime, EngineError> {
        let now = self.time();
        self.call("clock", "", |_| Ok(now)).await
    }
}
