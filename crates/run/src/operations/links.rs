//! Tries links from where their consumers are: a container beside the consumer, for a moment, has the consumer's network
//! and a small static program, which connects to the link's name. The consumer itself is never touched.

mod probe;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use tokio::sync::watch;

use super::each::ask_each;
use maestro_core::{
    model::{Environment, Instance, InstanceId, ShipId, container::Protocol, link::Link},
    observed::{
        Container, InstanceState, Observed, ShipState,
        link_check::{ConnectFailure, LinkCheck, LinkFault, LinkOutcome, LinkProbeFault, LinkTry},
    },
};
use maestro_engine::{Engine, lost};
use probe::{Answer, Listeners, Probe};

pub use probe::ProbeProgram;

/// More ports of one target are not connected to: one says whether it is reached.
const PORTS_OF_A_LINK: usize = 4;
/// More containers beside consumers are not made on a ship at once.
const AT_ONCE: usize = 4;

/// A check of links.
pub struct LinkChecks<'a> {
    /// What the file says.
    pub environment: &'a Environment,
    /// What the ships have, by labels.
    pub observed: &'a Observed,
    /// The ships' engines, by [`ShipId`].
    pub engines: &'a [Option<Arc<dyn Engine>>],
    /// The program for a platform (`linux/amd64`).
    pub program: &'a (dyn Fn(&str) -> Option<ProbeProgram> + Sync),
    /// How long a connection may take.
    pub patience: Duration,
    /// Becomes true if the check is to end: what it made is removed all the same.
    pub interrupted: watch::Receiver<bool>,
}

/// A link of an instance, by its place there.
pub type LinkKey = (InstanceId, usize);

impl LinkChecks<'_> {
    /// Tries all links of these instances.
    pub async fn run(&self, consumers: &BTreeSet<InstanceId>) -> BTreeMap<LinkKey, LinkCheck> {
        let mut checks = BTreeMap::new();
        let mut tried: Vec<(LinkKey, ShipId, &Link, &Container)> = Vec::new();
        for &id in consumers {
            let instance = self.environment.instance(id);
            for (at, link) in instance.links.iter().enumerate() {
                match self.state(id) {
                    Ok(container) => tried.push(((id, at), instance.ship, link, container)),
                    Err(known) => {
                        checks.insert((id, at), known);
                    }
                }
            }
        }
        let things = tried.iter().map(|&(key, ship, link, container)| (ship, (key, link, container)));
        let turns = Turns::new(self.engines.len());
        let answers = ask_each(self.engines, things, |engine, (key, link, container)| {
            let (turns, ship) = (&turns, self.environment.instance(key.0).ship);
            async move {
                let _turn = turns.take(ship).await;
                self.try_link(engine, key.0, link, container).await
            }
        })
        .await;
        for ((key, ship, ..), answer) in tried.iter().zip(answers) {
            checks.insert(*key, answer.unwrap_or(LinkCheck::Unreachable(*ship)));
        }
        self.explain(&mut checks).await;
        checks
    }

    /// The container of a consumer that runs, or what there is to say without one.
    fn state(&self, id: InstanceId) -> Result<&Container, LinkCheck> {
        match self.observed.instance(self.environment, id) {
            InstanceState::Ours(container) if container.state.is_up() => Ok(container),
            InstanceState::Ours(_) | InstanceState::Absent | InstanceState::Unmanaged(_) => {
                Err(LinkCheck::ConsumerDown)
            }
            InstanceState::Unreachable { .. } | InstanceState::Unknown => {
                Err(LinkCheck::Unreachable(self.environment.instance(id).ship))
            }
        }
    }

    fn probe<'p>(
        &'p self,
        engine: &'p dyn Engine,
        beside: &'p Instance,
        container: &'p Container,
    ) -> Probe<'p> {
        Probe {
            engine,
            environment: self.environment,
            beside,
            container,
            program: self.program,
            interrupted: self.interrupted.clone(),
        }
    }

    async fn try_link(
        &self,
        engine: &dyn Engine,
        consumer: InstanceId,
        link: &Link,
        container: &Container,
    ) -> LinkCheck {
        let instance = self.environment.instance(consumer);
        let ports: Vec<u16> = link.tcp_ports(self.environment).take(PORTS_OF_A_LINK).collect();
        let asked = self.probe(engine, instance, container).reach(&link.alias, &ports, self.patience).await;
        let tries = match asked {
            Ok(Some(tries)) => tries,
            Ok(None) => return LinkCheck::UnknownName,
            Err(LinkProbeFault::Refused(fault)) => return self.not_tried(instance.ship, fault, engine).await,
            Err(fault) => return LinkCheck::NotTried(fault),
        };
        let tries = tries.into_iter().map(|Answer { address, port, outcome }| {
            let target = self.target_at(instance, link, &address);
            LinkTry { address, port, target, outcome }
        });
        LinkCheck::Tried(tries.collect())
    }

    /// A ship that is lost while a link is tried is unreachable.
    async fn not_tried(
        &self,
        ship: ShipId,
        fault: maestro_core::fault::EngineFault,
        engine: &dyn Engine,
    ) -> LinkCheck {
        match lost(engine).await {
            Some(_) => LinkCheck::Unreachable(ship),
            None => LinkCheck::NotTried(LinkProbeFault::Refused(fault)),
        }
    }

    /// The instance that answers, or should, at an address.
    fn target_at(&self, consumer: &Instance, link: &Link, address: &str) -> Option<InstanceId> {
        if let [only] = link.targets.as_slice() {
            return Some(*only);
        }
        if !link.route.is_published() {
            return None;
        }
        let is_there = |id: &&InstanceId| {
            let ship = self.environment.instance(**id).ship;
            self.environment.ship(ship).address == address
        };
        let mut there = link.targets.iter().filter(is_there);
        there
            .next()
            .or_else(|| {
                let own = |id: &&InstanceId| self.environment.instance(**id).ship == consumer.ship;
                link.targets.iter().find(own)
            })
            .copied()
    }

    /// Finds out why connections fail, from the targets' side.
    async fn explain(&self, checks: &mut BTreeMap<LinkKey, LinkCheck>) {
        let failed = checks.values().flat_map(|check| match check {
            LinkCheck::Tried(tries) => tries.as_slice(),
            LinkCheck::UnknownName
            | LinkCheck::ConsumerDown
            | LinkCheck::Unreachable(_)
            | LinkCheck::NotTried(_) => &[],
        });
        let failed = failed.filter(|one| matches!(one.outcome, LinkOutcome::Fails { .. }));
        let targets: BTreeSet<InstanceId> = failed.filter_map(|one| one.target).collect();
        let asked: Vec<(InstanceId, &Container)> =
            targets.iter().filter_map(|&id| Some((id, self.state(id).ok()?))).collect();
        let things =
            asked.iter().map(|&(id, container)| (self.environment.instance(id).ship, (id, container)));
        let turns = Turns::new(self.engines.len());
        let heard = ask_each(self.engines, things, |engine, (id, container)| {
            let instance = self.environment.instance(id);
            let turns = &turns;
            async move {
                let _turn = turns.take(instance.ship).await;
                self.probe(engine, instance, container).listening().await.ok()
            }
        })
        .await;
        let listeners: BTreeMap<InstanceId, Listeners> =
            asked.iter().zip(heard).filter_map(|(&(id, _), heard)| Some((id, heard.flatten()?))).collect();
        for (&(consumer, at), check) in checks.iter_mut() {
            let LinkCheck::Tried(tries) = check else { continue };
            let instance = self.environment.instance(consumer);
            for one in tries {
                if let LinkOutcome::Fails { how, why } = &mut one.outcome {
                    *why =
                        self.fault(instance, &instance.links[at], (one.target, one.port), &listeners, *how);
                }
            }
        }
        // What is accepted and closed at once answers if its program does listen: it is how some programs talk.
        for check in checks.values_mut() {
            let LinkCheck::Tried(tries) = check else { continue };
            for one in tries {
                let closed = LinkOutcome::Fails { how: ConnectFailure::Closed, why: LinkFault::Listening };
                if one.outcome == closed {
                    one.outcome = LinkOutcome::Answers;
                }
            }
        }
    }

    /// Why a connection to a port of a target fails.
    fn fault(
        &self,
        consumer: &Instance,
        link: &Link,
        (target, port): (Option<InstanceId>, Option<u16>),
        listeners: &BTreeMap<InstanceId, Listeners>,
        how: ConnectFailure,
    ) -> LinkFault {
        let (Some(target), Some(port)) = (target, port) else { return LinkFault::Unknown };
        let instance = self.environment.instance(target);
        if matches!(self.observed.ship(instance.ship), ShipState::Unreachable { .. } | ShipState::NotAsked) {
            return LinkFault::Unreachable(instance.ship);
        }
        let Ok(container) = self.state(target) else { return LinkFault::TargetDown };
        match listeners.get(&target).map(|heard| heard.at(port)) {
            None => return LinkFault::Unknown,
            Some(None) => return LinkFault::NotListening,
            Some(Some(true)) if !container.on_host_network || consumer.ship != instance.ship => {
                return LinkFault::LoopbackOnly;
            }
            Some(Some(_)) => {}
        }
        if !link.route.is_published() {
            return LinkFault::Listening;
        }
        let is_published = container.on_host_network
            || container.published.iter().any(|one| one.port == port && one.protocol == Protocol::Tcp);
        if !is_published {
            return LinkFault::NotPublished;
        }
        if consumer.ship == instance.ship || how == ConnectFailure::Closed {
            return LinkFault::Listening;
        }
        LinkFault::Firewall { from: consumer.ship, to: instance.ship }
    }
}

/// Takes turns on each ship.
struct Turns(Vec<tokio::sync::Semaphore>);

impl Turns {
    fn new(ships: usize) -> Self {
        Self((0..ships).map(|_| tokio::sync::Semaphore::new(AT_ONCE)).collect())
    }

    async fn take(&self, ship: ShipId) -> Option<tokio::sync::SemaphorePermit<'_>> {
        // It fails only if the semaphore is closed, which nobody does.
        self.0.get(ship.0)?.acquire().await.ok()
    }
}
