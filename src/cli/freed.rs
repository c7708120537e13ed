//! How much room the removal of images makes.

use std::collections::{BTreeMap, BTreeSet};

use super::{args::LeaseArgs, error::Problem, session::Session};
use maestro_core::{
    model::ShipId,
    plan::{
        Plan,
        action::{Action, ImageAction},
    },
};
use maestro_engine::{Inspection, observe::Question};
use maestro_report::removals::{freed, to_free};
use maestro_run::operations::each::ask_each;

/// What images took of the ships' disks before they were removed.
pub(super) struct Before(BTreeMap<ShipId, u64>);

/// The images that a plan removes.
pub(super) fn removed(plan: &Plan) -> Vec<(ShipId, String)> {
    let images = plan.steps.iter().filter_map(|step| match &step.action {
        Action::Image(ImageAction::Remove { id, .. }) => Some((step.ship, id.clone())),
        Action::Image(ImageAction::Pull { .. } | ImageAction::Carry { .. })
        | Action::Container(_)
        | Action::Service(_)
        | Action::Network(_)
        | Action::Volume(_)
        | Action::Record(_)
        | Action::Wait(_) => None,
    });
    images.collect()
}

/// Asks all ships, if images are going to be removed.
pub(super) async fn before(session: &Session, images: bool, lease: &LeaseArgs) -> Option<Before> {
    let ships = session.environment.ship_ids().collect();
    if images && !lease.dry_run { Some(Before(bytes(session, &ships).await)) } else { None }
}

/// Says how much was freed by a removal of these images, or would be where nothing is removed.
pub(super) async fn tell(
    session: &Session,
    before: Option<Before>,
    removed: &[(ShipId, String)],
) -> Result<(), Problem> {
    match before {
        Some(before) => before.tell(session, removed).await,
        None => tell_possible(session, removed).await,
    }
}

impl Before {
    /// Says how much was freed by a removal of these images.
    async fn tell(&self, session: &Session, removed: &[(ShipId, String)]) -> Result<(), Problem> {
        let ships: BTreeSet<ShipId> = removed.iter().map(|(ship, _)| *ship).collect();
        let now = bytes(session, &ships).await;
        for (ship, now) in now {
            let Some(before) = self.0.get(&ship) else { continue };
            session.note(&freed(&session.environment.ship(ship).name, before.saturating_sub(now)))?;
        }
        Ok(())
    }
}

async fn bytes(session: &Session, ships: &BTreeSet<ShipId>) -> BTreeMap<ShipId, u64> {
    let fleet = session.connect_and_observe_ships(ships, Question::default()).await;
    let asked = ships.iter().map(|ship| (*ship, ()));
    let told = ask_each(&fleet.engines, asked, |engine, ()| engine.image_bytes()).await;
    let known = ships.iter().zip(told).filter_map(|(ship, bytes)| Some((*ship, bytes?.ok()?)));
    known.collect()
}

/// Says how much a removal of these images would free at most: layers may belong to other images too.
async fn tell_possible(session: &Session, removed: &[(ShipId, String)]) -> Result<(), Problem> {
    if removed.is_empty() {
        return Ok(());
    }
    let ships = removed.iter().map(|(ship, _)| *ship).collect();
    let fleet = session.connect_and_observe_ships(&ships, Question::default()).await;
    let asked = removed.iter().map(|(ship, id)| (*ship, id.as_str()));
    let told = ask_each(&fleet.engines, asked, Inspection::image).await;
    let sizes = told.into_iter().filter_map(|facts| Some(facts?.ok().flatten()?.size));
    session.note(&to_free(removed.len(), sizes.sum()))
}
