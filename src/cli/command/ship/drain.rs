//! `ship drain`: what `drain: true` of a ship would do, and where to write it. Sends nothing but questions.

use std::sync::Arc;

use crate::cli::{
    args::{Output, ShipDrainArgs, Things},
    building::First,
    command::apply,
    dry_run::Shown,
    error::{End, Problem},
    lease,
    session::Session,
};
use maestro_core::model::{Ship, ShipId};
use maestro_report::text::harmless;

pub(super) async fn run(session: &Arc<Session>, args: &ShipDrainArgs) -> Result<End, Problem> {
    let environment = &session.environment;
    let Some(at) = environment.ships.iter().position(|ship| ship.name == args.ship) else {
        return Err(super::unknown(session, &args.ship));
    };
    let things = Things::default();
    let planned = apply::Planned::of(session, &things, apply::looking(&things), Some(First::Changed)).await?;
    let shown = Shown { plan: &planned.plan, environment, found: &[], steps: args.steps, hint: "" };
    let text = shown.text(session)?;
    planned.tell(session)?;
    lease::tell_holders(session, &planned.fleet).await?;
    session.print(&text)?;
    if session.output != Output::Json {
        session.note(&next(session, environment.ship(ShipId(at))))?;
    }
    Ok(planned.end())
}

/// What to write, and where.
fn next(session: &Session, ship: &Ship) -> String {
    let name = harmless(&ship.name);
    let place = ship.span.map_or_else(String::new, |span| {
        let at = session.sources.location(span);
        format!(" at {}:{}", harmless(&at.name), at.line)
    });
    format!(
        "nothing was changed; add `drain: true` to ship `{name}`{place}, then run `{} apply`",
        session.invocation
    )
}
