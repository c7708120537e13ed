//! What must fit together in a project: names that are used and defined, keys that exclude one another.

mod circle;
mod conditions;
mod exclusive;
mod references;
mod resources;

use super::element::{Content, Element, Members};
use maestro_core::diagnostic::{Diagnostic, Diagnostics};

/// Checks a project, whose services of inactive profiles are `disabled`.
pub(super) fn check(model: &mut Element, disabled: &Members, diagnostics: &mut Diagnostics) {
    resources::check(model, diagnostics);
    references::check(model, disabled, diagnostics);
    exclusive::check(model, diagnostics);
    if let Some(services) = model.get("services").and_then(Element::members) {
        conditions::check(services, diagnostics);
    }
    let services = model.get_mut("services").and_then(Element::members_mut);
    for (_, member) in services.into_iter().flatten() {
        replicas(&mut member.value, diagnostics);
    }
}

/// Checks the names of a part of a project, and what is said of its resources.
pub(super) fn check_names(model: &Element, diagnostics: &mut Diagnostics) {
    resources::check(model, diagnostics);
    references::check(model, &Members::new(), diagnostics);
}

/// `scale` and `deploy.replicas` are the same.
fn replicas(service: &mut Element, diagnostics: &mut Diagnostics) {
    let number = |element: &Element| match element.content {
        Content::Integer(number) => Some((number, element.span)),
        _ => None,
    };
    let scale = service.get("scale").and_then(number);
    let replicas = service.get("deploy").and_then(|deploy| deploy.get("replicas")).and_then(number);
    if let (Some((scale, at)), Some((replicas, also))) = (scale, replicas)
        && scale != replicas
    {
        let diagnostic =
            Diagnostic::error("contradiction", "`scale` and `deploy.replicas` say different numbers");
        diagnostics
            .push(diagnostic.at(at, "this one").also(also, "and this one").help("leave out one of them"));
    }
    for (number, at) in scale.iter().chain(&replicas) {
        if *number < 0 {
            let diagnostic = Diagnostic::error("out-of-range", "the number of containers must be 0 or more");
            let meant = number.saturating_abs().to_string();
            let help = format!("write `{meant}`, or `0` for none");
            diagnostics.push(diagnostic.at(*at, "too small").help(help).replace(*at, meant));
        }
    }
    let container_name = service.get("container_name").map(|name| name.span);
    if let (Some((number, at)), Some(name)) = (scale.or(replicas), container_name)
        && number > 1
    {
        let diagnostic = Diagnostic::error("contradiction", "several containers cannot have one name");
        diagnostics.push(
            diagnostic
                .at(name, "the name")
                .also(at, format!("{number} containers"))
                .help("leave out `container_name`"),
        );
    }
    if let (Some((scale, _)), Some(deploy)) = (scale, service.get_mut("deploy")) {
        deploy.add("replicas", Content::Integer(scale));
    }
}
