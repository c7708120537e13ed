//! The plans that the page shows, and which of them a button applies.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde_json::{Value, json};

use super::{
    documents::refusal,
    wanted::{PlanScope, notes, target, typed},
};
use crate::cli::{
    error::{End, Problem},
    preflight::look,
    session::Session,
};
use maestro_core::{event::Finding, model::Environment, observed::Observed, plan::Plan};
use maestro_report::{data, plan as report, preflight, problem::CommandProblem};
use maestro_run::{operations::Target, preflight::has_errors};
use maestro_web::{PagePlan, PageRefusal, digest_of};

/// A plan that somebody has seen.
#[derive(Clone)]
pub(in crate::cli::command) struct Agreed {
    /// The file as it was then.
    pub session: Arc<Session>,
    wanted: PagePlan,
    digest: String,
}

/// The plans that were shown last.
#[derive(Default)]
pub(super) struct Plans(Mutex<BTreeMap<PagePlan, Agreed>>);

impl Plans {
    fn shown(&self) -> MutexGuard<'_, BTreeMap<PagePlan, Agreed>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What that would do.
    pub(super) async fn plan(&self, session: Arc<Session>, wanted: PagePlan) -> Result<Value, PageRefusal> {
        let told = document(&session, &wanted).await.map_err(|problem| refusal(&session, problem))?;
        let digest = told["digest"].as_str().unwrap_or_default().to_owned();
        self.shown().insert(wanted.clone(), Agreed { session, wanted, digest });
        Ok(told)
    }

    /// The plan of that digest, if it is the one that was shown last.
    pub(super) fn agreed(&self, wanted: &PagePlan, digest: &str) -> Result<Agreed, PageRefusal> {
        let shown = self.shown().get(wanted).filter(|shown| shown.digest == digest).cloned();
        shown.ok_or_else(|| PageRefusal {
            status: 409,
            document: json!({ "error": "another plan was made since; look at it first" }),
        })
    }
}

/// What runs after a plan as it was seen.
impl Agreed {
    /// The plan that is made of what the engines say, unless it is another one than was shown.
    pub(in crate::cli::command) fn target(&self, observed: &Observed) -> Result<Target, Problem> {
        let target = target(&self.session, observed, &self.wanted)?;
        let environment = target.environment.as_ref().unwrap_or(&self.session.environment);
        if digest(&self.session, &target.plan, environment) == self.digest {
            return Ok(target);
        }
        let problem = CommandProblem::new("something has changed since the plan was shown");
        Err(Problem::ended(problem.note("nothing was changed").help("look at the new plan"), End::Stale))
    }

    /// What it is about.
    pub(in crate::cli::command) fn scope(&self) -> Result<PlanScope, Problem> {
        PlanScope::of(&self.session, &self.wanted)
    }

    /// How the same is typed.
    pub(in crate::cli::command) fn typed(&self) -> String {
        typed(&self.session, &self.wanted)
    }
}

fn digest(session: &Session, plan: &Plan, environment: &Environment) -> String {
    digest_of(&report::json(plan, environment, &session.sources))
}

/// A plan as it is looked at before somebody agrees to it.
pub(in crate::cli::command) struct Prepared {
    pub plan: Plan,
    /// Its environment, if that is not the file's.
    pub environment: Option<Environment>,
    /// What stands in its way.
    pub found: Vec<Finding>,
    /// What it is not about, and the user should know.
    notes: Vec<String>,
}

impl Prepared {
    /// What that would do. Nothing is built.
    pub(in crate::cli::command) async fn of(session: &Session, wanted: &PagePlan) -> Result<Self, Problem> {
        let scope = PlanScope::of(session, wanted)?;
        let mut fleet = session.connect_and_observe_ships(&scope.ships, scope.question).await;
        let (instances, question) = (&scope.instances, scope.question);
        fleet.refresh_old_ships(&session.environment, &session.routes(), instances, question).await;
        let Target { plan, environment } = target(session, &fleet.observed, wanted)?;
        let is_checked = plan.changes() && !scope.brings_down;
        let found = if is_checked { look(session, &fleet, &plan).await } else { Vec::new() };
        let notes = notes(session, &fleet.observed, &scope);
        Ok(Self { plan, environment, found, notes })
    }

    /// Its environment.
    pub(in crate::cli::command) fn environment<'a>(&'a self, session: &'a Session) -> &'a Environment {
        self.environment.as_ref().unwrap_or(&session.environment)
    }

    /// Whether it would be refused.
    pub(in crate::cli::command) fn is_refused(&self) -> bool {
        self.plan.has_unmanaged() || self.plan.has_blocked_data() || has_errors(&self.found)
    }

    /// The same as something that can be agreed to.
    pub(in crate::cli::command) fn agreed(&self, session: &Arc<Session>, wanted: PagePlan) -> Agreed {
        let digest = digest(session, &self.plan, self.environment(session));
        Agreed { session: Arc::clone(session), wanted, digest }
    }
}

/// The plan as the command prints it, with its digest and what stands in its way.
async fn document(session: &Session, wanted: &PagePlan) -> Result<Value, Problem> {
    let prepared = Prepared::of(session, wanted).await?;
    let environment = prepared.environment(session);
    let mut document = report::json(&prepared.plan, environment, &session.sources);
    let digest = digest_of(&document);
    document["findings"] = preflight::json(&prepared.found, environment, &session.sources).into();
    let with_remarks = data::with_remarks(prepared.plan.clone(), environment);
    document["remarks"] = report::json(&with_remarks, environment, &session.sources)["remarks"].take();
    document["notes"] = prepared.notes.clone().into();
    let builds = environment.services.iter().any(|service| service.build.is_some());
    let mut told = session.hidden(document);
    told["digest"] = digest.into();
    told["time"] = jiff::Timestamp::now().to_string().into();
    told["changes_something"] = prepared.plan.changes().into();
    told["refused"] = prepared.is_refused().into();
    told["builds"] = builds.into();
    told["typed"] = typed(session, wanted).into();
    Ok(told)
}
