//! `ship check`: what would make `apply` fail on ships, whatever it has to do there. Sends nothing but questions.

use crate::cli::{
    args::{Output, ShipCheckArgs},
    command::apply,
    error::{End, Problem},
    preflight::look,
    session::Session,
};
use maestro_core::{event::Finding, model::ShipId, plan::command::Command};
use maestro_report::{
    json,
    preflight::{self, CommandOutcome, Occasion},
    ships,
};
use maestro_run::preflight::has_errors;

pub(super) async fn run(session: &Session, args: &ShipCheckArgs) -> Result<End, Problem> {
    let shown = super::named(session, &args.ships)?;
    let mut planned = apply::Planned::of_ships(session, &shown.iter().copied().collect()).await;
    let facts = planned.fleet.ship_facts().await;
    let mut found = ships::findings(&planned.fleet.observed, &facts, &shown);
    let is_shown = |finding: &Finding| shown.contains(&finding.ship);
    found.extend(look(session, &planned.fleet, &planned.plan).await.into_iter().filter(is_shown));
    session.ship_notes(&planned.fleet.told())?;
    print(session, &found, &shown)?;
    let end = if planned.fleet.is_incomplete() { End::Unreachable } else { End::Done };
    Ok(if has_errors(&found) { end.worse(End::Refused) } else { end })
}

fn print(session: &Session, found: &[Finding], shown: &[ShipId]) -> Result<(), Problem> {
    let (environment, sources) = (&session.environment, &session.sources);
    let names: Vec<&str> = shown.iter().map(|id| environment.ship(*id).name.as_str()).collect();
    let text = match session.output {
        Output::Json => {
            let found = preflight::json(found, environment, sources);
            json::pretty(&session.hidden(ships::checked(&environment.name, &names, &found)))?
        }
        Output::Text | Output::Markdown if found.is_empty() => ships::nothing_found(names.len()),
        Output::Text | Output::Markdown => {
            let outcome = CommandOutcome::Checked;
            let of = Occasion { invocation: &session.invocation, command: Command::Apply, outcome };
            preflight::text(found, environment, sources, of, session.colour)
        }
    };
    session.print(&text)
}
