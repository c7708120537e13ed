//! What a graph shows, as data.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    picture::sign::PictureState,
    status::{EntryState, EntrySubject, Status},
};
use maestro_core::model::{
    Environment, InstanceId, Required, RequiredBy, ServiceId, ShipId,
    container::tagged_image,
    filter::StateWord,
    graph::{Direction, Graph as Order},
};

/// Ships, services, instances, and what needs what. Names are as they were written: who draws them makes them harmless.
#[derive(Debug, Clone, PartialEq)]
pub struct ShipGraph {
    /// The environment's name.
    pub environment: String,
    /// The ships that have an instance of it, in the order of the file.
    pub ships: Vec<GraphShip>,
    /// The services that have an instance of it, in start order.
    pub services: Vec<GraphService>,
    /// The instances, in start order.
    pub instances: Vec<GraphInstance>,
    /// What needs what.
    pub edges: Vec<GraphEdge>,
    /// Whether engines were asked: then every instance has a state.
    pub is_observed: bool,
}

/// A ship.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphShip {
    /// Its name.
    pub name: String,
    /// Whether it was asked and did not answer.
    pub is_silent: bool,
}

/// A service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphService {
    /// Its name.
    pub name: String,
    /// How many services must be ready one after the other before it: what starts first has 0.
    pub rank: usize,
}

/// An instance. Numbers are places in the lists of the graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphInstance {
    /// Its name.
    pub name: String,
    /// Its service.
    pub service: usize,
    /// The ship that the file places it on.
    pub ship: usize,
    /// Its image.
    pub image: String,
    /// How it stands; none if engines were not asked.
    pub state: Option<PictureState>,
    /// Whether it is known to be ready; one that differs from the file may be.
    pub is_ready: bool,
    /// More about its state, in words.
    pub note: Option<String>,
}

/// The instances of one service need those of another. A service of 500 that needs one of 500 is one edge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphEdge {
    /// The service that needs, by its place.
    pub from: usize,
    /// The service that is needed.
    pub to: usize,
    /// The keys of the file that say so.
    pub keys: Vec<RequiredBy>,
    /// The instances that need one another; none if each of the one needs each of the other.
    pub pairs: Option<BTreeSet<(usize, usize)>>,
}

impl GraphEdge {
    /// Whether there is a link; otherwise it is about the order alone.
    #[must_use]
    pub fn is_link(&self) -> bool {
        self.keys.contains(&RequiredBy::Links)
    }
}

impl ShipGraph {
    /// The graph of these instances; with a status, each has its state.
    #[must_use]
    pub fn of(environment: &Environment, shown: &BTreeSet<InstanceId>, status: Option<&Status>) -> Self {
        let ordered = Order::of(environment).instances_in_order(Direction::NeedsFirst);
        let ids: Vec<InstanceId> = ordered.filter(|id| shown.contains(id)).collect();
        let has = |ship: &ShipId| ids.iter().any(|id| environment.instance(*id).ship == *ship);
        let ships: Vec<ShipId> = environment.ship_ids().filter(has).collect();
        let mut services: Vec<ServiceId> = Vec::new();
        let mut known = BTreeSet::new();
        services
            .extend(ids.iter().map(|id| environment.instance(*id).service).filter(|id| known.insert(*id)));
        let service_at: BTreeMap<ServiceId, usize> = places(&services);
        let ship_at: BTreeMap<ShipId, usize> = places(&ships);
        let at: BTreeMap<InstanceId, usize> = places(&ids);
        let edges = edges(environment, &ids, &service_at, &at);
        let ranks = super::layers::ranks(services.len(), edges.iter().map(|edge| (edge.from, edge.to)));
        let silent =
            |ship: ShipId| status.is_some_and(|one| one.silent.iter().any(|silent| silent.ship == ship));
        let known_states = states(environment, status);
        let instances = ids.iter().map(|id| {
            let instance = environment.instance(*id);
            let known = known_states.get(id).cloned();
            let is_ready = known.as_ref().is_some_and(|known| known.is_ready);
            let (state, note) = known.map(|known| (known.state, known.note)).unzip();
            GraphInstance {
                name: instance.name.clone(),
                service: service_at[&instance.service],
                ship: ship_at[&instance.ship],
                image: tagged_image(&instance.container.image),
                state,
                is_ready,
                note,
            }
        });
        Self {
            environment: environment.name.clone(),
            instances: instances.collect(),
            ships: ships
                .iter()
                .map(|id| GraphShip { name: environment.ship(*id).name.clone(), is_silent: silent(*id) })
                .collect(),
            services: services
                .iter()
                .zip(ranks)
                .map(|(id, rank)| GraphService { name: environment.service(*id).name.clone(), rank })
                .collect(),
            edges,
            is_observed: status.is_some(),
        }
    }

    /// The instances of a service, by its place.
    pub fn instances_of(&self, service: usize) -> impl Iterator<Item = (usize, &GraphInstance)> {
        self.instances.iter().enumerate().filter(move |(_, one)| one.service == service)
    }

    /// How many instances of these are in each state, the worst state first.
    #[must_use]
    pub fn counts<'a>(instances: impl Iterator<Item = &'a GraphInstance>) -> BTreeMap<PictureState, usize> {
        let mut counts = BTreeMap::new();
        for state in instances.filter_map(|instance| instance.state) {
            *counts.entry(state).or_default() += 1;
        }
        counts
    }

    /// The pairs of instances that an edge stands for.
    #[must_use]
    pub fn pairs<'a>(&'a self, edge: &'a GraphEdge) -> Box<dyn Iterator<Item = (usize, usize)> + 'a> {
        match &edge.pairs {
            Some(pairs) => Box::new(pairs.iter().copied()),
            None => Box::new(self.instances_of(edge.from).flat_map(|(from, _)| {
                self.instances_of(edge.to).map(move |(to, _)| (from, to)).filter(|(from, to)| from != to)
            })),
        }
    }

    /// `20 instances of 11 services on 3 ships`.
    #[must_use]
    pub fn sum(&self) -> String {
        use crate::labels::count;
        let sum = format!(
            "{} of {} on {}",
            count(self.instances.len(), "instance"),
            count(self.services.len(), "service"),
            count(self.ships.len(), "ship")
        );
        if !self.is_observed {
            return sum;
        }
        format!("{sum}, {} ready", self.instances.iter().filter(|one| one.is_ready).count())
    }
}

fn places<T: Ord + Copy>(ids: &[T]) -> BTreeMap<T, usize> {
    ids.iter().enumerate().map(|(at, id)| (*id, at)).collect()
}

/// What needs what, in the order of the file.
fn edges(
    environment: &Environment,
    shown: &[InstanceId],
    service_at: &BTreeMap<ServiceId, usize>,
    at: &BTreeMap<InstanceId, usize>,
) -> Vec<GraphEdge> {
    let mut edges = Edges::default();
    for (id, &from) in service_at {
        let service = environment.service(*id);
        for requirement in &service.requires {
            match requirement.on {
                Required::Service(on) => {
                    if let Some(&to) = service_at.get(&on) {
                        edges.add(from, to, requirement.by, None);
                    }
                }
                Required::Instance(on) => {
                    let Some(&target) = at.get(&on) else { continue };
                    let pairs = service.instances.iter().filter_map(|id| Some((*at.get(id)?, target)));
                    let to = service_at[&environment.instance(on).service];
                    edges.add(from, to, requirement.by, Some(pairs.collect()));
                }
            }
        }
    }
    for id in shown {
        let instance = environment.instance(*id);
        let own = at[id];
        let from = service_at[&instance.service];
        let required = instance.requires.iter().map(|one| (one.on, one.by));
        let linked = instance.links.iter().flat_map(|link| &link.targets);
        let linked = linked.map(|target| (Required::Instance(*target), RequiredBy::Links));
        for (on, key) in required.chain(linked) {
            let targets: &[InstanceId] = match &on {
                Required::Service(service) => &environment.service(*service).instances,
                Required::Instance(target) => std::slice::from_ref(target),
            };
            for target in targets {
                let service = service_at.get(&environment.instance(*target).service);
                if let (Some(&to), Some(&service)) = (at.get(target), service)
                    && to != own
                {
                    edges.add(from, service, key, Some([(own, to)].into()));
                }
            }
        }
    }
    let mut sizes = vec![0; service_at.len()];
    for id in shown {
        sizes[service_at[&environment.instance(*id).service]] += 1;
    }
    edges.simplified(&sizes)
}

/// The edges that were found, one for two services.
#[derive(Default)]
struct Edges(Vec<GraphEdge>);

impl Edges {
    fn add(&mut self, from: usize, to: usize, key: RequiredBy, pairs: Option<BTreeSet<(usize, usize)>>) {
        let Some(edge) = self.0.iter_mut().find(|edge| (edge.from, edge.to) == (from, to)) else {
            return self.0.push(GraphEdge { from, to, keys: vec![key], pairs });
        };
        if !edge.keys.contains(&key) {
            edge.keys.push(key);
        }
        edge.pairs = match (edge.pairs.take(), pairs) {
            (Some(mut known), Some(more)) => {
                known.extend(more);
                Some(known)
            }
            _ => None,
        };
    }

    /// The edges in order, without pairs where each instance needs each; `sizes` has the number of each service's instances.
    fn simplified(mut self, sizes: &[usize]) -> Vec<GraphEdge> {
        for edge in &mut self.0 {
            let all = sizes[edge.from] * sizes[edge.to];
            edge.pairs.take_if(|pairs| edge.from != edge.to && pairs.len() == all);
        }
        self.0.sort_by_key(|edge| (edge.from, edge.to));
        self.0
    }
}

/// What a status says of an instance.
#[derive(Clone)]
struct Known {
    state: PictureState,
    is_ready: bool,
    note: String,
}

/// What a status says of each instance.
fn states(environment: &Environment, status: Option<&Status>) -> BTreeMap<InstanceId, Known> {
    let mut known = BTreeMap::new();
    for entry in status.iter().flat_map(|status| &status.entries) {
        let EntrySubject::Instance(id) = entry.subject else { continue };
        let differs = [StateWord::Differs, StateWord::OnOldShip].iter().any(|one| entry.states.contains(one));
        let is_checked = !environment.instance(id).lifecycle.running.is_empty();
        let state = match entry.standing {
            EntryState::Unreachable => PictureState::Unknown,
            EntryState::Absent => PictureState::Absent,
            EntryState::Attention | EntryState::Orphan if differs => PictureState::Differs,
            EntryState::Failed | EntryState::Attention | EntryState::Orphan => PictureState::Failed,
            EntryState::Ready if is_checked => PictureState::Ready,
            EntryState::Ready => PictureState::Up,
        };
        let is_ready = entry.states.contains(&StateWord::Ready);
        known.insert(id, Known { state, is_ready, note: entry.state.clone() });
    }
    known
}
