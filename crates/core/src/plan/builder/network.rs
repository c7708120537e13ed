//! The networks that an instance is on: whether they may be used, and the steps that make them.

use std::collections::BTreeMap;

use super::{Action, BlockedReason, Builder, LABEL_ENVIRONMENT, ResourceKind, StepId};
use crate::{
    model::{
        InstanceId,
        network::{OVERLAY, is_of_environment},
    },
    plan::action::NetworkAction,
};

impl<'a> Builder<'a> {
    /// Why no container can be made for an instance: its ship has an unmanaged network of the name of one of its
    /// networks, or lacks one that somebody else makes.
    pub(super) fn unusable_network(&self, id: InstanceId) -> Option<BlockedReason> {
        let instance = self.environment.instance(id);
        let known = self.holdings(instance.ship)?.networks.as_ref()?;
        instance.container.networks().find_map(|name| {
            let network = self.environment.network_named(name);
            let is_external = network.is_some_and(|network| network.external);
            let Some(labels) = known.get(name) else {
                let kind = ResourceKind::Network;
                return is_external.then(|| BlockedReason::ExternalMissing { kind, name: name.to_owned() });
            };
            let none = BTreeMap::new();
            let own = network.map_or(&none, |network| &network.options.labels);
            let is_usable =
                is_external || self.adopt || is_of_environment(labels, own, &self.environment.name);
            let environment = labels.get(LABEL_ENVIRONMENT).cloned();
            (!is_usable).then(|| BlockedReason::UnmanagedNetwork { network: name.to_owned(), environment })
        })
    }

    /// The steps that make the networks of an instance on its ship, as far as they are needed.
    pub(super) fn networks(&mut self, id: InstanceId) -> Vec<StepId> {
        let environment = self.environment;
        let networks = environment.instance(id).container.networks();
        networks.filter_map(|name| self.network(id, name)).collect()
    }

    fn network(&mut self, id: InstanceId, name: &'a str) -> Option<StepId> {
        let environment = self.environment;
        let ship = environment.instance(id).ship;
        let known = self.holdings(ship).and_then(|holdings| holdings.networks.as_ref());
        let network = environment.network_named(name);
        // An unmanaged network is used only with `--adopt`; else its instances are held.
        if network.is_some_and(|network| network.external)
            || known.is_some_and(|networks| networks.contains_key(name))
        {
            return None;
        }
        let action = || {
            let mut options = network.map(|network| Box::new(network.options.clone())).unwrap_or_default();
            let is_swarm = environment.ship(ship).swarm;
            if is_swarm {
                options.driver = Some(OVERLAY.to_owned());
                // Containers of the Swarm's nodes may join it.
                options.attachable = true;
            }
            Action::Network(NetworkAction::Create {
                name: name.to_owned(),
                environment: environment.name.clone(),
                options,
                fixed: environment.has_start_first() && !is_swarm,
            })
        };
        Some(self.resource(ship, ResourceKind::Network, name, action))
    }
}
