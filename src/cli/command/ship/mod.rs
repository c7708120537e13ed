//! `ship`: the ships of the environment.

mod drain;

use std::sync::Arc;

use crate::cli::{
    args::{ShipArgs, ShipCommand},
    error::{End, Problem},
    session::Session,
};

pub(in crate::cli) async fn run(session: &Arc<Session>, args: &ShipArgs) -> Result<End, Problem> {
    match &args.command {
        ShipCommand::Drain(args) => drain::run(session, args).await,
    }
}
