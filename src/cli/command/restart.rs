//! `restart`: down in reverse order, up in order, with new containers.

use std::time::Duration;

use super::TO_MAKE;
use crate::{
    cli::{
        args::RestartArgs,
        carry_out::carry_out,
        error::{End, Problem},
        fleet::Fleet,
        session::Session,
    },
    model::graph::Direction,
    plan::restart::{RestartOptions, plan},
};

pub(in crate::cli) async fn run(session: &Session, args: &RestartArgs) -> Result<End, Problem> {
    let selected = session.select(&args.things, Direction::DependantsFirst)?;
    let fleet = Fleet::muster(session, &selected, TO_MAKE).await?;
    let options = RestartOptions {
        start: args.images.start_options(&args.things, &args.adopt),
        step_delay: Duration::from_secs(args.step_delay.into()),
        stop_start_delay: Duration::from_secs(args.stop_start_delay.into()),
    };
    let plan = plan(&session.environment, &fleet.observed, &selected, options);
    carry_out(session, fleet, &selected, plan, args.things.concurrency).await
}
