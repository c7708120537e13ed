//! Images as archives, through the engine's calls `get` and `load`.

use std::time::Duration;

use async_trait::async_trait;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use hyper::body::Incoming;
use serde::Deserialize;
use tokio::time::timeout;

use super::{
    Docker, archives,
    error::{Asked, Failure, silent},
    found,
    json_lines::Lines,
    squeeze, upload,
    wire::segment,
};
use crate::{
    ArchiveBytes, ArchiveInput, EngineError, Images,
    image_archives::{ImageArchives, ImageStore, Platform, StoredImage},
};
use maestro_core::{fault::EngineFault, model::ApiVersion};

/// How long an engine may say nothing while it writes an image to its disk: before it sends the first byte of one, and
/// after it has taken the last one.
const PATIENCE: Duration = Duration::from_secs(300);
/// How many images are asked about at once.
const AT_ONCE: usize = 8;
/// More images of an engine are not asked about.
const MOST_IMAGES: usize = 300;
/// The first API version whose engines were seen to load archives that are compressed with zstd.
const LOADS_ZSTD: ApiVersion = ApiVersion { major: 1, minor: 45 };
/// How containerd's store says its name.
const CONTAINERD: &str = "io.containerd.snapshotter";
/// What an engine says of an image without a name that it has loaded.
const LOADED: &str = "Loaded image ID: ";
/// What containerd's store says of an image that lacks a layer, without an error.
const NOT_UNPACKED: &str = "Error unpacking image";

#[async_trait]
impl ImageArchives for Docker {
    async fn stored_image(&self, image: &str) -> Result<Option<StoredImage>, EngineError> {
        let path = format!("/images/{}", segment(image));
        let Some(told) = found(self.read::<ToldImage>(&format!("{path}/json")).await)? else {
            return Ok(None);
        };
        // An image that lacks content has no history.
        let history = self.read::<Vec<ToldHistory>>(&format!("{path}/history")).await.unwrap_or_default();
        let mut stored = StoredImage::from(told);
        stored.layer_bytes = layer_bytes(&history, stored.layers.len());
        Ok(Some(stored))
    }

    async fn image_layers(&self) -> Result<Vec<Vec<String>>, EngineError> {
        let listed: Vec<Listed> = self.read("/images/json").await?;
        let ids = listed.into_iter().map(|image| image.id).take(MOST_IMAGES);
        let asked = stream::iter(ids).map(|id| async move {
            found(self.read::<ToldImage>(&format!("/images/{}/json", segment(&id))).await)
        });
        let told: Vec<Option<ToldImage>> = asked.buffer_unordered(AT_ONCE).try_collect().await?;
        Ok(told.into_iter().flatten().map(|image| StoredImage::from(image).layers).collect())
    }

    async fn image_store(&self) -> Result<ImageStore, EngineError> {
        self.read::<ToldStore>("/info").await.map(ImageStore::from)
    }

    async fn save_image(&self, id: &str) -> Result<ArchiveBytes, EngineError> {
        let path = format!("/images/{}/get", segment(id));
        let patience = self.timeout.max(PATIENCE);
        let answer = self.within(Asked::Reading, patience, self.wire.follow(&path)).await.map_err(gone)?;
        Ok(archives::bytes(answer.into_body(), patience, self.wire.address.clone()))
    }

    async fn load_image(&self, archive: ArchiveInput) -> Result<Option<String>, EngineError> {
        let is_far = self.wire.address.starts_with("ssh://");
        let archive = match self.version().await? {
            version if is_far && version >= LOADS_ZSTD => squeeze::squeezed(archive),
            _ => archive,
        };
        load(self, archive).await
    }

    async fn tag_image(&self, id: &str, reference: &str) -> Result<(), EngineError> {
        let (name, tag) = parts(reference);
        let path = format!("/images/{}/tag?repo={}&tag={}", segment(id), segment(name), segment(tag));
        self.within(Asked::Changing, self.timeout, self.wire.post(&path, &serde_json::json!({}))).await
    }
}

/// Docker 20.10 answers for an image that is not there with status 500 and the path of its own file.
fn gone(error: EngineError) -> EngineError {
    let is_gone = |words: &str| {
        words.starts_with("failed to get digest ") && words.ends_with("no such file or directory")
    };
    if let EngineError::Refused(fault) = &error
        && fault.words().is_some_and(is_gone)
    {
        return EngineError::NotFound(fault.clone());
    }
    error
}

/// Sends an archive and reads what the engine says of it.
async fn load(docker: &Docker, archive: ArchiveInput) -> Result<Option<String>, EngineError> {
    let patience = docker.timeout.max(PATIENCE);
    let address = &docker.wire.address;
    let (body, taken) = upload::body(archive);
    let loading = async {
        let sent = docker.wire.post_tar("/images/load?quiet=0", body);
        said(taken.watch(docker, PATIENCE, sent).await?.into_body(), patience, address).await
    };
    let said = taken.while_reached(docker, loading).await?;
    match (said.loaded, said.refused) {
        (loaded, None) => Ok(loaded),
        (loaded, Some(words)) => {
            if let Some(half) = loaded.filter(|_| words.starts_with(NOT_UNPACKED)) {
                // The image is listed, and lacks a layer. If it stays, nothing is started from it.
                Images::remove_image(docker, &half).await.ok();
            }
            Err(EngineError::Refused(EngineFault::Words(words)))
        }
    }
}

/// What an engine says of an archive.
#[derive(Default)]
struct Said {
    /// The image's id.
    loaded: Option<String>,
    /// Why it has not loaded it, or not all of it.
    refused: Option<String>,
}

async fn said(body: Incoming, patience: Duration, address: &str) -> Result<Said, EngineError> {
    let mut lines: Lines<LoadMessage> = Lines::new(body);
    let mut said = Said::default();
    loop {
        let line = timeout(patience, lines.next()).await;
        let line = line.map_err(|_| silent(Asked::Changing, address, patience))?;
        let Some(message) = line.map_err(|failure: Failure| failure.told(Asked::Changing, address))? else {
            return Ok(said);
        };
        let LoadMessage { stream, error } = message;
        let words = stream.unwrap_or_default();
        let words = words.trim();
        if let Some(id) = words.strip_prefix(LOADED) {
            said.loaded = Some(id.to_owned());
        }
        let half = words.starts_with(NOT_UNPACKED).then(|| words.to_owned());
        said.refused = error.or(half).or(said.refused);
    }
}

/// A reference's name and tag.
fn parts(reference: &str) -> (&str, &str) {
    let name_from = reference.rfind('/').map_or(0, |slash| slash + 1);
    match reference[name_from..].rfind(':') {
        Some(colon) => (&reference[..name_from + colon], &reference[name_from + colon + 1..]),
        None => (reference, "latest"),
    }
}

/// The bytes of each layer, if the history has a step with bytes for each.
fn layer_bytes(history: &[ToldHistory], layers: usize) -> Option<Vec<u64>> {
    let steps = history.iter().rev().filter_map(|step| u64::try_from(step.size).ok());
    let sizes: Vec<u64> = steps.filter(|size| *size > 0).collect();
    (sizes.len() == layers).then_some(sizes)
}

#[derive(Deserialize)]
struct LoadMessage {
    #[serde(default)]
    stream: Option<String>,
    #[serde(default)]
    error: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ToldHistory {
    #[serde(default)]
    size: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ToldImage {
    id: String,
    #[serde(default)]
    repo_digests: Option<Vec<String>>,
    #[serde(default)]
    created: Option<String>,
    #[serde(default)]
    size: i64,
    #[serde(default)]
    os: String,
    #[serde(default)]
    architecture: String,
    #[serde(default, rename = "RootFS")]
    root: ToldRoot,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase")]
struct ToldRoot {
    #[serde(default)]
    layers: Option<Vec<String>>,
}

impl From<ToldImage> for StoredImage {
    fn from(told: ToldImage) -> Self {
        Self {
            id: told.id,
            digests: told.repo_digests.unwrap_or_default(),
            layers: told.root.layers.unwrap_or_default(),
            layer_bytes: None,
            size: told.size.try_into().unwrap_or(0),
            created: told.created.unwrap_or_default(),
            platform: Platform { os: told.os, architecture: told.architecture },
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ToldStore {
    #[serde(default)]
    driver_status: Option<Vec<Vec<String>>>,
    #[serde(default, rename = "OSType")]
    os: String,
    #[serde(default)]
    architecture: String,
}

impl From<ToldStore> for ImageStore {
    fn from(told: ToldStore) -> Self {
        let mut status = told.driver_status.into_iter().flatten().flatten();
        let architecture = match told.architecture.as_str() {
            // The kernel's words.
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            "armv7l" | "armv6l" => "arm",
            "i386" | "i686" => "386",
            other => other,
        };
        Self {
            is_containerd: status.any(|word| word.starts_with(CONTAINERD)),
            platform: Platform { os: told.os, architecture: architecture.to_owned() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_has_a_name_and_a_tag() {
        assert_eq!(parts("api:1"), ("api", "1"));
        assert_eq!(parts("api"), ("api", "latest"));
        assert_eq!(parts("localhost:5000/shop/api"), ("localhost:5000/shop/api", "latest"));
        assert_eq!(parts("localhost:5000/api:2"), ("localhost:5000/api", "2"));
    }

    #[test]
    fn an_image_that_is_gone_is_not_found_on_old_engines_either() {
        let words = |text: &str| EngineError::Refused(EngineFault::Words(text.to_owned()));
        let old = "failed to get digest sha256:01: open /var/lib/docker/image/overlay2/imagedb/content/sha256/01: no such file or directory";
        assert!(matches!(gone(words(old)), EngineError::NotFound(_)));
        assert_eq!(gone(words("no space left on device")), words("no space left on device"));
    }

    #[test]
    fn layers_have_sizes_if_the_history_has_one_for_each() {
        let history: Vec<ToldHistory> = [5, 0, 3_000, 0].map(|size| ToldHistory { size }).into();
        assert_eq!(layer_bytes(&history, 2), Some(vec![3_000, 5]));
        assert_eq!(layer_bytes(&history, 3), None);
    }

    #[test]
    fn a_store_tells_its_kind_and_its_platform() {
        let told = |text| ImageStore::from(serde_json::from_str::<ToldStore>(text).unwrap());
        let classic = r#"{"Driver":"overlay2","DriverStatus":[["Supports d_type","true"]],
            "OSType":"linux","Architecture":"x86_64"}"#;
        let platform = Platform { os: "linux".into(), architecture: "amd64".into() };
        assert_eq!(told(classic), ImageStore { is_containerd: false, platform });
        let containerd = r#"{"DriverStatus":[["driver-type","io.containerd.snapshotter.v1"]]}"#;
        assert!(told(containerd).is_containerd);
    }
}
