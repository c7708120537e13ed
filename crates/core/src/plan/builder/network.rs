//! The environment's network on a ship: whether it may be used, and the step that makes it.

use super::{Action, BlockedReason, Builder, LABEL_ENVIRONMENT, Network, Reason, Step, StepId};
use crate::{model::InstanceId, plan::action::NetworkAction};

impl Builder<'_> {
    /// Why no container can be made for an instance: its ship has an unmanaged network of its network's name.
    pub(in crate::plan) fn unmanaged_network(&self, id: InstanceId) -> Option<BlockedReason> {
        let instance = self.environment.instance(id);
        let Network::Environment { name, .. } = &instance.container.network else { return None };
        let labels = self.holdings(instance.ship)?.networks.as_ref()?.get(name)?;
        let owner = labels.get(LABEL_ENVIRONMENT);
        let is_ours = owner.is_some_and(|of| *of == self.environment.name);
        let reason = BlockedReason::UnmanagedNetwork { network: name.clone(), environment: owner.cloned() };
        (!is_ours && !self.adopt).then_some(reason)
    }

    /// The step that makes the environment's network on an instance's ship, if one is needed; shared by all on it.
    pub(in crate::plan) fn network(&mut self, id: InstanceId) -> Option<StepId> {
        let instance = self.environment.instance(id);
        let Network::Environment { name, .. } = &instance.container.network else {
            return None;
        };
        let networks = self.holdings(instance.ship).and_then(|holdings| holdings.networks.as_ref());
        // An unmanaged network is used only with `--adopt`; else its instances are held.
        if networks.is_some_and(|networks| networks.contains_key(name)) {
            return None;
        }
        let key = self.engine_key(instance.ship);
        if let Some(&step) = self.networks.get(&key) {
            return Some(step);
        }
        let step = self.add(Step {
            ship: instance.ship,
            instance: None,
            action: Action::Network(NetworkAction::Create {
                name: name.clone(),
                environment: self.environment.name.clone(),
                fixed: self.environment.has_start_first(),
            }),
            reason: Reason::NetworkMissing,
            after: Vec::new(),
            compensation: None,
        });
        self.networks.insert(key, step);
        Some(step)
    }
}
