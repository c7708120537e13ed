//! A service of a project in types: what it publishes, mounts and waits for.

use super::element::Element;
use maestro_core::source::{Span, Spanned};

/// A service of a Compose project. Values without a method of their own are read from its `element`.
#[derive(Debug, Clone, Copy)]
pub struct ComposeService<'p> {
    /// Its name.
    pub name: &'p str,
    /// All its keys in their long form.
    pub element: &'p Element,
}

/// A port of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComposePort<'p> {
    /// The address of the host; none is all.
    pub address: Option<Spanned<&'p str>>,
    /// The port of the host, or a range from which the engine chooses; none if the engine chooses any.
    pub published: Option<Spanned<&'p str>>,
    /// The port in the container.
    pub target: Spanned<i64>,
    /// `tcp`, `udp` or `sctp`.
    pub protocol: &'p str,
    /// `ingress` or `host`.
    pub mode: &'p str,
}

/// A mount of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComposeMount<'p> {
    /// What is mounted.
    pub kind: ComposeMountKind,
    /// A path of the host, the name of a volume, or an image; none for an anonymous volume and tmpfs.
    pub source: Option<Spanned<&'p str>>,
    /// The path in the container.
    pub target: Spanned<&'p str>,
    /// Whether the container may not write to it.
    pub read_only: bool,
    /// Where it is written.
    pub span: Span,
}

/// What a mount mounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ComposeMountKind {
    /// A path of the host.
    Bind,
    /// A volume of the engine.
    Volume,
    /// Memory.
    Tmpfs,
    /// An image.
    Image,
    /// A named pipe of Windows.
    NamedPipe,
    /// A volume of a cluster.
    Cluster,
}

/// A service that another one waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComposeDependency<'p> {
    /// The service.
    pub service: Spanned<&'p str>,
    /// What is waited for.
    pub condition: Condition,
    /// Whether a restart of the service restarts the dependant.
    pub restart: bool,
    /// Whether the service must be there.
    pub required: bool,
}

/// What is waited for of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Condition {
    /// Its container has started.
    Started,
    /// Its health check passes.
    Healthy,
    /// It ended with 0.
    Completed,
}

impl<'p> ComposeService<'p> {
    /// The ports.
    pub fn ports(&self) -> impl Iterator<Item = ComposePort<'p>> + use<'p> {
        self.element.each("ports").filter_map(|port| {
            Some(ComposePort {
                address: port.spanned_text("host_ip"),
                published: port.spanned_text("published"),
                target: port.spanned_integer("target")?,
                protocol: port.text_of("protocol").unwrap_or("tcp"),
                mode: port.text_of("mode").unwrap_or("ingress"),
            })
        })
    }

    /// The mounts of `volumes`.
    pub fn mounts(&self) -> impl Iterator<Item = ComposeMount<'p>> + use<'p> {
        self.element.each("volumes").filter_map(|mount| {
            Some(ComposeMount {
                kind: mount_kind(mount.text_of("type")?)?,
                source: mount.spanned_text("source"),
                target: mount.spanned_text("target")?,
                read_only: mount.get("read_only").is_some_and(Element::is_true),
                span: mount.span,
            })
        })
    }

    /// The services that it waits for, those that other keys need included.
    pub fn dependencies(&self) -> impl Iterator<Item = ComposeDependency<'p>> + use<'p> {
        self.element.entries("depends_on").map(|(service, entry)| ComposeDependency {
            service,
            condition: match entry.text_of("condition") {
                Some("service_healthy") => Condition::Healthy,
                Some("service_completed_successfully") => Condition::Completed,
                Some(_) | None => Condition::Started,
            },
            restart: entry.get("restart").is_some_and(Element::is_true),
            required: entry.get("required").is_none_or(Element::is_true),
        })
    }

    /// The variables, those of env files included; without a value where nothing gives one.
    pub fn variables(&self) -> impl Iterator<Item = (Spanned<&'p str>, Option<Spanned<&'p str>>)> + use<'p> {
        self.element.spanned_pairs("environment")
    }

    /// How many containers the file says that it has, with `scale` or `deploy.replicas`.
    #[must_use]
    pub fn written_replicas(&self) -> Option<i64> {
        self.replicas_place().map(|(_, number)| number.value)
    }

    /// The key that says how many containers it has, and its value with its place.
    #[must_use]
    pub fn replicas_place(&self) -> Option<(&'static str, Spanned<i64>)> {
        let scale = self.element.spanned_integer("scale").map(|number| ("scale", number));
        let deploy = self.element.get("deploy");
        let replicas = || deploy.and_then(|deploy| deploy.spanned_integer("replicas"));
        scale.or_else(|| replicas().map(|number| ("deploy.replicas", number)))
    }
}

fn mount_kind(word: &str) -> Option<ComposeMountKind> {
    match word {
        "bind" => Some(ComposeMountKind::Bind),
        "volume" => Some(ComposeMountKind::Volume),
        "tmpfs" => Some(ComposeMountKind::Tmpfs),
        "image" => Some(ComposeMountKind::Image),
        "npipe" => Some(ComposeMountKind::NamedPipe),
        "cluster" => Some(ComposeMountKind::Cluster),
        _ => None,
    }
}
