//! Images of the engine in memory, as archives: as engines since 25 write and load them.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Read as _},
};

use async_trait::async_trait;
use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use maestro_core::{model::container::tagged_image, value::sha256};
use maestro_engine::{
    ArchiveBytes, ArchiveInput, EngineError, ImageArchives, ImageStore, Platform, StoredImage,
};
use serde_json::{Value, json};
use tar::{Archive, Builder, Header};

use super::{Fake, state::Inside};

/// How many bytes an archive comes in at once.
const PIECE: usize = 1000;
/// Where an archive has its layers.
const BLOBS: &str = "blobs/sha256/";

impl Fake {
    /// Puts an image of these layers on the engine, lowest first.
    pub fn add_layered_image(&self, image: &str, layers: &[&[u8]]) {
        let layers: Vec<Vec<u8>> = layers.iter().map(|layer| layer.to_vec()).collect();
        let id = id_of(&layers);
        let mut inside = self.inside();
        inside.images.insert(id.clone(), id.clone());
        inside.images.insert(tagged_image(image), id.clone());
        inside.layers.insert(id, layers);
    }

    /// Says for which processor the engine runs containers, and its images are.
    pub fn set_architecture(&self, architecture: &str) {
        self.inside().architecture = Some(architecture.to_owned());
    }

    /// How many bytes of archives of images the engine has taken.
    #[must_use]
    pub fn loaded_bytes(&self) -> usize {
        self.inside().loaded_bytes
    }

    /// Gives images that are loaded room for so many bytes each.
    pub fn limit_image_room(&self, bytes: usize) {
        self.inside().image_room = Some(bytes);
    }

    /// Whether the next image that is loaded loses a layer, as containerd's store lets it with an archive without it.
    pub fn load_half(&self, is_half: bool) {
        self.inside().loads_half = is_half;
    }

    /// The ids of images that lack layers.
    #[must_use]
    pub fn half_images(&self) -> BTreeSet<String> {
        let inside = self.inside();
        let lacks =
            |(id, layers): &(&String, &Vec<Vec<u8>>)| **id != id_of(layers) && **layers != only_layer(id);
        inside.layers.iter().filter(lacks).map(|(id, _)| id.clone()).collect()
    }
}

/// The id of an image of these layers.
fn id_of(layers: &[Vec<u8>]) -> String {
    format!("sha256:{}", digits(&layers.concat()))
}

/// The layers of an image that was not made of layers: one, which no other image has.
fn only_layer(id: &str) -> Vec<Vec<u8>> {
    vec![id.as_bytes().to_vec()]
}

fn digits(layer: &[u8]) -> String {
    sha256::digits(layer, 64)
}

fn refused<T>(words: &str) -> Result<T, EngineError> {
    Err(EngineError::Refused(words.into()))
}

#[async_trait]
impl ImageArchives for Fake {
    async fn stored_image(&self, image: &str) -> Result<Option<StoredImage>, EngineError> {
        self.call("stored_image", image, |inside| Ok(inside.stored(image))).await
    }

    async fn image_layers(&self) -> Result<Vec<Vec<String>>, EngineError> {
        let all = |inside: &mut Inside| {
            let ids = inside.images.iter().filter(|(reference, id)| reference == id);
            Ok(ids.filter_map(|(_, id)| Some(inside.stored(id)?.layers)).collect())
        };
        self.call("image_layers", "", all).await
    }

    async fn image_store(&self) -> Result<ImageStore, EngineError> {
        let store =
            |inside: &mut Inside| Ok(ImageStore { is_containerd: false, platform: inside.platform() });
        self.call("image_store", "", store).await
    }

    async fn save_image(&self, id: &str) -> Result<ArchiveBytes, EngineError> {
        let save = |inside: &mut Inside| {
            let Some(image) = inside.stored(id) else {
                return Err(EngineError::NotFound(format!("No such image: {id}").into()));
            };
            Ok((inside.saved(&image), inside.breaks_after.take()))
        };
        let (mut archive, breaks_after) = self.call("save_image", id, save).await?;
        archive.truncate(breaks_after.unwrap_or(usize::MAX));
        let mut pieces: Vec<Result<Vec<u8>, EngineError>> =
            archive.chunks(PIECE).map(|piece| Ok(piece.to_owned())).collect();
        pieces.extend(breaks_after.map(|_| Err(EngineError::ResponseLost("connection reset".into()))));
        Ok(stream::iter(pieces).boxed())
    }

    async fn load_image(&self, mut archive: ArchiveInput) -> Result<Option<String>, EngineError> {
        let (breaks_after, room) =
            self.call("load_image", "", |inside| Ok((inside.breaks_after.take(), inside.image_room))).await?;
        let mut taken = Vec::new();
        while let Some(piece) = archive.next().await {
            let Ok(piece) = piece else {
                return Err(EngineError::ResponseLost("connection reset".into()));
            };
            taken.extend(piece);
            if taken.len() > breaks_after.unwrap_or(usize::MAX) {
                return Err(EngineError::ResponseLost("connection reset".into()));
            }
            if taken.len() > room.unwrap_or(usize::MAX) {
                return refused("write /fake/tmp/layer.tar: no space left on device");
            }
            tokio::task::yield_now().await;
        }
        let mut inside = self.inside();
        inside.loaded_bytes += taken.len();
        inside.load(&taken).map(Some)
    }

    async fn tag_image(&self, id: &str, reference: &str) -> Result<(), EngineError> {
        let now = Timestamp::try_from(self.time()).unwrap_or_default();
        let tag = |inside: &mut Inside| {
            let found = inside.images.get(id).or_else(|| inside.images.get(&tagged_image(id))).cloned();
            let Some(found) = found else {
                return Err(EngineError::NotFound(format!("No such image: {id}").into()));
            };
            inside.images.insert(tagged_image(reference), found.clone());
            inside.tagged.insert(found, now);
            Ok(())
        };
        self.call("tag_image", reference, tag).await
    }
}

impl Inside {
    fn platform(&self) -> Platform {
        let architecture = self.architecture.clone().unwrap_or_else(|| "amd64".to_owned());
        Platform { os: "linux".to_owned(), architecture }
    }

    /// The layers of an image.
    fn layers_of(&self, id: &str) -> Vec<Vec<u8>> {
        self.layers.get(id).cloned().unwrap_or_else(|| only_layer(id))
    }

    fn stored(&self, image: &str) -> Option<StoredImage> {
        let id = self.images.get(&tagged_image(image)).or_else(|| self.images.get(image))?.clone();
        let layers = self.layers_of(&id);
        let digests = self.images.iter().filter(|(reference, of)| **of == id && reference.contains('@'));
        Some(StoredImage {
            digests: digests.map(|(reference, _)| reference.clone()).collect(),
            layers: layers.iter().map(|layer| format!("sha256:{}", digits(layer))).collect(),
            size: layers.iter().map(|layer| layer.len() as u64).sum(),
            layer_bytes: Some(layers.iter().map(|layer| layer.len() as u64).collect()),
            created: "1970-01-01T00:00:00Z".to_owned(),
            platform: self.foreign_images.get(&id).cloned().unwrap_or_else(|| self.platform()),
            id,
        })
    }

    fn saved(&self, image: &StoredImage) -> Vec<u8> {
        let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        for layer in self.layers_of(&image.id) {
            files.insert(format!("{BLOBS}{}", digits(&layer)), layer);
        }
        let names = image.layers.iter().map(|layer| format!("{BLOBS}{}", &layer[7..]));
        let platform = (&image.platform.os, &image.platform.architecture);
        let manifest = json!([{
            "Config": image.id, "RepoTags": null, "Layers": names.collect::<Vec<_>>(), "platform": platform,
        }]);
        files.insert("manifest.json".to_owned(), manifest.to_string().into_bytes());
        let mut archive = Builder::new(Vec::new());
        for (name, content) in files {
            let mut header = Header::new_ustar();
            header.set_size(content.len() as u64);
            header.set_mode(0o644);
            archive.append_data(&mut header, name, &content[..]).expect("memory takes it");
        }
        archive.into_inner().expect("memory takes it")
    }

    /// Loads an image. A layer without a file is taken from an image that has the same layers up to it.
    fn load(&mut self, archive: &[u8]) -> Result<String, EngineError> {
        let files = unpacked(archive).map_err(|error| EngineError::Refused(error.to_string().into()))?;
        let manifest: Value =
            files.get("manifest.json").and_then(|text| serde_json::from_slice(text).ok()).unwrap_or_default();
        let Some(config) = manifest[0]["Config"].as_str() else { return refused("no manifest.json") };
        let id = &config
            .strip_prefix(BLOBS)
            .map_or_else(|| config.to_owned(), |digits| format!("sha256:{digits}"));
        let names = manifest[0]["Layers"].as_array().cloned().unwrap_or_default();
        let there: Vec<Vec<Vec<u8>>> = self.images.values().map(|id| self.layers_of(id)).collect();
        let mut layers: Vec<Vec<u8>> = Vec::new();
        for name in names.iter().filter_map(Value::as_str) {
            let known = there
                .iter()
                .filter(|other| other.starts_with(&layers))
                .find_map(|other| other.get(layers.len()).filter(|layer| name.ends_with(&digits(layer))));
            match known.or_else(|| files.get(name)) {
                Some(layer) => layers.push(layer.clone()),
                None => return refused(&format!("open /fake/tmp/{name}: no such file or directory")),
            }
        }
        if std::mem::take(&mut self.loads_half) {
            layers.pop();
        }
        let word = |at: usize| manifest[0]["platform"].get(at)?.as_str().map(str::to_owned);
        // Archives that are not written in memory have it elsewhere.
        if let (Some(os), Some(architecture)) = (word(0), word(1)) {
            self.foreign_images.insert(id.clone(), Platform { os, architecture });
        }
        self.images.insert(id.clone(), id.clone());
        self.layers.insert(id.clone(), layers);
        Ok(id.clone())
    }
}

fn unpacked(archive: &[u8]) -> io::Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    for entry in Archive::new(archive).entries()? {
        let mut entry = entry?;
        let name = entry.path()?.to_string_lossy().into_owned();
        let mut content = Vec::new();
        entry.read_to_end(&mut content)?;
        files.insert(name, content);
    }
    Ok(files)
}
