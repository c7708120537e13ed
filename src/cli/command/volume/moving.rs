//! `volume move`: an instance goes to the ship that the file names, with the data of its named volumes.

use std::{collections::BTreeSet, sync::Arc};

use crate::cli::{
    args::{Things, VolumeMoveArgs},
    change::{ChangeCommand, Latest, change_to, with_remarks},
    command::TO_COMPARE,
    error::{End, Problem},
    lease::author,
    only,
    session::Session,
};
use maestro_core::{
    model::{InstanceId, ShipId, selection::typed_name},
    observed::Observed,
    plan::{
        Plan,
        action::{Action, VolumeAction},
        place,
        reason::UnchangedReason,
        revision::recorded,
        volume_move::plan,
    },
};
use maestro_report::{explain, problem::CommandProblem, text::harmless};
use maestro_run::operations::Target;

pub(super) async fn run(session: &Arc<Session>, args: &VolumeMoveArgs) -> Result<End, Problem> {
    let id = only::instance(session, &args.instance, "")?;
    let selected = BTreeSet::from([id]);
    let (author, is_only_shown) = (author(session), args.lease.dry_run);
    let kept: Latest<Vec<(String, ShipId)>> = Latest::new(Vec::new());
    let things = Things::default();
    let asked = ChangeCommand::new(session, &selected, TO_COMPARE, &things, &args.lease)
        .everywhere(true)
        .with_preflight(args.preflight);
    let (owned, latest, leaves_others) = (Arc::clone(session), kept.clone(), args.leave_others);
    let end = change_to(asked, move |observed| {
        let environment = &owned.environment;
        let plan = plan(environment, observed, id, leaves_others);
        if let Some(problem) = nothing_to_move(&owned, observed, id, &plan) {
            return Err(problem);
        }
        let plan = with_remarks(plan, environment, Some(&owned.sources), is_only_shown);
        let plan = recorded(plan, environment, observed, &author);
        latest.set(volumes_kept(&plan));
        Ok(Target { plan, environment: None })
    })
    .await?;
    if end == End::Done && !args.lease.dry_run {
        for (name, ship) in kept.take() {
            let (name, ship) = (harmless(&name), harmless(&session.environment.ship(ship).name));
            session.note(&format!(
                "volume {name} is kept on ship {ship}; `{} volume rm --ship {ship} {name}` removes it",
                session.invocation
            ))?;
        }
    }
    Ok(end)
}

/// The volumes that the plan keeps, with their ships.
fn volumes_kept(plan: &Plan) -> Vec<(String, ShipId)> {
    let kept = plan.steps.iter().filter_map(|step| match &step.action {
        Action::Volume(VolumeAction::Keep { name, .. }) => Some((name.clone(), step.ship)),
        Action::Volume(_)
        | Action::Container(_)
        | Action::Service(_)
        | Action::Image(_)
        | Action::Network(_)
        | Action::Record(_)
        | Action::Wait(_) => None,
    });
    kept.collect()
}

/// Says why nothing is moved, if the instance is where the file has it, or nowhere.
fn nothing_to_move(session: &Session, observed: &Observed, id: InstanceId, plan: &Plan) -> Option<Problem> {
    let unchanged = plan.unchanged.iter().find(|one| one.instance == id)?;
    let environment = &session.environment;
    let instance = environment.instance(id);
    let name = harmless(&instance.name).into_owned();
    let typed = harmless(&typed_name(environment, id)).into_owned();
    let ship = harmless(&environment.ship(instance.ship).name).into_owned();
    if unchanged.reason == UnchangedReason::Absent {
        let problem = CommandProblem::new(format!("no container of {name} was found; nothing was changed"));
        let silent: Vec<String> = observed
            .silent()
            .map(|(ship, fault)| explain::ship::unreachable(&environment.ship(ship).name, fault))
            .collect();
        let end = if silent.is_empty() { End::Failed } else { End::Unreachable };
        let problem = silent.iter().fold(problem, |problem, text| problem.note(harmless(text)));
        let start = format!("`{} start {typed}` starts it on ship {ship}", session.invocation);
        return Some(Problem::ended(problem.help(start), end));
    }
    let others = environment.ship_ids().filter(|other| *other != instance.ship);
    let others: Vec<_> = others.map(|other| harmless(&environment.ship(other).name).into_owned()).collect();
    let problem = CommandProblem::new(format!(
        "{name} is on ship {ship}, where the file has it: there is nothing to move"
    ));
    let problem = match (place::written(instance, "ship"), &others[..]) {
        (_, []) => problem.help("the file has no other ship: add one below `ships`"),
        (Some(span), _) => {
            let location = session.sources.location(span);
            problem.note(format!("ships: {}", others.join(", "))).help(format!(
                "change `ship: {ship}` to the new ship, {}:{}, then run `{} volume move {typed}` again",
                harmless(&location.name),
                location.line,
                session.invocation
            ))
        }
        (None, _) => {
            let location = session.sources.location(instance.span);
            problem.note(format!("ships: {}", others.join(", "))).help(format!(
                "write `ship:` with the new ship for it, {}:{}, then run `{} volume move {typed}` again",
                harmless(&location.name),
                location.line,
                session.invocation
            ))
        }
    };
    Some(Problem::ended(problem, End::Failed))
}
