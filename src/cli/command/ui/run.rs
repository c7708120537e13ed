//! Applies a plan that was agreed on, by the same operation as the commands, and tells its progress to browsers and auditors.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::{sync::mpsc::UnboundedReceiver, time::interval};

use super::{
    documents::{line, refusal},
    plans::Agreed,
    record::{Record, Runs, Sink},
    wanted::PlanScope,
};
use crate::{
    audit::Audit,
    cli::{
        change::lease_refusal,
        error::{End, Problem},
        lease::{facts, me},
        session::{LONGEST_SENTENCE, Session},
        user,
    },
};
use maestro_core::{
    event::{Event, lease::LeaseFact},
    model::{Environment, InstanceId},
    observed::Observed,
    plan::Plan,
    value::shortened,
};
use maestro_engine::credentials::Credentials;
use maestro_report::{
    json::JsonLines,
    preflight::{self, CommandOutcome, Occasion},
    progress::Reporter,
};
use maestro_run::{
    lease::{LeaseEvent, Owner},
    operations::{ChangeRequest, Operation, Outcome, Progress, Purpose, Target},
};
use maestro_web::PageRefusal;

/// How often unfinished steps are looked at.
const TICK: Duration = Duration::from_millis(50);

/// What makes the plan of what engines say.
type Planner = dyn Fn(&Observed) -> Result<Target, Problem> + Send + Sync;

/// A run that a user begins who sees its plan and its progress. It waits for nobody's lease.
pub(in crate::cli::command) struct WantedRun {
    pub(in crate::cli::command) scope: PlanScope,
    pub(in crate::cli::command) planner: Arc<Planner>,
}

impl WantedRun {
    pub(in crate::cli::command) fn request(
        self,
        session: &Session,
        owner: &Arc<Owner>,
    ) -> ChangeRequest<Problem> {
        let Self { scope: PlanScope { instances, ships, question, brings_down }, planner } = self;
        let purpose =
            if brings_down { Purpose::Stop(instances.clone()) } else { Purpose::Run(instances.clone()) };
        ChangeRequest {
            environment: Arc::clone(&session.environment),
            routes: Arc::new(session.routes()),
            needed: ships,
            purpose,
            anywhere: Some(instances),
            quick_scope: question,
            question,
            identify: false,
            is_impatient: false,
            me: Arc::clone(owner),
            wait: Duration::ZERO,
            credentials: Credentials::new(&session.variables),
            concurrency: None,
            planner,
            has_preflight: !brings_down,
        }
    }
}

/// Begins to apply a plan.
pub(super) fn begin(runs: &Arc<Runs>, agreed: Agreed) -> Result<(), PageRefusal> {
    let session = Arc::clone(&agreed.session);
    let scope = agreed.scope().map_err(|problem| refusal(&session, problem))?;
    let record = runs.begin(agreed.typed())?;
    let owner = Arc::new(me(&session));
    let (typed, planned) = (agreed.typed(), scope.instances.iter().copied().collect());
    let wanted = WantedRun { scope, planner: Arc::new(move |observed: &_| agreed.target(observed)) };
    let (operation, told) = Operation::spawn(wanted.request(&session, &owner));
    let lines = JsonLines::new(Sink::new(Arc::clone(&record)));
    let teller = Teller {
        session,
        record,
        lines,
        typed,
        instances: planned,
        owner,
        plan: Arc::default(),
        environment: None,
        audit: None,
    };
    tokio::spawn(teller.follow(operation, told));
    Ok(())
}

/// Tells what happens.
struct Teller {
    session: Arc<Session>,
    record: Arc<Record>,
    lines: JsonLines<Sink>,
    typed: String,
    instances: Vec<InstanceId>,
    owner: Arc<Owner>,
    plan: Arc<Plan>,
    environment: Option<Arc<Environment>>,
    audit: Option<Audit>,
}

impl Teller {
    async fn follow(mut self, mut operation: Operation<Problem>, mut told: UnboundedReceiver<Progress>) {
        let mut ticks = interval(TICK);
        let ended = loop {
            tokio::select! {
                biased;
                Some(progress) = told.recv() => self.take(progress),
                () = self.record.interrupted() => operation.interrupt(),
                ended = operation.outcome() => break ended,
                // Writing to a record cannot fail.
                _ = ticks.tick() => drop(self.lines.tick(Duration::ZERO)),
            }
        };
        while let Ok(progress) = told.try_recv() {
            self.take(progress);
        }
        if let Some(audit) = self.audit.take() {
            for warning in audit.finish().await {
                self.note(&warning);
            }
        }
        let (end, document) = self.end(ended);
        let mut document = self.session.hidden(document);
        document["exit_code"] = end.code().into();
        self.record.end(line(&document), end.code());
    }

    fn note(&mut self, text: &str) {
        let text = shortened(&self.session.known().hide(text), LONGEST_SENTENCE).into_owned();
        // Writing to a record cannot fail.
        drop(self.lines.note(&text));
    }

    fn stage(&self, stage: &str) {
        self.record.tell("stage", line(&json!({ "stage": stage })));
    }

    fn take(&mut self, progress: Progress) {
        match progress {
            Progress::Looked => self.stage("looked"),
            Progress::Preflight => self.stage("preflight"),
            Progress::Releasing => self.stage("releasing"),
            // The page draws its own from the events.
            Progress::Timed(_) => {}
            Progress::Outdated => self.stage("outdated"),
            Progress::Lease(event) => self.lease(*event),
            Progress::Found { verdict, command, environment } => {
                let outcome =
                    if verdict.is_refused { CommandOutcome::Refused } else { CommandOutcome::GoesOn };
                let occasion = Occasion { invocation: &self.session.invocation, command, outcome };
                let told = preflight::event(&verdict.findings, &environment, &self.session.sources, occasion);
                self.record.tell("event", line(&self.session.hidden(told)));
            }
            Progress::Planned { plan, environment, .. } => self.planned(plan, environment),
            Progress::Event(event) => self.event(Arc::unwrap_or_clone(event)),
        }
    }

    fn planned(&mut self, plan: Arc<Plan>, other: Option<Arc<Environment>>) {
        if let Some(other) = &other {
            self.instances = other.instance_ids().collect();
        }
        let environment = other.as_deref().unwrap_or(&self.session.environment);
        let (instances, who) = (&self.instances, user::name(&self.session.variables));
        self.audit.get_or_insert_with(|| Audit::begin(environment, instances, who));
        let told = maestro_report::plan::json(&plan, environment, &self.session.sources);
        self.record.tell("plan", line(&self.session.hidden(told)));
        (self.plan, self.environment) = (plan, other);
    }

    fn event(&mut self, event: Event) {
        let context = self.session.context(self.environment.as_deref(), &self.plan, &self.typed);
        let told = self.session.told(event, &context);
        // Writing to a record cannot fail; auditors warn at the end.
        drop(self.lines.event(&told));
        if let Some(audit) = &mut self.audit {
            drop(audit.event(&told));
        }
    }

    fn lease(&mut self, event: LeaseEvent) {
        let text = lease_text(&self.session, &self.owner, event);
        self.note(&text);
    }

    /// How it ended, for the page.
    fn end(&self, ended: Outcome<Problem>) -> (End, Value) {
        let session = &self.session;
        let problem = match ended {
            Outcome::Carried { summary, .. } => return (End::of(&summary, None), json!({})),
            Outcome::Unsafe { .. } => return (End::Refused, json!({})),
            Outcome::Stopped { stop, .. } => stop,
            Outcome::Refused(refusal) => match lease_refusal(session, &self.owner, Duration::ZERO, refusal) {
                Some(problem) => problem,
                None => return (End::Failed, json!({})),
            },
        };
        let (document, end) = problem.document();
        (end, document.unwrap_or_else(|| json!({})))
    }
}

/// What happens to the lease, in words.
pub(in crate::cli::command) fn lease_text(session: &Session, owner: &Owner, event: LeaseEvent) -> String {
    let ship = |ship| session.environment.ship(ship).name.clone();
    let fact = match event {
        LeaseEvent::Replaced(_, holder) => LeaseFact::Replaced(facts::holder(&holder)),
        LeaseEvent::NotReleased(at, error) => LeaseFact::NotReleased {
            ship: ship(at),
            reason: crate::cli::fleet::reason(&error),
            nonce: owner.holder.nonce.clone(),
        },
        LeaseEvent::Settling(at, containers, most) => {
            LeaseFact::Settling { ship: ship(at), containers, most }
        }
        LeaseEvent::Waiting { ship, holder, age } => {
            let held = facts::held(session, ship, &holder, age);
            LeaseFact::Waiting { held, wait: Duration::ZERO }
        }
    };
    facts::text(session, &fact)
}
