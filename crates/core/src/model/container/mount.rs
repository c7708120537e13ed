//! What a container mounts, and what its mode says beside `ro`.

use serde::{Deserialize, Serialize};

use crate::model::ApiVersion;

/// A directory of the ship, a named volume or an image, seen inside the container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mount {
    /// Path on the ship, name of a volume, or an image.
    pub source: String,
    /// Path inside the container.
    pub target: String,
    /// Mode as Docker writes it: `rw`, `ro`, and `SELinux` or propagation flags. Then what Docker has no mode for, so that
    /// it is said in `Mounts` instead of `Binds`: `nocreate`, `recursive=disabled`, `image`, and last `subpath=PATH`.
    pub mode: String,
}

/// What is mounted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MountKind {
    /// A path on the ship.
    Bind,
    /// A volume.
    Volume,
    /// An image.
    Image,
}

/// Word of a mode: a path of the ship that is missing is not created.
pub const NO_CREATE: &str = "nocreate";
/// Word of a mode: the source is an image.
pub const IMAGE: &str = "image";
/// Begins a word of a mode: how mounts below a path of the ship are mounted.
pub const RECURSIVE: &str = "recursive=";
/// Begins the last word of a mode: the path in the volume or image. It may contain commas.
pub const SUBPATH: &str = "subpath=";

/// A use of a mount that not all engines know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MountNeed {
    /// The key of a Compose file: `volume.subpath`.
    pub key: &'static str,
    /// The first version of the API that knows it.
    pub since: ApiVersion,
}

impl Mount {
    /// The words of its mode before the path in a volume or image.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        let end = self.mode.find(SUBPATH).unwrap_or(self.mode.len());
        self.mode[..end].split(',').filter(|word| !word.is_empty())
    }

    /// The path in a volume or image.
    #[must_use]
    pub fn subpath(&self) -> Option<&str> {
        self.mode.find(SUBPATH).map(|at| &self.mode[at + SUBPATH.len()..])
    }

    /// Whether its mode has that word.
    #[must_use]
    pub fn has(&self, word: &str) -> bool {
        self.words().any(|own| own == word)
    }

    /// How mounts below it are mounted: `disabled`, `writable` or `readonly`.
    #[must_use]
    pub fn recursive(&self) -> Option<&str> {
        self.words().find_map(|word| word.strip_prefix(RECURSIVE))
    }

    /// What is mounted.
    #[must_use]
    pub fn kind(&self) -> MountKind {
        if self.has(IMAGE) {
            MountKind::Image
        } else if self.source.starts_with('/') {
            MountKind::Bind
        } else {
            MountKind::Volume
        }
    }

    /// Whether Docker has no text for it, so that it is an object of `Mounts`.
    #[must_use]
    pub fn is_object(&self) -> bool {
        let is_of_object = |word: &str| word == NO_CREATE || word == IMAGE || word.starts_with(RECURSIVE);
        self.subpath().is_some() || self.words().any(is_of_object)
    }

    /// What an engine has to know for it.
    #[must_use]
    pub fn need(&self) -> Option<MountNeed> {
        let since = |key, minor| Some(MountNeed { key, since: ApiVersion { major: 1, minor } });
        match (self.kind(), self.subpath(), self.recursive()) {
            (MountKind::Image, ..) => since("type: image", 48),
            (MountKind::Volume, Some(_), _) => since("volume.subpath", 45),
            (MountKind::Bind, _, Some("writable" | "readonly")) => since("bind.recursive", 44),
            (MountKind::Bind | MountKind::Volume, ..) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mount(source: &str, mode: &str) -> Mount {
        Mount { source: source.into(), target: "/in".into(), mode: mode.into() }
    }

    #[test]
    fn what_docker_has_no_text_for_is_an_object() {
        for text in ["rw", "ro,z,rshared", "rw,nocopy"] {
            assert!(!mount("data", text).is_object() && mount("/srv", text).need().is_none(), "{text}");
        }
        for (source, mode, kind, minor) in [
            ("/srv", "rw,nocreate", MountKind::Bind, None),
            ("/srv", "ro,recursive=disabled", MountKind::Bind, None),
            ("/srv", "ro,recursive=readonly", MountKind::Bind, Some(44)),
            ("data", "rw,subpath=a,b", MountKind::Volume, Some(45)),
            ("busybox:1", "rw,image", MountKind::Image, Some(48)),
        ] {
            let mount = mount(source, mode);
            assert!(mount.is_object() && mount.kind() == kind, "{mode}");
            assert_eq!(mount.need().map(|need| need.since.minor), minor, "{mode}");
        }
        let part = mount("data", "rw,subpath=a,b");
        assert_eq!((part.words().collect::<Vec<_>>(), part.subpath()), (vec!["rw"], Some("a,b")));
    }
}
