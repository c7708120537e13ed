//! `clean`: removes stopped containers, the network and the revisions when nothing is left, and
//! leases that killed runs have left.

use std::cell::RefCell;

use crate::{
    cli::{
        args::{CleanArgs, LeaseArgs, Output},
        change::{Change, change},
        error::{End, Problem},
        fleet::Fleet,
        lease,
        orphans::{self, Named},
        session::Session,
    },
    engine::observe::Question,
    model::graph::Direction,
    observed::Observed,
    plan::{
        Plan,
        orphans::list,
        revision::forgotten,
        tidy::{CleanOptions, Volumes, plan_clean_with},
    },
    report::{drift::stay, json, plan as report, volumes::left_behind},
};

pub(in crate::cli) async fn run(
    session: &Session,
    args: &CleanArgs,
    lease_args: &LeaseArgs,
) -> Result<End, Problem> {
    let things = &args.things;
    let named = Named::selected(session, things, Direction::NeedsFirst).await?;
    let ships = named.ships(session);
    let question = Question {
        networks: true,
        identity: true,
        revisions: true,
        left_behind: args.volumes,
        ..Question::default()
    };
    let Named { instances: selected, orphans: named } = named;
    let environment = &session.environment;
    let plan = |observed: &Observed| {
        let volumes = match (args.volumes, things.is_all()) {
            (false, _) => Volumes::Stay,
            (true, false) => Volumes::OfSelected,
            (true, true) => Volumes::All,
        };
        let options = CleanOptions { adopt: args.adopt.adopt, orphans: &named, volumes };
        let plan = plan_clean_with(environment, observed, &selected, options);
        forgotten(plan, environment, observed)
    };
    if args.dry_run {
        let ships = if things.is_all() { environment.ship_ids().collect() } else { ships };
        return show(session, &session.connect_and_observe_ships(&ships, question).await, plan).await;
    }
    // Of two plans, the later one counts.
    let (without_step, left) = (RefCell::new((Vec::new(), End::Done)), RefCell::new(None));
    let volumes = RefCell::new(None);
    let asked = Change::new(session, &selected, question, things, lease_args)
        .everywhere(things.is_all())
        .also_on(ships);
    let end = change(asked, &|observed| {
        without_step.replace(orphans::not_removed(session, observed, &named));
        if things.is_all() {
            left.replace(stay(&list(environment, observed), environment, &session.invocation));
        }
        let plan = plan(observed);
        volumes.replace(left_behind(&plan, &session.invocation));
        plan
    })
    .await?;
    let (texts, without) = without_step.into_inner();
    session.notes(&texts)?;
    session.notes(volumes.into_inner().as_slice())?;
    session.notes(left.into_inner().as_slice())?;
    Ok(end.worse(without))
}

/// Shows what would be removed.
async fn show(session: &Session, fleet: &Fleet, plan: impl Fn(&Observed) -> Plan) -> Result<End, Problem> {
    let (environment, plan) = (&session.environment, plan(&fleet.observed));
    let text = match session.output {
        Output::Json => json::pretty(&session.hidden(report::json(&plan, environment, &session.sources)))?,
        Output::Text => report::text(&plan, environment, &session.sources),
    };
    session.notes(&fleet.told())?;
    lease::tell_holders(session, fleet).await?;
    session.print(&text)?;
    let end = if fleet.is_incomplete() { End::Unreachable } else { End::Done };
    Ok(if plan.has_unmanaged() { end.worse(End::Refused) } else { end })
}
