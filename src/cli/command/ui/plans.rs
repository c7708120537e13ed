//! The plans that the page shows, and which of them a button applies.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde_json::{Value, json};

use super::documents::refusal;
use crate::cli::{
    args::{NewContainers, Things},
    command::{TO_COMPARE, rollback},
    error::{End, Problem},
    lease::author,
    preflight::look,
    session::Session,
};
use maestro_core::{
    event::Finding,
    model::{Environment, InstanceId, graph::Direction},
    observed::Observed,
    plan::{
        Plan,
        apply::{ApplyOptions, plan_pruning},
        orphan_scope::OrphanScope,
        revision::recorded,
    },
};
use maestro_report::{plan as report, preflight, problem::CommandProblem};
use maestro_run::{operations::Target, preflight::has_errors};
use maestro_web::{PageRefusal, digest_of};

/// A plan that somebody has seen.
#[derive(Clone)]
pub(in crate::cli::command) struct Agreed {
    /// The file as it was then.
    pub session: Arc<Session>,
    /// The revision that it goes back to; none if it applies the file.
    pub revision: Option<u64>,
    digest: String,
}

/// The plans that were shown last, by the revision that they go back to.
#[derive(Default)]
pub(super) struct Plans(Mutex<BTreeMap<Option<u64>, Agreed>>);

impl Plans {
    fn shown(&self) -> MutexGuard<'_, BTreeMap<Option<u64>, Agreed>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What `apply` would do, or the roll back to that revision.
    pub(super) async fn plan(
        &self,
        session: Arc<Session>,
        revision: Option<u64>,
    ) -> Result<Value, PageRefusal> {
        let told = document(&session, revision).await.map_err(|problem| refusal(&session, problem))?;
        let digest = told["digest"].as_str().unwrap_or_default().to_owned();
        self.shown().insert(revision, Agreed { session, revision, digest });
        Ok(told)
    }

    /// The plan of that digest, if it is the one that was shown last.
    pub(super) fn agreed(&self, revision: Option<u64>, digest: &str) -> Result<Agreed, PageRefusal> {
        let shown = self.shown().get(&revision).filter(|shown| shown.digest == digest).cloned();
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
        let target = target(&self.session, observed, self.revision)?;
        let environment = target.environment.as_ref().unwrap_or(&self.session.environment);
        if digest(&self.session, &target.plan, environment) == self.digest {
            return Ok(target);
        }
        let problem = CommandProblem::new("something has changed since the plan was shown");
        Err(Problem::ended(problem.note("nothing was changed").help("look at the new plan"), End::Stale))
    }

    /// The instances of the file that are meant.
    pub(in crate::cli::command) fn instances(&self) -> Result<BTreeSet<InstanceId>, Problem> {
        self.session.select(&Things::default(), Direction::NeedsFirst)
    }

    /// How the same is typed.
    pub(in crate::cli::command) fn typed(&self) -> String {
        let maestro = &self.session.invocation;
        match self.revision {
            None => format!("{maestro} apply"),
            Some(revision) => format!("{maestro} rollback {revision}"),
        }
    }
}

fn digest(session: &Session, plan: &Plan, environment: &Environment) -> String {
    digest_of(&report::json(plan, environment, &session.sources))
}

/// The plan for what the engines say. No images are built.
fn target(session: &Session, observed: &Observed, revision: Option<u64>) -> Result<Target, Problem> {
    let author = author(session);
    match revision {
        None => {
            let instances = session.select(&Things::default(), Direction::NeedsFirst)?;
            let (options, scope) = (ApplyOptions::default(), OrphanScope::default());
            let plan = plan_pruning(&session.environment, observed, &instances, options, &scope);
            let plan = recorded(plan, &session.environment, observed, &author);
            Ok(Target { plan, environment: None })
        }
        Some(_) => {
            let back = rollback::planned(session, observed, revision, NewContainers::default())?;
            let plan = recorded(back.plan, &back.environment, observed, &author);
            Ok(Target { plan, environment: Some(back.environment) })
        }
    }
}

/// A plan as it is looked at before somebody agrees to it.
pub(in crate::cli::command) struct Prepared {
    pub plan: Plan,
    /// Its environment, if that is not the file's.
    pub environment: Option<Environment>,
    /// What stands in its way.
    pub found: Vec<Finding>,
}

impl Prepared {
    /// What `apply` would do, or the roll back to that revision. Nothing is built.
    pub(in crate::cli::command) async fn of(
        session: &Session,
        revision: Option<u64>,
    ) -> Result<Self, Problem> {
        let mut fleet = session.connect_and_observe_everywhere(TO_COMPARE).await;
        let instances = session.select(&Things::default(), Direction::NeedsFirst)?;
        fleet.refresh_old_ships(&session.environment, &session.routes(), &instances, TO_COMPARE).await;
        let Target { plan, environment } = target(session, &fleet.observed, revision)?;
        let found = if plan.changes() { look(session, &fleet, &plan).await } else { Vec::new() };
        Ok(Self { plan, environment, found })
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
    pub(in crate::cli::command) fn agreed(&self, session: &Arc<Session>, revision: Option<u64>) -> Agreed {
        let digest = digest(session, &self.plan, self.environment(session));
        Agreed { session: Arc::clone(session), revision, digest }
    }
}

/// The plan as the command prints it, with its digest and what stands in its way.
async fn document(session: &Session, revision: Option<u64>) -> Result<Value, Problem> {
    let prepared = Prepared::of(session, revision).await?;
    let environment = prepared.environment(session);
    let mut document = report::json(&prepared.plan, environment, &session.sources);
    let digest = digest_of(&document);
    document["findings"] = preflight::json(&prepared.found, environment, &session.sources).into();
    let builds = environment.services.iter().any(|service| service.build.is_some());
    let mut told = session.hidden(document);
    told["digest"] = digest.into();
    told["time"] = jiff::Timestamp::now().to_string().into();
    told["changes_something"] = prepared.plan.changes().into();
    told["refused"] = prepared.is_refused().into();
    told["builds"] = builds.into();
    told["typed"] = match revision {
        None => format!("{} apply", session.invocation).into(),
        Some(revision) => format!("{} rollback {revision}", session.invocation).into(),
    };
    Ok(told)
}
