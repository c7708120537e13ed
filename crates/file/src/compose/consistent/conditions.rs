//! Conditions of `depends_on` that can never be met.

use crate::compose::element::{Element, Members};
use maestro_core::diagnostic::{Diagnostic, Diagnostics};

/// Tells conditions that a service can never meet.
pub(super) fn check(services: &Members, diagnostics: &mut Diagnostics) {
    for service in services.values() {
        let dependencies = service.value.get("depends_on").and_then(Element::members);
        for (name, member) in dependencies.into_iter().flatten() {
            let (Some(needed), Some(condition)) = (services.get(name), member.value.get("condition")) else {
                continue;
            };
            let problem = match condition.as_text() {
                Some("service_completed_successfully") => never_ends(name, &needed.value),
                Some("service_healthy") => has_no_check(name, &needed.value),
                _ => None,
            };
            if let Some(problem) = problem {
                diagnostics.push(problem.also(condition.span, "needed here"));
            }
        }
    }
}

fn never_ends(name: &str, service: &Element) -> Option<Diagnostic> {
    let policy = service.get("restart")?;
    let text = policy.as_text().filter(|text| ["always", "unless-stopped"].contains(text))?;
    let message = format!("`{name}` never counts as completed: its engine starts it again whenever it ends");
    Some(
        Diagnostic::warning("never-completes", message)
            .at(policy.span, format!("`{text}` counts after exit code 0 as well"))
            .help("write `restart: on-failure`, or leave it out"),
    )
}

fn has_no_check(name: &str, service: &Element) -> Option<Diagnostic> {
    let check = service.get("healthcheck")?;
    let disable = check.get("disable").filter(|disable| disable.is_true());
    let none = check.get("test").and_then(Element::items).and_then(<[Element]>::first);
    let off = disable.or(none.filter(|word| word.as_text() == Some("NONE")))?;
    let message = format!("`{name}` never becomes healthy: its health check is switched off");
    Some(
        Diagnostic::error("never-healthy", message)
            .at(off.span, "switched off here")
            .help("switch it on, or wait for `condition: service_started`"),
    )
}
