//! The named volumes that an instance mounts: whether they may be used, and the steps that make them.

use super::{Action, BlockedReason, Builder, LABEL_ENVIRONMENT, ResourceKind, StepId};
use crate::{
    model::{
        InstanceId,
        network::{LABEL_PROJECT, is_of_environment},
        volume::EnvironmentVolume,
    },
    plan::action::VolumeAction,
};

impl<'a> Builder<'a> {
    /// Why no container can be made for an instance: a named volume that it mounts is another environment's, or is to be
    /// there and is not. A volume without such a label is used: somebody made it before the first start, to restore data.
    pub(super) fn unusable_volume(&self, id: InstanceId) -> Option<BlockedReason> {
        let known = self.holdings(self.environment.instance(id).ship)?.volumes.as_ref()?;
        self.declared_volumes(id).find_map(|volume| {
            let name = volume.name.clone();
            let Some(labels) = known.get(&name) else {
                let kind = ResourceKind::Volume;
                return volume.external.then_some(BlockedReason::ExternalMissing { kind, name });
            };
            let owner = labels.get(LABEL_ENVIRONMENT).or_else(|| labels.get(LABEL_PROJECT));
            let is_usable = volume.external
                || self.adopt
                || owner.is_none()
                || is_of_environment(labels, &volume.options.labels, &self.environment.name);
            (!is_usable).then(|| BlockedReason::UnmanagedVolume { volume: name, environment: owner.cloned() })
        })
    }

    /// The steps that make the named volumes of an instance on its ship, as far as they are needed.
    pub(super) fn volumes(&mut self, id: InstanceId) -> Vec<StepId> {
        self.declared_volumes(id).filter_map(|volume| self.volume(id, volume)).collect()
    }

    fn volume(&mut self, id: InstanceId, volume: &'a EnvironmentVolume) -> Option<StepId> {
        let environment = self.environment;
        let ship = environment.instance(id).ship;
        let known = self.holdings(ship)?.volumes.as_ref()?;
        if volume.external || known.contains_key(&volume.name) || self.copied.contains(&volume.name) {
            return None;
        }
        let action = || {
            Action::Volume(VolumeAction::Create {
                name: volume.name.clone(),
                environment: environment.name.clone(),
                options: Box::new(volume.options.clone()),
            })
        };
        Some(self.resource(ship, ResourceKind::Volume, &volume.name, action))
    }

    /// The volumes that the file declares and the instance mounts.
    /// On a Swarm there are none: each node makes a volume when a task first mounts it.
    fn declared_volumes(&self, id: InstanceId) -> impl Iterator<Item = &'a EnvironmentVolume> + use<'a> {
        let environment = self.environment;
        let is_swarm = environment.instance(id).swarm.is_some();
        let mounts = environment.instance(id).container.mounts.iter();
        let mounts = mounts.filter(move |_| !is_swarm);
        mounts.filter_map(|mount| environment.volume_named(&mount.source))
    }
}
