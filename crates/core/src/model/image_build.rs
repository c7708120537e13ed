//! How the image of a service is built.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use serde::Serialize;

use super::{ShipId, carried::FileContent};
use crate::{
    source::{Span, Spanned},
    value::sha256,
};

/// Label of an image that Maestro built: the digest of all that it was built from.
pub const LABEL_BUILD: &str = "maestro.build";

/// How an image is built, for all who need it.
pub type SharedBuild = Arc<ImageBuild>;

/// How the image of a service is built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageBuild {
    /// The image's reference.
    pub image: String,
    /// Whether the file names the image: then a registry may have it.
    pub is_named: bool,
    /// Whose files the builder gets.
    pub context: Spanned<BuildContextSource>,
    /// What the builder follows.
    pub dockerfile: Spanned<DockerfileSource>,
    /// What changes the image, beside files.
    pub settings: BuildSettings,
    /// The kinds of machine that get an image each, if there are several: `os/architecture`.
    pub platforms: Vec<Spanned<String>>,
    /// Other references that the image gets.
    pub tags: Vec<String>,
    /// Images whose layers are used again.
    pub cache_from: Vec<String>,
    /// Whether no layer is used again.
    pub no_cache: bool,
    /// Whether base images are pulled, though the engine has them.
    pub pull: bool,
    /// Which engine builds it.
    pub on: BuildPlace,
    /// What only BuildKit carries out.
    pub buildkit: BuildKitSettings,
    /// The keys of that which are written.
    pub of_buildkit: Vec<Spanned<&'static str>>,
    /// Where it is written.
    pub span: Span,
}

/// Which engine builds an image.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum BuildPlace {
    /// One of the ships that need the image, for each kind of machine.
    #[default]
    NeedingShip,
    /// This ship, for all that need it.
    Ship(ShipId),
    /// This machine's own engine, for all that need it.
    ThisMachine,
}

/// Where the files are that an image is built from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuildContextSource {
    /// In a directory of this machine: an absolute path.
    Directory(PathBuf),
    /// Somewhere else: a git repository, an archive behind a URL, an image of a registry.
    Remote(String),
    /// In the image of another service, which is built before.
    Image(SharedBuild),
}

/// Where a Dockerfile is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DockerfileSource {
    /// At a path, which begins at the context.
    Path(String),
    /// In the file itself.
    Inline(String),
}

/// What changes an image, beside the files that it is built from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct BuildSettings {
    /// Values of `ARG`.
    pub arguments: BTreeMap<String, String>,
    /// The stage that is built; none is the last.
    pub target: Option<String>,
    /// Labels of the image.
    pub labels: BTreeMap<String, String>,
    /// The network of `RUN`.
    pub network: Option<String>,
    /// Names that `RUN` finds, with their addresses: `NAME:ADDRESS`.
    pub extra_hosts: Vec<String>,
    /// Bytes of `/dev/shm` for `RUN`.
    pub shm_size: Option<i64>,
    /// `os/architecture`; none is the engine's own.
    pub platform: Option<String>,
}

/// What only BuildKit carries out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BuildKitSettings {
    /// Further contexts, by the names that a Dockerfile has for them.
    pub contexts: BTreeMap<String, Spanned<BuildContextSource>>,
    /// Secrets that `RUN --mount=type=secret` sees.
    pub secrets: Vec<BuildSecret>,
    /// SSH agents and keys that `RUN --mount=type=ssh` sees: `default`, `ID=PATH`.
    pub ssh: Vec<String>,
    /// Where layers are written for other builds.
    pub cache_to: Vec<String>,
    /// What `RUN` may do beside what it always may: `network.host`.
    pub entitlements: Vec<String>,
    /// Limits of `RUN`: `NAME=SOFT:HARD`.
    pub ulimits: Vec<String>,
    /// How the record of the build is made; none is no record.
    pub provenance: Option<String>,
    /// How the list of what the image has is made; none is no list.
    pub sbom: Option<String>,
}

/// A secret of a build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildSecret {
    /// Its name in the Dockerfile.
    pub id: String,
    /// Where its content is.
    pub source: BuildSecretSource,
}

/// Where the content of a build's secret is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuildSecretSource {
    /// In a file of this machine.
    File(PathBuf),
    /// Here.
    Content(FileContent),
}

impl ImageBuild {
    /// Whether machines of that kind (`os/architecture`) get an image of their own. True of all if nothing is said.
    #[must_use]
    pub fn is_for(&self, machine: &str) -> bool {
        let is_it = |platform: &Spanned<String>| {
            let rest = platform.value.strip_prefix(machine);
            // A variant may follow.
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.platforms.is_empty() || machine.is_empty() || self.platforms.iter().any(is_it)
    }

    /// The digest of all that the image is built from, where `files` is the digest of its context.
    #[must_use]
    pub fn digest(&self, files: &str) -> String {
        // Texts, numbers and lists of them are always JSON.
        let settings = serde_json::to_string(&self.settings).unwrap_or_default();
        sha256::digits([files, &settings].join("\0").as_bytes(), 64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;

    fn build(settings: BuildSettings) -> ImageBuild {
        let span = Span::new(Sources::default().add("compose.yaml", ""), 0..0);
        ImageBuild {
            image: "shop-web".to_owned(),
            is_named: false,
            context: Spanned { value: BuildContextSource::Directory("/shop".into()), span },
            dockerfile: Spanned { value: DockerfileSource::Path("Dockerfile".to_owned()), span },
            settings,
            platforms: Vec::new(),
            tags: Vec::new(),
            cache_from: Vec::new(),
            no_cache: false,
            pull: false,
            on: BuildPlace::NeedingShip,
            buildkit: BuildKitSettings::default(),
            of_buildkit: Vec::new(),
            span,
        }
    }

    #[test]
    fn a_digest_depends_on_files_and_settings_and_not_on_how_it_is_built() {
        let plain = build(BuildSettings::default());
        let arguments = BTreeMap::from([("VERSION".to_owned(), "2".to_owned())]);
        let other = build(BuildSettings { arguments, ..BuildSettings::default() });
        assert_eq!(plain.digest("a"), ImageBuild { no_cache: true, ..plain.clone() }.digest("a"));
        assert_ne!(plain.digest("a"), plain.digest("b"));
        assert_ne!(plain.digest("a"), other.digest("a"));
    }
}
