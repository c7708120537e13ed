//! The engines of the ships that a command needs, and what they have.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use futures_util::future::{OptionFuture, join_all};
use tokio::task::yield_now;

use super::looking::{asks_for_files, asks_for_volumes, describing, look};
pub use super::{connect::Connect, looking::reason};
use crate::{lease::LeaseTarget, store::LabelStore};
use maestro_core::{
    model::{Environment, InstanceId, ShipId},
    observed::{
        ContainerState, InstanceState, Observed, ShipState, carriable::CarrySource, note::ShipNote,
        ownership::Lookalike, volume_use,
    },
};
use maestro_engine::{
    Engine, EngineError, Volume,
    connect::Connection,
    host::Host,
    observe::{Question, all_volumes, unknown},
};

/// How long a ship may take to say what is recorded there, of which nothing else is asked.
const ELSEWHERE: Duration = Duration::from_secs(5);

/// Connections to the ships of some instances.
pub struct Fleet {
    /// By [`ShipId`]; none for ships that are not needed.
    pub engines: Vec<Option<Arc<dyn Engine>>>,
    /// The machines that they run on, likewise.
    pub hosts: Vec<Option<Arc<dyn Host>>>,
    /// Engines that have images which are carried, and that are not among those.
    pub sources: BTreeMap<CarrySource, Arc<dyn Engine>>,
    /// What the engines said.
    pub observed: Observed,
    /// The volumes of leases on the environment, by [`ShipId`], where they were asked for.
    pub leases: Vec<Vec<Volume>>,
    /// The identity of each ship's engine, by [`ShipId`], as of the last answer: a ship that stops answering keeps it.
    identities: Vec<Option<String>>,
    /// What the user should know about the way to them, where something is wrong or looked for.
    pub remarks: Vec<ShipNote>,
    /// What the user should know about what is there, however the command ends.
    pub notes: Vec<ShipNote>,
}

impl Fleet {
    /// Connects to these ships and asks each once, all at the same time.
    pub async fn connect_and_observe_on(
        environment: &Environment,
        routes: &dyn Connect,
        needed: &BTreeSet<ShipId>,
        question: Question,
    ) -> Self {
        // Only two ships can be one engine, so a single one need not say who it is.
        let question = Question {
            identity: question.identity && needed.len() > 1,
            volumes: asks_for_volumes(environment, question),
            files: asks_for_files(environment, question),
            ..question
        };
        let describing = &describing(environment, question);
        let asking = join_all(environment.ship_ids().map(|id| {
            let needed = needed.contains(&id);
            async move {
                if !needed {
                    let remote_revision =
                        question.revisions.then_some(remote_revision(routes, environment, id));
                    let number = OptionFuture::from(remote_revision).await.unwrap_or_default();
                    return (None, (ShipState::NotAsked, Vec::new()), number);
                }
                let _wait = routes.wait_for(environment.ship(id));
                let connection = routes.connect(environment.ship(id)).await;
                let seen = look(&*connection.engine, (environment, describing), question).await;
                (Some(connection), seen, 0)
            }
        }));
        let hashing = OptionFuture::from(question.compared.then(|| make_hashes(environment, needed)));
        let (asked, _) = tokio::join!(asking, hashing);
        let mut fleet = Self {
            engines: Vec::new(),
            hosts: Vec::new(),
            sources: BTreeMap::new(),
            observed: Observed::default(),
            leases: Vec::new(),
            identities: Vec::new(),
            remarks: Vec::new(),
            notes: Vec::new(),
        };
        for (connection, (state, leases), recorded) in asked {
            let (engine, host) = connection
                .map(|Connection { engine, host, remark }| {
                    fleet.remarks.extend(remark);
                    (engine, host)
                })
                .unzip();
            fleet.engines.push(engine);
            fleet.hosts.push(host);
            if let ShipState::Answering(holdings) = &state {
                let ship = &environment.ships[fleet.observed.ships.len()].name;
                let no_record =
                    |volume: &String| ShipNote::NoRecord { ship: ship.clone(), volume: volume.clone() };
                fleet.remarks.extend(holdings.left_aside.iter().map(no_record));
            }
            fleet.observed.ships.push(state);
            fleet.leases.push(leases);
            fleet.observed.recorded = fleet.observed.recorded.max(recorded);
        }
        fleet.note_findings(environment);
        fleet.look_at_ages(environment).await;
        fleet.look_for_images(environment, routes).await;
        fleet
    }

    /// Connects to all ships and asks none yet.
    pub async fn connect(environment: &Environment, routes: &dyn Connect) -> Self {
        let ways = join_all(environment.ships.iter().map(|ship| routes.connect(ship))).await;
        let observed = Observed { ships: vec![ShipState::NotAsked; ways.len()], ..Observed::default() };
        let (engines, hosts) = ways.into_iter().map(|way| (Some(way.engine), Some(way.host))).unzip();
        Self {
            engines,
            hosts,
            sources: BTreeMap::new(),
            leases: vec![Vec::new(); observed.ships.len()],
            observed,
            identities: Vec::new(),
            remarks: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Asks all other ships too if one of these instances has no container on its own ship, or one that was never
    /// started: its container may be on another ship.
    pub async fn refresh_old_ships(
        &mut self,
        environment: &Environment,
        routes: &dyn Connect,
        instances: &BTreeSet<InstanceId>,
        question: Question,
    ) {
        let is_missing = {
            let observed = self.observed.by_label(environment);
            instances.iter().any(|id| match observed.instance(environment, *id) {
                InstanceState::Absent => true,
                InstanceState::Ours(container) => container.state == ContainerState::Created,
                InstanceState::Unmanaged(_) | InstanceState::Unreachable { .. } | InstanceState::Unknown => {
                    false
                }
            })
        };
        let is_left = |ship: &ShipId| matches!(self.observed.ship(*ship), ShipState::NotAsked);
        let left: BTreeSet<ShipId> = environment.ship_ids().filter(is_left).collect();
        if left.is_empty() || !is_missing {
            return;
        }
        let mut others = Self::connect_and_observe_on(environment, routes, &left, question).await;
        for ship in left {
            self.engines[ship.0] = others.engines[ship.0].take();
            self.hosts[ship.0] = others.hosts[ship.0].take();
            self.observed.ships[ship.0] =
                std::mem::replace(&mut others.observed.ships[ship.0], ShipState::NotAsked);
        }
        self.remarks.append(&mut others.remarks);
        self.notes.append(&mut others.notes);
        self.identify().await;
    }

    /// Asks the engines that answered for all their volumes, if they were not asked before.
    pub async fn ask_for_volumes(&mut self) {
        let ships = self.engines.iter().zip(&mut self.observed.ships);
        join_all(ships.map(|(engine, state)| async move {
            let (Some(engine), ShipState::Answering(holdings)) = (engine, &mut *state) else { return };
            if holdings.volumes.is_some() {
                return;
            }
            match all_volumes(&**engine).await {
                Ok(volumes) => holdings.volumes = Some(volumes),
                Err(error) => *state = unknown(error),
            }
        }))
        .await;
    }

    /// Tells of containers that bear the environment's labels without being its own, and of volumes that are not whole,
    /// each once.
    fn note_findings(&mut self, environment: &Environment) {
        let held = environment.ship_ids().filter_map(|ship| Some((ship, self.observed.holdings(ship)?)));
        // Two ships may be one engine.
        let mut told = BTreeSet::new();
        for (ship, holdings) in held {
            let new = holdings.lookalikes.iter().filter(|one| told.insert(one.id.clone()));
            for note in new.map(|one| lookalike(&environment.ship(ship).name, one)) {
                if !self.notes.contains(&note) {
                    self.notes.push(note);
                }
            }
            for volume in volume_use::incomplete(&environment.name, holdings) {
                let note = ShipNote::IncompleteVolume { ship: environment.ship(ship).name.clone(), volume };
                if !self.notes.contains(&note) {
                    self.notes.push(note);
                }
            }
        }
    }

    /// Asks the engines that answered and did not have to say who they are.
    pub async fn identify(&mut self) {
        let ships = self.engines.iter().zip(&mut self.observed.ships);
        join_all(ships.map(|(engine, state)| async move {
            if let (Some(engine), ShipState::Answering(holdings)) = (engine, state)
                && holdings.engine_id.is_none()
            {
                holdings.engine_id = engine.identity().await.ok();
            }
        }))
        .await;
    }

    /// For each ship the number of its engine: the same number for ships that are one engine.
    #[must_use]
    pub fn same_engine(&self) -> Vec<usize> {
        let mut known: HashMap<&str, usize> = HashMap::new();
        let mut numbers = Vec::with_capacity(self.observed.ships.len());
        for (at, state) in self.observed.ships.iter().enumerate() {
            let identity = match state {
                ShipState::Answering(holdings) => holdings.engine_id.as_deref(),
                ShipState::NotAsked | ShipState::Unreachable { .. } => {
                    self.identities.get(at).and_then(Option::as_deref)
                }
            };
            numbers.push(identity.map_or(at, |identity| *known.entry(identity).or_insert(at)));
        }
        numbers
    }

    /// The engines that answered.
    #[must_use]
    pub fn places(&self) -> Vec<LeaseTarget> {
        let ships = self.engines.iter().zip(&self.observed.ships).enumerate();
        ships
            .filter_map(|(at, (engine, state))| {
                let ShipState::Answering(holdings) = state else { return None };
                let engine = engine.clone()?;
                Some(LeaseTarget { ship: ShipId(at), identity: holdings.engine_id.clone(), engine })
            })
            .collect()
    }

    /// Asks the ships that answered once more. Those whose engines gave no lease count as ships that do not answer.
    pub(super) async fn refresh(
        &mut self,
        environment: &Environment,
        routes: &dyn Connect,
        question: Question,
        refused: &[(ShipId, EngineError)],
    ) {
        let numbers = self.same_engine();
        self.identities.resize(self.observed.ships.len(), None);
        for (identity, state) in self.identities.iter_mut().zip(&self.observed.ships) {
            if let ShipState::Answering(holdings) = state {
                identity.clone_from(&holdings.engine_id);
            }
        }
        // An engine stays who it is.
        let volumes = asks_for_volumes(environment, question);
        let files = asks_for_files(environment, question);
        let question = Question { identity: false, leases: false, volumes, files, ..question };
        let describing = &describing(environment, question);
        let ships = self.engines.iter().zip(&self.observed.ships).enumerate();
        let asked = ships.map(|(at, (engine, before))| {
            let refused = refused.iter().find(|(ship, _)| numbers[ship.0] == numbers[at]);
            async move {
                let (Some(engine), ShipState::Answering(known)) = (engine, before) else {
                    return before.clone();
                };
                if let Some((_, error)) = refused {
                    return ShipState::Unreachable { reason: reason(error) };
                }
                let _wait = routes.wait_for(environment.ship(ShipId(at)));
                let (mut state, _) = look(&**engine, (environment, describing), question).await;
                if let ShipState::Answering(holdings) = &mut state {
                    holdings.engine_id.clone_from(&known.engine_id);
                }
                state
            }
        });
        let states = join_all(asked).await;
        self.observed.renew(environment, states);
        self.note_findings(environment);
        self.look_at_ages(environment).await;
        self.look_for_images(environment, routes).await;
    }

    /// All remarks and notes.
    #[must_use]
    pub fn told(&self) -> Vec<ShipNote> {
        [&self.remarks[..], &self.notes[..]].concat()
    }

    /// Whether there is a lease on the environment, or what is left of one.
    #[must_use]
    pub fn has_leases(&self) -> bool {
        self.leases.iter().any(|leases| !leases.is_empty())
    }

    /// Whether a ship that was asked did not answer.
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        self.observed.is_incomplete()
    }
}

/// What to know about a container that bears the environment's labels without being its own.
fn lookalike(ship: &str, Lookalike { name, image, why, .. }: &Lookalike) -> ShipNote {
    ShipNote::Lookalike { ship: ship.to_owned(), container: name.clone(), image: image.clone(), why: *why }
}

/// Makes the hashes of what the file has on these ships, while their engines think. Between two of them whatever has
/// come in is read and answered.
async fn make_hashes(environment: &Environment, ships: &BTreeSet<ShipId>) {
    for instance in environment.instances.iter().filter(|instance| ships.contains(&instance.ship)) {
        yield_now().await;
        // It is kept with the specification.
        let _ = instance.container.hash();
    }
}

/// The highest number of a revision on a ship of which nothing else is asked: numbers count for the whole
/// environment. One that does not say so in time is not waited for: nothing is done there.
async fn remote_revision(routes: &dyn Connect, environment: &Environment, ship: ShipId) -> u64 {
    let _wait = routes.wait_for(environment.ship(ship));
    let asked = async {
        let connection = routes.connect(environment.ship(ship)).await;
        LabelStore::on(&*connection.engine).revisions(&environment.name).await
    };
    let records = tokio::time::timeout(ELSEWHERE, asked).await;
    records.ok().and_then(Result::ok).and_then(|found| Some(found.records.last()?.number)).unwrap_or_default()
}
