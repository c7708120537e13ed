//! `start`: brings up what is down.

use super::TO_MAKE;
use crate::{
    cli::{
        args::StartArgs,
        carry_out::carry_out,
        error::{End, Problem},
        fleet::Fleet,
        session::Session,
    },
    model::graph::Direction,
    plan::start::plan,
};

pub(in crate::cli) async fn run(session: &Session, args: &StartArgs) -> Result<End, Problem> {
    let selected = session.select(&args.things, Direction::NeedsFirst)?;
    let fleet = Fleet::muster(session, &selected, TO_MAKE).await?;
    let plan = plan(
        &session.environment,
        &fleet.observed,
        &selected,
        args.images.start_options(&args.things, &args.adopt),
    );
    carry_out(session, fleet, &selected, plan, args.things.concurrency).await
}
