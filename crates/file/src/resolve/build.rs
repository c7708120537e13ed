//! How the images of services are built.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{Resolver, carried::Content, ships::KnownShips};
use crate::document::{
    build::{BuildSection, SecretUse},
    files::FileKind,
    service::ServiceSection,
};
use maestro_core::{
    diagnostic::{Diagnostic, nearest_name},
    model::image_build::{
        BuildContextSource, BuildKitSettings, BuildSecret, BuildSecretSource, BuildSettings,
        DockerfileSource, ImageBuild, SharedBuild,
    },
    source::{Span, Spanned},
};

/// What a further context begins with that is the image of another service.
const OF_SERVICE: &str = "service:";
/// What contexts begin with that are no directories; any other with `://` is none either.
const REMOTE: [&str; 4] = [OF_SERVICE, "github.com/", "git@", "docker-image:"];

/// Builds of services, each made once.
#[derive(Debug, Default)]
pub(super) struct KnownBuilds {
    known: HashMap<String, Option<SharedBuild>>,
    /// Services whose builds are being made: each after the first is a context of the one before.
    begun: Vec<String>,
}

/// What is known of the build of a service.
pub(super) enum KnownBuild {
    /// It was made, or its service has none.
    Made(Option<SharedBuild>),
    /// Nothing: it is being made from now on.
    Begun,
}

impl KnownBuilds {
    /// What is known of the build of a service. If that is nothing, the caller makes it and [`end`](Self::end)s that.
    pub(super) fn begin(&mut self, service: &str) -> KnownBuild {
        if let Some(known) = self.known.get(service) {
            return KnownBuild::Made(known.clone());
        }
        self.begun.push(service.to_owned());
        KnownBuild::Begun
    }

    /// Ends what [`begin`](Self::begin) began.
    pub(super) fn end(&mut self, service: &str, build: Option<SharedBuild>) -> Option<SharedBuild> {
        self.begun.pop();
        self.known.insert(service.to_owned(), build.clone());
        build
    }

    /// Why the image of that service cannot be a context of the build that is being made: they wait for one another.
    pub(super) fn circle(&self, service: &str, span: Span) -> Option<Diagnostic> {
        let from = self.begun.iter().position(|begun| begun == service)?;
        let names = self.begun[from..].iter().map(String::as_str).chain([service]);
        let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
        let text =
            format!("these images are built from one another, so none could ever be: {}", names.join(" → "));
        Some(Diagnostic::error("circular", text).at(span, "its image").help("take one of these contexts out"))
    }
}

/// The service whose image a further context is.
pub(super) fn service_of(context: &str) -> Option<&str> {
    context.strip_prefix(OF_SERVICE)
}

/// The service whose image is to be a context has none that is built.
pub(super) fn has_no_build(service: &str, span: Span) -> Diagnostic {
    Diagnostic::error("build-context", format!("service `{service}` has no `build`"))
        .at(span, "its image is not built")
        .help("write its image as `docker-image://NAME:TAG`, or `build: .` at that service")
}

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
    pub(super) fn build_of(&mut self, section: &ServiceSection) -> Option<SharedBuild> {
        let name = &section.name.value;
        if let KnownBuild::Made(known) = self.builds.begin(name) {
            return known;
        }
        let build = self.new_build(section);
        self.builds.end(name, build)
    }

    fn new_build(&mut self, section: &ServiceSection) -> Option<SharedBuild> {
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
            platforms: several(&build.platforms, build.platform.is_some()),
            tags: build.tags.clone(),
            cache_from: build.cache_from.clone(),
            no_cache: build.no_cache,
            pull: build.pull,
            on: KnownShips::of(self.document, &self.ships).build_place(build.on.as_ref(), self.diagnostics),
            buildkit: self.buildkit(build),
            of_buildkit: build.of_buildkit.clone(),
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

    fn buildkit(&mut self, build: &BuildSection) -> BuildKitSettings {
        let contexts = build.additional_contexts.iter().filter_map(|(name, written)| {
            let source = match service_of(&written.value) {
                Some(service) => BuildContextSource::Image(self.image_in_context(service, written.span)?),
                None => source_of(&written.value, self.surroundings.directory),
            };
            Some((name.clone(), Spanned::new(source, written.span)))
        });
        let contexts = contexts.collect();
        BuildKitSettings {
            contexts,
            secrets: build.secrets.iter().filter_map(|used| self.build_secret(used)).collect(),
            ssh: build.ssh.iter().map(|key| self.ssh(&key.value)).collect(),
            cache_to: build.cache_to.clone(),
            ..BuildKitSettings::default()
        }
    }

    /// The build of the service whose image is a further context. None if there is none, which was told.
    fn image_in_context(&mut self, service: &str, span: Span) -> Option<SharedBuild> {
        if let Some(circle) = self.builds.circle(service, span) {
            self.diagnostics.push(circle);
            return None;
        }
        let sections = &self.document.services;
        let Some(section) = sections.iter().find(|section| section.name.value == service) else {
            let known: Vec<&str> = sections.iter().map(|section| section.name.value.as_str()).collect();
            self.unknown_in_context(service, span, &known);
            return None;
        };
        if section.build.is_none() {
            self.diagnostics.push(has_no_build(service, span));
        }
        self.build_of(section)
    }

    fn unknown_in_context(&mut self, service: &str, span: Span, known: &[&str]) {
        let name = Spanned::new(service.to_owned(), span);
        let near = nearest_name(service, known.iter().copied());
        match near {
            Some(near) => self.diagnostics.push(
                Diagnostic::error("unknown-service", format!("there is no service `{service}`"))
                    .at(span, "unknown service")
                    .help(format!("did you mean `{near}`?"))
                    .replace(span, format!("{OF_SERVICE}{near}")),
            ),
            None => self.unknown("unknown-service", "service", &name, known),
        }
    }

    /// A secret of the file that a build sees. None if its content is not known, which was told if it has to be.
    fn build_secret(&mut self, used: &SecretUse) -> Option<BuildSecret> {
        let id = used.target.as_ref().unwrap_or(&used.source.value).clone();
        match self.content_of(FileKind::Secret, &used.source)? {
            Content::Known(content) => Some(BuildSecret { id, source: BuildSecretSource::Content(content) }),
            Content::Unread => None,
        }
    }

    /// `ID=PATH`, whose path counts from the file's directory; `~` is the home directory.
    fn ssh(&self, key: &str) -> String {
        let Some((id, path)) = key.split_once('=') else { return key.to_owned() };
        let home = self.surroundings.variables.get("HOME").filter(|home| !home.is_empty());
        let path = match (path.strip_prefix("~/"), home) {
            (Some(rest), Some(home)) => Path::new(home).join(rest),
            (Some(_) | None, _) => PathBuf::from(path),
        };
        format!("{id}={}", self.surroundings.directory.join(path).display())
    }
}

/// The platforms of which each gets an image: none if there is one alone, or another key names it.
pub(super) fn several(platforms: &[Spanned<String>], is_named: bool) -> Vec<Spanned<String>> {
    if is_named || platforms.len() < 2 { Vec::new() } else { platforms.to_vec() }
}

/// The only platform of a list.
pub(super) fn only(platforms: &[Spanned<String>]) -> Option<String> {
    let [platform] = platforms else { return None };
    Some(platform.value.clone())
}

fn settings(build: &BuildSection) -> BuildSettings {
    BuildSettings {
        arguments: build.args.iter().cloned().collect(),
        target: build.target.clone(),
        labels: build.labels.iter().cloned().collect(),
        network: build.network.clone(),
        extra_hosts: Vec::new(),
        shm_size: build.shm_size,
        platform: build.platform.clone().or_else(|| only(&build.platforms)),
    }
}
