//! Services that the file places on a Swarm and whose containers run on ships, and the other way round: a service that a Swarm
//! still runs, and that the file has on ships.
//!
//! What is new takes the place of what is old, which is removed when all is in place. What publishes a port or has data stops
//! before the new one is started, since both would want the port, and two would write to one volume. Data stays on its
//! machines, so such a service moves only if the user says so.

use super::{
    BlockedReason, StepId,
    builder::{Builder, NodeResult},
    orphans::{self, Strays},
};
use crate::{
    model::{
        Environment, InstanceId,
        swarm::{LABEL_TASK_OF, LABEL_TASK_OF_NAME},
    },
    observed::{Container, Observed},
};

/// Why an instance must not be made: its ship runs tasks of its service, and no Swarm of the file that answers has that service,
/// so nothing here can stop it.
pub(super) fn on_unknown_swarm(builder: &Builder<'_>, id: InstanceId) -> Option<BlockedReason> {
    let environment = builder.environment;
    let instance = environment.instance(id);
    let service = format!("{}_{}", environment.name, environment.service(instance.service).name);
    let swarms = || environment.ship_ids().filter(|ship| environment.ship(*ship).swarm);
    let is_known = |container: &Container| {
        let of = container.labels.get(LABEL_TASK_OF).map(String::as_str).unwrap_or_default();
        swarms().filter_map(|ship| builder.holdings(ship)).any(|holdings| holdings.container(of).is_some())
    };
    let is_task = |container: &&Container| {
        container.state.is_up() && container.labels.get(LABEL_TASK_OF_NAME) == Some(&service)
    };
    let mut tasks = builder.holdings(instance.ship)?.containers.values().filter(is_task);
    tasks.any(|task| !is_known(task)).then_some(BlockedReason::OnUnknownSwarm { service })
}

/// The containers of an environment that the file does not declare; none if it has no Swarm, to which nothing moves then.
pub(super) fn strays(environment: &Environment, observed: &Observed) -> Option<Strays> {
    environment.ships.iter().any(|ship| ship.swarm).then(|| orphans::find(environment, observed, None))
}

/// Plans the removal of those whose place a service takes.
pub(super) fn remove(builder: &mut Builder<'_>, strays: Option<&Strays>) {
    if let Some(strays) = strays {
        orphans::remove(builder, strays);
    }
}

/// The containers of a service on a Swarm that run, or are left, on ships; or the service that a Swarm has of one on ships.
pub(super) struct OldContainers<'s> {
    strays: &'s Strays,
    /// Their places among the orphans.
    at: Vec<usize>,
    data: Vec<String>,
}

impl<'s> OldContainers<'s> {
    /// Those of an instance's service.
    pub(super) fn of(builder: &Builder<'_>, id: InstanceId, strays: &'s Strays) -> Self {
        let service = builder.environment.instance(id).service;
        let at = strays.of_moved(&builder.environment.service(service).name);
        let data = at.iter().flat_map(|at| strays.data(*at)).collect();
        Self { strays, at, data }
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.at.is_empty()
    }

    /// Why what is new must not be made without `--move`.
    pub(super) fn refusal(&self) -> Option<BlockedReason> {
        let first = *self.at.first()?;
        let (from, is_beside) = (self.strays.ship(first), self.strays.is_beside(first));
        let data = self.data.clone();
        (!data.is_empty()).then_some(BlockedReason::ServiceMoved { from, is_beside, data })
    }

    /// Lets the instance take their place. Tells what stops before it is started: when what it requires is ready, and its image
    /// is there.
    pub(super) fn take_over(
        &self,
        builder: &mut Builder<'_>,
        id: InstanceId,
        (before, image): (&NodeResult, Option<StepId>),
    ) -> Vec<StepId> {
        self.remove();
        if self.data.is_empty() && builder.environment.instance(id).ports.is_empty() {
            return Vec::new();
        }
        let stop = |at: &usize| {
            let planned = builder.plan.steps.len();
            let step = self.strays.stop(builder, *at, image)?;
            // One that stops for another instance does not wait for this one.
            if step.0 >= planned {
                builder.plan.steps[step.0].after.extend(before.waits.iter().copied());
            }
            Some(step)
        };
        self.at.iter().filter_map(stop).collect()
    }

    /// They are removed when all is in place.
    pub(super) fn remove(&self) {
        self.at.iter().for_each(|at| self.strays.take_over(*at));
    }
}
