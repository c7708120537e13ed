//! What a service waits for.

use crate::compose::service::{ComposeService, Condition};
use maestro_core::model::{Required, RequiredBy, RequiredState, Requirement, ServiceId};

/// What a service waits for. `names` are those of all services, in their order; one that is optional may be missing.
pub(super) fn requirements(service: ComposeService<'_>, names: &[&str]) -> Vec<Requirement> {
    let dependencies = service.dependencies().filter_map(|dependency| {
        let at = names.iter().position(|name| *name == dependency.service.value)?;
        Some(Requirement {
            on: Required::Service(ServiceId(at)),
            by: RequiredBy::DependsOn,
            state: match dependency.condition {
                Condition::Started => RequiredState::Started,
                Condition::Healthy | Condition::Completed => RequiredState::Ready,
            },
            span: dependency.service.span,
        })
    });
    dependencies.collect()
}
