//! Other containers that a specification names.

use crate::{
    model::container::{ContainerSpec, Network},
    value::setting::{OF_CONTAINER, shared_containers},
};

/// The instances, and containers of none, that Docker looks for when it creates a container.
pub(super) fn targets(spec: &ContainerSpec) -> impl Iterator<Item = &str> {
    let (mode, legacy) = match &spec.network {
        Network::Mode { mode, links } => (mode.strip_prefix(OF_CONTAINER), links.as_slice()),
        Network::Environment { .. } => (None, &[][..]),
    };
    let namespaces = shared_containers(&spec.settings).map(|(_, name)| name);
    sources(spec).chain(legacy.iter().map(|(to, _)| to.as_str())).chain(mode).chain(namespaces)
}

/// The containers whose volumes a container mounts.
pub(super) fn sources(spec: &ContainerSpec) -> impl Iterator<Item = &str> {
    spec.volumes_from.iter().map(|from| source(from))
}

/// The name in `name:ro`.
pub(super) fn source(from: &str) -> &str {
    from.split(':').next().unwrap_or(from)
}
