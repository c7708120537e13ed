//! The ports that a plan's containers are going to hold, and who holds ports now.

use std::collections::BTreeSet;

use maestro_core::{
    model::{
        Environment, Instance, InstanceId, ShipId,
        container::{Network, OF_CONTAINER},
        swarm::LABEL_TASK_OF,
    },
    observed::{Container, Observed, Published},
    plan::{Plan, action::ActionKind},
    source::Span,
};

/// A port that an instance is going to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Claim {
    pub instance: InstanceId,
    pub ship: ShipId,
    pub port: Published,
    pub span: Span,
}

/// The ports that the plan's starts are going to hold, in the order of its steps.
pub(super) fn claims(environment: &Environment, plan: &Plan) -> Vec<Claim> {
    let starts = plan
        .steps
        .iter()
        .filter(|step| step.compensation.is_none() && step.action.kind() == ActionKind::Start);
    let mut seen = BTreeSet::new();
    let instances = starts.filter_map(|step| step.instance).filter(move |id| seen.insert(*id));
    instances.flat_map(|id| of_instance(id, environment.instance(id))).collect()
}

fn of_instance(id: InstanceId, instance: &Instance) -> Vec<Claim> {
    // Elsewhere an engine publishes nothing.
    let publishes = match &instance.container.network {
        Network::Environment { .. } => true,
        Network::Mode { mode, .. } => mode != "host" && mode != "none" && !mode.starts_with(OF_CONTAINER),
    };
    // Of several ports, or of all, the engine takes one that is free.
    let ports = instance.ports.iter().filter(|port| publishes && !port.is_chosen_by_engine());
    let each = ports.flat_map(|port| {
        let address = port.bind.filter(|address| !address.is_unspecified());
        let span = instance.written.get(&format!("ports.{}", port.name)).copied();
        (0..port.count).filter_map(move |offset| {
            let number = port.host.checked_add(offset)?;
            let port = Published { address, port: number, protocol: port.protocol };
            Some(Claim { instance: id, ship: instance.ship, port, span: span.unwrap_or(instance.span) })
        })
    });
    each.collect()
}

/// Whether two ships are one engine, as far as is known.
pub(super) fn is_same_engine(observed: &Observed, a: ShipId, b: ShipId) -> bool {
    let identity = |ship| observed.holdings(ship).and_then(|holdings| holdings.engine_id.as_deref());
    a == b || identity(a).is_some_and(|known| identity(b) == Some(known))
}

/// What runs now, as a plan finds and leaves it.
pub(super) struct RunningContainers<'a> {
    observed: &'a Observed,
    /// The ids of the containers, and of services on a Swarm, that the plan takes down.
    down: BTreeSet<&'a str>,
}

impl<'a> RunningContainers<'a> {
    pub(super) fn new(observed: &'a Observed, plan: &'a Plan) -> Self {
        let down = plan.steps.iter().filter_map(|step| step.action.ends().map(|(_, id)| id));
        Self { observed, down: down.collect() }
    }

    /// All that is up on a ship's engine.
    fn up(&self, ship: ShipId) -> impl Iterator<Item = &'a Container> + use<'a> {
        let containers = self.observed.holdings(ship).into_iter().flat_map(|all| all.containers.values());
        containers.filter(|container| container.state.is_up())
    }

    /// Whether the plan leaves a container as it is. One of a task ends with its service.
    pub(super) fn stays(&self, container: &Container) -> bool {
        let service = container.labels.get(LABEL_TASK_OF);
        !self.down.contains(container.id.as_str())
            && service.is_none_or(|service| !self.down.contains(service.as_str()))
    }

    /// The container that holds a port and goes on holding it; of several the first by name.
    pub(super) fn holder(&self, ship: ShipId, port: &Published) -> Option<&'a Container> {
        let holds = |container: &&Container| container.published.iter().any(|held| held.meets(port));
        let holders = self.up(ship).filter(holds).filter(|container| self.stays(container));
        holders.min_by(|a, b| a.name.cmp(&b.name))
    }

    /// Whether a container holds a port now, be it taken down or not.
    pub(super) fn is_held(&self, ship: ShipId, port: &Published) -> bool {
        self.up(ship).any(|container| container.published.iter().any(|held| held.meets(port)))
    }

    /// Whether a container is taken down of which nobody can tell which of the ship's ports it listens on.
    pub(super) fn frees_more(&self, ship: ShipId) -> bool {
        self.up(ship).any(|container| container.on_host_network && !self.stays(container))
    }
}
