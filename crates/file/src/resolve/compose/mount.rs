//! What a container mounts: paths of the host, named and anonymous volumes, memory.

use std::collections::BTreeMap;

use super::{ProjectResolver, engine_name};
use crate::compose::{
    element::Element,
    project::ProjectSection,
    service::{ComposeMount, ComposeMountKind, ComposeService},
};
use maestro_core::{diagnostic::Diagnostic, model::container::Mount, source::Span};

/// The mounts of a container by their kinds.
#[derive(Debug, Default, Clone)]
pub(in crate::resolve) struct Mounts {
    /// Paths of the host and named volumes.
    pub named: Vec<Mount>,
    /// Anonymous volumes, by their path inside.
    pub anonymous: Vec<String>,
    /// Memory: path inside → options.
    pub memory: BTreeMap<String, String>,
}

impl<'p> ProjectResolver<'p, '_> {
    /// What a service mounts.
    pub(super) fn mounts(&mut self, service: ComposeService<'p>) -> Mounts {
        let mut mounts = Mounts::default();
        for (mount, element) in service.mounts().zip(service.element.each("volumes")) {
            self.mount(&mount, element, &mut mounts);
        }
        mounts
    }

    /// Adds a mount to those of its container.
    pub(super) fn mount(&mut self, mount: &ComposeMount<'p>, element: &Element, mounts: &mut Mounts) {
        let target = mount.target.value.to_owned();
        match (mount.kind, &mount.source) {
            (ComposeMountKind::Bind, Some(source)) => {
                let mode = mode(mount, element.get("bind"));
                mounts.named.push(Mount { source: source.value.to_owned(), target, mode });
            }
            (ComposeMountKind::Volume, Some(source)) => {
                let declared = self.project.entry(ProjectSection::Volumes, source.value);
                let source =
                    declared.map_or(source.value.to_owned(), |volume| engine_name(source.value, volume));
                let mode = mode(mount, element.get("volume"));
                mounts.named.push(Mount { source, target, mode });
            }
            (ComposeMountKind::Volume, None) => mounts.anonymous.push(target),
            (ComposeMountKind::Tmpfs, _) => {
                mounts.memory.insert(target, memory_options(mount, element.get("tmpfs")));
            }
            (ComposeMountKind::Bind, None) => self.diagnostics.push(
                Diagnostic::error("bad-mount", "a bind mount needs a `source`")
                    .at(mount.span, "no path of the host here")
                    .help("write for example `./data:/data`"),
            ),
            (ComposeMountKind::Image, _) => {
                self.unsupported(mount.span, "mounting an image", "copy its files into the service's image");
            }
            (ComposeMountKind::NamedPipe, _) => {
                self.unsupported(mount.span, "mounting a named pipe of Windows", "use a bind mount");
            }
            (ComposeMountKind::Cluster, _) => {
                self.unsupported(mount.span, "mounting a volume of a cluster", "use a volume of the engine");
            }
        }
    }

    /// Tells that a key cannot be carried out yet.
    pub(super) fn unsupported(&mut self, span: Span, what: &str, instead: &str) {
        let text = format!("{what} is not supported yet");
        self.diagnostics.push(Diagnostic::error("unsupported", text).at(span, "").help(instead));
    }
}

/// The mode as docker compose writes it: `ro,z,rshared`.
fn mode(mount: &ComposeMount<'_>, options: Option<&Element>) -> String {
    let mut words = vec![if mount.read_only { "ro" } else { "rw" }];
    let text = |key: &str| options.and_then(|options| options.text_of(key));
    words.extend(text("selinux"));
    words.extend(text("propagation"));
    if options.and_then(|options| options.get("nocopy")).is_some_and(Element::is_true) {
        words.push("nocopy");
    }
    words.join(",")
}

fn memory_options(mount: &ComposeMount<'_>, options: Option<&Element>) -> String {
    let mode_of_mount = mount.read_only.then(|| "ro".to_owned());
    let number = |key: &str| options.and_then(|options| options.spanned_integer(key));
    let size = number("size").map(|size| format!("size={}", size.value));
    let mode = number("mode").map(|mode| format!("mode={:o}", mode.value));
    mode_of_mount.into_iter().chain(size).chain(mode).collect::<Vec<_>>().join(",")
}
