//! `build`: builds images on the ships that need them.

use std::sync::Arc;

use crate::cli::{
    args::BuildArgs,
    building::{BuildOptions, Builds, choose},
    error::{End, Problem},
    fleet::silent_ships,
    session::Session,
};
use maestro_build::NotBuiltHere;
use maestro_engine::observe::Question;
use maestro_report::problem::CommandProblem;

pub(in crate::cli) async fn run(session: &Arc<Session>, args: &BuildArgs) -> Result<End, Problem> {
    let selected = session.select_named(&args.things)?;
    let options = BuildOptions {
        always: args.always,
        no_cache: args.no_cache,
        pull: args.pull,
        otherwise: NotBuiltHere::Refused,
    };
    let builds = Builds::of(session, &selected, options).await?;
    if builds.is_empty() {
        return nothing(session, args);
    }
    let fleet = session.connect_and_observe(&selected, Question::default()).await?;
    session.ship_notes(&fleet.told())?;
    let mut looked = builds.look(session, &fleet).await;
    builds.check_platforms(session, &looked)?;
    choose(&session.builders, &mut looked, builds.is_forced());
    builds.add_prerequisites(&mut looked).await;
    let built = builds.carry_out(session, &looked).await?;
    built.print_data(session)?;
    silent_ships(session, &fleet.observed, &selected).iter().try_for_each(|text| session.warn(text))?;
    let end = if fleet.is_incomplete() { End::Unreachable } else { End::Done };
    Ok(end.worse(built.end))
}

/// Nothing of what was named says how its image is built.
fn nothing(session: &Session, args: &BuildArgs) -> Result<End, Problem> {
    if args.things.is_empty() {
        session.note("no service of the file has `build`")?;
        return Ok(End::Done);
    }
    let problem = CommandProblem::new(format!("{} has no `build`", args.things.join(", ")))
        .help("write for example `build: .` at the service, for the Dockerfile beside the file");
    Err(Problem::bad_input(problem))
}
