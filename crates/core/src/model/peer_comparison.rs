//! What a container was told of its peers, compared with what the file tells its instance now.

use std::collections::BTreeSet;

use super::{
    Environment, Instance, Required, RequiredBy, ServiceId, graph::requirements, name::variable_name,
    peers::Peers, variables::Variables,
};

/// Compares what a container was told of its peers with what the file tells its instance now.
#[derive(Debug)]
pub struct PeerComparison<'a> {
    environment: &'a Environment,
    instance: &'a Instance,
    running: Peers<'a>,
    declared: Peers<'a>,
}

impl<'a> PeerComparison<'a> {
    /// The comparison of a container that has these variables with its instance.
    #[must_use]
    pub fn new(environment: &'a Environment, instance: &'a Instance, running: &'a Variables) -> Self {
        let declared = Peers::of(&instance.container.env);
        Self { environment, instance, running: Peers::of(running), declared }
    }

    /// Whether a variable that differs tells only that there are other peers, or another address or port of an instance
    /// that this one does not need. `runs` and `is_declared` say on which sides it stands.
    #[must_use]
    pub fn is_list_alone(&self, name: &str, runs: bool, is_declared: bool) -> bool {
        let (running, declared) = (self.running.peer(name), self.declared.peer(name));
        let peer = match (running, declared) {
            (Some(running), Some(declared)) if running == declared => running,
            (None, Some(declared)) if !runs => declared,
            (Some(running), None) if !is_declared => running,
            (Some(_) | None, Some(_) | None) => return false,
        };
        if !self.declared.tell_of(peer.service) {
            return true;
        }
        if !self.running.tell_of(peer.service) {
            return self.is_told_by_the_way(peer.service);
        }
        match peer.instance {
            Some(instance)
                if self.running.tell_of_instance(peer.service, instance)
                    && self.declared.tell_of_instance(peer.service, instance) =>
            {
                !self.needs(peer.service, instance)
            }
            Some(_) | None => true,
        }
    }

    /// Whether the instance is told of a service only because another that it requires requires that.
    fn is_told_by_the_way(&self, service: &str) -> bool {
        let mut direct = BTreeSet::new();
        let mut pending: Vec<ServiceId> = self.required(&mut direct);
        let mut all = direct.clone();
        while let Some(id) = pending.pop() {
            for other in self.environment.service(id).requires.iter().map(|one| self.service_of(one.on)) {
                if all.insert(other) {
                    pending.push(other);
                }
            }
        }
        let named = |id: &&ServiceId| variable_name(&self.environment.service(**id).name) == service;
        all.iter().any(|id| named(&id)) && !direct.iter().any(|id| named(&id))
    }

    /// The services that the instance requires itself, added to `direct`.
    fn required(&self, direct: &mut BTreeSet<ServiceId>) -> Vec<ServiceId> {
        let of_service = self.environment.service(self.instance.service);
        let by_requires =
            requirements(of_service, self.instance).filter(|one| one.by == RequiredBy::Requires);
        direct.extend(by_requires.map(|one| self.service_of(one.on)));
        direct.iter().copied().collect()
    }

    fn service_of(&self, required: Required) -> ServiceId {
        match required {
            Required::Service(id) => id,
            Required::Instance(id) => self.environment.instance(id).service,
        }
    }

    /// Whether the instance needs that peer: it is of another service, or this one requires it or links to it.
    fn needs(&self, service: &str, instance: &str) -> bool {
        let own = self.environment.service(self.instance.service);
        if variable_name(&own.name) != service {
            return true;
        }
        requirements(own, self.instance).any(|one| match one.on {
            Required::Instance(id) => variable_name(&self.environment.instance(id).name) == instance,
            Required::Service(id) => id == self.instance.service,
        })
    }
}
