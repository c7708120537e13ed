//! `hooks` of services: jobs that run before and after each update. The file's reader makes them requirements.

use super::{Environment, Required, RequiredBy, ServiceId};

/// A job that runs with each update of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UpdateHook {
    /// The service that is updated.
    pub service: ServiceId,
    /// The service that is a job.
    pub job: ServiceId,
    /// Whether it runs before the update; otherwise after it.
    pub is_before: bool,
}

impl Environment {
    /// All hooks of updates.
    pub fn update_hooks(&self) -> impl Iterator<Item = UpdateHook> {
        let services = (0..).map(ServiceId).zip(&self.services);
        services.flat_map(|(id, service)| {
            service.requires.iter().filter(|one| one.by.is_update_hook()).filter_map(move |one| {
                let Required::Service(other) = one.on else { return None };
                let is_before = one.by == RequiredBy::BeforeUpdate;
                let (service, job) = if is_before { (id, other) } else { (other, id) };
                Some(UpdateHook { service, job, is_before })
            })
        })
    }

    /// The jobs that run before each update of a service.
    #[must_use]
    pub fn jobs_before_update(&self, service: ServiceId) -> Vec<ServiceId> {
        self.jobs(service, true)
    }

    /// `hooks` of a service as they are written: each key that names jobs.
    #[must_use]
    pub fn hooks_of(&self, service: ServiceId) -> Vec<(&'static str, Vec<&str>)> {
        let named = |is_before| {
            self.jobs(service, is_before).into_iter().map(|job| self.service(job).name.as_str()).collect()
        };
        let keys = [(RequiredBy::BeforeUpdate, true), (RequiredBy::AfterUpdate, false)];
        let hooks = keys.map(|(by, is_before)| (by.key(), named(is_before)));
        hooks.into_iter().filter(|(_, jobs): &(_, Vec<&str>)| !jobs.is_empty()).collect()
    }

    fn jobs(&self, service: ServiceId, is_before: bool) -> Vec<ServiceId> {
        let own = |hook: &UpdateHook| hook.service == service && hook.is_before == is_before;
        self.update_hooks().filter(own).map(|hook| hook.job).collect()
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
