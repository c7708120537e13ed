//! `clean`: removes stopped containers, the network and the generations when nothing is left, and leases that killed runs have left.

use std::cell::RefCell;

use crate::{
    cli::{
        args::{CleanArgs, LeaseArgs, Things},
        change::{Change, change},
        error::{End, Problem},
        orphans::{self, Named},
        session::Session,
    },
    engine::observe::Question,
    model::graph::Direction,
    plan::{
        generation::forgotten,
        orphans::list,
        tidy::{CleanOptions, plan_clean_with},
    },
    report::drift::stay,
};

pub(in crate::cli) async fn run(
    session: &Session,
    args: &CleanArgs,
    lease: &LeaseArgs,
) -> Result<End, Problem> {
    let things = &args.things;
    let select = |names: &[String]| {
        session.select(&Things { things: names.to_vec(), ..things.clone() }, Direction::NeedsFirst)
    };
    // Filters are about instances.
    let named = if things.container_filter.is_some() || things.ship_filter.is_some() {
        Named { instances: select(&things.things)?, orphans: Vec::new() }
    } else {
        Named::of(session, &things.things, select).await?
    };
    let ships = named.ships(session);
    let Named { instances: selected, orphans: named } = named;
    let question = Question { networks: true, identity: true, generations: true, ..Question::default() };
    // Of two plans, the later one counts.
    let (without_step, left) = (RefCell::new((Vec::new(), End::Done)), RefCell::new(None));
    let asked =
        Change::new(session, &selected, question, things, lease).everywhere(things.is_all()).also_on(ships);
    let end = change(asked, &|observed| {
        let environment = &session.environment;
        without_step.replace(orphans::not_removed(session, observed, &named));
        if things.is_all() {
            left.replace(stay(&list(environment, observed), environment, &session.invocation));
        }
        let options = CleanOptions { adopt: args.adopt.adopt, orphans: &named };
        let plan = plan_clean_with(environment, observed, &selected, options);
        forgotten(plan, environment, observed)
    })
    .await?;
    let (texts, without) = without_step.into_inner();
    session.notes(&texts)?;
    session.notes(left.into_inner().as_slice())?;
    Ok(end.worse(without))
}
