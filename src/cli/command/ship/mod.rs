//! `ship`: the ships of the environment.

mod check;
mod drain;
mod ls;

use std::sync::Arc;

use crate::cli::{
    args::{ShipArgs, ShipCommand},
    error::{End, Problem},
    session::Session,
};
use maestro_core::{diagnostic::nearest_name, model::ShipId};
use maestro_report::{problem::CommandProblem, text::harmless};

pub(in crate::cli) async fn run(session: &Arc<Session>, args: &ShipArgs) -> Result<End, Problem> {
    match &args.command {
        ShipCommand::Ls(args) => ls::run(session, args).await,
        ShipCommand::Check(args) => check::run(session, args).await,
        ShipCommand::Drain(args) => drain::run(session, args).await,
    }
}

/// The ships of these names, all if there are none, in the order of the file.
fn named(session: &Session, names: &[String]) -> Result<Vec<ShipId>, Problem> {
    let environment = &session.environment;
    for name in names {
        if !environment.ships.iter().any(|ship| ship.name == *name) {
            return Err(unknown(session, name));
        }
    }
    let is_named = |id: &ShipId| names.is_empty() || names.contains(&environment.ship(*id).name);
    Ok(environment.ship_ids().filter(is_named).collect())
}

fn unknown(session: &Session, name: &str) -> Problem {
    let names = session.environment.ships.iter().map(|ship| ship.name.as_str());
    let problem = CommandProblem::new(format!("there is no ship `{}`", harmless(name)));
    let all: Vec<String> = names.clone().map(|name| format!("`{}`", harmless(name))).collect();
    Problem::bad_input(match nearest_name(name, names) {
        Some(near) => problem.help(format!("did you mean `{}`?", harmless(near))),
        None => problem.help(format!("the ships are {}", all.join(", "))),
    })
}
