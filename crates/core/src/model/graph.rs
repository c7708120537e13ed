//! Who needs whom. Services are nodes of their own, so that a service of 500 required by a service of 500 is 1,000
//! edges, not 250,000: an instance needs services and instances, a service needs each of its own instances.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::{algo::tarjan_scc, graph::DiGraph};

use super::{Environment, Instance, InstanceId, Required, RequiredState, Requirement, Service, ServiceId};

/// A node of a [`Graph`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Node {
    /// All instances of a service.
    Service(ServiceId),
    /// One instance.
    Instance(InstanceId),
}

/// Which way a [`Graph`] is walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// What is needed comes first: the way of a start.
    NeedsFirst,
    /// What needs comes first: the way of a stop.
    DependantsFirst,
}

/// Who needs whom, in both directions.
#[derive(Debug, Clone)]
pub struct Graph {
    services: usize,
    needs: Vec<Vec<usize>>,
    needed_by: Vec<Vec<usize>>,
    /// Pairs of which the first needs the second to be started, and no more.
    started: BTreeSet<(usize, usize)>,
}

impl Graph {
    /// The graph of an environment.
    #[must_use]
    pub fn of(environment: &Environment) -> Self {
        Self::new(&environment.services, &environment.instances)
    }

    /// The graph of services and instances that need not be a valid environment yet: it may have cycles.
    #[must_use]
    pub fn new(services: &[Service], instances: &[Instance]) -> Self {
        let count = services.len() + instances.len();
        let mut graph = Self {
            services: services.len(),
            needs: vec![Vec::new(); count],
            needed_by: vec![Vec::new(); count],
            started: BTreeSet::new(),
        };
        for (index, service) in services.iter().enumerate() {
            for &instance in &service.instances {
                graph.connect(Node::Service(ServiceId(index)), Node::Instance(instance));
            }
        }
        for (index, instance) in instances.iter().enumerate() {
            let own = Node::Instance(InstanceId(index));
            // Once each: two keys may ask for the same thing. The one that asks for more counts.
            let mut required: BTreeMap<Node, RequiredState> = BTreeMap::new();
            for requirement in requirements(&services[instance.service.0], instance) {
                let state = required.entry(requirement.on.into()).or_insert(requirement.state);
                *state = requirement.state.max(*state);
            }
            for (node, state) in required {
                graph.connect(own, node);
                if state == RequiredState::Started {
                    let pair = (graph.index(own), graph.index(node));
                    graph.started.insert(pair);
                }
            }
        }
        graph
    }

    /// Whether anything needs another one to be started, and no more.
    #[must_use]
    pub fn has_started(&self) -> bool {
        !self.started.is_empty()
    }

    /// Whether `node` needs the other one to be started, and no more.
    #[must_use]
    pub fn needs_started(&self, node: Node, other: Node) -> bool {
        self.started.contains(&(self.index(node), self.index(other)))
    }

    fn connect(&mut self, from: Node, to: Node) {
        let (from, to) = (self.index(from), self.index(to));
        self.needs[from].push(to);
        self.needed_by[to].push(from);
    }

    fn index(&self, node: Node) -> usize {
        match node {
            Node::Service(id) => id.0,
            Node::Instance(id) => self.services + id.0,
        }
    }

    fn node(&self, index: usize) -> Node {
        if index < self.services {
            Node::Service(ServiceId(index))
        } else {
            Node::Instance(InstanceId(index - self.services))
        }
    }

    /// What must come before `node` in that direction.
    pub fn before(&self, node: Node, direction: Direction) -> impl Iterator<Item = Node> + '_ {
        let edges = match direction {
            Direction::NeedsFirst => &self.needs,
            Direction::DependantsFirst => &self.needed_by,
        };
        edges[self.index(node)].iter().map(|&index| self.node(index))
    }

    /// Whether anything comes behind `node` in that direction.
    #[must_use]
    pub fn has_behind(&self, node: Node, direction: Direction) -> bool {
        let behind = match direction {
            Direction::NeedsFirst => &self.needed_by,
            Direction::DependantsFirst => &self.needs,
        };
        !behind[self.index(node)].is_empty()
    }

    /// Nodes that need one another in a ring: each ring once, in the order of the file.
    #[must_use]
    pub fn rings(&self) -> Vec<Vec<Node>> {
        let mut rings: Vec<Vec<Node>> = strongly_connected(&self.needs)
            .into_iter()
            .filter(|ring| ring.len() > 1 || self.needs[ring[0]].contains(&ring[0]))
            .map(|ring| self.walk_ring(&ring))
            .collect();
        rings.sort();
        rings
    }

    /// One closed walk through a strongly connected component, from its smallest node.
    fn walk_ring(&self, component: &[usize]) -> Vec<Node> {
        let inside: BTreeSet<usize> = component.iter().copied().collect();
        let mut at = *inside.first().unwrap_or(&component[0]);
        let mut walked = Vec::new();
        while !walked.contains(&at) {
            walked.push(at);
            at = self.needs[at].iter().copied().find(|next| inside.contains(next)).unwrap_or(at);
        }
        let from = walked.iter().position(|&index| index == at).unwrap_or(0);
        walked[from..].iter().map(|&index| self.node(index)).collect()
    }

    /// All nodes, each behind what must come before it; otherwise in the order of the file.
    ///
    /// Nodes of a ring are left out, so of a valid environment none is.
    #[must_use]
    pub fn order(&self, direction: Direction) -> Vec<Node> {
        let (before, behind) = match direction {
            Direction::NeedsFirst => (&self.needs, &self.needed_by),
            Direction::DependantsFirst => (&self.needed_by, &self.needs),
        };
        let mut missing: Vec<usize> = before.iter().map(Vec::len).collect();
        let mut free: BTreeSet<usize> = (0..missing.len()).filter(|&index| missing[index] == 0).collect();
        let mut order = Vec::with_capacity(missing.len());
        while let Some(index) = free.pop_first() {
            order.push(self.node(index));
            for &next in &behind[index] {
                missing[next] -= 1;
                if missing[next] == 0 {
                    free.insert(next);
                }
            }
        }
        order
    }

    /// All instances in an order in which each comes after what it must come after.
    pub fn instances_in_order(&self, direction: Direction) -> impl Iterator<Item = InstanceId> + use<> {
        self.order(direction).into_iter().filter_map(Node::instance)
    }

    /// `chosen` and all instances that must come before them, however indirectly.
    #[must_use]
    pub fn closure(&self, chosen: &[InstanceId], direction: Direction) -> BTreeSet<InstanceId> {
        let mut pending: Vec<Node> = chosen.iter().map(|&id| Node::Instance(id)).collect();
        let mut seen: BTreeSet<Node> = pending.iter().copied().collect();
        while let Some(node) = pending.pop() {
            for next in self.before(node, direction) {
                if seen.insert(next) {
                    pending.push(next);
                }
            }
        }
        seen.into_iter().filter_map(Node::instance).collect()
    }
}

impl Node {
    fn instance(self) -> Option<InstanceId> {
        match self {
            Self::Instance(id) => Some(id),
            Self::Service(_) => None,
        }
    }
}

impl From<Required> for Node {
    fn from(required: Required) -> Self {
        match required {
            Required::Service(id) => Self::Service(id),
            Required::Instance(id) => Self::Instance(id),
        }
    }
}

/// Nodes that lead to one another, in groups: each group comes after all other groups that it leads to. `leads_to` has the
/// nodes that each node leads to, by their numbers.
#[must_use]
pub fn strongly_connected(leads_to: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut graph = DiGraph::<usize, ()>::new();
    let nodes: Vec<_> = (0..leads_to.len()).map(|index| graph.add_node(index)).collect();
    for (from, targets) in leads_to.iter().enumerate() {
        for &to in targets {
            graph.add_edge(nodes[from], nodes[to], ());
        }
    }
    let groups = tarjan_scc(&graph).into_iter();
    groups.map(|group| group.into_iter().map(|node| graph[node]).collect()).collect()
}

/// All that an instance requires: what its service does, then what it does itself.
pub fn requirements<'a>(
    service: &'a Service,
    instance: &'a Instance,
) -> impl Iterator<Item = &'a Requirement> {
    service.requires.iter().chain(&instance.requires)
}
