//! Containers, networks and volumes that this environment did not create: worded here alone.

use crate::id::short_id;
use maestro_core::plan::reason::ResourceKind;

/// An unmanaged container: `container web-1 (0123456789ab, image nginx:1) was not created by Maestro`.
#[must_use]
pub fn container(name: &str, id: &str, image: &str, environment: Option<&str>) -> String {
    format!("container {name} ({}, image {image}) {}", short_id(id), owner(environment))
}

/// An unmanaged service of a Swarm: `service shop_web (image nginx:1) was not created by Maestro`.
#[must_use]
pub fn service(name: &str, image: &str, environment: Option<&str>) -> String {
    format!("service {name} (image {image}) {}", owner(environment))
}

/// The same where the name is known: `an unmanaged container has this name (0123456789ab, image nginx:1; it …)`.
#[must_use]
pub fn same_name(id: &str, image: &str, environment: Option<&str>) -> String {
    format!(
        "an unmanaged container has this name ({}, image {image}; it {})",
        short_id(id),
        owner(environment)
    )
}

/// An unmanaged network: `network shop belongs to environment other`.
#[must_use]
pub fn network(name: &str, environment: Option<&str>) -> String {
    format!("network {name} {}", owner(environment))
}

/// A volume of another environment or Compose project: `volume data belongs to environment other`.
#[must_use]
pub fn volume(name: &str, environment: Option<&str>) -> String {
    format!("volume {name} {}", owner(environment))
}

/// A network or volume that the file says somebody else makes.
#[must_use]
pub fn missing(kind: ResourceKind, name: &str) -> String {
    format!("the external {} {name} does not exist", resource(kind))
}

/// Docker's word for it.
#[must_use]
pub fn resource(kind: ResourceKind) -> &'static str {
    match kind {
        ResourceKind::Network => "network",
        ResourceKind::Volume => "volume",
    }
}

fn owner(environment: Option<&str>) -> String {
    match environment {
        Some(environment) => format!("belongs to environment {environment}"),
        None => "was not created by Maestro".to_owned(),
    }
}
