//! `push`: sends the images of services to their registries, from a ship that has them.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use tokio::time::timeout;

use crate::cli::{
    args::{Output, PushArgs},
    copying::ProgressLine,
    error::{End, Problem},
    session::Session,
};
use maestro_core::{
    model::{
        ShipId,
        container::tagged_image,
        registry::{Retry, entry_for},
    },
    observed::carriable::CarrySource,
};
use maestro_engine::{Engine, credentials::Credentials, observe::Question, pull::PullError};
use maestro_report::{
    builds, json,
    pushes::{self, PushOutcome, PushRow},
    run_state::{Amount, Transfer},
    silent,
};
use maestro_run::operations::fleet::Fleet;

/// How long this machine's own engine may take to say which images it has: often there is none.
const PATIENCE: Duration = Duration::from_secs(3);

pub(in crate::cli) async fn run(session: &Session, args: &PushArgs) -> Result<End, Problem> {
    let environment = &session.environment;
    let instances = session.select_named(&args.things)?;
    let mut images: BTreeMap<&str, BTreeSet<ShipId>> = BTreeMap::new();
    for instance in instances.iter().map(|id| environment.instance(*id)) {
        // What is named by its digest is in its registry.
        if !instance.container.image.contains('@') {
            images.entry(&instance.container.image).or_default().insert(instance.ship);
        }
    }
    let question = Question { images: true, ..Question::default() };
    let fleet = session.connect_and_observe(&instances, question).await?;
    session.ship_notes(&fleet.told())?;
    let mut end = tell_unreachable(session, &fleet)?;
    let fleet = with_builders(session, fleet, &images).await;
    let own = own_images(session).await;
    let credentials = Credentials::new(&session.variables);
    let mut rows = Vec::new();
    for (image, ships) in images {
        let has = |ship: &ShipId| {
            let holdings = fleet.observed.holdings(*ship)?;
            Some((*ship, holdings.image_id(image)?.to_owned()))
        };
        let there: Vec<(ShipId, String)> = ships.iter().filter_map(has).collect();
        // What was built for them, and is not there yet, is on the ship that built it.
        let elsewhere = || environment.ship_ids().find_map(|ship| has(&ship));
        let there = if there.is_empty() { elsewhere().into_iter().collect() } else { there };
        let names = |ships: &mut dyn Iterator<Item = ShipId>| -> Vec<String> {
            ships.map(|ship| environment.ship(ship).name.clone()).collect()
        };
        let (ship, outcome) = match there.first() {
            // What was built or loaded on this machine alone is there.
            None => match own.as_ref().filter(|(_, own)| own.contains_key(&tagged_image(image))) {
                Some((engine, _)) => {
                    let outcome = pushed(session, &**engine, image, &credentials).await?;
                    (Some(builds::place(&CarrySource::ThisMachine)), outcome)
                }
                None => (None, PushOutcome::NotThere(names(&mut ships.iter().copied()))),
            },
            Some((_, first)) if there.iter().any(|(_, id)| id != first) => {
                (None, PushOutcome::Differs(names(&mut there.iter().map(|(ship, _)| *ship))))
            }
            Some((ship, _)) => {
                let Some(engine) = &fleet.engines[ship.0] else { continue };
                let outcome = pushed(session, &**engine, image, &credentials).await?;
                (Some(environment.ship(*ship).name.clone()), outcome)
            }
        };
        let row = PushRow { image: image.to_owned(), ship, outcome };
        end = end.worse(if row.outcome.is_pushed() { End::Done } else { End::Failed });
        tell(session, &row)?;
        rows.push(row);
    }
    if session.output == Output::Json {
        let told = session.hidden(pushes::json(&environment.name, &rows));
        session.print(&json::pretty(&told)?)?;
    }
    Ok(end)
}

/// Says which ships do not answer.
fn tell_unreachable(session: &Session, fleet: &Fleet) -> Result<End, Problem> {
    let environment = &session.environment;
    let mut end = End::Done;
    for text in silent::sentences(environment, &fleet.observed, environment.ship_ids()) {
        session.warn(&text)?;
        end = end.worse(End::Unreachable);
    }
    Ok(end)
}

/// What all ships have, if the ships of an image's instances do not have it.
async fn with_builders(session: &Session, fleet: Fleet, images: &BTreeMap<&str, BTreeSet<ShipId>>) -> Fleet {
    let has = |image: &str, ship: &ShipId| {
        fleet.observed.holdings(*ship).is_some_and(|holdings| holdings.has_image(image))
    };
    if images.iter().all(|(image, ships)| ships.iter().any(|ship| has(image, ship))) {
        return fleet;
    }
    let all = session.environment.ship_ids().collect();
    session.connect_and_observe_ships(&all, Question { images: true, ..Question::default() }).await
}

/// This machine's own engine, with the ids of its images; none if it does not answer.
async fn own_images(session: &Session) -> Option<(Arc<dyn Engine>, BTreeMap<String, String>)> {
    let engine = session.routes().routes.this_machine();
    let images = timeout(PATIENCE, engine.images()).await.ok()?.ok()?;
    Some((engine, images))
}

/// Says what became of an image, as soon as that is known.
fn tell(session: &Session, row: &PushRow) -> Result<(), Problem> {
    match (session.output, row.outcome.is_pushed()) {
        (Output::Json, _) => Ok(()),
        (Output::Text | Output::Markdown, true) => session.print(&pushes::text(row)),
        (Output::Text | Output::Markdown, false) => session.warn(&pushes::text(row)),
    }
}

/// Pushes an image, again as the registry's entry in the file says, and shows how far it is.
async fn pushed(
    session: &Session,
    engine: &dyn Engine,
    image: &str,
    credentials: &Credentials,
) -> Result<PushOutcome, Problem> {
    let environment = &session.environment;
    let found = credentials.find(environment, image).await;
    let retry =
        entry_for(&environment.registries, image).map_or_else(Retry::default, |one| one.retry.clone());
    let line = ProgressLine::new(session, &format!("push {image}"));
    let mut transfer = Transfer::default();
    let mut told = |amount| {
        transfer.take(line.time(), Amount::Pulled(amount));
        line.show(&transfer.text(line.time()));
    };
    let mut tried = 0;
    let outcome = loop {
        tried += 1;
        match engine.push(image, found.login.as_ref(), &mut told).await {
            Ok(pushed) => break PushOutcome::Pushed(pushed.digest),
            Err(PullError::Engine(error)) => break PushOutcome::Failed(error.fault().clone()),
            Err(PullError::Registry { fault, words }) => match retry.pause(tried, fault) {
                Some(pause) => tokio::time::sleep(pause).await,
                None => break PushOutcome::Refused(Box::new(found.refusal(image, fault)), words),
            },
        }
    };
    line.end();
    Ok(outcome)
}
