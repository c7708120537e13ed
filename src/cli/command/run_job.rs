//! `run` of a job of the file: the job itself runs again, in place of a container beside it.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use super::{TO_MAKE, logs};
use crate::cli::{
    args::{LeaseArgs, LogsArgs, Output, PreflightArgs, Things},
    change::{ChangeCommand, change, with_remarks},
    error::{End, Problem},
    fleet::ships_of,
    session::Session,
};
use maestro_core::{
    model::InstanceId,
    observed::InstanceState,
    plan::{
        restart::{RestartOptions, plan},
        start::StartOptions,
    },
};
use maestro_engine::observe::Question;
use maestro_run::operations::logs::Moment;
use tokio::time::Instant;

/// Runs jobs again, shows what they wrote, and passes on the exit code.
pub(super) async fn run(
    session: &Arc<Session>,
    thing: &str,
    jobs: BTreeSet<InstanceId>,
) -> Result<End, Problem> {
    let begun = Instant::now();
    let things = Things { things: vec![thing.to_owned()], ..Things::default() };
    let lease = LeaseArgs { wait: Duration::ZERO, dry_run: false, steps: false, yes: false, timeline: None };
    let start = StartOptions::default();
    let options = RestartOptions {
        start,
        only_if_changed: false,
        in_batches: true,
        step_delay: Duration::ZERO,
        stop_start_delay: Duration::ZERO,
    };
    let asked = ChangeCommand::new(session, &jobs, TO_MAKE, &things, &lease);
    let asked = asked.anywhere().bringing_up(&jobs).with_preflight(PreflightArgs { no_preflight: false });
    let (environment, planned) = (Arc::clone(&session.environment), jobs.clone());
    let end = change(asked, move |observed| {
        with_remarks(plan(&environment, observed, &planned, options), &environment, None, false)
    })
    .await?;
    match end {
        End::Done if session.output == Output::Text => {
            // A Swarm keeps what earlier runs of a job wrote.
            let is_on_swarm = jobs.iter().any(|id| session.environment.instance(*id).swarm.is_some());
            let since = is_on_swarm.then(|| Moment::Ago(begun.elapsed()));
            logs::run(session, &LogsArgs { since, ..LogsArgs::of(things.things) }).await
        }
        End::Failed => Ok(exit_code(session, &jobs).await.map_or(end, End::from)),
        End::Done
        | End::BadInput
        | End::Pending
        | End::Unreachable
        | End::Locked
        | End::Stale
        | End::Refused
        | End::Exited(_)
        | End::Signal(_) => Ok(end),
    }
}

/// The exit code of the first job that failed; none if none has ended so.
async fn exit_code(session: &Session, jobs: &BTreeSet<InstanceId>) -> Option<i64> {
    let environment = &session.environment;
    let fleet = session.connect_and_observe_ships(&ships_of(session, jobs), Question::default()).await;
    let observed = fleet.observed.by_label(environment);
    for &id in jobs {
        let InstanceState::Ours(container) = observed.instance(environment, id) else { continue };
        let Some(engine) = &fleet.engines[environment.instance(id).ship.0] else { continue };
        let seen = engine.inspect(&container.id).await.ok().flatten();
        let code = seen.and_then(|seen| seen.exit_code).filter(|code| *code != 0);
        if code.is_some() {
            return code;
        }
    }
    None
}
