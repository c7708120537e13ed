//! What an instance needs on its ship beside its image: networks and named volumes.

use super::{Action, BlockedReason, Builder, Reason, ResourceKind, Step, StepId};
use crate::model::{InstanceId, ShipId};

impl<'a> Builder<'a> {
    /// Why no container can be made for an instance: a network or a volume of it may not be used.
    pub(in crate::plan) fn unusable_resource(&self, id: InstanceId) -> Option<BlockedReason> {
        self.unusable_network(id).or_else(|| self.unusable_volume(id))
    }

    /// The steps that make the networks and named volumes of an instance on its ship, as far as they are needed.
    pub(in crate::plan) fn resources(&mut self, id: InstanceId) -> Vec<StepId> {
        let mut steps = self.networks(id);
        steps.extend(self.volumes(id));
        steps.extend(self.mounted_images(id));
        steps
    }

    /// The step that makes a network or a volume; shared by all that need it on that engine.
    pub(super) fn resource(
        &mut self,
        ship: ShipId,
        kind: ResourceKind,
        name: &'a str,
        action: impl FnOnce() -> Action,
    ) -> StepId {
        let key = (self.engine_key(ship), kind, name);
        if let Some(&step) = self.resources.get(&key) {
            return step;
        }
        let reason = match kind {
            ResourceKind::Network => Reason::NetworkMissing,
            ResourceKind::Volume => Reason::VolumeMissing,
        };
        let step =
            Step { ship, instance: None, action: action(), reason, after: Vec::new(), compensation: None };
        let step = self.add(step);
        self.resources.insert(key, step);
        step
    }
}
