//! Containers of the environment that the file does not declare, and how they are removed.

mod kind;

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::{
    Barrier, Orphan, Step, StepId, Wait,
    action::{Action, ContainerAction, StopMethod},
    builder::Builder,
    moves::{Moves, Predecessor},
    orphan_scope::{OrphanScope, is_named},
    reason::{BarrierKind, OrphanReason, Reason, Requested},
    volumes::removal,
};
use crate::{
    model::{
        Environment, ShipId,
        container::{LABEL_ENVIRONMENT, LABEL_INSTANCE, LABEL_SERVICE},
    },
    observed::{Container, InstanceState, Observed, description::Description, mounts::Source},
    value::setting::{OF_CONTAINER, shared_containers},
};

/// How long the stop of a container may take of which no file says it any more.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// The orphans, each before those that it uses.
#[derive(Debug)]
pub(super) struct Strays {
    all: Vec<Stray>,
    /// Stops that are planned already, by the orphan's place.
    stopped: RefCell<BTreeMap<usize, StepId>>,
}

#[derive(Debug)]
struct Stray {
    ship: ShipId,
    container: Container,
    description: Description,
    reason: OrphanReason,
    /// Why it is stopped or removed; none if it stays.
    ends: Cell<Option<Requested>>,
}

/// Lists the orphans that have one of these names, or are of the services with one of these names.
#[must_use]
pub fn named(environment: &Environment, observed: &Observed, names: &[String]) -> Vec<Orphan> {
    let mut strays = find(environment, &observed.by_label(environment), None);
    strays.all.retain(|stray| names.iter().any(|name| is_named(&stray.container, name)));
    strays.into_orphans()
}

/// Lists the containers of the environment that the file does not declare, on all ships that answered. The old container
/// of an instance that moves is none of them.
#[must_use]
pub fn list(environment: &Environment, observed: &Observed) -> Vec<Orphan> {
    find(environment, &observed.by_label(environment), None).into_orphans()
}

/// Lists the one-off containers that somebody's `run` has left, and which do not run any more.
#[must_use]
pub fn left_one_offs(environment: &Environment, observed: &Observed) -> Vec<Orphan> {
    let mut strays = find(environment, &observed.by_label(environment), None);
    strays.all.retain(|stray| matches!(stray.reason, OrphanReason::OneOff { runs: false, .. }));
    strays.into_orphans()
}

/// The same, of which only those that run.
#[must_use]
pub fn running(environment: &Environment, observed: &Observed) -> Vec<Orphan> {
    let mut strays = find(environment, &observed.by_label(environment), None);
    strays.all.retain(|stray| stray.container.state.is_up());
    strays.into_orphans()
}

/// Finds them on all ships that were asked. Those of `pruned` are to be removed.
pub(super) fn find(environment: &Environment, observed: &Observed, pruned: Option<&OrphanScope>) -> Strays {
    let moves = Moves::find(environment, observed);
    let known: BTreeSet<&str> = environment
        .instance_ids()
        .filter_map(|id| match observed.instance(environment, id) {
            InstanceState::Ours(container) | InstanceState::Unmanaged(container) => {
                Some(container.id.as_str())
            }
            InstanceState::Absent | InstanceState::Unreachable { .. } | InstanceState::Unknown => None,
        })
        .collect();
    let mut found: BTreeMap<&str, Stray> = BTreeMap::new();
    for ship in environment.ship_ids() {
        let Some(holdings) = observed.holdings(ship) else { continue };
        let beside = kind::beside(observed, ship).map(|container| (container, true));
        for (container, is_beside) in
            holdings.containers.values().map(|container| (container, false)).chain(beside)
        {
            let is_ours = container.labels.get(LABEL_ENVIRONMENT).is_some_and(|of| *of == environment.name);
            let service = container.labels.get(LABEL_SERVICE);
            let instance = container.labels.get(LABEL_INSTANCE);
            let is_inactive = service.is_some_and(|service| environment.inactive.contains(service))
                || instance.is_some_and(|instance| environment.inactive_instances.contains(instance));
            if !is_ours
                || is_inactive
                || moves.contains(&container.id)
                || known.contains(container.id.as_str())
                || found.contains_key(container.id.as_str())
            {
                continue;
            }
            let Some(reason) = kind::reason(environment, observed, ship, (container, is_beside)) else {
                continue;
            };
            let description = holdings.descriptions.get(&container.id).cloned().unwrap_or_default();
            let is_pruned = pruned.is_some_and(|scope| scope.includes(container, &reason));
            let ends = Cell::new(is_pruned.then_some(Requested::Prune));
            let stray = Stray { ship, container: container.clone(), description, reason, ends };
            found.insert(&container.id, stray);
        }
    }
    let mut found: Vec<Stray> = found.into_values().collect();
    found.sort_by(|a, b| (a.ship, &a.container.name).cmp(&(b.ship, &b.container.name)));
    Strays { all: in_order(found), stopped: RefCell::default() }
}

/// Plans the stop of orphans that were named, each after the orphans that use it. An orphan that is gone or does not run
/// gets no step. Containers should have been described.
pub(super) fn stop_named(builder: &mut Builder<'_>, orphans: &[Orphan], how: StopMethod) {
    let observed = builder.observed;
    let found = orphans.iter().filter_map(|orphan| {
        let holdings = observed.holdings(orphan.ship)?;
        let container = holdings.container(&orphan.id)?.clone();
        let description = holdings.descriptions.get(&orphan.id).cloned().unwrap_or_default();
        let reason = orphan.reason.clone();
        let ends = Cell::new(Some(Requested::Name));
        Some(Stray { ship: orphan.ship, container, description, reason, ends })
    });
    let all = in_order(found.collect());
    let strays = Strays { all, stopped: RefCell::default() };
    for at in 0..strays.all.len() {
        let Some(step) = strays.stop(builder, at, []) else { continue };
        builder.plan.steps[step.0].action = how.action(&strays.all[at].container, STOP_TIMEOUT, &[]);
    }
}

/// Those first that use others, as far as they are not in a ring.
fn in_order(mut left: Vec<Stray>) -> Vec<Stray> {
    let mut ordered = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let is_used = |at: usize| {
            let others = left.iter().enumerate().filter(|(other, _)| *other != at);
            others.into_iter().any(|(_, other)| uses(other, &left[at]))
        };
        let next = (0..left.len()).find(|at| !is_used(*at)).unwrap_or(0);
        ordered.push(left.remove(next));
    }
    ordered
}

fn uses(user: &Stray, other: &Stray) -> bool {
    let description = &user.description;
    let Container { name, labels, .. } = &other.container;
    // Links on the environment's network lead to instances.
    let is_other = |target: &str| target == name || labels.get(LABEL_INSTANCE).is_some_and(|of| of == target);
    let links = description.networks.values().flat_map(|endpoint| &endpoint.links).chain(&description.links);
    let volumes = description.volumes_from.iter().map(|from| from.split(':').next().unwrap_or(from));
    let network = description.network_mode.strip_prefix(OF_CONTAINER);
    let namespaces = shared_containers(&description.settings).map(|(_, target)| target);
    let mut shared = network.into_iter().chain(namespaces);
    links.map(|(target, _)| target.as_str()).chain(volumes).any(is_other)
        || shared.any(|target| target == name || target == other.container.id)
}

impl Stray {
    fn reason(&self) -> Reason {
        let requested = self.ends.get().unwrap_or(Requested::Prune);
        Reason::Orphan { orphan: self.reason.clone(), requested }
    }

    fn has_volumes(&self) -> bool {
        self.container.mounts.iter().any(|mounted| matches!(mounted.source, Source::Volume(_)))
    }
}

impl Strays {
    /// Removes those instances of a scope that services with fewer replicas no longer have. One with a volume stays, since
    /// its data would go with it.
    pub(super) fn remove_surplus(&self, scope: &OrphanScope) {
        for stray in self.all.iter().filter(|stray| stray.ends.get().is_none()) {
            let OrphanReason::Surplus { service, .. } = &stray.reason else { continue };
            if scope.includes_surplus(&stray.container, service) && !stray.has_volumes() {
                stray.ends.set(Some(Requested::FewerReplicas));
            }
        }
    }

    /// The containers of a service that the file has on a Swarm, or what a Swarm has of one that the file has on ships.
    pub(super) fn of_moved(&self, service: &str) -> Vec<usize> {
        let is_of = |stray: &Stray| match &stray.reason {
            OrphanReason::OnSwarm { service: of, .. }
            | OrphanReason::BesideSwarm { service: of }
            | OrphanReason::OffSwarm { service: of } => of == service,
            OrphanReason::NotDeclared
            | OrphanReason::Surplus { .. }
            | OrphanReason::OnOtherShip { .. }
            | OrphanReason::OneOff { .. } => false,
        };
        (0..self.all.len()).filter(|at| is_of(&self.all[*at])).collect()
    }

    /// What of one stays on its ship and may hold data.
    pub(super) fn data(&self, at: usize) -> Vec<String> {
        let Stray { ship, container, .. } = &self.all[at];
        Predecessor { ship: *ship, container }.data()
    }

    /// Whether one is a container beside a Swarm.
    pub(super) fn is_beside(&self, at: usize) -> bool {
        matches!(self.all[at].reason, OrphanReason::BesideSwarm { .. })
    }

    /// The ship of one.
    pub(super) fn ship(&self, at: usize) -> ShipId {
        self.all[at].ship
    }

    /// Lets a service take the place of one, which is removed.
    pub(super) fn take_over(&self, at: usize) {
        self.all[at].ends.set(Some(Requested::Moves));
    }

    /// Says why something is done about those that are removed.
    pub(super) fn say(&self, requested: Requested) {
        let removed = self.all.iter().filter(|stray| stray.ends.get().is_some());
        removed.for_each(|stray| stray.ends.set(Some(requested)));
    }

    /// Whether one is removed.
    pub(super) fn is_removed(&self, at: usize) -> bool {
        self.all[at].ends.get().is_some()
    }

    pub(super) fn name(&self, at: usize) -> &str {
        &self.all[at].container.name
    }

    /// Those that run on a ship's engine and hold one of these ports of it.
    pub(super) fn that_hold(
        &self,
        builder: &Builder<'_>,
        ship: ShipId,
        ports: &BTreeSet<String>,
    ) -> Vec<usize> {
        let holds = |stray: &Stray| {
            stray.container.state.is_up()
                && builder.is_same_engine(stray.ship, ship)
                && stray.description.ports.iter().cloned().map(on_ship).any(|port| ports.contains(&port))
        };
        (0..self.all.len()).filter(|at| holds(&self.all[*at])).collect()
    }

    /// The step that stops one, behind those that use it; none if it does not run.
    pub(super) fn stop(
        &self,
        builder: &mut Builder<'_>,
        at: usize,
        after: impl IntoIterator<Item = StepId>,
    ) -> Option<StepId> {
        let known = self.stopped.borrow().get(&at).copied();
        let stray = &self.all[at];
        if known.is_some() || !stray.container.state.is_up() {
            return known;
        }
        let mut first: Vec<StepId> = after.into_iter().collect();
        for other in (0..at).filter(|other| self.is_removed(*other) && uses(&self.all[*other], stray)) {
            let above = first.clone();
            first.extend(self.stop(builder, other, above));
        }
        let step = builder.add(Step {
            ship: stray.ship,
            instance: None,
            action: Action::Container(ContainerAction::Stop {
                hooks: Vec::new(),
                container: stray.container.name.clone(),
                id: stray.container.id.clone(),
                timeout: STOP_TIMEOUT,
            }),
            reason: stray.reason(),
            after: first.into_iter().map(Wait::Step).collect(),
            compensation: None,
        });
        self.stopped.borrow_mut().insert(at, step);
        Some(step)
    }

    pub(super) fn into_orphans(self) -> Vec<Orphan> {
        let orphan = |Stray { ship, container, reason, ends, .. }| {
            let removed = ends.get().is_some();
            let Container { name, id, .. } = container;
            Orphan { ship, container: name, id, reason, removed }
        };
        self.all.into_iter().map(orphan).collect()
    }
}

/// Plans the removal of those that are to be removed, when all else is done: what used them is replaced by then.
pub(super) fn remove(builder: &mut Builder<'_>, strays: &Strays) {
    if !strays.all.iter().any(|stray| stray.ends.get().is_some()) {
        return;
    }
    let steps = builder.plan.steps.iter().enumerate().filter(|(_, step)| step.compensation.is_none());
    let steps: Vec<Wait> = steps.map(|(at, _)| Wait::Step(StepId(at))).collect();
    let before: Vec<Wait> = if steps.len() > 1 {
        let kind = BarrierKind::AllInPlace;
        vec![Wait::Barrier(builder.barrier(Barrier { kind, after: steps, tolerance: None }))]
    } else {
        steps
    };
    let mut removed: BTreeMap<usize, StepId> = BTreeMap::new();
    for (at, stray) in strays.all.iter().enumerate().filter(|(_, stray)| stray.ends.get().is_some()) {
        let is_stopped = strays.stopped.borrow().contains_key(&at);
        let down = strays.stop(builder, at, []);
        if let Some(down) = down.filter(|_| !is_stopped) {
            builder.plan.steps[down.0].after.extend(before.iter().copied());
        }
        let users =
            removed.iter().filter(|(other, _)| uses(&strays.all[**other], stray)).map(|(_, step)| *step);
        let mut after: Vec<Wait> = down.into_iter().chain(users).map(Wait::Step).collect();
        after.extend(before.iter().copied());
        let mut action = removal(builder, stray.ship, &stray.container, &stray.container.name);
        // A Swarm keeps no record of volumes of its managers' engines.
        if let Action::Container(ContainerAction::Remove { leaves, .. }) = &mut action
            && matches!(stray.reason, OrphanReason::BesideSwarm { .. })
        {
            leaves.clear();
        }
        let step = builder.add(Step {
            ship: stray.ship,
            instance: None,
            action,
            reason: stray.reason(),
            after,
            compensation: None,
        });
        removed.insert(at, step);
    }
}

/// What of the ship a published port takes: its number and protocol. Addresses are left out: one may be all.
pub(super) fn on_ship((inside, outside): (String, String)) -> String {
    let protocol = inside.rsplit('/').next().unwrap_or_default();
    let number = outside.rsplit(':').next().unwrap_or_default();
    format!("{number}/{protocol}")
}
