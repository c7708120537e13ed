//! `stop` and `kill`: bring down what runs.

use std::{cell::RefCell, collections::BTreeSet};

use crate::{
    cli::{
        args::{LeaseArgs, StopArgs},
        change::{Change, change},
        error::{End, Problem},
        fleet::silent_ships,
        orphans::{self, Named},
        session::Session,
    },
    engine::observe::Question,
    model::{InstanceId, ShipId, graph::Direction},
    plan::{
        moves::maybe_elsewhere,
        orphans::running,
        stop::{How, StopOptions, plan_with},
    },
    report::drift::go_on,
};

pub(in crate::cli) async fn run(
    session: &Session,
    args: &StopArgs,
    lease: &LeaseArgs,
    how: How,
) -> Result<End, Problem> {
    let things = &args.things;
    let named = Named::selected(session, things, Direction::DependantsFirst).await?;
    let ships = named.ships(session);
    let Named { instances: mut selected, orphans: named } = named;
    if !things.ignore_dependencies && leave_alone(session, &mut selected)? {
        return Ok(End::BadInput);
    }
    let question = Question { identity: true, descriptions: !named.is_empty(), ..Question::default() };
    let options =
        StopOptions { how, adopt: args.adopt.adopt, ignore_dependencies: things.ignore_dependencies };
    // What cannot be read of a file may declare any container.
    let is_all = things.is_all() && session.partial.is_none();
    // Of two plans, the later one counts.
    let (others, silent) = (RefCell::new(Vec::new()), RefCell::new(Vec::new()));
    let elsewhere = RefCell::new(Vec::new());
    let without_step = RefCell::new((Vec::new(), End::Done));
    let asked =
        Change::new(session, &selected, question, things, lease).everywhere(is_all).anywhere().also_on(ships);
    // To kill a container ends a stop of it that is under way.
    let end = change(asked.impatient(how == How::Kill), &|observed| {
        without_step.replace(orphans::not_stopped(session, observed, &named));
        elsewhere.replace(maybe_elsewhere(&session.environment, observed, &selected));
        if is_all {
            others.replace(running(&session.environment, observed));
            silent.replace(silent_ships(session, observed, &selected));
        }
        plan_with(&session.environment, observed, &selected, &named, options)
    })
    .await?;
    silent.into_inner().iter().try_for_each(|text| session.warn(text))?;
    let unknown = warn_elsewhere(session, &elsewhere.into_inner(), how)?;
    let (texts, without) = without_step.into_inner();
    session.notes(&texts)?;
    let others = others.into_inner();
    if let Some(text) = go_on(&others, &session.environment, &session.invocation, how) {
        session.note(&text)?;
    }
    Ok(end.worse(without).worse(unknown))
}

/// Warns of instances that have no container on their ship and may run on a ship that does not answer.
fn warn_elsewhere(session: &Session, elsewhere: &[(InstanceId, ShipId)], how: How) -> Result<End, Problem> {
    let Some(&(_, ship)) = elsewhere.first() else { return Ok(End::Done) };
    let names: Vec<&str> =
        elsewhere.iter().map(|(id, _)| session.environment.instance(*id).name.as_str()).collect();
    let word = match how {
        How::Stop => "stopped",
        How::Kill => "killed",
    };
    session.warn(&format!(
        "ship {} does not answer; if the file had {} there before, the old container may still run there and was not \
         {word}",
        session.environment.ship(ship).name,
        names.join(", ")
    ))?;
    Ok(End::Unreachable)
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
