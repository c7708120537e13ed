//! Instances on ships whose service a Swarm still runs: the mirror of [`super::service`].

use super::Start;
use crate::{
    model::InstanceId,
    plan::{
        BlockedReason, Wait,
        builder::{Builder, NodeResult, Treatment},
        service_moves::OldContainers,
    },
};

impl Start<'_, '_> {
    /// Why an instance must not be made without `--move`: the Swarm has its data. If another instance of the service is there,
    /// that is decided already.
    pub(super) fn data_on_swarm(&self, builder: &Builder<'_>, id: InstanceId) -> Option<BlockedReason> {
        let environment = builder.environment;
        let all = &environment.service(environment.instance(id).service).instances;
        let is_new = all.iter().all(|other| matches!(builder.treatment(*other), Treatment::Absent));
        self.on_swarm(builder, id).filter(|_| is_new)?.refusal()
    }

    /// The stop of the service on the Swarm, if the instance cannot run beside it. The service is removed when all is in place.
    pub(super) fn stop_on_swarm(
        &self,
        builder: &mut Builder<'_>,
        id: InstanceId,
        before: &NodeResult,
    ) -> Vec<Wait> {
        let Some(moved) = self.on_swarm(builder, id) else { return Vec::new() };
        let image = builder.image(id, None);
        moved.take_over(builder, id, (before, image)).into_iter().map(Wait::Step).collect()
    }

    /// An instance that runs has taken the service's place: a run that was ended has left it.
    pub(super) fn remove_from_swarm(&self, builder: &Builder<'_>, id: InstanceId) {
        if let Some(moved) = self.on_swarm(builder, id) {
            moved.remove();
        }
    }

    fn on_swarm(&self, builder: &Builder<'_>, id: InstanceId) -> Option<OldContainers<'_>> {
        let moved = OldContainers::of(builder, id, self.replacing.strays?);
        (!moved.is_empty()).then_some(moved)
    }
}
