//! How the image of a service is built.

use std::{path::Path, sync::Arc};

use super::{
    ProjectResolver,
    container::image_of,
    setting::{list, scalar},
};
use crate::{
    compose::{element::Element, service::ComposeService},
    resolve::{
        build::{KnownBuild, only, several, source_of},
        label::pairs,
    },
};
use maestro_core::{
    diagnostic::Diagnostic,
    model::image_build::{BuildContextSource, BuildSettings, DockerfileSource, ImageBuild, SharedBuild},
    source::Spanned,
};

/// Keys that only BuildKit carries out.
const OF_BUILDKIT: &[&str] = &[
    "additional_contexts",
    "cache_to",
    "entitlements",
    "privileged",
    "provenance",
    "sbom",
    "secrets",
    "ssh",
    "ulimits",
];

impl<'p> ProjectResolver<'p, '_> {
    /// How the image of a service is built, if the file says it.
    pub(super) fn build(&mut self, service: ComposeService<'p>) -> Option<SharedBuild> {
        if let KnownBuild::Made(known) = self.builds.begin(service.name) {
            return known;
        }
        let build = self.new_build(service);
        self.builds.end(service.name, build)
    }

    fn new_build(&mut self, service: ComposeService<'p>) -> Option<SharedBuild> {
        let written = self.site_service(service.name).and_then(|site| site.build_on.as_ref());
        let Some(element) = service.element.get("build") else {
            if let Some(on) = written {
                self.diagnostics.push(not_built(service.name, on));
            }
            return None;
        };
        let on = self.known_ships().build_place(written, self.diagnostics);
        let texts = |key: &str| element.get(key).map(list).unwrap_or_default();
        let text = |key: &str| element.text_of(key).filter(|text| !text.is_empty()).map(str::to_owned);
        let is_true = |key: &str| element.get(key).is_some_and(Element::is_true);
        let platforms = element.each("platforms").filter_map(|one| {
            let text = one.as_text()?;
            Some(Spanned::new(text.to_owned(), one.span))
        });
        let platforms: Vec<Spanned<String>> = platforms.collect();
        let wanted = service.element.text_of("platform").filter(|platform| !platform.is_empty());
        let hosts = element.entries("extra_hosts").flat_map(|(name, addresses)| {
            list(addresses).into_iter().map(move |address| format!("{}:{address}", name.value))
        });
        let settings = BuildSettings {
            arguments: pairs(element, "args"),
            target: text("target"),
            labels: pairs(element, "labels"),
            network: text("network"),
            extra_hosts: hosts.collect(),
            shm_size: element.spanned_integer("shm_size").map(|bytes| bytes.value),
            platform: wanted.map(str::to_owned).or_else(|| only(&platforms)),
        };
        let of_buildkit = OF_BUILDKIT.iter().filter_map(|key| {
            let value = element.get(key)?;
            let is_empty =
                value.items().is_some_and(<[_]>::is_empty) || scalar(value).as_deref() == Some("false");
            (!is_empty).then(|| Spanned::new(*key, value.span))
        });
        Some(Arc::new(ImageBuild {
            image: image_of(self.project, service),
            is_named: service.element.text_of("image").is_some_and(|image| !image.is_empty()),
            context: context(element)?,
            dockerfile: dockerfile(element),
            settings,
            platforms: several(&platforms, wanted.is_some()),
            tags: texts("tags"),
            cache_from: texts("cache_from"),
            no_cache: is_true("no_cache"),
            pull: is_true("pull"),
            on,
            buildkit: self.buildkit(element),
            of_buildkit: of_buildkit.collect(),
            span: element.span,
        }))
    }
}

/// The site file says where an image is built that is not built at all.
fn not_built(service: &str, on: &Spanned<String>) -> Diagnostic {
    let text = format!("service `{service}` of the Compose file has no `build`");
    Diagnostic::warning("no-effect", text)
        .at(on.span, "nothing is built")
        .help("remove it, or write `build: .` at the service")
}

fn context(build: &Element) -> Option<Spanned<BuildContextSource>> {
    let written = build.spanned_text("context")?;
    // Paths of projects are absolute.
    Some(Spanned::new(source_of(written.value, Path::new("")), written.span))
}

fn dockerfile(build: &Element) -> Spanned<DockerfileSource> {
    let inline = build.spanned_text("dockerfile_inline");
    let inline = inline.map(|text| Spanned::new(DockerfileSource::Inline(text.value.to_owned()), text.span));
    inline.unwrap_or_else(|| {
        let path = build.spanned_text("dockerfile").unwrap_or(Spanned::new("Dockerfile", build.span));
        Spanned::new(DockerfileSource::Path(path.value.to_owned()), path.span)
    })
}
