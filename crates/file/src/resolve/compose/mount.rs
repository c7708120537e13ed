//! What a container mounts: paths of the host, named and anonymous volumes, memory.

use std::collections::BTreeMap;

use super::{ProjectResolver, api_socket, engine_name};
use crate::compose::{
    element::Element,
    project::ProjectSection,
    service::{ComposeMount, ComposeMountKind, ComposeService},
};
use maestro_core::{
    diagnostic::Diagnostic,
    model::container::{IMAGE, Mount, NO_CREATE, RECURSIVE, SUBPATH},
    source::Span,
};

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
        mounts.named.extend(api_socket::mount(service));
        mounts
    }

    /// Adds a mount to those of its container.
    pub(super) fn mount(&mut self, mount: &ComposeMount<'p>, element: &Element, mounts: &mut Mounts) {
        let target = mount.target.value.to_owned();
        match (mount.kind, &mount.source) {
            (ComposeMountKind::Bind, Some(source)) => {
                let mode = self.bind_mode(mount, element.get("bind"));
                mounts.named.push(Mount { source: source.value.to_owned(), target, mode });
            }
            (ComposeMountKind::Volume, Some(source)) => {
                let declared = self.project.entry(ProjectSection::Volumes, source.value);
                let source =
                    declared.map_or(source.value.to_owned(), |volume| engine_name(source.value, volume));
                let mode = volume_mode(mount, element.get("volume"));
                mounts.named.push(Mount { source, target, mode });
            }
            (ComposeMountKind::Image, Some(source)) => {
                let mode = image_mode(mount, element.get("image"));
                mounts.named.push(Mount { source: source.value.to_owned(), target, mode });
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
            (ComposeMountKind::Image, None) => self.diagnostics.push(
                Diagnostic::error("bad-mount", "a mount of an image needs a `source`")
                    .at(mount.span, "no image here")
                    .help(format!(
                        "write for example `{{type: image, source: busybox:1.36, target: {target}}}`"
                    )),
            ),
            (ComposeMountKind::NamedPipe, _) => {
                self.unsupported(mount.span, "mounting a named pipe of Windows", "use a bind mount");
            }
            (ComposeMountKind::Cluster, _) => {
                self.unsupported(mount.span, "mounting a volume of a cluster", "use a volume of the engine");
            }
        }
    }

    /// The mode of a path of the host: `ro,z,rshared`.
    fn bind_mode(&mut self, mount: &ComposeMount<'_>, options: Option<&Element>) -> String {
        let text = |key: &str| options.and_then(|options| options.text_of(key));
        let mut words = vec![access(mount)];
        let label = text("selinux").map(str::to_owned);
        words.extend(text("propagation").filter(|word| !word.is_empty()).map(str::to_owned));
        // As docker compose has it, `bind: {}` creates nothing.
        let is_created = |options: &Element| options.get("create_host_path").is_some_and(Element::is_true);
        if !options.is_none_or(is_created) {
            words.push(NO_CREATE.to_owned());
        }
        let recursive = text("recursive").filter(|recursive| *recursive != "enabled");
        words.extend(recursive.map(|recursive| format!("{RECURSIVE}{recursive}")));
        let object =
            Mount { source: "/".to_owned(), target: mount.target.value.to_owned(), mode: words.join(",") };
        match label.filter(|label| !label.is_empty()) {
            Some(label) if !object.is_object() => words.insert(1, label),
            Some(label) => self.diagnostics.push(
                Diagnostic::warning("no-effect", format!("`selinux: {label}` has no effect"))
                    .at(mount.span, "an engine takes it only with a path that it creates")
                    .help("write `create_host_path: true`, and leave `recursive` out"),
            ),
            None => {}
        }
        words.join(",")
    }

    /// Tells that a key cannot be carried out yet.
    pub(super) fn unsupported(&mut self, span: Span, what: &str, instead: &str) {
        let text = format!("{what} is not supported yet");
        self.diagnostics.push(Diagnostic::error("unsupported", text).at(span, "").help(instead));
    }
}

fn access(mount: &ComposeMount<'_>) -> String {
    if mount.read_only { "ro" } else { "rw" }.to_owned()
}

/// The mode of a volume: `ro,nocopy`.
fn volume_mode(mount: &ComposeMount<'_>, options: Option<&Element>) -> String {
    let mut words = vec![access(mount)];
    if options.and_then(|options| options.get("nocopy")).is_some_and(Element::is_true) {
        words.push("nocopy".to_owned());
    }
    words.extend(subpath(options));
    words.join(",")
}

/// The mode of an image.
fn image_mode(mount: &ComposeMount<'_>, options: Option<&Element>) -> String {
    let words = [access(mount), IMAGE.to_owned()].into_iter().chain(subpath(options));
    words.collect::<Vec<_>>().join(",")
}

fn subpath(options: Option<&Element>) -> Option<String> {
    let path = options?.text_of("subpath").filter(|path| !path.is_empty())?;
    Some(format!("{SUBPATH}{path}"))
}

fn memory_options(mount: &ComposeMount<'_>, options: Option<&Element>) -> String {
    let mode_of_mount = mount.read_only.then(|| "ro".to_owned());
    let number = |key: &str| options.and_then(|options| options.spanned_integer(key));
    let size = number("size").map(|size| format!("size={}", size.value));
    let mode = number("mode").map(|mode| format!("mode={:o}", mode.value));
    mode_of_mount.into_iter().chain(size).chain(mode).collect::<Vec<_>>().join(",")
}
