//! What follows from a project as a whole: its default network, dependencies that other keys bring, names of resources.

use super::{
    dotenv::ProjectVariables,
    element::{Content, Element, Member, Members},
    paths::{clean_target, items_mut, values_mut},
};
use maestro_core::{
    diagnostic::{Diagnostic, Diagnostics},
    source::Span,
};

/// Sections whose resources have a name on the engine.
const NAMED: [&str; 4] = ["networks", "volumes", "configs", "secrets"];
/// Keys that may name another service, whose namespace is shared.
pub(super) const SHARED: [&str; 5] = ["network_mode", "ipc", "pid", "uts", "cgroup"];

/// Adds what follows. `name` is that of the project.
pub(super) fn complete(
    model: &mut Element,
    name: &str,
    environment: &ProjectVariables,
    diagnostics: &mut Diagnostics,
) {
    networks(model);
    for service in values_mut(model, "services") {
        if service.text_of("pull_policy") == Some("if_not_present")
            && let Some(policy) = service.get_mut("pull_policy")
        {
            policy.content = Content::from("missing");
        }
        build(service, environment);
        inherit(service, environment);
        dependencies(service);
        for mount in items_mut(service.get_mut("volumes")) {
            clean_target(mount.get_mut("target"));
        }
    }
    name_resources(model, name, diagnostics);
}

/// Gives resources without a name the one that they have on engines.
pub(super) fn name_resources(model: &mut Element, project: &str, diagnostics: &mut Diagnostics) {
    for section in NAMED {
        let Some(resources) = model.get_mut(section).and_then(Element::members_mut) else { continue };
        for (key, resource) in resources {
            resource_name(key, resource, project, diagnostics);
        }
    }
}

/// Connects services without networks to the default one, which is there if a service uses it.
fn networks(model: &mut Element) {
    let mut used_at: Option<Span> = None;
    for service in values_mut(model, "services") {
        if service.get("provider").is_some() || service.get("network_mode").is_some() {
            continue;
        }
        let span = service.span;
        let nothing = || Element::new(span, Content::Null);
        let Some(members) = service.members_mut() else { continue };
        let networks = members
            .entry("networks".to_owned())
            .or_insert_with(|| Member::new(span, Element::new(span, Content::Mapping(Members::new()))));
        if networks.value.members().is_none_or(Members::is_empty) {
            let default = Members::from([("default".to_owned(), Member::new(span, nothing()))]);
            networks.value.content = Content::Mapping(default);
        }
        if let Some(default) = networks.value.members().and_then(|members| members.get("default")) {
            used_at.get_or_insert(default.key);
        }
    }
    let Some(span) = used_at else { return };
    model.add("networks", Content::Mapping(Members::new()));
    if let Some(networks) = model.get_mut("networks").and_then(Element::members_mut) {
        let default = || Member::new(span, Element::new(span, Content::Null));
        networks.entry("default".to_owned()).or_insert_with(default);
    }
}

fn build(service: &mut Element, environment: &ProjectVariables) {
    let Some(build) = service.get_mut("build") else { return };
    build.add("context", Content::from("."));
    if build.get("dockerfile_inline").is_none() {
        build.add("dockerfile", Content::from("Dockerfile"));
    }
    let Some(arguments) = build.get_mut("args").and_then(Element::members_mut) else { return };
    fill_in(arguments, environment);
    arguments.retain(|_, argument| !argument.value.is_null());
}

fn inherit(service: &mut Element, environment: &ProjectVariables) {
    if let Some(variables) = service.get_mut("environment").and_then(Element::members_mut) {
        fill_in(variables, environment);
    }
}

/// Gives names without a value that of the environment.
fn fill_in(members: &mut Members, environment: &ProjectVariables) {
    for (name, member) in members {
        if let Some(value) = environment.get(name).filter(|_| member.value.is_null()) {
            member.value.content = Content::Text(value.clone());
        }
    }
}

/// Adds the services that other keys need to `depends_on`.
fn dependencies(service: &mut Element) {
    let mut needed: Vec<(String, Span, bool)> = Vec::new();
    for link in service.get("links").and_then(Element::items).unwrap_or_default() {
        let text = link.as_text().unwrap_or_default();
        let parts: Vec<&str> = text.split(':').collect();
        let name = if parts.len() == 2 { parts[0] } else { text };
        needed.push((name.to_owned(), link.span, true));
    }
    for key in SHARED {
        let shared =
            service.get(key).and_then(|value| Some((value.as_text()?.strip_prefix("service:")?, value.span)));
        needed.extend(shared.map(|(name, span)| (name.to_owned(), span, true)));
    }
    for from in service.get("volumes_from").and_then(Element::items).unwrap_or_default() {
        let text = from.as_text().unwrap_or_default();
        if !text.starts_with("container:") {
            let name = text.split(':').next().unwrap_or_default();
            needed.push((name.to_owned(), from.span, false));
        }
    }
    if needed.is_empty() {
        return;
    }
    service.add("depends_on", Content::Mapping(Members::new()));
    let Some(members) = service.get_mut("depends_on").and_then(Element::members_mut) else { return };
    for (name, span, restart) in needed {
        let dependency = || {
            let values = [
                ("condition", Content::from("service_started")),
                ("restart", Content::Boolean(restart)),
                ("required", Content::Boolean(true)),
            ];
            Member::new(span, Element::mapping(span, values))
        };
        members.entry(name).or_insert_with(dependency);
    }
}

/// A resource's name is its key behind the project's name, or the key alone if it is external.
fn resource_name(key: &str, resource: &mut Member, project: &str, diagnostics: &mut Diagnostics) {
    let span = resource.key;
    if resource.value.is_null() {
        resource.value = Element::new(span, Content::Mapping(Members::new()));
    }
    if let Some(external) = resource.value.get_mut("external")
        && let Content::Mapping(members) = &external.content
    {
        let name = members.get("name").cloned();
        let place = external.span;
        external.content = Content::Boolean(true);
        let diagnostic = Diagnostic::warning("obsolete-key", "`external.name` is obsolete");
        diagnostics.push(diagnostic.at(place, "").help("write `external: true`, and `name` beside it"));
        if let (Some(name), Some(members)) = (name, resource.value.members_mut()) {
            members.entry("name".to_owned()).or_insert(name);
        }
    }
    let is_external = resource.value.is_external();
    let name = if is_external { key.to_owned() } else { format!("{project}_{key}") };
    resource.value.add("name", Content::Text(name));
}
