//! Which layers of an image an engine has, and which file of an archive is which layer.

use std::collections::{BTreeMap, HashMap, HashSet};

use maestro_core::value::sha256::Sum;
use maestro_engine::{ImageStore, StoredImage};

/// The layers of an image that need not be sent to an engine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownLayers {
    /// For each layer of the image, lowest first, whether the engine has it.
    known: Vec<bool>,
    /// Whether only files count that are named by the digests of their content.
    only_blobs: bool,
}

impl KnownLayers {
    /// Those that an engine has, by the layers of its images.
    ///
    /// A classic store finds a layer by all that is below it. Containerd's store finds it by the digest of the file that
    /// it came in, which is not told: a layer counts as known if an image there has the same content. If the file was
    /// another, compressed for example, the engine refuses the archive, and all is sent.
    #[must_use]
    pub fn of(image: &StoredImage, store: &ImageStore, there: &[Vec<String>]) -> Self {
        let layers = &image.layers;
        if store.is_containerd {
            let all: HashSet<&String> = there.iter().flatten().collect();
            return Self {
                known: layers.iter().map(|layer| all.contains(layer)).collect(),
                only_blobs: true,
            };
        }
        let common = |other: &Vec<String>| layers.iter().zip(other).take_while(|(a, b)| a == b).count();
        let below = there.iter().map(common).max().unwrap_or_default();
        // The file of a layer that is there twice is needed for the upper one.
        let missing: HashSet<&String> = layers[below..].iter().collect();
        let known = layers.iter().enumerate().map(|(at, layer)| at < below && !missing.contains(layer));
        Self { known: known.collect(), only_blobs: false }
    }

    /// Whether there is any.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.known.contains(&true)
    }

    /// How many bytes of an image are missing, at most: all where the engine does not tell what each layer has.
    #[must_use]
    pub fn missing_bytes(&self, image: &StoredImage) -> u64 {
        let Some(bytes) = &image.layer_bytes else { return image.size };
        let layers = bytes.iter().enumerate();
        layers
            .filter(|(at, _)| !self.known.get(*at).is_some_and(|known| *known))
            .map(|(_, bytes)| bytes)
            .sum()
    }

    /// Whether the engine need not be sent the file of a layer.
    pub(super) fn has(&self, file: LayerFile) -> bool {
        let known = self.known.get(file.layer).is_some_and(|known| *known);
        known && (file.is_blob || !self.only_blobs)
    }
}

/// A file that is a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LayerFile {
    /// The layer's number, from 0, the lowest.
    pub(super) layer: usize,
    /// Whether the file is named by the digest of its content.
    pub(super) is_blob: bool,
}

/// Finds the layers in an archive.
///
/// Engines since 25 write `blobs/sha256/DIGEST`, whose digest is that of the layer unless it is compressed. Older ones
/// write `ID/layer.tar`; the id is a digest of the older form of the image's configuration, which comes before the layer,
/// and of all layers up to this one.
#[derive(Debug, Default)]
pub(super) struct LayerFiles {
    layers: HashMap<String, usize>,
    chain: Vec<String>,
    directories: HashMap<String, usize>,
}

impl LayerFiles {
    /// Those of an image.
    pub(super) fn of(image: &StoredImage) -> Self {
        let mut chain: Vec<String> = Vec::with_capacity(image.layers.len());
        for layer in &image.layers {
            let link = match chain.last() {
                Some(below) => digest(format!("{below} {layer}").as_bytes()),
                None => layer.clone(),
            };
            chain.push(link);
        }
        let numbered = image.layers.iter().enumerate().rev().map(|(at, layer)| (layer.clone(), at));
        Self { layers: numbered.collect(), chain, directories: HashMap::new() }
    }

    /// The directory that a file describes; its content is for [`learn`](Self::learn).
    pub(super) fn described(name: &str) -> Option<&str> {
        name.strip_suffix("/json").filter(|directory| is_digits(directory))
    }

    /// Takes in the description of a directory.
    pub(super) fn learn(&mut self, directory: &str, description: &[u8]) {
        let is_its_id = |link: &String| {
            // The system is written into each description, and only the id of the last one has it.
            [true, false]
                .into_iter()
                .any(|has_system| id_of(description, link, has_system).is_some_and(|id| id == directory))
        };
        if let Some(layer) = self.chain.iter().position(is_its_id) {
            self.directories.insert(directory.to_owned(), layer);
        }
    }

    /// Which layer a file is.
    pub(super) fn layer(&self, name: &str) -> Option<LayerFile> {
        if let Some(digits) = name.strip_prefix("blobs/sha256/") {
            let layer = *self.layers.get(&format!("sha256:{digits}"))?;
            return Some(LayerFile { layer, is_blob: true });
        }
        let layer = *self.directories.get(name.strip_suffix("/layer.tar")?)?;
        Some(LayerFile { layer, is_blob: false })
    }
}

fn is_digits(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn digest(bytes: &[u8]) -> String {
    let mut sum = Sum::default();
    sum.update(bytes);
    format!("sha256:{}", sum.digits())
}

/// The id that engines before 25 make of a description and a layer: the digest of the description's members in the order of
/// their names, without its id, with the layer, and with the id of its parent as a digest.
fn id_of(description: &[u8], link: &str, has_system: bool) -> Option<String> {
    let mut members: BTreeMap<&str, String> = members(str::from_utf8(description).ok()?)?;
    members.remove("id");
    if !has_system {
        members.remove("os");
    }
    if let Some(parent) = members.get_mut("parent") {
        *parent = format!("\"sha256:{}\"", parent.trim_matches('"'));
    }
    members.insert("layer_id", format!("\"{link}\""));
    let members: Vec<String> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    let id = digest(format!("{{{}}}", members.join(",")).as_bytes());
    Some(id.trim_start_matches("sha256:").to_owned())
}

/// The members of a JSON object, each value as it is written. Names have no escapes in what engines write.
fn members(text: &str) -> Option<BTreeMap<&str, String>> {
    let inner = text.trim().strip_prefix('{')?.strip_suffix('}')?;
    let mut found = BTreeMap::new();
    let (mut begin, mut colon) = (0, None);
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for (at, byte) in inner.bytes().chain([b',']).enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            _ if in_text => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.checked_sub(1)?,
            b':' if depth == 0 && colon.is_none() => colon = Some(at),
            b',' if depth == 0 => {
                let colon = colon.take()?;
                let name = inner.get(begin..colon)?.strip_prefix('"')?.strip_suffix('"')?;
                found.insert(name, inner.get(colon + 1..at)?.to_owned());
                begin = at + 1;
            }
            _ => {}
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(layers: &[&str]) -> StoredImage {
        let layers = layers.iter().map(|layer| (*layer).to_owned()).collect();
        StoredImage { layers, ..StoredImage::default() }
    }

    fn known(image: &StoredImage, is_containerd: bool, there: &[&[&str]]) -> Vec<bool> {
        let store = ImageStore { is_containerd, ..ImageStore::default() };
        let there: Vec<Vec<String>> =
            there.iter().map(|layers| layers.iter().map(|layer| (*layer).to_owned()).collect()).collect();
        KnownLayers::of(image, &store, &there).known
    }

    #[test]
    fn a_classic_store_has_layers_with_all_that_is_below_them() {
        let image = image(&["a", "b", "c"]);
        assert_eq!(known(&image, false, &[&["x"], &["a", "b", "y"], &["a"]]), [true, true, false]);
        assert_eq!(known(&image, false, &[&["b", "c"]]), [false, false, false]);
        assert_eq!(known(&image, true, &[&["b"], &["c"]]), [false, true, true]);
    }

    #[test]
    fn a_layer_that_is_needed_further_up_is_sent() {
        assert_eq!(known(&image(&["a", "b", "a"]), false, &[&["a", "b"]]), [false, true, false]);
    }

    #[test]
    fn what_is_missing_is_all_if_the_layers_sizes_are_not_known() {
        let mut image = StoredImage { size: 120, ..image(&["a", "b"]) };
        let known = KnownLayers::of(&image, &ImageStore::default(), &[vec!["a".to_owned()]]);
        assert_eq!(known.missing_bytes(&image), 120);
        image.layer_bytes = Some(vec![100, 20]);
        assert_eq!(known.missing_bytes(&image), 20);
    }

    /// What Docker 20.10 wrote of an image of three layers: each directory with its description.
    const LAYERS: [&str; 3] = [
        "sha256:7a2fcf954bcc9f6dc5f4a5c22819b43a923e8f3af4dc7e9149ec2a081e0bc9f0",
        "sha256:3c34ff44c98eab48b47ef05efb1e43ac29c863319ff4ebce2569c4c36b881199",
        "sha256:980434b32fb1b53302bb08ae359aafa93314e2a58bf9a7e9f6d117ea57510d47",
    ];
    const OLDER: &str = include_str!("older.txt");

    #[test]
    fn the_directories_of_older_engines_are_found() {
        let mut files = LayerFiles::of(&image(&LAYERS));
        let directories: Vec<&str> = OLDER.lines().map(|line| line.split_once(' ').unwrap().0).collect();
        for line in OLDER.lines() {
            let (directory, description) = line.split_once(' ').unwrap();
            assert_eq!(LayerFiles::described(&format!("{directory}/json")), Some(directory));
            files.learn(directory, description.as_bytes());
        }
        let found = directories.iter().map(|directory| files.layer(&format!("{directory}/layer.tar")));
        let found: Vec<usize> = found.map(|file| file.unwrap().layer).collect();
        assert_eq!(found, [0, 2, 1]);
    }

    #[test]
    fn a_blob_is_named_by_its_layer() {
        let files = LayerFiles::of(&image(&LAYERS));
        let blob = format!("blobs/sha256/{}", &LAYERS[1][7..]);
        assert_eq!(files.layer(&blob), Some(LayerFile { layer: 1, is_blob: true }));
        assert_eq!(files.layer("blobs/sha256/0123"), None);
        assert_eq!(files.layer("manifest.json"), None);
    }

    #[test]
    fn what_is_no_description_teaches_nothing() {
        let mut files = LayerFiles::of(&image(&LAYERS));
        for text in ["", "{}", "{\"a\"}", "}{", "{\"a\":]}", "\u{e9}", "{\"id\":\"x\",\"b\":\"\\\"},{\"}"] {
            files.learn(&"0".repeat(64), text.as_bytes());
        }
        assert!(files.directories.is_empty());
    }
}
