//! `ship ls`: the ships, with what is known of them.

use std::collections::BTreeSet;

use crate::cli::{
    args::{Output, ShipLsArgs},
    error::{End, Problem},
    session::Session,
};
use maestro_core::model::ShipId;
use maestro_engine::observe::Question;
use maestro_report::{json, ships::Ships};

pub(super) async fn run(session: &Session, args: &ShipLsArgs) -> Result<End, Problem> {
    let environment = &session.environment;
    let shown = super::named(session, &args.ships)?;
    let asked: BTreeSet<ShipId> = shown.iter().copied().collect();
    let mut fleet = session.connect_and_observe_ships(&asked, Question::default()).await;
    let facts = fleet.ship_facts().await;
    let ships = Ships { environment, observed: &fleet.observed, facts: &facts, shown: &shown };
    let text = match session.output {
        Output::Json => json::pretty(&session.hidden(ships.json()))?,
        Output::Text | Output::Markdown if args.quiet => ships.names(),
        Output::Text | Output::Markdown => ships.text(session.columns()),
    };
    session.ship_notes(&fleet.told())?;
    if !text.is_empty() {
        session.print(&text)?;
    }
    Ok(if fleet.is_incomplete() { End::Unreachable } else { End::Done })
}
