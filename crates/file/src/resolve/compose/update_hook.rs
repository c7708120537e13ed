//! `hooks` of a site file: services of the project that run before and after each update of another one.

use super::ProjectResolver;
use crate::{
    compose::service::Condition,
    resolve::{rings, update_hooks},
};
use maestro_core::model::{Instance, Service, ServiceId};

impl<'p> ProjectResolver<'p, '_> {
    /// The services that are jobs because hooks name them.
    pub(super) fn hook_jobs(&self) -> Vec<(&'p str, Condition)> {
        let hooks = self.site.iter().flat_map(|site| &site.services).map(|service| &service.hooks);
        let named: Vec<&str> = hooks
            .flat_map(|hooks| hooks.before.iter().chain(&hooks.after))
            .map(|name| name.value.as_str())
            .collect();
        let services = self.project.services().filter(|service| named.contains(&service.name));
        services.map(|service| (service.name, Condition::Completed)).collect()
    }

    /// Adds the hooks to what services require.
    pub(super) fn update_hooks(&mut self, services: &mut [Service], instances: &[Instance]) {
        let Some(site) = self.site else { return };
        let mut has_hooks = false;
        for written in &site.services {
            let at = |name: &str| services.iter().position(|service| service.name == name).map(ServiceId);
            let Some(own) = at(&written.name.value) else { continue };
            let found = update_hooks::find(&written.hooks, &mut |name| {
                let found = at(&name.value);
                if found.is_none() {
                    self.tell_unknown_service(name);
                }
                found
            });
            has_hooks |= !found.is_empty();
            update_hooks::add(own, &found, services, instances, self.diagnostics);
        }
        if has_hooks {
            rings::tell(services, instances, self.diagnostics);
        }
    }
}
