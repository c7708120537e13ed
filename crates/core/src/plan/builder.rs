//! What every plan is built with: steps that instances share, and the order between instances.

mod files;
mod image;
mod names;
mod network;
mod resource;
mod volume;

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap, HashSet};

use super::{
    Barrier, BarrierId, BlockedInstance, BlockedReason, Compensation, CompensationId, Plan, PlanRemark, Step,
    StepId, Unchanged, Wait,
    action::{Action, WaitAction},
    command::Command,
    reason::{BarrierKind, Note, Reason, ResourceKind, UnchangedReason},
};
use crate::{
    fault::ShipFault,
    model::{
        Environment, Instance, InstanceId, ShipId,
        check::LifecycleState,
        container::LABEL_ENVIRONMENT,
        graph::{Direction, Graph, Node},
    },
    observed::{Container, Holdings, InstanceState, Observed},
};

/// What a plan says of one node of the graph, for those that come behind it.
#[derive(Debug, Clone, Default)]
pub(super) struct NodeResult {
    /// What those behind it must wait for.
    pub waits: Vec<Wait>,
    /// What those behind it must wait for that need it to be started only; none if that is the same.
    pub started: Option<Vec<Wait>>,
    /// An instance that is held, so that those behind it are held too.
    pub blocked: Option<InstanceId>,
}

/// How an instance is to be treated.
pub(super) enum Treatment<'a> {
    /// Its ship does not answer, or somebody else has its name: nothing may be done.
    Blocked(BlockedReason),
    /// It has no container.
    Absent,
    /// It has a container that may be changed.
    Present(&'a Container),
}

/// A plan under construction.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of a command, and any set of them is valid"
)]
pub(super) struct Builder<'a> {
    pub environment: &'a Environment,
    pub observed: &'a Observed,
    pub adopt: bool,
    /// Whether anonymous volumes stay behind (`--renew-anonymous-volumes`).
    pub renews_volumes: bool,
    /// Whether containers without checks count as ready once they are started (`--detach`).
    pub detach: bool,
    /// Whether what requires an instance on a ship that does not answer is not held (`--skip-unreachable`).
    pub skips_unreachable: bool,
    /// Volumes that this plan copies, so that they are not made.
    pub(super) copied: BTreeSet<String>,
    pub plan: Plan,
    graph: Graph,
    /// The steps that make networks and volumes, by their names.
    resources: HashMap<(EngineKey, ResourceKind, &'a str), StepId>,
    pulls: HashMap<(EngineKey, String), StepId>,
    blocked: BTreeSet<InstanceId>,
    /// Verifications, and barriers of nothing else: nothing is started behind them that another could wait for.
    pub(super) quiet: HashSet<Wait>,
    /// Instances that the plan lists as unchanged.
    told_unchanged: HashSet<InstanceId>,
    /// This environment's containers that are not named as their instance's container, by that.
    spares: HashMap<(ShipId, InstanceId), Vec<&'a Container>>,
    /// This environment's containers on other ships than their instances', once they were asked for.
    elsewhere: OnceCell<HashMap<InstanceId, Vec<(ShipId, &'a Container)>>>,
    /// All containers, by ship and name.
    names: HashMap<(ShipId, &'a str), &'a Container>,
    /// The names of all instances' containers.
    declared: HashSet<&'a str>,
    /// The ships that do not answer, and why.
    pub(super) silent: Vec<(ShipId, &'a ShipFault)>,
}

/// Two ships may be one engine: its identity tells, where it is known.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum EngineKey {
    Identity(String),
    Ship(ShipId),
}

fn names<'a>(environment: &Environment, observed: &'a Observed) -> HashMap<(ShipId, &'a str), &'a Container> {
    let blocked = environment.ship_ids().filter_map(|ship| Some((ship, observed.holdings(ship)?)));
    let each = blocked.flat_map(|(ship, holdings)| {
        holdings.containers.values().map(move |container| ((ship, container.name.as_str()), container))
    });
    each.collect()
}

fn unmanaged(container: &Container) -> BlockedReason {
    BlockedReason::Unmanaged {
        id: container.id.clone(),
        image: container.image.clone(),
        environment: container.labels.get(LABEL_ENVIRONMENT).cloned(),
    }
}

impl<'a> Builder<'a> {
    pub(super) fn new(
        command: Command,
        environment: &'a Environment,
        observed: &'a Observed,
        adopt: bool,
    ) -> Self {
        Self {
            environment,
            observed,
            adopt,
            renews_volumes: false,
            detach: false,
            skips_unreachable: false,
            copied: BTreeSet::new(),
            plan: Plan { command, ..Plan::default() },
            graph: Graph::of(environment),
            resources: HashMap::new(),
            pulls: HashMap::new(),
            blocked: BTreeSet::new(),
            quiet: HashSet::new(),
            told_unchanged: HashSet::new(),
            spares: observed.misnamed(environment),
            elsewhere: OnceCell::new(),
            names: names(environment, observed),
            declared: environment.instances.iter().map(Instance::container_name).collect(),
            silent: observed.silent().collect(),
        }
    }

    fn engine_key(&self, ship: ShipId) -> EngineKey {
        match self.observed.holdings(ship).and_then(|holdings| holdings.engine_id.clone()) {
            Some(identity) => EngineKey::Identity(identity),
            None => EngineKey::Ship(ship),
        }
    }

    /// Whether two ships are one engine, as far as is known.
    pub(super) fn is_same_engine(&self, a: ShipId, b: ShipId) -> bool {
        self.engine_key(a) == self.engine_key(b)
    }

    /// Visits the selected instances, each behind what must come before it, and hands each what it has to wait for.
    ///
    /// What is not selected takes part in the order all the same: it passes on what it would have waited for.
    pub(super) fn walk(
        &mut self,
        selected: &BTreeSet<InstanceId>,
        direction: Direction,
        ordered: bool,
        mut visit: impl FnMut(&mut Self, InstanceId, NodeResult) -> NodeResult,
    ) {
        let nodes = self.environment.instances.len() + self.environment.services.len();
        let mut outcomes: HashMap<Node, NodeResult> = HashMap::with_capacity(nodes);
        for node in self.graph.order(direction) {
            let before =
                if ordered { self.gather(node, direction, &outcomes) } else { NodeResult::default() };
            let outcome = match node {
                Node::Instance(id) if selected.contains(&id) => visit(self, id, before),
                Node::Instance(_) | Node::Service(_) => self.gated(node, before, direction),
            };
            outcomes.insert(node, outcome);
        }
    }

    fn gather(&self, node: Node, direction: Direction, outcomes: &HashMap<Node, NodeResult>) -> NodeResult {
        let mut gathered = NodeResult::default();
        let is_service = matches!(node, Node::Service(_)) && self.graph.has_started();
        let mut seen = BTreeSet::new();
        let (mut started, mut seen_started) = (Vec::new(), BTreeSet::new());
        for other in self.graph.before(node, direction) {
            let Some(outcome) = outcomes.get(&other) else { continue };
            let of_start = outcome.started.as_ref().unwrap_or(&outcome.waits);
            let is_start = direction == Direction::NeedsFirst && self.graph.needs_started(node, other);
            let waits = if is_start { of_start } else { &outcome.waits };
            gathered.waits.extend(waits.iter().copied().filter(|wait| seen.insert(*wait)));
            gathered.blocked = gathered.blocked.or(outcome.blocked);
            if is_service {
                started.extend(of_start.iter().copied().filter(|wait| seen_started.insert(*wait)));
            }
        }
        // A service has started when its instances have.
        gathered.started = (is_service && started != gathered.waits).then_some(started);
        gathered
    }

    /// Puts many waits behind one barrier.
    fn gated(&mut self, node: Node, mut outcome: NodeResult, direction: Direction) -> NodeResult {
        if outcome.waits.len() > 1 && self.graph.has_behind(node, direction) {
            let kind = match (node, direction) {
                (Node::Service(id), Direction::NeedsFirst) => BarrierKind::ServiceReady(id),
                (Node::Service(id), Direction::DependantsFirst) => BarrierKind::ServiceDependantsDown(id),
                (Node::Instance(id), Direction::NeedsFirst) => BarrierKind::RequiredReady(id),
                (Node::Instance(id), Direction::DependantsFirst) => BarrierKind::DependantsDown(id),
            };
            let id = BarrierId(self.plan.barriers.len());
            let after = std::mem::take(&mut outcome.waits);
            if after.iter().all(|wait| self.quiet.contains(wait)) {
                self.quiet.insert(Wait::Barrier(id));
            }
            self.plan.barriers.push(Barrier { kind, after, tolerance: None });
            outcome.waits = vec![Wait::Barrier(id)];
        }
        outcome
    }

    /// What an instance that needs nothing done passes on to those behind it.
    pub(super) fn pass_on(&mut self, id: InstanceId, before: NodeResult, direction: Direction) -> NodeResult {
        self.gated(Node::Instance(id), before, direction)
    }

    /// Adds a step for an instance.
    pub(super) fn step(
        &mut self,
        id: InstanceId,
        action: Action,
        reason: Reason,
        after: impl IntoIterator<Item = Wait>,
    ) -> StepId {
        let ship = self.environment.instance(id).ship;
        self.add(Step {
            ship,
            instance: Some(id),
            action,
            reason,
            after: after.into_iter().collect(),
            compensation: None,
        })
    }

    /// Adds a compensation; its steps name it.
    pub(super) fn compensation(&mut self, compensation: Compensation) -> CompensationId {
        self.plan.compensations.push(compensation);
        CompensationId(self.plan.compensations.len() - 1)
    }

    /// Adds a barrier.
    pub(super) fn barrier(&mut self, barrier: Barrier) -> BarrierId {
        self.plan.barriers.push(barrier);
        BarrierId(self.plan.barriers.len() - 1)
    }

    /// This environment's containers of an instance beside the one that is its own: a run that was ended has left them.
    pub(super) fn spares(&self, id: InstanceId) -> Vec<&'a Container> {
        let instance = self.environment.instance(id);
        let Some(holdings) = self.holdings(instance.ship) else { return Vec::new() };
        let own = holdings.containers.get(instance.container_name()).map(|own| own.id.as_str());
        let mut spares: Vec<&Container> = self
            .spares
            .get(&(instance.ship, id))
            .into_iter()
            .flatten()
            .copied()
            .filter(|spare| own != Some(spare.id.as_str()))
            .collect();
        spares.sort_by(|a, b| a.name.cmp(&b.name));
        spares
    }

    /// This environment's containers of an instance on other ships than its own.
    pub(super) fn elsewhere(&self, id: InstanceId) -> &[(ShipId, &'a Container)] {
        let elsewhere = self.elsewhere.get_or_init(|| self.observed.elsewhere(self.environment));
        elsewhere.get(&id).map_or(&[], Vec::as_slice)
    }

    /// Adds the checks of a state, if an instance has any there. `seen` is its container's id, where it is there.
    pub(super) fn checks(
        &mut self,
        id: InstanceId,
        state: LifecycleState,
        seen: Option<&str>,
        after: impl IntoIterator<Item = Wait>,
    ) -> Option<StepId> {
        let instance = self.environment.instance(id);
        let checks = instance.lifecycle.of(state);
        if checks.is_empty() {
            return None;
        }
        let (container, checks) = (instance.container_name().to_owned(), checks.to_vec());
        let action =
            Action::Wait(WaitAction::Check { container, id: seen.map(str::to_owned), state, checks });
        Some(self.step(id, action, Reason::Checked(state), after))
    }

    pub(super) fn add(&mut self, step: Step) -> StepId {
        self.plan.steps.push(step);
        StepId(self.plan.steps.len() - 1)
    }

    pub(super) fn unchanged(&mut self, instance: InstanceId, reason: UnchangedReason, note: Option<Note>) {
        // The first reason counts: a restart says it before its starts are planned.
        if self.told_unchanged.insert(instance) {
            self.plan.unchanged.push(Unchanged { instance, reason, note });
        }
    }

    /// Holds an instance, and so those behind it. The first reason counts: a restart asks twice.
    pub(super) fn hold(&mut self, instance: InstanceId, reason: BlockedReason) -> NodeResult {
        let is_passed = self.skips_unreachable && reason.is_of_silent_ship();
        if self.blocked.insert(instance) {
            self.plan.blocked.push(BlockedInstance { instance, reason });
        }
        NodeResult { blocked: (!is_passed).then_some(instance), ..NodeResult::default() }
    }

    pub(super) fn remark(&mut self, instance: InstanceId, note: Note) {
        self.plan.remarks.push(PlanRemark { instance, note });
    }

    /// Instances that are not selected and `such`.
    pub(super) fn not_selected(
        &self,
        selected: &BTreeSet<InstanceId>,
        such: impl Fn(&Self, InstanceId) -> bool,
    ) -> BTreeSet<InstanceId> {
        let all = self.environment.instance_ids();
        all.filter(|id| !selected.contains(id) && such(self, *id)).collect()
    }

    /// The instances that one requires itself, not through others.
    pub(super) fn required_directly(&self, id: InstanceId) -> BTreeSet<InstanceId> {
        let mut direct = BTreeSet::new();
        for node in self.graph.before(Node::Instance(id), Direction::NeedsFirst) {
            match node {
                Node::Instance(other) => {
                    direct.insert(other);
                }
                Node::Service(service) => direct.extend(&self.environment.service(service).instances),
            }
        }
        direct
    }

    /// The instances that require one, however indirectly.
    pub(super) fn dependants(&self, id: InstanceId) -> BTreeSet<InstanceId> {
        let closure = self.graph.closure(&[id], Direction::DependantsFirst);
        closure.into_iter().filter(|other| *other != id).collect()
    }

    pub(super) fn is_held(&self, instance: InstanceId) -> bool {
        self.blocked.contains(&instance)
    }

    /// How that instance is to be treated, by what was observed of it.
    pub(super) fn treatment(&self, id: InstanceId) -> Treatment<'a> {
        match self.observed.instance(self.environment, id) {
            InstanceState::Absent => Treatment::Absent,
            InstanceState::Ours(container) => Treatment::Present(container),
            InstanceState::Unmanaged(container) if self.adopt => Treatment::Present(container),
            InstanceState::Unmanaged(container) => Treatment::Blocked(unmanaged(container)),
            InstanceState::Unreachable { reason } => {
                Treatment::Blocked(BlockedReason::Unreachable { reason: reason.to_owned() })
            }
            InstanceState::Unknown => Treatment::Blocked(BlockedReason::NotAsked),
        }
    }

    /// Whether that container is another's, and only to be touched because the user said so.
    pub(super) fn is_foreign(&self, id: InstanceId) -> bool {
        matches!(self.observed.instance(self.environment, id), InstanceState::Unmanaged(_))
    }

    pub(super) fn holdings(&self, ship: ShipId) -> Option<&'a Holdings> {
        self.observed.holdings(ship)
    }
}
