//! `ship drain`: what `drain: true` of a ship would move.

use std::sync::Arc;

use crate::cli::{
    args::ShipDrainArgs,
    error::{End, Problem},
    session::Session,
};

#[expect(clippy::unused_async, reason = "it asks engines when it shows the plan")]
pub(super) async fn run(session: &Arc<Session>, args: &ShipDrainArgs) -> Result<End, Problem> {
    let environment = &session.environment;
    let Some(ship) = environment.ships.iter().find(|ship| ship.name == args.ship) else {
        return Err(super::unknown(session, &args.ship));
    };
    session.print(&format!("write `drain: true` at ship `{}` of the file", ship.name))?;
    Ok(End::Done)
}
