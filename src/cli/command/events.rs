//! `events`: what happens to the environment's containers, networks and volumes on all ships.

use std::{
    collections::BTreeSet,
    io::{self, Write as _},
};

use futures_util::StreamExt as _;

use crate::cli::{
    args::{EventsArgs, Output},
    error::{End, Problem},
    session::Session,
};
use maestro_core::{model::ShipId, observed::ShipState};
use maestro_engine::observe::Question;
use maestro_report::{
    events::{EventEntry, EventFilter, lost},
    json, logs, silent,
    text::harmless,
};
use maestro_run::operations::happenings::{HappeningUpdate, HappeningsRange, follow};

pub(in crate::cli) async fn run(session: &Session, args: &EventsArgs) -> Result<End, Problem> {
    let environment = &session.environment;
    let fleet = session.connect_and_observe_everywhere(Question::default()).await;
    session.ship_notes(&fleet.told())?;
    let is_lost = |ship: &ShipId| matches!(fleet.observed.ship(*ship), ShipState::Unreachable { .. });
    let mut lost_ships: BTreeSet<ShipId> = environment.ship_ids().filter(is_lost).collect();
    for text in silent::sentences(environment, &fleet.observed, environment.ship_ids()) {
        session.note(&text)?;
    }
    let filter = EventFilter::merged(&args.filter);
    let range = HappeningsRange { since: args.since, until: args.until };
    let mut updates = follow(environment, &fleet.observed, &fleet.engines, range);
    while let Some((ship, update)) = updates.next().await {
        match update {
            HappeningUpdate::Happened { happening, instance } => {
                let entry = entry(session, ship, happening, instance);
                if filter.keeps(&entry) {
                    print(session, &entry, args.quiet)?;
                }
            }
            HappeningUpdate::Lost(reason) => {
                lost_ships.insert(ship);
                session.note(&lost(&environment.ship(ship).name, &reason))?;
            }
            HappeningUpdate::Back => {
                lost_ships.remove(&ship);
                session.note(&logs::back(&environment.ship(ship).name))?;
            }
        }
    }
    Ok(if lost_ships.is_empty() { End::Done } else { End::Unreachable })
}

/// What is told of something that happened.
pub(super) fn entry(
    session: &Session,
    ship: ShipId,
    happening: maestro_engine::inspection::Happening,
    instance: Option<String>,
) -> EventEntry {
    let environment = &session.environment;
    let declared = instance.as_deref().and_then(|name| environment.instance_named(name));
    EventEntry {
        time: happening.time,
        ship: environment.ship(ship).name.clone(),
        kind: happening.kind,
        action: happening.action,
        id: happening.id,
        service: declared.map(|instance| environment.service(instance.service).name.clone()),
        instance,
        attributes: happening.attributes,
    }
}

/// Prints an event as it comes: whoever reads them waits for it.
fn print(session: &Session, entry: &EventEntry, quiet: bool) -> Result<(), Problem> {
    let line = match session.output {
        Output::Json => json::line(&session.hidden(entry.json()))?,
        Output::Text | Output::Markdown if quiet => harmless(entry.subject()).into_owned(),
        Output::Text | Output::Markdown => session.known().hide(&entry.line()).into_owned(),
    };
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}
