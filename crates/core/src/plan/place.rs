//! Where in the file that is written which a difference is about.

use crate::{model::Instance, source::Span};

/// The place of a field: where it is said, else where its kind is, else the instance.
pub(super) fn place(instance: &Instance, field: &str) -> Span {
    written(instance, field).unwrap_or(instance.span)
}

/// Where a field (`volumes./data`, `limits`) is written: itself, else its kind. None if it is not, or if the instance is
/// not from a file.
#[must_use]
pub fn written(instance: &Instance, field: &str) -> Option<Span> {
    let (key, name) = field.split_once('.').unwrap_or((field, ""));
    let written = |key: &str| instance.written.get(key).copied();
    let of_name = match key {
        "ports" => port(instance, name).and_then(|port| written(&format!("ports.{port}"))),
        _ => written(field),
    };
    let others: &[&str] = match (key, name) {
        ("command", _) => &["cmd"],
        ("name", _) => &["container_name"],
        // Variables that are made of something else.
        ("env", "DOCKER_IMAGE" | "DOCKER_TAG") => &["image"],
        ("env", "CONTAINER_HOST_ADDRESS") => &["ship"],
        ("env", "CONTAINER_NAME" | "SERVICE_NAME" | "MAESTRO_ENVIRONMENT_NAME") => {
            return Some(instance.span);
        }
        ("env", variable) if instance.container.env.contains_key(variable) => &["links", "envfile"],
        ("networks" | "aliases", _) => &["net"],
        ("extra_hosts", _) => &["links"],
        _ => &[],
    };
    of_name.or_else(|| others.iter().find_map(|other| written(other))).or_else(|| written(key))
}

/// The name of the port that publishes what an engine calls `80/tcp`.
fn port<'a>(instance: &'a Instance, inside: &str) -> Option<&'a str> {
    let publishes = |port: &&crate::model::container::Port| {
        super::published::published(port).any(|(number, _)| number == inside)
    };
    instance.container.ports.iter().find(publishes).map(|port| port.name.as_str())
}
