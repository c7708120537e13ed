//! Files of containers and volumes, through the engine's archive calls.

use std::{collections::BTreeMap, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bollard::query_parameters::RemoveContainerOptionsBuilder;
use futures_util::stream::{self, BoxStream, StreamExt as _};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use serde::Deserialize;
use serde_json::json;

use super::{
    Docker,
    answers::Identified,
    error::{Asked, Failure, silent},
    found, upload,
    wire::segment,
};
use crate::{ArchiveBytes, ArchiveInput, Carrier, CarrierMount, EngineError, EntryKind, PathStat};
use maestro_core::{fault::Malformed, model::ApiVersion};

/// The first API version whose `system/df` can be asked for volumes alone.
const FILTERED_USAGE: ApiVersion = ApiVersion { major: 1, minor: 42 };
/// The header that says what is at a path.
const STAT: &str = "x-docker-container-path-stat";
/// Bits of a mode as Go has it.
const GO_DIRECTORY: u32 = 1 << 31;
const GO_LINK: u32 = 1 << 27;
/// Devices, pipes, sockets, and what is none of these and no regular file either.
const GO_OTHER: u32 = 1 << 26 | 1 << 25 | 1 << 24 | 1 << 21 | 1 << 19;

pub(super) async fn create_carrier(docker: &Docker, carrier: &Carrier) -> Result<String, EngineError> {
    let Carrier { name, image, mount, path, labels } = carrier;
    let mount = match mount {
        // Nothing of the image is copied into a volume that is empty.
        CarrierMount::Volume(volume) => {
            json!({"Type": "volume", "Source": volume, "Target": path, "VolumeOptions": {"NoCopy": true}})
        }
        CarrierMount::Directory(directory) => json!({"Type": "bind", "Source": directory, "Target": path}),
    };
    let body = json!({
        "Image": image,
        // Never run; an engine refuses a container without a command.
        "Cmd": ["never-started"],
        "Labels": labels,
        "NetworkDisabled": true,
        "HostConfig": {"Mounts": [mount], "NetworkMode": "none"},
    });
    let path = format!("/containers/create?name={}", segment(name));
    let create = docker.wire.post_for::<Identified>(&path, &body);
    docker.within(Asked::Changing, docker.timeout, create).await.map(|Identified { id }| id)
}

pub(super) async fn remove_carrier(docker: &Docker, container: &str) -> Result<(), EngineError> {
    // Volumes with a name stay, also those whose name an engine made up once.
    let options = RemoveContainerOptionsBuilder::new().v(true).force(false).build();
    match docker.change(docker.client.remove_container(&segment(container), Some(options))).await {
        Err(EngineError::NotFound(_)) => Ok(()),
        result => result,
    }
}

pub(super) async fn path(
    docker: &Docker,
    container: &str,
    path: &str,
) -> Result<Option<PathStat>, EngineError> {
    let path = format!("/containers/{}/archive?path={}", segment(container), segment(path));
    let ask = async {
        let answer = docker.wire.head(&path).await?;
        let stat = answer.headers().get(STAT).ok_or_else(no_stat)?;
        let stat = STANDARD.decode(stat.as_bytes()).map_err(|_| no_stat())?;
        let told: ToldStat = serde_json::from_slice(&stat).map_err(|error| super::wire::content(&error))?;
        Ok(PathStat::from(told))
    };
    found(docker.within(Asked::Reading, docker.timeout, ask).await)
}

fn no_stat() -> Failure {
    Failure::Malformed(Malformed::Content(STAT.to_owned()))
}

/// What the header of an archive says.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ToldStat {
    #[serde(default)]
    name: String,
    #[serde(default)]
    size: i64,
    #[serde(default)]
    mode: u32,
    #[serde(default)]
    link_target: String,
}

impl From<ToldStat> for PathStat {
    fn from(ToldStat { name, size, mode, link_target }: ToldStat) -> Self {
        let kind = match mode {
            mode if mode & GO_DIRECTORY != 0 => EntryKind::Directory,
            mode if mode & GO_LINK != 0 => EntryKind::Link,
            mode if mode & GO_OTHER != 0 => EntryKind::Other,
            _ => EntryKind::File,
        };
        Self { name, size: size.try_into().unwrap_or(0), kind, link_target }
    }
}

pub(super) async fn read(docker: &Docker, container: &str, path: &str) -> Result<ArchiveBytes, EngineError> {
    let path = format!("/containers/{}/archive?path={}", segment(container), segment(path));
    // The engine may have to mount volumes before it answers, but not to read them.
    let answer = docker.within(Asked::Reading, docker.timeout, docker.wire.follow(&path)).await?;
    let (address, timeout) = (docker.wire.address.clone(), docker.timeout);
    Ok(bytes(answer.into_body(), timeout, address))
}

/// The bytes of an answer. Silence longer than `timeout` is an error.
pub(super) fn bytes(
    body: Incoming,
    timeout: Duration,
    address: String,
) -> BoxStream<'static, Result<Vec<u8>, EngineError>> {
    stream::unfold(Some(body), move |body| {
        let address = address.clone();
        async move {
            let mut body = body?;
            loop {
                match tokio::time::timeout(timeout, body.frame()).await {
                    Err(_) => return Some((Err(silent(Asked::Reading, &address, timeout)), None)),
                    Ok(None) => return None,
                    Ok(Some(Err(error))) => {
                        return Some((Err(Failure::from(error).told(Asked::Reading, &address)), None));
                    }
                    Ok(Some(Ok(frame))) => {
                        // Trailers are no part of it.
                        if let Ok(data) = frame.into_data() {
                            return Some((Ok(data.into()), Some(body)));
                        }
                    }
                }
            }
        }
    })
    .boxed()
}

pub(super) async fn write(
    docker: &Docker,
    container: &str,
    directory: &str,
    archive: ArchiveInput,
) -> Result<(), EngineError> {
    docker.agree(docker.timeout).await?;
    let path = format!(
        "/containers/{}/archive?path={}&noOverwriteDirNonDir=true",
        segment(container),
        segment(directory)
    );
    let (body, taken) = upload::body(archive);
    taken.watch(docker, upload::SHORTEST_PATIENCE, docker.wire.put_archive(&path, body)).await
}

/// The answer to the question how much space is used, for volumes.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Usage {
    #[serde(default)]
    volumes: Option<Vec<UsedVolume>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UsedVolume {
    name: String,
    #[serde(default)]
    usage_data: Option<UsageData>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UsageData {
    /// Negative if it is not known.
    size: i64,
}

pub(super) async fn volume_sizes(docker: &Docker) -> Result<BTreeMap<String, u64>, EngineError> {
    let version = docker.version().await?;
    let path = if version >= FILTERED_USAGE { "/system/df?type=volume" } else { "/system/df" };
    let told = docker.wire.get::<Usage>(path).await;
    let usage = told.map_err(|failure| failure.told(Asked::Reading, &docker.wire.address))?;
    let volumes = usage.volumes.unwrap_or_default().into_iter();
    let sizes = volumes
        .filter_map(|UsedVolume { name, usage_data }| Some((name, u64::try_from(usage_data?.size).ok()?)));
    Ok(sizes.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mode_of_go_says_what_a_path_is() {
        let kind = |mode| {
            PathStat::from(ToldStat { name: String::new(), size: -1, mode, link_target: String::new() })
        };
        assert_eq!(kind(0o644).kind, EntryKind::File);
        assert_eq!(kind(GO_DIRECTORY | 0o755).kind, EntryKind::Directory);
        assert_eq!(kind(GO_LINK | 0o777).kind, EntryKind::Link);
        assert_eq!(kind(1 << 24 | 0o777).kind, EntryKind::Other);
        assert_eq!(kind(0).size, 0);
    }
}
