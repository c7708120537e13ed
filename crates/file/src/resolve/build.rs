//! How the images of services are built.

use std::{path::Path, sync::Arc};

use super::{Resolver, ships::KnownShips};
use crate::document::{build::BuildSection, service::ServiceSection};
use maestro_core::{
    model::image_build::{BuildContextSource, BuildKitSettings, BuildSettings, DockerfileSource, ImageBuild},
    source::Spanned,
};

/// What contexts begin with that are no directories; any other with `://` is none either.
const REMOTE: [&str; 4] = ["service:", "github.com/", "git@", "docker-image:"];

/// Where the files of a context are. A path counts from `directory`.
pub(super) fn source_of(context: &str, directory: &Path) -> BuildContextSource {
    if context.contains("://") || REMOTE.iter().any(|start| context.starts_with(start)) {
        BuildContextSource::Remote(context.to_owned())
    } else {
        BuildContextSource::Directory(directory.join(context))
    }
}

impl Resolver<'_, '_> {
    /// How the image of a service is built, if the file says it.
    pub(super) fn build_of(&mut self, section: &ServiceSection) -> Option<Arc<ImageBuild>> {
        let Spanned { value: build, span } = section.build.as_ref()?;
        let span = *span;
        let context = build.context.clone().unwrap_or_else(|| Spanned::new(".".to_owned(), span));
        let dockerfile = match (&build.dockerfile_inline, &build.dockerfile) {
            (Some(text), _) => Spanned::new(DockerfileSource::Inline(text.value.clone()), text.span),
            (None, Some(path)) => Spanned::new(DockerfileSource::Path(path.value.clone()), path.span),
            (None, None) => Spanned::new(DockerfileSource::Path("Dockerfile".to_owned()), span),
        };
        Some(Arc::new(ImageBuild {
            image: self.image_of_service(section),
            is_named: section.settings.image.is_some(),
            context: Spanned::new(source_of(&context.value, self.surroundings.directory), context.span),
            dockerfile,
            settings: settings(build),
            tags: build.tags.clone(),
            cache_from: build.cache_from.clone(),
            no_cache: build.no_cache,
            pull: build.pull,
            on: KnownShips::of(self.document, &self.ships).build_place(build.on.as_ref(), self.diagnostics),
            buildkit: BuildKitSettings::default(),
            of_buildkit: Vec::new(),
            span,
        }))
    }

    /// The name of the image that a service builds: its own, or that of the environment and the service, as in Compose.
    pub(super) fn image_of_service(&self, section: &ServiceSection) -> String {
        match &section.settings.image {
            Some(image) => image.value.clone(),
            None => format!("{}-{}", self.document.name.value, section.name.value).to_lowercase(),
        }
    }
}

fn settings(build: &BuildSection) -> BuildSettings {
    BuildSettings {
        arguments: build.args.iter().cloned().collect(),
        target: build.target.clone(),
        labels: build.labels.iter().cloned().collect(),
        network: build.network.clone(),
        extra_hosts: Vec::new(),
        shm_size: build.shm_size,
        platform: build.platform.clone(),
    }
}
