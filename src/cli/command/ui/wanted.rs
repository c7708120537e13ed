//! What each plan of the page is about: which instances, which ships are asked what, and how the plan is made.

use std::collections::BTreeSet;

use crate::cli::{
    args::{NewContainers, Things},
    command::{TO_COMPARE, TO_MAKE, rollback, stop},
    error::Problem,
    fleet::ships_of,
    lease::author,
    session::Session,
};
use maestro_core::{
    model::{
        InstanceId, ServiceId, ShipId,
        graph::Direction,
        selection::{typed_instance, typed_service},
    },
    observed::Observed,
    plan::{
        apply::{ApplyOptions, plan_pruning},
        moves::maybe_elsewhere,
        orphan_scope::OrphanScope,
        restart::{self, RestartOptions},
        revision::recorded,
        start::{self, StartOptions},
        stop::{StopMethod, StopOptions, plan_with},
    },
};
use maestro_engine::observe::Question;
use maestro_run::operations::Target;
use maestro_web::{PagePlan, PageThing, PageVerb};

/// What a plan is about.
pub(in crate::cli::command) struct PlanScope {
    pub instances: BTreeSet<InstanceId>,
    /// The ships that are asked.
    pub ships: BTreeSet<ShipId>,
    /// What they are asked.
    pub question: Question,
    /// Whether the instances stay down until somebody starts them.
    pub brings_down: bool,
}

impl PlanScope {
    pub(in crate::cli::command) fn of(session: &Session, wanted: &PagePlan) -> Result<Self, Problem> {
        let everywhere = session.environment.ship_ids().collect();
        let (direction, question, brings_down) = match wanted {
            PagePlan::Apply | PagePlan::Rollback(_) | PagePlan::Of(PageVerb::Apply, _) => {
                (Direction::NeedsFirst, TO_COMPARE, false)
            }
            PagePlan::Of(PageVerb::Start, _) => (Direction::NeedsFirst, TO_MAKE, false),
            PagePlan::Of(PageVerb::Restart, _) => (Direction::DependantsFirst, TO_MAKE, false),
            PagePlan::Of(PageVerb::Stop, _) => (Direction::DependantsFirst, stop::QUESTION, true),
        };
        let instances = session.select(&things(wanted), direction)?;
        let ships = match wanted {
            // Some ships may have nothing but what the file does not declare, or an instance too many of a service.
            PagePlan::Apply | PagePlan::Rollback(_) | PagePlan::Of(PageVerb::Apply, _) => everywhere,
            PagePlan::Of(PageVerb::Start | PageVerb::Restart | PageVerb::Stop, _) => {
                ships_of(session, &instances)
            }
        };
        Ok(Self { instances, ships, question, brings_down })
    }
}

/// What is named.
fn things(wanted: &PagePlan) -> Things {
    let named = match wanted {
        PagePlan::Apply | PagePlan::Rollback(_) => Vec::new(),
        PagePlan::Of(_, PageThing::Instance(name)) => vec![format!("instance/{name}")],
        PagePlan::Of(_, PageThing::Service(name)) => vec![format!("service/{name}")],
    };
    Things { things: named, ..Things::default() }
}

/// How the same is typed.
pub(super) fn typed(session: &Session, wanted: &PagePlan) -> String {
    let (maestro, environment) = (&session.invocation, &session.environment);
    match wanted {
        PagePlan::Apply => format!("{maestro} apply"),
        PagePlan::Rollback(revision) => format!("{maestro} rollback {revision}"),
        PagePlan::Of(verb, PageThing::Instance(name)) => {
            format!("{maestro} {} {}", verb.word(), typed_instance(environment, name))
        }
        PagePlan::Of(verb, PageThing::Service(name)) => {
            let id = environment.services.iter().position(|service| service.name == *name);
            let name = id.map_or_else(|| name.clone(), |id| typed_service(environment, ServiceId(id)));
            format!("{maestro} {} {name}", verb.word())
        }
    }
}

/// The plan for what the engines say. No images are built.
pub(super) fn target(session: &Session, observed: &Observed, wanted: &PagePlan) -> Result<Target, Problem> {
    let environment = &session.environment;
    if let PagePlan::Rollback(revision) = wanted {
        let back = rollback::planned(session, observed, Some(*revision), NewContainers::default())?;
        let plan = recorded(back.plan, &back.environment, observed, &author(session));
        return Ok(Target { plan, environment: Some(back.environment) });
    }
    let instances = PlanScope::of(session, wanted)?.instances;
    let plan = match wanted {
        PagePlan::Apply | PagePlan::Rollback(_) | PagePlan::Of(PageVerb::Apply, _) => {
            let scope = OrphanScope::named(&things(wanted).things);
            let plan = plan_pruning(environment, observed, &instances, ApplyOptions::default(), &scope);
            recorded(plan, environment, observed, &author(session))
        }
        PagePlan::Of(PageVerb::Start, _) => {
            start::plan(environment, observed, &instances, StartOptions::default())
        }
        PagePlan::Of(PageVerb::Restart, _) => {
            let options = RestartOptions { in_batches: true, ..RestartOptions::default() };
            restart::plan(environment, observed, &instances, options)
        }
        PagePlan::Of(PageVerb::Stop, _) => {
            let options = StopOptions { how: StopMethod::Stop, adopt: false, ignore_dependencies: false };
            plan_with(environment, observed, &instances, &[], options)
        }
    };
    Ok(Target { plan, environment: None })
}

/// What a plan is not about, and the user should know.
pub(super) fn notes(session: &Session, observed: &Observed, scope: &PlanScope) -> Vec<String> {
    if !scope.brings_down {
        return Vec::new();
    }
    let elsewhere = maybe_elsewhere(&session.environment, observed, &scope.instances);
    stop::elsewhere(session, &elsewhere, StopMethod::Stop).into_iter().collect()
}
