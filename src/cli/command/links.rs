//! `links`: which name leads to which instance, how, and whether it does.

use std::collections::{BTreeMap, BTreeSet};

use tokio::sync::watch;

use crate::cli::{
    args::{LinksArgs, Output},
    error::{End, Problem},
    guest_program::GuestPrograms,
    session::Session,
    signals::Signals,
};
use maestro_core::{
    model::{Environment, InstanceId, ShipId},
    observed::link_check::{LinkCheck, LinkVerdict},
};
use maestro_engine::observe::Question;
use maestro_report::{
    json,
    links::{self, LinkRow},
};
use maestro_run::operations::links::{LinkChecks, LinkKey};

pub(in crate::cli) async fn run(session: &Session, args: &LinksArgs) -> Result<End, Problem> {
    let environment = &session.environment;
    let selected = session.select_named(&args.things)?;
    let consumers: BTreeSet<InstanceId> =
        selected.into_iter().filter(|id| !environment.instance(*id).links.is_empty()).collect();
    let (checks, signal) = if args.check && !consumers.is_empty() {
        check(session, args, &consumers).await?
    } else {
        (BTreeMap::new(), None)
    };
    let rows = rows(environment, &consumers, &checks);
    let text = match session.output {
        Output::Json => json::pretty(&session.hidden(links::json(environment, &rows)))?,
        Output::Text | Output::Markdown if rows.is_empty() => String::new(),
        Output::Text | Output::Markdown => links::text(environment, &rows, session.columns()),
    };
    if text.is_empty() {
        session.note("no instance has a link")?;
    } else {
        session.print(&text)?;
    }
    let end = match links::verdict(&rows) {
        LinkVerdict::Good | LinkVerdict::Unused => End::Done,
        LinkVerdict::Unreachable => End::Unreachable,
        LinkVerdict::Bad => End::Failed,
    };
    Ok(signal.map_or(end, End::Signal))
}

/// A row for each link of these instances.
pub(super) fn rows<'a>(
    environment: &'a Environment,
    consumers: &BTreeSet<InstanceId>,
    checks: &'a BTreeMap<LinkKey, LinkCheck>,
) -> Vec<LinkRow<'a>> {
    let each = consumers.iter().flat_map(|&consumer| {
        let links = environment.instance(consumer).links.iter().enumerate();
        links.map(move |(at, link)| LinkRow { consumer, link, check: checks.get(&(consumer, at)) })
    });
    each.collect()
}

/// Tries each link. At a signal what was made is removed, and what was found until then is shown.
async fn check(
    session: &Session,
    args: &LinksArgs,
    consumers: &BTreeSet<InstanceId>,
) -> Result<(BTreeMap<LinkKey, LinkCheck>, Option<u8>), Problem> {
    let environment = &session.environment;
    let programs = GuestPrograms::find(&session.variables);
    let mut signals = Signals::take()?;
    let fleet = session.connect_and_observe_ships(&ships(environment, consumers), Question::default()).await;
    session.ship_notes(&fleet.told())?;
    let (interrupt, interrupted) = watch::channel(false);
    let program = |platform: &str| programs.of(platform);
    let checks = LinkChecks {
        environment,
        observed: &fleet.observed.by_label(environment),
        engines: &fleet.engines,
        program: &program,
        patience: args.timeout,
        interrupted,
    };
    let checked = checks.run(consumers);
    tokio::pin!(checked);
    let number = tokio::select! {
        biased;
        checks = &mut checked => return Ok((checks, None)),
        number = signals.next() => number,
    };
    interrupt.send_replace(true);
    // A second signal ends it at once; `clean` finds what is left.
    tokio::select! {
        biased;
        checks = checked => Ok((checks, Some(number))),
        number = signals.next() => Ok((BTreeMap::new(), Some(number))),
    }
}

/// The ships of consumers and of what they link to.
fn ships(environment: &Environment, consumers: &BTreeSet<InstanceId>) -> BTreeSet<ShipId> {
    let each = consumers.iter().flat_map(|id| {
        let consumer = environment.instance(*id);
        let targets = consumer.links.iter().flat_map(|link| &link.targets);
        targets.map(|id| environment.instance(*id).ship).chain([consumer.ship])
    });
    each.collect()
}
