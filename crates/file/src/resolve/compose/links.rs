//! The names under which a service finds those that it links to or depends on, as facts of each instance.

use std::collections::BTreeSet;

use super::{ProjectResolver, instance_name, reach::needs};
use maestro_core::model::{
    Instance, InstanceId, Service,
    container::Network,
    link::{Link, LinkRoute},
};

impl ProjectResolver<'_, '_> {
    /// Records the links of each instance, once all are carried.
    pub(super) fn record_links(&self, services: &[Service], instances: &mut [Instance]) {
        for (source, service) in self.project.services().zip(services) {
            let needs = needs(source);
            for &id in &service.instances {
                let mut known = BTreeSet::new();
                let mut links = Vec::new();
                for need in &needs {
                    let target = services.iter().find(|target| target.name == need.service.value);
                    let Some(target) = target.filter(|_| known.insert(need.alias)) else { continue };
                    let Some((route, targets)) = route(&instances[id.0], need.alias, target, instances)
                    else {
                        continue;
                    };
                    let alias = need.alias.to_owned();
                    links.push(Link { alias, targets, route, span: need.service.span });
                }
                instances[id.0].links = links;
            }
        }
    }
}

/// How a name leads from an instance to those of a service, and to which of them; none if it does not.
fn route(
    own: &Instance,
    alias: &str,
    target: &Service,
    instances: &[Instance],
) -> Option<(LinkRoute, Vec<InstanceId>)> {
    let first = target.instances.first().filter(|id| !instances[id.0].is_job())?;
    let on = |ship| target.instances.iter().copied().filter(|id| instances[id.0].ship == ship).collect();
    if let Some(addresses) = own.container.extra_hosts.get(alias) {
        let addresses = addresses.split(',').map(str::to_owned).collect();
        return Some((LinkRoute::Addresses(addresses), on(instances[first.0].ship)));
    }
    let Network::Environment { name, links } = &own.container.network else { return None };
    let here: Vec<InstanceId> = on(own.ship);
    let other = instances.get(here.first()?.0)?;
    // A link leads to the first of them.
    let of_link = links.iter().find(|(container, known)| {
        known == alias && (*container == other.name || *container == instance_name(&target.name, 1))
    });
    if of_link.is_some() {
        return Some((LinkRoute::PrivateAlias(name.clone()), here.into_iter().take(1).collect()));
    }
    let shared = own.container.networks().find(|network| {
        let attachment = other.container.attachments.get(*network);
        attachment.is_some_and(|attachment| attachment.aliases.iter().any(|known| known == alias))
    })?;
    Some((LinkRoute::NetworkAlias(shared.to_owned()), here))
}
