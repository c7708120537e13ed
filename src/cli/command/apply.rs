//! `apply`: running services become what the file says.

use std::{collections::BTreeSet, sync::Arc};

use super::TO_COMPARE;
use crate::cli::{
    args::{ApplyArgs, LeaseArgs, Things},
    building::{Expected, First, before},
    change::{Agreed as Hold, ChangeCommand, Latest, change, with_remarks},
    consent,
    error::{End, Problem},
    fleet::{Fleet, silent_ships},
    fresh::{Brought, Fresh, brought},
    lease::author,
    orphans::Named,
    saved::Agreed,
    session::Session,
};
use maestro_core::{
    model::{InstanceId, ShipId, graph::Direction, selection::may_have_surplus},
    observed::Observed,
    plan::{
        Plan,
        apply::{ApplyOptions, plan_pruning},
        orphan_scope::OrphanScope,
        revision::recorded,
    },
};
use maestro_report::volumes;

/// What `apply` would do, and what it is planned from.
pub(super) struct Planned {
    pub fleet: Fleet,
    pub selected: BTreeSet<InstanceId>,
    pub plan: Plan,
    /// The images that are built before the plan is carried out.
    pub expected: Expected,
}

/// What these arguments ask for.
pub(super) fn options(args: &ApplyArgs) -> ApplyOptions {
    ApplyOptions {
        prune: args.prune,
        adopt: args.adopt.adopt,
        renew_volumes: args.new.renew_anonymous_volumes,
        moves: args.new.moves,
        skip_unreachable: args.new.skip_unreachable,
        detach: args.new.detach,
        peers: args.peers,
        continues: args.continues,
        ..looking(&args.things)
    }
}

/// What a command asks for that only looks.
pub(super) fn looking(things: &Things) -> ApplyOptions {
    ApplyOptions { ignore_dependencies: things.ignore_dependencies, ..ApplyOptions::default() }
}

/// The containers that are meant of those that the file does not declare.
pub(super) fn scope(things: &Things) -> Result<OrphanScope, Problem> {
    Ok(OrphanScope::of(&things.things, things.container_filter.as_deref())?)
}

/// The instances that are meant. With `--prune` names may stand for orphans, which are no instances.
async fn select(
    session: &Session,
    things: &Things,
    options: ApplyOptions,
) -> Result<BTreeSet<InstanceId>, Problem> {
    if !options.prune || things.things.is_empty() || things.ship_filter.is_some() {
        return session.select(things, Direction::NeedsFirst);
    }
    let select = |names: &[String]| {
        session.select(&Things { things: names.to_vec(), ..things.clone() }, Direction::NeedsFirst)
    };
    Ok(Named::of(session, &things.things, select).await?.instances)
}

/// Whether all ships are asked: some may have nothing but orphans, or an instance too many of a service that is named.
fn is_everywhere(session: &Session, things: &Things, options: ApplyOptions) -> bool {
    let is_unfiltered = things.ship_filter.is_none() && things.container_filter.is_none();
    things.is_all()
        || (options.prune && things.ship_filter.is_none())
        || (is_unfiltered && may_have_surplus(&session.environment, &things.things))
}

/// Which images are built before the plan is carried out; said as well.
async fn expected(
    session: &Session,
    instances: &BTreeSet<InstanceId>,
    first: Option<First>,
) -> Result<Expected, Problem> {
    match first {
        Some(first) => Ok(before(session, instances, first, true).await?.1),
        None => Ok(Expected::default()),
    }
}

/// Which images `apply` builds first.
pub(super) fn first(args: &ApplyArgs) -> Option<First> {
    (!args.builds.no_build).then_some(First::Changed)
}

impl Planned {
    /// Plans for what is named. Where nothing is, all ships are asked: some may have nothing but what the file does not
    /// declare any more.
    pub(super) async fn of(
        session: &Session,
        things: &Things,
        options: ApplyOptions,
        first: Option<First>,
    ) -> Result<Self, Problem> {
        let selected = select(session, things, options).await?;
        let scope = scope(things)?;
        if !is_everywhere(session, things, options) {
            return Self::of_instances(session, selected, options, first, &scope).await;
        }
        let expected = expected(session, &selected, first).await?;
        let fleet = session.connect_and_observe_everywhere(TO_COMPARE).await;
        Ok(Self::made(session, fleet, expected, selected, options, &scope))
    }

    /// Plans for these instances.
    pub(super) async fn of_instances(
        session: &Session,
        selected: BTreeSet<InstanceId>,
        options: ApplyOptions,
        first: Option<First>,
        scope: &OrphanScope,
    ) -> Result<Self, Problem> {
        let expected = expected(session, &selected, first).await?;
        let mut fleet = session.connect_and_observe(&selected, TO_COMPARE).await?;
        let routes = session.routes();
        fleet.refresh_old_ships(&session.environment, &routes, &selected, TO_COMPARE).await;
        Ok(Self::made(session, fleet, expected, selected, options, scope))
    }

    /// Plans for all instances on these ships, from what these engines say. Nothing is built.
    pub(super) async fn of_ships(session: &Session, ships: &BTreeSet<ShipId>) -> Self {
        let mut fleet = session.connect_and_observe_ships(ships, TO_COMPARE).await;
        let environment = &session.environment;
        let is_there = |id: &InstanceId| ships.contains(&environment.instance(*id).ship);
        let selected: BTreeSet<InstanceId> = environment.instance_ids().filter(is_there).collect();
        fleet.refresh_old_ships(environment, &session.routes(), &selected, TO_COMPARE).await;
        let (options, scope) = (ApplyOptions::default(), OrphanScope::default());
        Self::made(session, fleet, Expected::default(), selected, options, &scope)
    }

    fn made(
        session: &Session,
        fleet: Fleet,
        expected: Expected,
        selected: BTreeSet<InstanceId>,
        options: ApplyOptions,
        scope: &OrphanScope,
    ) -> Self {
        let observed = expected.after(&fleet.observed);
        let plan = plan_pruning(&session.environment, &observed, &selected, options, scope);
        let plan = recorded(plan, &session.environment, &observed, &author(session));
        drop(observed);
        Self { fleet, selected, plan, expected }
    }

    /// The same as if the images had been pulled that registries have now, and which these are.
    pub(super) async fn with_fresh_images(
        self,
        session: &Session,
        options: ApplyOptions,
        scope: &OrphanScope,
    ) -> (Self, Fresh) {
        let fresh = Fresh::ask(session, &self.fleet, &self.selected).await;
        let observed = self.expected.after(&self.fleet.observed).with_fresh(&fresh.images);
        let plan = plan_pruning(&session.environment, &observed, &self.selected, options, scope);
        let plan = recorded(plan, &session.environment, &observed, &author(session));
        (Self { plan, ..self }, fresh)
    }

    /// Tells what is to be known about the ways to the ships, and names those that do not answer.
    pub(super) fn tell(&self, session: &Session) -> Result<(), Problem> {
        session.ship_notes(&self.fleet.told())?;
        let silent = silent_ships(session, &self.fleet.observed, &self.selected);
        silent.iter().try_for_each(|text| session.warn(text))
    }

    /// How a command ends that only looked.
    pub(super) fn end(&self) -> End {
        match () {
            () if self.plan.has_unmanaged() || self.plan.has_blocked_data() => End::Refused,
            () if self.fleet.is_incomplete() => End::Unreachable,
            () => End::Done,
        }
    }
}

/// What is to be done, and whether that was agreed on before.
struct Job {
    options: ApplyOptions,
    /// What may be removed that the file does not declare.
    scope: OrphanScope,
    selected: BTreeSet<InstanceId>,
    everywhere: bool,
    agreed: Option<Agreed>,
}

impl Job {
    async fn of(session: &Session, args: &ApplyArgs) -> Result<Self, Problem> {
        if let Some(agreed) = Agreed::named(session, args)? {
            let asked = agreed.asked();
            let options = ApplyOptions {
                prune: asked.prune,
                adopt: asked.adopt,
                peers: asked.peers,
                continues: asked.continues,
                ignore_dependencies: asked.ignore_dependencies,
                renew_volumes: asked.renew_volumes,
                moves: asked.moves,
                skip_unreachable: asked.skip_unreachable,
                detach: asked.detach,
            };
            let everywhere = agreed.is_everywhere(session);
            let scope = OrphanScope::of(&asked.things, asked.container_filter.as_deref())?;
            let selected = agreed.selected(session);
            return Ok(Self { options, scope, selected, everywhere, agreed: Some(agreed) });
        }
        let (options, things) = (options(args), &args.things);
        Ok(Self {
            options,
            scope: scope(things)?,
            selected: select(session, things, options).await?,
            everywhere: is_everywhere(session, things, options),
            agreed: None,
        })
    }

    /// The same for services that are named: all ships are asked, for any may have an instance too many.
    fn of_services(session: &Session, args: &ApplyArgs) -> Result<Self, Problem> {
        let (options, things) = (options(args), &args.things);
        let named = things.things.iter().map(|service| format!("service/{service}"));
        let selected = Things { things: named.collect(), ..things.clone() };
        Ok(Self {
            options,
            scope: scope(things)?,
            selected: session.select(&selected, Direction::NeedsFirst)?,
            everywhere: true,
            agreed: None,
        })
    }
}

/// What a plan is not about, and the user should know.
#[derive(Default)]
struct ApplyNotes {
    /// Volumes that stay.
    volumes: Option<String>,
    /// Ships that do not answer and have none of the instances.
    silent: Vec<String>,
    /// How the command ends because of ships that do not answer.
    end: End,
}

pub(in crate::cli) async fn run(
    session: &Arc<Session>,
    args: &ApplyArgs,
    lease: &LeaseArgs,
) -> Result<End, Problem> {
    let job = Job::of(session, args).await?;
    carry_out(session, args, lease, job).await
}

/// The same for services, which are named by their names alone; any ship may have an instance too many of them.
pub(super) async fn run_services(
    session: &Arc<Session>,
    args: &ApplyArgs,
    lease: &LeaseArgs,
) -> Result<End, Problem> {
    let job = Job::of_services(session, args)?;
    carry_out(session, args, lease, job).await
}

async fn carry_out(
    session: &Arc<Session>,
    args: &ApplyArgs,
    lease: &LeaseArgs,
    job: Job,
) -> Result<End, Problem> {
    let Job { options, scope, selected, everywhere, agreed } = job;
    // A saved plan is about the images that were there.
    let (built, expected) = match first(args).filter(|_| agreed.is_none()) {
        Some(first) => before(session, &selected, first, lease.dry_run).await?,
        None => (End::Done, Expected::default()),
    };
    if built != End::Done {
        return Ok(built);
    }
    let fresh = match brought(session, args, lease, &selected).await? {
        Brought::All(fresh) => fresh,
        Brought::Missing(end) => return Ok(end),
    };
    let asked_end = fresh.tell(session)?;
    let (author, is_only_shown) = (author(session), lease.dry_run);
    let found = Latest::new(ApplyNotes::default());
    let hold = agreed.map(|agreed| {
        let (session, selected) = (Arc::clone(session), selected.clone());
        let holds = move |observed: &Observed, plan: &Plan| agreed.holds(&session, &selected, observed, plan);
        Arc::new(holds) as Arc<Hold>
    });
    let asked = ChangeCommand::new(session, &selected, TO_COMPARE, &args.things, lease)
        .everywhere(everywhere)
        .anywhere()
        .bringing_up(&selected)
        .with_preflight(args.preflight)
        .asking(options.prune && consent::can_be_asked(session))
        .if_agreed(hold);
    let (owned, instances, latest) = (Arc::clone(session), selected.clone(), found.clone());
    let end = change(asked, move |observed| {
        let environment = &owned.environment;
        let built = expected.after(observed);
        let observed = &*fresh.pulled(&built);
        let plan = plan_pruning(environment, observed, &instances, options, &scope);
        let plan = with_remarks(plan, environment, Some(&owned.sources), is_only_shown);
        let plan = recorded(plan, environment, observed, &author);
        latest.set(ApplyNotes {
            volumes: volumes::left_behind(&plan, &owned.invocation),
            silent: silent_ships(&owned, observed, &instances),
            end: if observed.is_incomplete() { End::Unreachable } else { End::Done },
        });
        plan
    })
    .await?;
    let ApplyNotes { volumes, silent, end: looked } = found.take();
    silent.iter().try_for_each(|text| session.warn(text))?;
    if !lease.dry_run {
        session.notes(volumes.as_slice())?;
    }
    Ok(looked.worse(end).worse(asked_end))
}
