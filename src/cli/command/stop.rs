//! `stop` and `kill`: bring down what runs.

use std::{collections::BTreeSet, sync::Arc};

use crate::cli::{
    args::{BroughtDown, LeaseArgs, StopArgs},
    change::{ChangeCommand, Latest, change},
    error::{End, Problem},
    fleet::silent_ships,
    orphans::{self, Named},
    running::find,
    session::Session,
    tasks::TaskNames,
};
use maestro_core::{
    model::{InstanceId, ShipId, graph::Direction},
    plan::{
        Orphan,
        moves::maybe_elsewhere,
        orphans::running,
        stop::{StopMethod, StopOptions, plan_with},
    },
};
use maestro_engine::observe::Question;
use maestro_report::{drift::go_on, programs};

/// What has to be known before instances are stopped.
pub(super) const QUESTION: Question = Question { identity: true, ..Question::CONTAINERS };

/// What a plan is not about, and the user should know.
#[derive(Default)]
struct StopNotes {
    /// Orphans that go on running.
    others: Vec<Orphan>,
    /// Ships that do not answer and have none of the instances.
    silent: Vec<String>,
    /// Instances that may run on a ship that does not answer.
    elsewhere: Vec<(InstanceId, ShipId)>,
    /// What became of orphans that were named and get no step.
    without_step: (Vec<String>, End),
}

pub(in crate::cli) async fn run(
    session: &Arc<Session>,
    args: &StopArgs,
    lease: &LeaseArgs,
) -> Result<End, Problem> {
    bring_down(session, &args.what, lease, StopMethod::Stop).await
}

/// Stops or kills what is named.
pub(super) async fn bring_down(
    session: &Arc<Session>,
    BroughtDown { things, adopt, .. }: &BroughtDown,
    lease: &LeaseArgs,
    how: StopMethod,
) -> Result<End, Problem> {
    if how == StopMethod::Kill && TaskNames::of(&session.environment, &things.things).are_all() {
        return kill_tasks(session, &things.things, lease.dry_run).await;
    }
    let named = Named::selected(session, things, Direction::DependantsFirst).await?;
    let ships = named.ships(session);
    let Named { instances: mut selected, orphans: named } = named;
    if !things.ignore_dependencies && leave_alone(session, &mut selected)? {
        return Ok(End::BadInput);
    }
    let question = Question { descriptions: !named.is_empty(), ..QUESTION };
    let options = StopOptions { how, adopt: adopt.adopt, ignore_dependencies: things.ignore_dependencies };
    // What cannot be read of a file may declare any container.
    let is_all = things.is_all() && session.partial.is_none();
    let found = Latest::new(StopNotes::default());
    let asked = ChangeCommand::new(session, &selected, question, things, lease)
        .everywhere(is_all)
        .anywhere()
        .also_on(ships)
        .stopping(&selected);
    // To kill a container ends a stop of it that is under way.
    let (owned, instances, latest) = (Arc::clone(session), selected.clone(), found.clone());
    let end = change(asked.impatient(how == StopMethod::Kill), move |observed| {
        let (session, environment) = (&owned, &owned.environment);
        let mut found = StopNotes {
            without_step: orphans::not_stopped(session, observed, &named),
            elsewhere: maybe_elsewhere(environment, observed, &instances),
            ..StopNotes::default()
        };
        if is_all {
            found.others = running(environment, observed);
            found.silent = silent_ships(session, observed, &instances);
        }
        latest.set(found);
        plan_with(environment, observed, &instances, &named, options)
    })
    .await?;
    let StopNotes { others, silent, elsewhere, without_step: (texts, without) } = found.take();
    silent.iter().try_for_each(|text| session.warn(text))?;
    let unknown = warn_elsewhere(session, &elsewhere, how)?;
    session.notes(&texts)?;
    if let Some(text) = go_on(&others, &session.environment, &session.invocation, how)
        && !lease.dry_run
    {
        session.note(&text)?;
    }
    Ok(end.worse(without).worse(unknown))
}

/// Kills tasks of services on a Swarm, which starts others in their places: that is no change of the services.
async fn kill_tasks(session: &Session, things: &[String], dry_run: bool) -> Result<End, Problem> {
    let found = find(session, things).await?;
    session.ship_notes(&found.fleet.told())?;
    let mut end = End::Done;
    for task in found.containers {
        let task = match task {
            Ok(task) => task,
            Err(other) => {
                session.note(&other.why)?;
                end = end.worse(other.end);
                continue;
            }
        };
        match if dry_run { Ok(()) } else { task.engine.kill(&task.id).await } {
            Ok(()) => session.print(&programs::killed_task(&task.name, dry_run))?,
            Err(error) => {
                session.note(&programs::not_signalled(&task.name, "SIGKILL", error.fault()))?;
                end = end.worse((&error).into());
            }
        }
    }
    Ok(end)
}

/// Warns of instances that have no container on their ship and may run on a ship that does not answer.
fn warn_elsewhere(
    session: &Session,
    instances: &[(InstanceId, ShipId)],
    how: StopMethod,
) -> Result<End, Problem> {
    let Some(text) = elsewhere(session, instances, how) else { return Ok(End::Done) };
    session.warn(&text)?;
    Ok(End::Unreachable)
}

/// The same as a sentence; none if there are no such instances.
pub(super) fn elsewhere(
    session: &Session,
    instances: &[(InstanceId, ShipId)],
    how: StopMethod,
) -> Option<String> {
    let &(_, ship) = instances.first()?;
    let names: Vec<&str> =
        instances.iter().map(|(id, _)| session.environment.instance(*id).name.as_str()).collect();
    let word = match how {
        StopMethod::Stop => "stopped",
        StopMethod::Kill => "killed",
    };
    Some(format!(
        "ship {} is unreachable; if the file had {} there before, the old container may still run there and was not \
         {word}",
        session.environment.ship(ship).name,
        names.join(", ")
    ))
}

/// Takes out what cannot be ordered, because it has to do with instances that cannot be read, and says so. True if nothing
/// else is left.
fn leave_alone(session: &Session, selected: &mut BTreeSet<InstanceId>) -> Result<bool, Problem> {
    let Some(partial) = &session.partial else { return Ok(false) };
    let left: Vec<&str> = selected
        .intersection(&partial.unordered)
        .map(|&id| session.environment.instance(id).name.as_str())
        .collect();
    if left.is_empty() {
        return Ok(false);
    }
    session.note(&format!(
        "not changed: {}. Their order with what cannot be read is not known; `{} stop --ignore-dependencies NAME` stops \
         them in any order",
        left.join(", "),
        session.invocation
    ))?;
    selected.retain(|id| !partial.unordered.contains(id));
    Ok(selected.is_empty())
}
