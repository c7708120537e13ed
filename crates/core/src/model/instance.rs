//! What follows from what an instance and a service say.

use super::{Check, ContainerName, Instance, Service};
use crate::value::pull::PullPolicy;

impl Service {
    /// Whether an instance of that name is one more than the service has now: `web-3` of a service with two instances.
    #[must_use]
    pub fn has_no_longer(&self, instance: &str) -> bool {
        let number = instance.strip_prefix(self.name.as_str()).and_then(|rest| rest.strip_prefix('-'));
        let number = number.and_then(|number| number.parse::<usize>().ok());
        self.replicated && number.is_some_and(|number| number > self.instances.len())
    }
}

impl Instance {
    /// Whether it runs to its end, which makes it ready.
    #[must_use]
    pub fn is_job(&self) -> bool {
        self.lifecycle.running.contains(&Check::Completion)
    }

    /// Whether an image that its ship does not have is pulled.
    #[must_use]
    pub fn is_pulled(&self) -> bool {
        self.pull_policy != PullPolicy::Never
    }

    /// The name of its container.
    #[must_use]
    pub fn container_name(&self) -> &str {
        self.container_name.as_ref().map_or(&self.name, ContainerName::as_str)
    }

    /// The names that its container has on its first network beside its own: the instance's name, and those that the file
    /// gives it there.
    #[must_use]
    pub fn aliases(&self) -> Vec<String> {
        let first = self.container.networks().next();
        let attachment = first.and_then(|network| self.container.attachments.get(network));
        let others = attachment.map(|attachment| attachment.aliases.as_slice()).unwrap_or_default();
        let mut aliases = vec![self.name.clone()];
        aliases.extend(others.iter().filter(|alias| **alias != self.name).cloned());
        aliases
    }
}
