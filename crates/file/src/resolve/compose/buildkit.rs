//! Keys of `build` that only BuildKit carries out.

use std::path::Path;

use super::{
    ProjectResolver,
    setting::{list, scalar},
    ulimit::ulimits,
};
use crate::{
    compose::{element::Element, project::ProjectSection},
    resolve::{
        build::{has_no_build, service_of, source_of},
        carried::Content,
    },
};
use maestro_core::{
    model::image_build::{BuildContextSource, BuildKitSettings, BuildSecret, BuildSecretSource, SharedBuild},
    source::{Span, Spanned},
};

/// What `privileged` allows.
const PRIVILEGED: &str = "security.insecure";

impl ProjectResolver<'_, '_> {
    /// What only BuildKit carries out of a `build`.
    pub(super) fn buildkit(&mut self, build: &Element) -> BuildKitSettings {
        let texts = |key: &str| build.get(key).map(list).unwrap_or_default();
        let text = |key: &str| build.get(key).and_then(scalar).filter(|text| text != "false");
        let contexts = build.spanned_pairs("additional_contexts").filter_map(|(name, value)| {
            let value = value?;
            let source = match service_of(value.value) {
                Some(service) => BuildContextSource::Image(self.image_in_context(service, value.span)?),
                // Paths of projects are absolute.
                None => source_of(value.value, Path::new("")),
            };
            Some((name.value.to_owned(), Spanned::new(source, value.span)))
        });
        let contexts = contexts.collect();
        let ssh = build.entries("ssh").map(|(id, path)| match scalar(path).filter(|path| !path.is_empty()) {
            Some(path) => format!("{}={path}", id.value),
            None => id.value.to_owned(),
        });
        let mut entitlements = texts("entitlements");
        let is_privileged = build.get("privileged").is_some_and(Element::is_true);
        if is_privileged && !entitlements.iter().any(|one| one == PRIVILEGED) {
            entitlements.push(PRIVILEGED.to_owned());
        }
        let limits = ulimits(build).into_iter().map(|limit| {
            let (soft, hard) = (limit.soft, limit.hard);
            format!("{}={soft}:{hard}", limit.name)
        });
        BuildKitSettings {
            contexts,
            ssh: ssh.collect(),
            cache_to: texts("cache_to"),
            entitlements,
            ulimits: limits.collect(),
            provenance: text("provenance"),
            sbom: text("sbom"),
            secrets: build.each("secrets").filter_map(|used| self.build_secret(used)).collect(),
        }
    }

    /// The build of the service whose image is a further context. None if there is none, which was told.
    fn image_in_context(&mut self, service: &str, span: Span) -> Option<SharedBuild> {
        if let Some(circle) = self.builds.circle(service, span) {
            self.diagnostics.push(circle);
            return None;
        }
        // An unknown one was told.
        let service = self.project.services().find(|known| known.name == service)?;
        if service.element.get("build").is_none() {
            self.diagnostics.push(has_no_build(service.name, span));
        }
        self.build(service)
    }

    /// A secret of the project that a build sees. None if its content is not known, which was told if it has to be.
    fn build_secret(&mut self, used: &Element) -> Option<BuildSecret> {
        let source = used.spanned_text("source")?;
        let declared = self.project.entry(ProjectSection::Secrets, source.value)?;
        let target = used.text_of("target").filter(|target| !target.is_empty());
        let id = target.unwrap_or(source.value).to_owned();
        let Content::Known(content) = self.content(ProjectSection::Secrets, &source, declared)? else {
            return None;
        };
        let is_of_site = self.has_site_secret(source.value);
        let source = match declared.text_of("file").filter(|_| !is_of_site) {
            Some(path) => BuildSecretSource::File(path.into()),
            None => BuildSecretSource::Content(content),
        };
        Some(BuildSecret { id, source })
    }
}
