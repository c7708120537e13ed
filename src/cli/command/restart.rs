//! `restart`: down in reverse order, up in order, with new containers.

use std::{sync::Arc, time::Duration};

use super::{TO_MAKE, pull::fetch};
use crate::cli::{
    args::{LeaseArgs, RestartArgs},
    building::{First, before},
    change::{ChangeCommand, change, with_remarks},
    error::{End, Problem},
    session::Session,
};
use maestro_core::{
    model::graph::Direction,
    plan::restart::{RestartOptions, plan},
};

pub(in crate::cli) async fn run(
    session: &Arc<Session>,
    args: &RestartArgs,
    lease: &LeaseArgs,
) -> Result<End, Problem> {
    let selected = session.select(&args.things, Direction::DependantsFirst)?;
    let (built, expected) = before(session, &selected, First::Missing, lease.dry_run).await?;
    if built != End::Done {
        return Ok(built);
    }
    let mut start = args.images.start_options(&args.things, &args.adopt, args.new);
    let mut fetched = End::Done;
    if args.only_if_changed && start.refresh_images {
        // What has changed is known only when the images are there: a plan of their own fetches them, and what is
        // restarted is planned from what the ships have then.
        if lease.dry_run {
            session.note("no image is pulled: the plan is of the images that are on the ships now")?;
        } else {
            fetched = fetch(session, &selected, &args.things, lease).await?;
        }
        if matches!(fetched, End::Signal(_)) {
            return Ok(fetched);
        }
        start.refresh_images = false;
    }
    let options = RestartOptions {
        start,
        only_if_changed: args.only_if_changed,
        in_batches: !args.things.is_all() && !args.all_at_once,
        step_delay: Duration::from_secs(args.step_delay.into()),
        stop_start_delay: Duration::from_secs(args.stop_start_delay.into()),
    };
    let asked = ChangeCommand::new(session, &selected, TO_MAKE, &args.things, lease);
    let (environment, planned) = (Arc::clone(&session.environment), selected.clone());
    let is_only_shown = lease.dry_run;
    let restarted =
        change(asked.anywhere().bringing_up(&selected).with_preflight(args.preflight), move |observed| {
            let plan = plan(&environment, &expected.after(observed), &planned, options);
            with_remarks(plan, &environment, None, is_only_shown)
        })
        .await?;
    Ok(fetched.worse(restarted))
}
