//! The checks of instances that run, each tried once.

use std::sync::Arc;

use crate::{
    lifecycle::{self, CheckTarget, ReadyNow},
    operations::each::ask_each,
};
use maestro_core::{
    model::{Environment, InstanceId, ShipId, check::Check},
    observed::{Age, ContainerState, InstanceState, Observed},
};
use maestro_engine::Engine;

/// A container whose checks are tried.
pub(super) struct Checked {
    instance: InstanceId,
    ship: ShipId,
    container: String,
    age: Age,
}

/// What a try says: the instance, its container, and whether all checks passed.
pub(super) type Tried = (InstanceId, String, bool);

/// The containers that are up and have checks that only a try answers. `observed` has its containers by label.
pub(super) fn to_check(environment: &Environment, observed: &Observed) -> Vec<Checked> {
    let ids = environment.instance_ids().filter(|&id| {
        let instance = environment.instance(id);
        !instance.lifecycle.running.is_empty() && !instance.is_job() && instance.swarm.is_none()
    });
    let up = ids.filter_map(|id| match observed.instance(environment, id) {
        InstanceState::Ours(container)
            if container.state == ContainerState::Running && container.age() != Age::New =>
        {
            let ship = environment.instance(id).ship;
            Some(Checked { instance: id, ship, container: container.id.clone(), age: container.age() })
        }
        InstanceState::Ours(_)
        | InstanceState::Absent
        | InstanceState::Unmanaged(_)
        | InstanceState::Unreachable { .. }
        | InstanceState::Unknown => None,
    });
    up.collect()
}

/// Tries the checks of all, some at a time.
pub(super) async fn try_all(
    environment: Arc<Environment>,
    engines: Vec<Option<Arc<dyn Engine>>>,
    checked: Vec<Checked>,
) -> Vec<Tried> {
    let environment = &*environment;
    let asked = checked.into_iter().map(|one| (one.ship, one));
    let tried = ask_each(&engines, asked, |engine, one: Checked| async move {
        let instance = environment.instance(one.instance);
        let env = &instance.container.env;
        let target = CheckTarget { engine, container: &one.container, env, deaths: None, tried: None };
        let checks: &[Check] = &instance.lifecycle.running;
        let ReadyNow { outcome, .. } = lifecycle::ready_now(target, checks, one.age).await;
        (one.instance, one.container, outcome.is_ok())
    });
    tried.await.into_iter().flatten().collect()
}
