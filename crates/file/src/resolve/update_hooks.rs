//! `hooks` of services: jobs that run before and after each update. They are requirements too: a service requires what runs
//! before its update, and a job that runs after it requires the service.

use crate::document::update_hooks::UpdateHooksSection;
use maestro_core::{
    diagnostic::{Diagnostic, Diagnostics},
    model::{Instance, Required, RequiredBy, RequiredState, Requirement, Service, ServiceId},
    source::{Span, Spanned},
};

/// A job of a hook: which key names it, its service, and the place.
pub(super) struct FoundHook {
    by: RequiredBy,
    job: ServiceId,
    span: Span,
}

/// The jobs of a service's hooks. `named` finds a service by its name, and tells one that is not there.
pub(super) fn find(
    written: &UpdateHooksSection,
    named: &mut dyn FnMut(&Spanned<String>) -> Option<ServiceId>,
) -> Vec<FoundHook> {
    let before = written.before.iter().map(|name| (RequiredBy::BeforeUpdate, name));
    let after = written.after.iter().map(|name| (RequiredBy::AfterUpdate, name));
    before
        .chain(after)
        .filter_map(|(by, name)| Some(FoundHook { by, job: named(name)?, span: name.span }))
        .collect()
}

/// Adds the hooks of a service to the requirements. What is no job is told.
pub(super) fn add(
    own: ServiceId,
    hooks: &[FoundHook],
    services: &mut [Service],
    instances: &[Instance],
    diagnostics: &mut Diagnostics,
) {
    for &FoundHook { by, job, span } in hooks {
        let service = &services[job.0];
        if let Some(other) = service.instances.iter().map(|id| &instances[id.0]).find(|one| !one.is_job()) {
            let text = format!("`{}` is no job: its container is not expected to end", service.name);
            diagnostics.push(
                Diagnostic::error("not-a-job", text)
                    .at(
                        span,
                        format!(
                            "a hook runs to its end before the update of `{}` goes on",
                            services[own.0].name
                        ),
                    )
                    .also(other.span, "this service")
                    .help(format!(
                        "write `job: true` in `{}`, or name a service that is a job",
                        service.name
                    )),
            );
            continue;
        }
        let (of, on) = if by == RequiredBy::AfterUpdate { (job, own) } else { (own, job) };
        let requirement = Requirement { on: Required::Service(on), by, state: RequiredState::Ready, span };
        services[of.0].requires.push(requirement);
    }
}
