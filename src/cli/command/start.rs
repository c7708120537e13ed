//! `start`: brings up what is down.

use super::TO_MAKE;
use crate::{
    cli::{
        args::{LeaseArgs, StartArgs},
        change::{Change, change},
        error::{End, Problem},
        session::Session,
    },
    model::graph::Direction,
    plan::start::plan,
};

pub(in crate::cli) async fn run(
    session: &Session,
    args: &StartArgs,
    lease: &LeaseArgs,
) -> Result<End, Problem> {
    let selected = session.select(&args.things, Direction::NeedsFirst)?;
    let options = args.images.start_options(&args.things, &args.adopt);
    let asked = Change::new(session, &selected, TO_MAKE, &args.things, lease);
    change(asked.with_preflight(args.preflight), &|observed| {
        plan(&session.environment, observed, &selected, options)
    })
    .await
}
