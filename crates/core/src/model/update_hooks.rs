//! `hooks` of services: jobs that run before and after each update. The file's reader makes them requirements.

use super::{Environment, Required, RequiredBy, Requirement, ServiceId};

impl Environment {
    /// The jobs that run before each update of a service.
    #[must_use]
    pub fn jobs_before_update(&self, service: ServiceId) -> Vec<ServiceId> {
        let hooks = self.service(service).requires.iter().filter(|one| one.by == RequiredBy::BeforeUpdate);
        hooks.filter_map(required_service).collect()
    }

    /// The jobs that run after each update of a service.
    #[must_use]
    pub fn jobs_after_update(&self, service: ServiceId) -> Vec<ServiceId> {
        let runs_after = |job: &ServiceId| {
            let mut hooks =
                self.service(*job).requires.iter().filter(|one| one.by == RequiredBy::AfterUpdate);
            hooks.any(|one| required_service(one) == Some(service))
        };
        (0..self.services.len()).map(ServiceId).filter(runs_after).collect()
    }
}

impl RequiredBy {
    /// Whether it is a hook of an update, and no requirement of its own.
    #[must_use]
    pub fn is_update_hook(self) -> bool {
        match self {
            Self::BeforeUpdate | Self::AfterUpdate => true,
            Self::Requires
            | Self::Links
            | Self::VolumesFrom
            | Self::Net
            | Self::Pid
            | Self::Ipc
            | Self::DependsOn => false,
        }
    }
}

fn required_service(requirement: &Requirement) -> Option<ServiceId> {
    match requirement.on {
        Required::Service(id) => Some(id),
        Required::Instance(_) => None,
    }
}
