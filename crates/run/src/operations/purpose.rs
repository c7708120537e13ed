//! What a run means for instances beyond its steps: those that it stops stay down until a run brings them up again. `watch`
//! asks for that, on any machine, so engines keep it.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;

use super::{ChangeRequest, fleet::Fleet, timing::is_gone};
use crate::{lease::in_order, store::LabelStore};
use maestro_core::{
    model::{Environment, InstanceId, ShipId},
    observed::{Observed, stopped},
    plan::command::Command,
};
use maestro_engine::{Engine, EngineError, observe::Question};

/// How often an engine is asked that does not answer.
const TRIES: u32 = 3;

/// Which instances a run means to bring down or up.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Purpose {
    /// None: it leaves this as it is.
    #[default]
    Other,
    /// Down, until another run brings them up.
    Stop(BTreeSet<InstanceId>),
    /// Up.
    Run(BTreeSet<InstanceId>),
}

impl Purpose {
    /// Whether engines have to say what was stopped on purpose.
    pub(super) fn asks(&self) -> bool {
        *self != Self::Other
    }

    /// Whether the engines that answered keep all this already.
    pub(super) fn is_kept(&self, environment: &Environment, observed: &Observed) -> bool {
        !self.asks()
            || environment.ship_ids().all(|ship| {
                let Some(holdings) = observed.holdings(ship) else { return true };
                let known = &holdings.stopped.instances;
                match self {
                    Self::Other => true,
                    Self::Stop(_) => {
                        !holdings.has_any_of(&environment.name)
                            || self.names(environment, &[ship].into()).is_subset(known)
                    }
                    Self::Run(_) => self.all_names(environment).is_disjoint(known),
                }
            })
    }

    fn ids(&self) -> impl Iterator<Item = InstanceId> + '_ {
        let ids = match self {
            Self::Other => None,
            Self::Stop(ids) | Self::Run(ids) => Some(ids),
        };
        ids.into_iter().flatten().copied()
    }

    fn all_names(&self, environment: &Environment) -> BTreeSet<String> {
        self.ids().map(|id| environment.instance(id).name.clone()).collect()
    }

    /// The names of those that are on these ships. Jobs end by themselves.
    fn names(&self, environment: &Environment, ships: &BTreeSet<ShipId>) -> BTreeSet<String> {
        let instances = self.ids().map(|id| environment.instance(id));
        let there = instances.filter(|instance| ships.contains(&instance.ship) && !instance.is_job());
        there.map(|instance| instance.name.clone()).collect()
    }

    /// Has each engine keep it. An engine that refuses keeps what it had: the run itself goes on.
    pub(super) async fn keep(&self, environment: &Environment, fleet: &Fleet, nonce: &str) {
        if !self.asks() {
            return;
        }
        let same_engine = fleet.same_engine();
        let mut ships: BTreeMap<usize, BTreeSet<ShipId>> = BTreeMap::new();
        for (ship, engine) in environment.ship_ids().zip(&same_engine) {
            ships.entry(*engine).or_default().insert(ship);
        }
        let places = in_order(fleet.places());
        join_all(places.iter().filter_map(|place| {
            let there = ships.get(same_engine.get(place.ship.0)?)?;
            let holdings = fleet.observed.holdings(place.ship)?;
            let known = &holdings.stopped;
            let wanted: BTreeSet<String> = match self {
                Self::Other => return None,
                // Where nothing is, nothing has to stay down.
                Self::Stop(_) if !holdings.has_any_of(&environment.name) => return None,
                Self::Stop(_) => known.instances.union(&self.names(environment, there)).cloned().collect(),
                Self::Run(_) => known.instances.difference(&self.all_names(environment)).cloned().collect(),
            };
            let engine = &*place.engine;
            (wanted != known.instances).then_some(async move {
                for _ in 0..TRIES {
                    if replace(engine, &environment.name, nonce, &wanted, &known.volumes).await.is_ok() {
                        return;
                    }
                }
            })
        }))
        .await;
    }
}

impl<E> ChangeRequest<E> {
    /// The question, with what the purpose has to know.
    pub(super) fn asking(&self, question: Question) -> Question {
        Question { stopped: question.stopped || self.purpose.asks(), ..question }
    }
}

/// Puts an entry for these instances in the place of others. A run that is killed meanwhile leaves both.
async fn replace(
    engine: &dyn Engine,
    environment: &str,
    nonce: &str,
    instances: &BTreeSet<String>,
    others: &BTreeSet<String>,
) -> Result<(), EngineError> {
    let store = LabelStore::on(engine);
    if !instances.is_empty() {
        let (name, labels) = stopped::entry(environment, nonce, instances);
        store.put(&name, &labels).await?;
    }
    for other in others {
        store.remove(other).await?;
    }
    Ok(())
}

/// Removes what engines keep of instances that were stopped on purpose, where a command has removed all that there was of the
/// environment.
pub(super) async fn forget_where_gone(command: Command, environment: &Environment, fleet: &Fleet) {
    if !matches!(command, Command::Clean | Command::Down) {
        return;
    }
    let places = in_order(fleet.places());
    join_all(places.iter().map(|place| async move {
        let engine = &*place.engine;
        // What stays behind says nothing of what is not there.
        if !is_gone(engine, &environment.name).await.unwrap_or(false) {
            return;
        }
        let volumes = LabelStore::on(engine).stopped(&environment.name).await.unwrap_or_default().volumes;
        replace(engine, &environment.name, "", &BTreeSet::new(), &volumes).await.ok();
    }))
    .await;
}
