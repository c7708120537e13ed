//! What a service waits for.

use std::collections::HashMap;

use crate::compose::service::{ComposeService, Condition};
use maestro_core::model::{Required, RequiredBy, RequiredState, Requirement, ServiceId};

/// What a service waits for. `ids` has all services; one that is optional may be missing.
pub(super) fn requirements(service: ComposeService<'_>, ids: &HashMap<&str, ServiceId>) -> Vec<Requirement> {
    let dependencies = service.dependencies().filter_map(|dependency| {
        Some(Requirement {
            on: Required::Service(*ids.get(dependency.service.value)?),
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
