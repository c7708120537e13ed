//! `rollback`: the whole environment becomes again what it was in an earlier revision.

use std::sync::Arc;

use super::TO_COMPARE;
use crate::cli::{
    args::{NewContainers, Output, RollbackArgs, Things},
    change::{ChangeCommand, Latest, change_to, with_remarks},
    error::{End, Problem},
    lease,
    session::Session,
};
use maestro_core::{
    model::InstanceId,
    observed::Observed,
    plan::{
        apply::ApplyOptions,
        revision::recorded,
        revision::rollback::{Missing, Rollback, plan},
    },
};
use maestro_report::{history::lacking, problem::CommandProblem};
use maestro_run::operations::Target;

pub(in crate::cli) async fn run(session: &Arc<Session>, args: &RollbackArgs) -> Result<End, Problem> {
    let author = lease::author(session);
    let things = Things { concurrency: args.concurrency, ..Things::default() };
    let selected = std::collections::BTreeSet::<InstanceId>::new();
    let asked = ChangeCommand::new(session, &selected, TO_COMPARE, &things, &args.lease);
    let number = Latest::new(args.revision);
    let is_only_shown = args.lease.dry_run;
    let (owned, settled, new) = (Arc::clone(session), number.clone(), args.new);
    let declared = session.environment.instance_ids().collect();
    let asked = asked.everywhere(true).bringing_up(&declared);
    let end = change_to(asked, move |observed| {
        // What is meant without a number is settled once: under the lease it may be looked for no more.
        let back = planned(&owned, observed, settled.get(), new)?;
        settled.set(Some(back.number));
        let plan = with_remarks(back.plan, &back.environment, Some(&owned.sources), is_only_shown);
        let plan = recorded(plan, &back.environment, observed, &author);
        Ok(Target { plan, environment: Some(back.environment) })
    })
    .await?;
    if let (End::Done, Some(number), Output::Text, false) =
        (end, number.take(), session.output, args.lease.dry_run)
    {
        let maestro = &session.invocation;
        session.note(&format!(
            "revision {number} runs, whatever the file says: `{maestro} diff` shows what differs, and the next \
             `{maestro} apply` makes it as the file says again"
        ))?;
    }
    Ok(end)
}

/// The plan of the way back.
pub(super) fn planned(
    session: &Session,
    observed: &Observed,
    number: Option<u64>,
    new: NewContainers,
) -> Result<Rollback, Problem> {
    let options = ApplyOptions {
        renew_volumes: new.renew_anonymous_volumes,
        moves: new.moves,
        skip_unreachable: new.skip_unreachable,
        detach: new.detach,
        ..ApplyOptions::default()
    };
    plan(&session.environment, observed, number, options).map_err(|missing| refused(session, &missing))
}

/// All that is missing, and what to do about it.
fn refused(session: &Session, missing: &[Missing]) -> Problem {
    let maestro = &session.invocation;
    let mut end = End::Done;
    let mut problems = Vec::new();
    for one in missing {
        let help = match one {
            Missing::Records => format!("`{maestro} apply` records one whenever it has changed something"),
            Missing::Earlier => format!("`{maestro} history` shows what is recorded"),
            Missing::Revision { .. } => format!("`{maestro} history` shows what each of them was"),
            Missing::Ship { ship, .. } => {
                let ship = session.environment.ship(*ship);
                format!(
                    "look at its engine ({}); without it the environment cannot go back as a whole",
                    ship.addresses()
                )
            }
            Missing::Unreadable { .. } => {
                "use the version of maestro that wrote it, or a newer one".to_owned()
            }
            Missing::Forgotten { .. } => "go back to a revision that all ships have".to_owned(),
            Missing::Files { instance, files, .. } => {
                let them = if files.len() == 1 { "the file" } else { "these files" };
                format!(
                    "let the file of the environment give {instance} {them} as in that revision, for example from \
                     version control, then try again"
                )
            }
            Missing::Image { image, .. } => {
                format!(
                    "load or build that very image there, or change the file and `{maestro} apply`: {image}"
                )
            }
        };
        end = end.worse(match one {
            Missing::Records | Missing::Earlier | Missing::Revision { .. } => End::BadInput,
            Missing::Ship { .. } => End::Unreachable,
            Missing::Unreadable { .. }
            | Missing::Forgotten { .. }
            | Missing::Files { .. }
            | Missing::Image { .. } => End::Refused,
        });
        let help = maestro_report::text::harmless(&help).into_owned();
        problems.push(CommandProblem::new(lacking(one, &session.environment)).help(help));
    }
    Problem::Command { problems, outcome: Some("nothing was changed"), end }
}
