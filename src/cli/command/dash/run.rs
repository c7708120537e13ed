//! A run of the dashboard: the same operation as `apply` and `restart`, with its table as lines.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{
    sync::{Notify, mpsc::UnboundedReceiver},
    time::{MissedTickBehavior, interval},
};

use super::{
    shared::{Dash, lines, lines_of, selected},
    tty::{Sizes, last},
};
use crate::{
    audit::Audit,
    cli::{
        change::{lease_refusal, with_remarks},
        command::{
            TO_MAKE,
            ui::{
                plans::Agreed,
                run::{WantedRun, lease_text},
                wanted::PlanScope,
            },
        },
        error::{End, Problem},
        fleet::ships_of,
        lease::me,
        session::{LONGEST_SENTENCE, Session},
        user,
    },
};
use maestro_core::{
    event::{Event, Summary},
    model::{Environment, InstanceId},
    observed::Observed,
    plan::{
        Plan,
        restart::{RestartOptions, plan},
        start::StartOptions,
    },
    value::shortened,
};
use maestro_dash::{DashMessage, DashRun};
use maestro_report::{
    explain,
    layout::Layout,
    preflight::{self, CommandOutcome, Occasion},
    progress::Reporter as _,
    run_state::RunState,
    run_text,
};
use maestro_run::{
    lease::Owner,
    operations::{Operation, Outcome, Progress, Target},
};

/// How often the table is drawn.
const TICK: Duration = Duration::from_millis(100);

/// What lets a run begin nothing new.
pub(super) type Interrupt = Arc<Notify>;

/// Something to carry out.
pub(super) struct Job {
    session: Arc<Session>,
    typed: String,
    wanted: WantedRun,
}

impl Job {
    /// Applies the plan that was shown.
    pub(super) fn apply(agreed: Agreed) -> Option<Self> {
        let session = Arc::clone(&agreed.session);
        let scope = agreed.scope().ok()?;
        Some(Self {
            typed: agreed.typed(),
            wanted: WantedRun { scope, planner: Arc::new(move |observed: &_| agreed.target(observed)) },
            session,
        })
    }

    /// Restarts an instance; none if the file does not declare it any more.
    pub(super) fn restart(session: Arc<Session>, name: &str) -> Option<Self> {
        let instances = selected(&session, name);
        let environment = Arc::clone(&session.environment);
        let meant = instances.clone();
        let planner = move |observed: &Observed| {
            let options = RestartOptions {
                start: StartOptions::default(),
                only_if_changed: false,
                in_batches: true,
                step_delay: Duration::ZERO,
                stop_start_delay: Duration::ZERO,
            };
            let plan = plan(&environment, observed, &meant, options);
            Ok(Target { plan: with_remarks(plan, &environment, None, false), environment: None })
        };
        (!instances.is_empty()).then(|| Self {
            typed: format!("{} restart {name}", session.invocation),
            wanted: WantedRun {
                scope: PlanScope {
                    ships: ships_of(&session, &instances),
                    instances,
                    question: TO_MAKE,
                    brings_down: false,
                },
                planner: Arc::new(planner),
            },
            session,
        })
    }
}

/// Carries it out, and tells the dashboard how far it is.
pub(super) async fn carry_out(dash: Arc<Dash>, job: Job, interrupt: Interrupt, sizes: Sizes) {
    let Job { session, typed, wanted } = job;
    dash.ways.lend_all(&session, true);
    let owner = Arc::new(me(&session));
    let instances = wanted.scope.instances.iter().copied().collect();
    let (operation, told) = Operation::spawn(wanted.request(&session, &owner));
    let teller = Teller {
        dash: Arc::clone(&dash),
        session,
        typed,
        instances,
        owner,
        sizes,
        begun: Instant::now(),
        notes: Vec::new(),
        plan: Arc::default(),
        environment: None,
        table: None,
        audit: None,
    };
    teller.follow(operation, told, interrupt).await;
    dash.wake.notify_one();
}

/// Tells what happens.
struct Teller {
    dash: Arc<Dash>,
    session: Arc<Session>,
    typed: String,
    instances: Vec<InstanceId>,
    owner: Arc<Owner>,
    sizes: Sizes,
    begun: Instant,
    /// What is told beside the table.
    notes: Vec<String>,
    plan: Arc<Plan>,
    environment: Option<Arc<Environment>>,
    table: Option<RunState>,
    audit: Option<Audit>,
}

impl Teller {
    async fn follow(
        mut self,
        mut operation: Operation<Problem>,
        mut told: UnboundedReceiver<Progress>,
        interrupt: Interrupt,
    ) {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let ended = loop {
            tokio::select! {
                biased;
                Some(progress) = told.recv() => self.take(progress),
                () = interrupt.notified() => operation.interrupt(),
                ended = operation.outcome() => break ended,
                _ = ticks.tick() => {
                    let lines = self.now();
                    self.tell(lines, None).await;
                }
            }
        };
        while let Ok(progress) = told.try_recv() {
            self.take(progress);
        }
        if let Some(audit) = self.audit.take() {
            let warnings = audit.finish().await;
            self.notes.extend(warnings);
        }
        let (end, summary, problem) = self.end(ended);
        let lines = self.all(summary.as_ref(), problem);
        self.tell(lines, Some(end.code())).await;
    }

    async fn tell(&self, lines: Vec<String>, exit_code: Option<u8>) {
        let run = DashRun { typed: self.typed.clone(), lines, exit_code };
        self.dash.tell(DashMessage::Ran(run)).await;
    }

    /// How far it is.
    fn now(&mut self) -> Vec<String> {
        let (columns, rows) = last(&self.sizes);
        let mut lines = self.notes.clone();
        // The title and the keys are not part of it.
        let room = rows.saturating_sub(2 + lines.len()).max(1);
        match &mut self.table {
            Some(table) => {
                table.tick(self.begun.elapsed());
                lines.extend(run_text::now(table, (columns, room)));
            }
            None => lines.push(explain::UNDER_WAY.to_owned()),
        }
        lines
    }

    /// All that is told at the end.
    fn all(&self, summary: Option<&Summary>, problem: Option<Problem>) -> Vec<String> {
        let (columns, _) = last(&self.sizes);
        let mut told = self.notes.clone();
        if let (Some(table), Some(summary)) = (&self.table, summary) {
            told.extend(run_text::ended(table, summary, columns));
        }
        told.extend(problem.map(|problem| lines_of(&self.session, problem)).unwrap_or_default());
        told
    }

    fn note(&mut self, text: &str) {
        let hidden = self.session.known().hide(text);
        self.notes.push(shortened(&hidden, LONGEST_SENTENCE).into_owned());
    }

    fn take(&mut self, progress: Progress) {
        match progress {
            Progress::Looked | Progress::Preflight | Progress::Releasing | Progress::Timed(_) => {}
            Progress::Outdated => {
                self.table = None;
                self.note(explain::OUTDATED);
            }
            Progress::Lease(event) => {
                let text = lease_text(&self.session, &self.owner, *event);
                self.note(&text);
            }
            Progress::Found { verdict, command, environment } => {
                let outcome =
                    if verdict.is_refused { CommandOutcome::Refused } else { CommandOutcome::GoesOn };
                let occasion = Occasion { invocation: &self.session.invocation, command, outcome };
                let sources = &self.session.sources;
                let text = preflight::text(&verdict.findings, &environment, sources, occasion, false);
                self.notes.extend(lines(&self.session, &text));
            }
            Progress::Planned { plan, environment, .. } => self.planned(plan, environment),
            Progress::Event(event) => self.event(Arc::unwrap_or_clone(event)),
        }
    }

    fn planned(&mut self, plan: Arc<Plan>, other: Option<Arc<Environment>>) {
        let environment = other.as_deref().unwrap_or(&self.session.environment);
        let layout = Layout::new(environment, &self.instances, &plan).typed(&self.typed);
        self.table = Some(RunState::new(layout));
        let who = user::name(&self.session.variables);
        self.audit.get_or_insert_with(|| Audit::begin(environment, &self.instances, who));
        (self.plan, self.environment) = (plan, other);
    }

    fn event(&mut self, event: Event) {
        let context = self.session.context(self.environment.as_deref(), &self.plan, &self.typed);
        let told = self.session.told(event, &context);
        if let Some(table) = &mut self.table {
            table.tick(self.begun.elapsed());
            table.apply(&told);
        }
        if let Some(audit) = &mut self.audit {
            // Auditors warn at the end.
            drop(audit.event(&told));
        }
    }

    /// How it ended.
    fn end(&self, ended: Outcome<Problem>) -> (End, Option<Summary>, Option<Problem>) {
        let problem = match ended {
            Outcome::Carried { summary, .. } => return (End::of(&summary, None), Some(summary), None),
            Outcome::Unsafe { .. } => return (End::Refused, None, None),
            Outcome::Stopped { stop, .. } => Some(stop),
            Outcome::Refused(refusal) => lease_refusal(&self.session, &self.owner, Duration::ZERO, refusal),
        };
        let end = problem.as_ref().map_or(End::Failed, Problem::end);
        (end, None, problem)
    }
}
