//! Files that are YAML, but of Kubernetes or Compose.

use std::fmt::Write as _;

use super::found::OtherFile;
use crate::document::{
    convert::{self, get},
    foreign,
    keys::INSTANCE,
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
    if let (Some(span), Some(kind), None) = (at("apiVersion"), get(yaml, yaml.root(), "kind"), at("services"))
    {
        return Some((kubernetes(yaml, &text(yaml, kind).unwrap_or_default()), span));
    }
    let services = get(yaml, yaml.root(), "services")?;
    let compose = is_compose(yaml, services) && at("ships").is_none();
    compose.then(|| Some((compose_file(yaml, services), at("services")?)))?
}

fn text(yaml: &Yaml, node: NodeId) -> Option<String> {
    match yaml.kind(node) {
        NodeKind::Scalar(scalar) => Some(scalar.text.clone()),
        NodeKind::Sequence(_) | NodeKind::Mapping(_) | NodeKind::Bad => None,
    }
}

/// Whether a tree is a Compose file: it has services as Compose has them, and nothing that only a file of Maestro has.
pub(crate) fn is_compose_file(yaml: &Yaml) -> bool {
    let has = |key| get(yaml, yaml.root(), key).is_some();
    let services = get(yaml, yaml.root(), "services");
    !has("ships") && !has("__maestro") && services.is_some_and(|services| is_compose(yaml, services))
}

/// No service has instances, all have what Compose needs, and keys are Compose's own or the name is missing, which a file of
/// Maestro needs.
fn is_compose(yaml: &Yaml, services: NodeId) -> bool {
    let services = yaml.entries(services);
    let has = |node, name| get(yaml, node, name).is_some();
    let is_service = |node| (has(node, "image") || has(node, "build")) && !has(node, "instances");
    let own = |node: NodeId| {
        let keys = yaml.entries(node);
        let names = keys.iter().filter_map(|entry| text(yaml, entry.key));
        let foreign = names.filter(|name| foreign::is_of_compose(name)).count();
        let lists = ["ports", "volumes"].iter().filter_map(|key| get(yaml, node, key));
        foreign + lists.filter(|list| matches!(yaml.kind(*list), NodeKind::Sequence(_))).count()
    };
    let top = ["version", "volumes", "networks", "secrets", "configs"];
    let top = top.iter().filter(|key| has(yaml.root(), key)).count();
    !services.is_empty()
        && services.iter().all(|service| is_service(service.value))
        && (!has(yaml.root(), "name")
            || services.iter().map(|service| own(service.value)).sum::<usize>() + top > 0)
}

fn compose_file(yaml: &Yaml, services: NodeId) -> OtherFile {
    let name = get(yaml, yaml.root(), "name").and_then(|name| text(yaml, name));
    let mut written =
        format!("name: {}\nservices:\n", as_scalar(name.as_deref().unwrap_or("my-environment")));
    for service in yaml.entries(services) {
        let name = text(yaml, service.key).unwrap_or_default();
        let _ = writeln!(written, "  {}:", as_scalar(&name));
        for entry in yaml.entries(service.value) {
            let key = text(yaml, entry.key).unwrap_or_default();
            let own = INSTANCE.iter().map(|known| known.name).find(|known| *known == key);
            let own = own.or_else(|| foreign::key_for(&key));
            let value = own.and_then(|own| {
                let fits = INSTANCE
                    .iter()
                    .any(|known| known.name == own && convert::fits(yaml, known.value, entry.value));
                convert::value(yaml, own, entry.value)
                    .or_else(|| fits.then(|| convert::flow(yaml, entry.value)))
            });
            let _ = match (own, value) {
                (Some(own), Some(value)) => writeln!(written, "    {own}: {value}"),
                _ => writeln!(written, "    # left out: {key}"),
            };
        }
        let _ = writeln!(written, "    instances: {{{}: {{}}}}", as_scalar(&format!("{name}-1")));
    }
    OtherFile {
        what: "a file of Compose",
        words: "`config` alone reads Compose files so far; in a file of Maestro a service has `instances`, which are its containers, each with a name; `depends_on` is `requires`, \
                `environment` is `env`; `ports` and `volumes` are mappings and name the container's side first",
        help: "write each service with our keys and its `instances`; what has no key here is left out"
            .to_owned(),
        written: Some(written),
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
    let path = |node: NodeId, keys: &[&str]| keys.iter().try_fold(node, |node, key| get(yaml, node, key));
    let root = yaml.root();
    let name = path(root, &["metadata", "name"]).and_then(|name| text(yaml, name))?;
    let pod = if kind == "Pod" { path(root, &["spec"]) } else { path(root, &["spec", "template", "spec"]) }?;
    let NodeKind::Sequence(containers) = yaml.kind(path(pod, &["containers"])?) else { return None };
    let container = *containers.first()?;
    let image = text(yaml, get(yaml, container, "image")?)?;
    let mut written =
        format!("name: {0}\nservices:\n  {0}:\n    image: {1}\n", as_scalar(&name), as_scalar(&image));
    if let Some(NodeKind::Sequence(ports)) = get(yaml, container, "ports").map(|ports| yaml.kind(ports)) {
        let numbers = ports.iter().filter_map(|port| text(yaml, get(yaml, *port, "containerPort")?));
        let ports: Vec<String> = numbers
            .map(|number| format!("{}: {number}", crate::document::ports::services::name_of(&number)))
            .collect();
        let _ = writeln!(written, "    ports: {{{}}}", ports.join(", "));
    }
    if let Some(limits) =
        get(yaml, container, "resources").and_then(|node| convert::value(yaml, "limits", node))
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
