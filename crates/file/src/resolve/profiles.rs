//! Profiles: which services and instances of a document take part.

use crate::document::{file::Document, profiles::InactivePart, service::ServiceSection, settings::Settings};
use maestro_core::{diagnostic::Diagnostic, source::Spanned};

/// Leaves out of a document what has profiles of which none is among `active`; `*` stands for all. Services that a command
/// names, or whose instances it names, take part whatever is active.
pub fn activate(document: &mut Document, active: &[String], named: &[String]) {
    let has_profiles = |settings: &Settings| settings.profiles.is_some();
    let mut inactive = Vec::new();
    document.services.retain_mut(|service| {
        let is_plain = !has_profiles(&service.settings)
            && service.instances.iter().all(|instance| !has_profiles(&instance.settings));
        is_plain || is_named(service, named) || takes_part(service, active, &mut inactive)
    });
    document.inactive.extend(inactive);
}

/// Whether a service takes part, with those of its instances that do.
fn takes_part(service: &mut ServiceSection, active: &[String], inactive: &mut Vec<InactivePart>) -> bool {
    let of_service = service.settings.profiles.clone();
    let mut parts = Vec::new();
    let mut is_any_active = service.instances.is_empty() && is_active(of_service.as_deref(), active);
    service.instances.retain(|instance| {
        let own = instance.settings.profiles.as_deref().or(of_service.as_deref());
        let is_active = is_active(own, active);
        is_any_active |= is_active;
        if !is_active {
            parts.push(part(&instance.name, false, own));
        }
        is_active
    });
    if is_any_active {
        inactive.extend(parts);
        return true;
    }
    let first = parts.into_iter().next().map(|part| part.profile);
    let mut whole = part(&service.name, true, of_service.as_deref());
    if let (Some(first), true) = (first, whole.profile.is_empty()) {
        whole.profile = first;
    }
    inactive.push(whole);
    false
}

/// The profiles of a service whose instances say nothing else.
pub(super) fn of_service(service: &ServiceSection) -> Vec<String> {
    let profiles = service.settings.profiles.as_deref().unwrap_or_default();
    profiles.iter().map(|profile| profile.value.clone()).collect()
}

fn part(name: &Spanned<String>, is_service: bool, profiles: Option<&[Spanned<String>]>) -> InactivePart {
    let profile = profiles.and_then(<[_]>::first).map(|profile| profile.value.clone());
    InactivePart { name: name.clone(), is_service, profile: profile.unwrap_or_default() }
}

fn is_active(profiles: Option<&[Spanned<String>]>, active: &[String]) -> bool {
    let Some(profiles) = profiles.filter(|profiles| !profiles.is_empty()) else { return true };
    active.iter().any(|active| active == "*" || profiles.iter().any(|own| own.value == *active))
}

/// Whether a command names a service or one of its instances: `web`, `service/web`, `web-1`.
fn is_named(service: &ServiceSection, named: &[String]) -> bool {
    let own = &service.name.value;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    named.iter().any(|thing| {
        let name =
            thing.strip_prefix("service/").or_else(|| thing.strip_prefix("instance/")).unwrap_or(thing);
        let number = name.strip_prefix(own.as_str()).and_then(|rest| rest.strip_prefix('-'));
        name == own
            || service.instances.iter().any(|instance| instance.name.value == name)
            || service.placement.is_written() && number.is_some_and(is_number)
    })
}

/// What is to be said of a name that something needs and that takes no part.
pub(super) fn needed(part: &InactivePart, name: &Spanned<String>) -> Diagnostic {
    let word = if part.is_service { "service" } else { "instance" };
    let text = format!("the {word} `{}` takes no part: its profile is not active", name.value);
    Diagnostic::error("inactive", text)
        .at(name.span, "needed here")
        .also(part.name.span, format!("this {word}"))
        .help(format!("activate it with `--profile {}`", part.profile))
        .help("or give what needs it the same `profiles`, or do without it")
}
