//! `start`: brings up what is down.

use std::sync::Arc;

use super::TO_MAKE;
use crate::cli::{
    args::{LeaseArgs, StartArgs},
    building::{First, before},
    change::{ChangeCommand, change, with_remarks},
    error::{End, Problem},
    session::Session,
};
use maestro_core::{model::graph::Direction, plan::start::plan};
use maestro_engine::observe::Question;

pub(in crate::cli) async fn run(
    session: &Arc<Session>,
    args: &StartArgs,
    lease: &LeaseArgs,
) -> Result<End, Problem> {
    let selected = session.select(&args.things, Direction::NeedsFirst)?;
    let (built, expected) = before(session, &selected, First::Missing, lease.dry_run).await?;
    if built != End::Done {
        return Ok(built);
    }
    let options = args.images.start_options(&args.things, &args.adopt, args.new);
    // What is down is to be started, whatever images and networks there are.
    let quick_scope = Question { images: false, networks: false, ..TO_MAKE };
    let asked = ChangeCommand::new(session, &selected, TO_MAKE, &args.things, lease)
        .quick_scope_of(quick_scope)
        .anywhere()
        .bringing_up(&selected);
    let (environment, planned) = (Arc::clone(&session.environment), selected.clone());
    let is_only_shown = lease.dry_run;
    change(asked.with_preflight(args.preflight), move |observed| {
        let plan = plan(&environment, &expected.after(observed), &planned, options);
        with_remarks(plan, &environment, None, is_only_shown)
    })
    .await
}
