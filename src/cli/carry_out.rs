//! What is shown while a change is under way, and what signals do to it.

mod interrupt;

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::sync::mpsc::UnboundedReceiver;

use super::{
    args::Output,
    error::{End, Problem},
    fleet::reason,
    lease::facts,
    preflight,
    session::{LONGEST_SENTENCE, Session},
    signals::Signals,
    terminal::is_dumb,
    timing::TimelineFile,
    typed::typed,
    user,
};
use crate::audit::Audit;
use maestro_core::{
    event::{Event, Remark, Subject, Summary, lease::LeaseFact},
    model::{Environment, InstanceId},
    observed::note::ShipNote,
    plan::{Plan, action::ActionKind},
    timeline::Timeline,
    value::shortened,
};
use maestro_report::{
    explain,
    json::JsonLines,
    layout::Layout,
    lines::Lines,
    live::Live,
    message::{Message, message},
    plan::{self, View, is_worth_showing},
    progress::Reporter,
};
use maestro_run::{
    lease::LeaseEvent,
    operations::{Operation, Outcome, Progress},
};

use interrupt::{interrupted_text, note_step, quit};

/// Time between two pictures on a terminal.
const FRAME: Duration = Duration::from_millis(50);

/// What is shown of a change: its events as they come, and what signals do to it.
pub(super) struct Shown<'a> {
    session: &'a Session,
    instances: Vec<InstanceId>,
    nonce: &'a str,
    /// How long another run's lease is waited for.
    wait: Duration,
    /// Holders that were gone and were told of, by their nonces.
    replaced: BTreeSet<String>,
    stage: Stage,
    /// Where signals come from, once there is something to put in order.
    signals: Option<Signals>,
    signal: Option<u8>,
    under_way: BTreeMap<usize, (Subject, ActionKind)>,
    reporter: Option<Box<dyn Reporter>>,
    audit: Option<Audit>,
    /// Whether each step is printed before it begins.
    steps: bool,
    /// When the command began.
    begun: Instant,
    /// What is carried out, and its environment, if that is not the file's.
    plan: Arc<Plan>,
    environment: Option<Arc<Environment>>,
    /// When its steps began and ended, once they are over.
    timeline: Option<Arc<Timeline>>,
    /// Why some of the output could not be written.
    unwritten: Option<io::Error>,
}

/// How far the change is, as far as a signal finds a difference.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// No container is touched yet.
    Before,
    /// Nor is one now: what would go wrong is looked for, under the lease.
    Preflight,
    /// The plan is carried out, under a lease or without.
    Under { leased: bool },
    /// The lease is given back.
    Releasing { leased: bool },
}

/// What the user has seen of a change.
pub(super) enum Followed<E> {
    /// It ended.
    Outcome(Outcome<E>),
    /// The user ended the command before.
    Left(End),
}

impl<'a> Shown<'a> {
    pub(super) fn new(
        session: &'a Session,
        instances: &BTreeSet<InstanceId>,
        nonce: &'a str,
        wait: Duration,
        steps: bool,
    ) -> Self {
        Self {
            session,
            instances: instances.iter().copied().collect(),
            nonce,
            wait,
            replaced: BTreeSet::new(),
            stage: Stage::Before,
            signals: None,
            signal: None,
            under_way: BTreeMap::new(),
            reporter: None,
            audit: None,
            steps,
            begun: Instant::now(),
            plan: Arc::default(),
            environment: None,
            timeline: None,
            unwritten: None,
        }
    }

    pub(super) fn signal(&self) -> Option<u8> {
        self.signal
    }

    /// Shows what an operation tells. The first signal interrupts it, the second leaves it.
    pub(super) async fn follow<E: Send + 'static>(
        &mut self,
        operation: &mut Operation<E>,
        mut told: UnboundedReceiver<Progress>,
    ) -> Result<Followed<E>, Problem> {
        let mut frames = tokio::time::interval(FRAME);
        loop {
            tokio::select! {
                biased;
                Some(told) = told.recv() => self.told(told)?,
                number = next(&mut self.signals) => {
                    if self.is_left(number, operation)? {
                        return Ok(Followed::Left(End::Signal(number)));
                    }
                }
                ended = operation.outcome() => {
                    while let Ok(told) = told.try_recv() {
                        self.told(told)?;
                    }
                    return Ok(Followed::Outcome(ended));
                }
                _ = frames.tick() => {
                    let ticked = self.reporter.as_mut().map_or(Ok(()), |reporter| reporter.tick(self.begun.elapsed()));
                    self.note_unwritten(ticked);
                }
            }
        }
    }

    fn told(&mut self, told: Progress) -> Result<(), Problem> {
        match told {
            Progress::Looked => self.signals = Some(Signals::take()?),
            Progress::Lease(event) => self.lease(*event),
            Progress::Preflight => self.stage = Stage::Preflight,
            Progress::Found { verdict, command, environment } => {
                let printed = preflight::print(self.session, &verdict, command, &environment);
                self.note_unwritten(printed);
            }
            Progress::Planned { plan, environment, leased } => {
                self.planned(plan, environment, leased);
            }
            Progress::Outdated => {
                self.stage = Stage::Before;
                // What it has drawn stays as it is.
                self.reporter = None;
                self.session.note(explain::OUTDATED)?;
            }
            Progress::Event(event) => {
                let known = self.session.known();
                let is_told = self.session.output == Output::Text && is_in_plan(&event);
                let event = self
                    .message(Arc::unwrap_or_clone(event))
                    .map_texts(&|text| shortened(&known.hide(text), LONGEST_SENTENCE).into_owned());
                note_step(&mut self.under_way, &event);
                if let (Some(reporter), Some(audit)) = (&mut self.reporter, &mut self.audit) {
                    // The run goes on though nobody reads: to end it here could leave half of it undone.
                    let written = if is_told { Ok(()) } else { reporter.event(&event) };
                    audit.event(&event).ok();
                    self.note_unwritten(written);
                }
            }
            Progress::Timed(timeline) => self.timeline = Some(timeline),
            Progress::Releasing => {
                let leased = self.stage != (Stage::Under { leased: false });
                self.stage = Stage::Releasing { leased };
            }
        }
        Ok(())
    }

    /// Tells what happens while the lease is taken. The run goes on though nobody reads.
    fn lease(&mut self, event: LeaseEvent) {
        let session = self.session;
        match event {
            LeaseEvent::Replaced(_, holder) if !self.replaced.insert(holder.nonce.clone()) => {}
            LeaseEvent::Replaced(_, holder) => {
                drop(facts::note(session, &LeaseFact::Replaced(facts::holder(&holder))));
            }
            LeaseEvent::NotReleased(ship, error) => {
                let ship = session.environment.ship(ship).name.clone();
                let (reason, nonce) = (reason(&error), self.nonce.to_owned());
                drop(facts::warn(session, &LeaseFact::NotReleased { ship, reason, nonce }));
            }
            LeaseEvent::Settling(ship, containers, most) => {
                let ship = session.environment.ship(ship).name.clone();
                drop(facts::note(session, &LeaseFact::Settling { ship, containers, most }));
            }
            LeaseEvent::Waiting { ship, holder, age } => {
                let held = facts::held(session, ship, &holder, age);
                drop(facts::note(session, &LeaseFact::Waiting { held, wait: self.wait }));
            }
        }
    }

    /// Keeps why the output cannot be written. Whoever has closed it knows.
    fn note_unwritten(&mut self, written: io::Result<()>) {
        if let Err(error) = written
            && error.kind() != io::ErrorKind::BrokenPipe
        {
            self.unwritten.get_or_insert(error);
        }
    }

    /// From now on a plan is carried out, for another environment than the file's if there is one: all of it is meant.
    fn planned(&mut self, plan: Arc<Plan>, other: Option<Arc<Environment>>, leased: bool) {
        let session = self.session;
        self.stage = Stage::Under { leased };
        if let Some(other) = &other {
            self.instances = other.instance_ids().collect();
        }
        let environment = other.as_deref().unwrap_or(&session.environment);
        let layout = Layout::new(environment, &self.instances, &plan).typed(&typed());
        if session.output == Output::Text && is_worth_showing(&plan) {
            let view = View { steps: self.steps, colour: session.colour };
            let text = plan::text(&plan, environment, &session.sources, view);
            let printed = Session::print_to(io::stdout(), &(session.known().hide(&text) + "\n"));
            self.note_unwritten(printed);
        }
        self.audit.get_or_insert_with(|| {
            Audit::begin(environment, &self.instances, user::name(&session.variables))
        });
        self.reporter = Some(reporter(session, layout));
        self.environment = other;
        self.plan = plan;
    }

    /// An event of the run in words.
    fn message(&self, event: Event) -> Message {
        let typed = typed();
        message(event, &self.session.context(self.environment.as_deref(), &self.plan, &typed))
    }

    /// Whether this signal ends the command at once, and says so; otherwise what is under way is put in order.
    fn is_left<E: Send + 'static>(&mut self, number: u8, operation: &Operation<E>) -> Result<bool, Problem> {
        let session = self.session;
        let left = || facts::note(session, &LeaseFact::Left { nonce: self.nonce.to_owned() });
        match (self.stage, &mut self.reporter) {
            // A signal ends the wait for an engine that does not take the lease back.
            (Stage::Releasing { leased }, _) => {
                if leased {
                    left()?;
                }
                return Ok(true);
            }
            (Stage::Under { leased }, Some(reporter)) if self.signal.is_some() => {
                quit(&mut **reporter, &self.under_way, &session.invocation);
                if leased {
                    left()?;
                }
                return Ok(true);
            }
            _ if self.signal.is_some() => {
                left()?;
                return Ok(true);
            }
            (Stage::Under { .. }, Some(reporter)) => {
                reporter
                    .note(&interrupted_text(self.under_way.len(), self.plan.is_taken_back_if_interrupted()))
                    .ok();
            }
            (Stage::Preflight, _) => session.note(explain::INTERRUPTED_IN_PREFLIGHT)?,
            _ => session.note(explain::INTERRUPTED_BEFORE)?,
        }
        self.signal = Some(number);
        operation.interrupt();
        Ok(false)
    }

    /// Waits until auditors are told, and tells how the command ends.
    /// `notes` are told however it ends, `remarks` only if something is wrong.
    pub(super) async fn finish(
        self,
        summary: &Summary,
        remarks: &[ShipNote],
        notes: &[ShipNote],
    ) -> Result<End, Problem> {
        let Self { session, mut signals, signal, audit, unwritten, timeline, .. } = self;
        if let (Some(audit), Some(signals)) = (audit, &mut signals)
            && let Some(end) = audited(session, audit, signals).await?
        {
            return Ok(end);
        }
        session.ship_notes(notes)?;
        let end = End::of(summary, signal);
        if end != End::Done {
            session.ship_notes(remarks)?;
        }
        if let (Some(path), Some(timeline)) = (&session.timeline, timeline) {
            TimelineFile::at(path)?.write(session, &timeline, None)?;
        }
        let Some(error) = unwritten else { return Ok(end) };
        session.warn(&format!("the output cannot be written: {error}; the run itself finished"))?;
        Ok(end.worse(End::Failed))
    }

    /// How the command ends of which nothing was carried out.
    pub(super) fn unfinished(self, end: End) -> Result<End, Problem> {
        match self.unwritten {
            Some(error) => Err(error.into()),
            None => Ok(end),
        }
    }
}

/// Whether the plan that was printed says the same.
fn is_in_plan(event: &Event) -> bool {
    matches!(event, Event::Remark { remark: Remark::Planned(_), .. })
}

/// The number of the next signal; never, while nobody takes care of them.
async fn next(signals: &mut Option<Signals>) -> u8 {
    match signals {
        Some(signals) => signals.next().await,
        None => std::future::pending().await,
    }
}

/// Waits until auditors are told, and warns of those that were not. A signal ends the wait, and so the command.
async fn audited(session: &Session, audit: Audit, signals: &mut Signals) -> Result<Option<End>, Problem> {
    tokio::select! {
        warnings = audit.finish() => {
            warnings.iter().try_for_each(|warning| session.warn(warning))?;
            Ok(None)
        }
        number = signals.next() => Ok(Some(End::Signal(number))),
    }
}

fn reporter(session: &Session, layout: Layout) -> Box<dyn Reporter> {
    let out = io::stdout();
    match session.output {
        Output::Json => Box::new(JsonLines::new(out)),
        Output::Text | Output::Markdown if session.terminal && !is_dumb() => {
            let size = || crossterm::terminal::size().unwrap_or((80, 24));
            Box::new(Live::new(out, size, layout, session.colour))
        }
        Output::Text | Output::Markdown => Box::new(Lines::new(out, layout, session.colour)),
    }
}
