//! Files that are YAML, but of Kubernetes or Compose.

use std::fmt::Write as _;

use super::found::OtherFile;
use crate::document::{
    convert, foreign,
    scalar::as_scalar,
    yaml::{NodeId, NodeKind, Yaml},
};
use maestro_core::source::Span;

/// What a tree is, and the key that tells it. None if it may be ours.
pub(super) fn recognise(yaml: &Yaml) -> Option<(OtherFile, Span)> {
    let entries = yaml.entries(yaml.root());
    let at = |name: &str| {
        entries
            .iter()
            .find(|entry| text(yaml, entry.key).as_deref() == Some(name))
            .map(|entry| yaml.span(entry.key))
    };
    if let (Some(span), Some(kind), None) =
        (at("apiVersion"), yaml.value_of(yaml.root(), "kind"), at("services"))
    {
        return Some((kubernetes(yaml, &text(yaml, kind).unwrap_or_default()), span));
    }
    is_compose_file(yaml).then(|| Some((compose_file(), at("services")?)))?
}

fn text(yaml: &Yaml, node: NodeId) -> Option<String> {
    match yaml.kind(node) {
        NodeKind::Scalar(scalar) => Some(scalar.text.clone()),
        NodeKind::Sequence(_) | NodeKind::Mapping(_) | NodeKind::Bad => None,
    }
}

/// Whether a tree is a Compose file: it has services as Compose has them, and nothing that only a file of Maestro has.
pub(crate) fn is_compose_file(yaml: &Yaml) -> bool {
    let has = |key| yaml.value_of(yaml.root(), key).is_some();
    let services = yaml.value_of(yaml.root(), "services");
    !has("ships") && !has("__maestro") && services.is_some_and(|services| is_compose(yaml, services))
}

/// Keys by which only services of Maestro say where they run.
const PLACES: [&str; 5] = ["instances", "ship", "ships", "replicas", "per_ship"];
/// Keys of services that Compose files have more often than files of Maestro.
const SHARED: [&str; 3] = ["networks", "profiles", "stop_grace_period"];

/// No service has instances, all have what Compose needs, and several keys are Compose's own.
fn is_compose(yaml: &Yaml, services: NodeId) -> bool {
    let services = yaml.entries(services);
    let has = |node, name| yaml.value_of(node, name).is_some();
    let is_placed = |node| PLACES.iter().any(|key| has(node, key));
    let is_service = |node| (has(node, "image") || has(node, "build")) && !is_placed(node);
    let own = |node: NodeId| {
        let keys = yaml.entries(node);
        let names = keys.iter().filter_map(|entry| text(yaml, entry.key));
        let foreign = names.filter(|name| foreign::is_of_compose(name) || SHARED.contains(&name.as_str()));
        let foreign = foreign.count();
        let lists = ["ports", "volumes"].iter().filter_map(|key| yaml.value_of(node, key));
        foreign + lists.filter(|list| matches!(yaml.kind(*list), NodeKind::Sequence(_))).count()
    };
    let top = ["version", "volumes", "networks", "secrets", "configs"];
    let top = top.iter().filter(|key| has(yaml.root(), key)).count();
    !services.is_empty()
        && services.iter().all(|service| is_service(service.value))
        && services.iter().map(|service| own(service.value)).sum::<usize>() + top > 0
}

fn compose_file() -> OtherFile {
    OtherFile {
        what: "a Compose file",
        words: "Maestro reads Compose files as they are, but what is called maestro.yaml is a file of Maestro",
        help: "call it compose.yaml".to_owned(),
        written: None,
    }
}

fn kubernetes(yaml: &Yaml, kind: &str) -> OtherFile {
    let help = "write the same in a file with `name` and `services`".to_owned();
    OtherFile {
        what: "a manifest of Kubernetes",
        words: "a Deployment is a service here, each of its `replicas` an instance with a name of its own; `containerPort` \
                stands under `ports`, `resources.limits` is `limits`, a probe is a check under `lifecycle`",
        help,
        written: workload(yaml, kind),
    }
}

/// The first container of a workload as a service.
fn workload(yaml: &Yaml, kind: &str) -> Option<String> {
    let path = |node: NodeId, keys: &[&str]| keys.iter().try_fold(node, |node, key| yaml.value_of(node, key));
    let root = yaml.root();
    let name = path(root, &["metadata", "name"]).and_then(|name| text(yaml, name))?;
    let pod = if kind == "Pod" { path(root, &["spec"]) } else { path(root, &["spec", "template", "spec"]) }?;
    let NodeKind::Sequence(containers) = yaml.kind(path(pod, &["containers"])?) else { return None };
    let container = *containers.first()?;
    let image = text(yaml, yaml.value_of(container, "image")?)?;
    let mut written =
        format!("name: {0}\nservices:\n  {0}:\n    image: {1}\n", as_scalar(&name), as_scalar(&image));
    if let Some(NodeKind::Sequence(ports)) = yaml.value_of(container, "ports").map(|ports| yaml.kind(ports)) {
        let numbers = ports.iter().filter_map(|port| text(yaml, yaml.value_of(*port, "containerPort")?));
        let ports: Vec<String> = numbers
            .map(|number| format!("{}: {number}", crate::document::ports::services::name_of(&number)))
            .collect();
        let _ = writeln!(written, "    ports: {{{}}}", ports.join(", "));
    }
    if let Some(limits) =
        yaml.value_of(container, "resources").and_then(|node| convert::value(yaml, "limits", node))
    {
        let _ = writeln!(written, "    limits: {limits}");
    }
    let replicas =
        path(root, &["spec", "replicas"]).and_then(|replicas| text(yaml, replicas)?.parse::<usize>().ok());
    // Instances on one ship cannot share a port of it: the number of them is left to the reader.
    let instances: Vec<String> =
        (1..=replicas.unwrap_or(1).clamp(1, 100)).map(|number| format!("{name}-{number}: {{}}")).collect();
    let has_ports = written.contains("    ports: ");
    let shown = if has_ports { &instances[..1] } else { &instances[..] };
    let _ = writeln!(written, "    instances: {{{}}}", shown.join(", "));
    if shown.len() < instances.len() {
        let _ =
            writeln!(written, "    # {} replicas: each needs a ship or a port of its own", instances.len());
    }
    Some(written)
}
