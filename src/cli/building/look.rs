//! Looks what engines have of the images that are built.

use std::sync::Arc;

use futures_util::future::join_all;

use super::{Builds, PlannedBuild};
use crate::cli::{fleet::Fleet, session::Session};
use maestro_core::{
    fault::{BuildFault, ShipFault},
    model::{ShipId, image_build::BuildPlace},
    observed::{ShipState, carriable::CarrySource},
};
use maestro_engine::Engine;
use maestro_run::operations::{
    builds::{BuildState, state},
    fleet::Connect as _,
};

/// What an engine has of an image that is built.
pub(in crate::cli) struct Looked<'a> {
    pub planned: &'a PlannedBuild,
    pub at: CarrySource,
    pub state: Result<BuildState, BuildFault>,
    /// The kind of machine that the engine is on; empty if it does not say.
    pub machine: String,
    /// Whether the file says that this engine builds the image.
    pub is_builder: bool,
    pub engine: Arc<dyn Engine>,
}

impl<'a> Looked<'a> {
    /// The image's reference.
    pub(in crate::cli) fn image(&self) -> &'a str {
        &self.planned.request.build.image
    }

    /// The ship that needs the image; none if this engine only builds it.
    pub(in crate::cli) fn needing_ship(&self) -> Option<ShipId> {
        match self.at {
            CarrySource::Ship { id, .. } => Some(id).filter(|id| self.planned.ships.contains(id)),
            CarrySource::ThisMachine => None,
        }
    }

    /// Whether the machine gets an image of its own, which one of that kind builds, beside that of the builder's kind.
    pub(super) fn has_own_platform(&self, builder: &str) -> bool {
        let is_known = !self.machine.is_empty() && !builder.is_empty();
        !self.planned.request.build.platforms.is_empty() && is_known && self.machine != builder
    }

    pub(super) async fn of(planned: &'a PlannedBuild, at: CarrySource, engine: Arc<dyn Engine>) -> Self {
        let state = state(&*engine, &planned.request).await;
        let state = state.map_err(|error| BuildFault::Engine(error.fault().clone()));
        // What does not answer has failed above.
        let machine = engine.image_store().await.unwrap_or_default().platform.word();
        Looked { planned, at, state, machine, is_builder: false, engine }
    }
}

impl Builds {
    /// Looks what the ships that need images have, and the engines that build them, all at once. Ships that do not answer
    /// are left out, unless the file says that they build: their command says so of each as a whole.
    pub(in crate::cli) async fn look(&self, session: &Session, fleet: &Fleet) -> Vec<Looked<'_>> {
        let pairs =
            self.planned.iter().flat_map(|planned| planned.ships.iter().map(move |&ship| (planned, ship)));
        let looks = pairs.filter_map(|(planned, ship)| {
            let engine = match (fleet.observed.ship(ship), &fleet.engines[ship.0]) {
                (ShipState::Answering(_), Some(engine)) => Arc::clone(engine),
                (ShipState::Unreachable { .. } | ShipState::NotAsked, _) | (_, None) => return None,
            };
            Some(Looked::of(planned, place(session, ship), engine))
        });
        let mut looked = join_all(looks).await;
        self.look_at_builders(session, fleet, &mut looked).await;
        looked
    }

    /// Adds the engines that the file names to build images, and notes which they are.
    async fn look_at_builders<'a>(&'a self, session: &Session, fleet: &Fleet, looked: &mut Vec<Looked<'a>>) {
        let mut own = None;
        // What no ship needs is built where it is a context.
        for planned in self.planned.iter().filter(|planned| !planned.ships.is_empty()) {
            let (at, engine) = match planned.request.build.on {
                BuildPlace::NeedingShip => continue,
                BuildPlace::Ship(ship) => (place(session, ship), None),
                BuildPlace::ThisMachine => match &own {
                    Some(own) => Clone::clone(own),
                    None => own.insert(this_machine(session, fleet).await).clone(),
                },
            };
            let is_known = |one: &&mut Looked<'_>| std::ptr::eq(one.planned, planned) && one.at == at;
            if let Some(known) = looked.iter_mut().find(is_known) {
                known.is_builder = true;
                continue;
            }
            let engine = match (&at, engine) {
                (CarrySource::ThisMachine, Some(engine)) => engine,
                (CarrySource::ThisMachine, None) => continue,
                (CarrySource::Ship { id, .. }, _) => {
                    if let (ShipState::Unreachable { reason }, Some(engine)) =
                        (fleet.observed.ship(*id), &fleet.engines[id.0])
                    {
                        let (ShipFault::NoAnswer(fault)
                        | ShipFault::Error(fault)
                        | ShipFault::NoLease(fault)) = reason;
                        let state = Err(BuildFault::Engine(fault.clone()));
                        let (engine, machine) = (Arc::clone(engine), String::new());
                        looked.push(Looked { planned, at, state, machine, is_builder: true, engine });
                        continue;
                    }
                    match &fleet.engines[id.0] {
                        Some(engine) => Arc::clone(engine),
                        None => session.routes().connect(session.environment.ship(*id)).await.engine,
                    }
                }
            };
            looked.push(Looked { is_builder: true, ..Looked::of(planned, at, engine).await });
        }
    }
}

/// A ship as a place where images are built.
fn place(session: &Session, ship: ShipId) -> CarrySource {
    CarrySource::Ship { id: ship, name: session.environment.ship(ship).name.clone() }
}

/// This machine's own engine: the ship that it is, if it is one of those that answered.
async fn this_machine(session: &Session, fleet: &Fleet) -> (CarrySource, Option<Arc<dyn Engine>>) {
    let engine = session.routes().routes.this_machine();
    if let Ok(own) = engine.identity().await {
        for ship in session.environment.ship_ids() {
            let (ShipState::Answering(_), Some(other)) = (fleet.observed.ship(ship), &fleet.engines[ship.0])
            else {
                continue;
            };
            if other.identity().await.is_ok_and(|identity| identity == own) {
                return (place(session, ship), None);
            }
        }
    }
    (CarrySource::ThisMachine, Some(engine))
}
