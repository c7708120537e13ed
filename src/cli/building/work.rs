//! Builds images, and tells what becomes of them.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use futures_util::future::join_all;
use serde_json::Value;
use tokio::sync::watch;

use super::{Builds, PlannedBuild, look::Looked};
use crate::cli::{
    args::Output,
    error::{End, Problem},
    session::Session,
    signals::Signals,
};
use maestro_build::instructions;
use maestro_core::{
    diagnostic::Diagnostics,
    fault::{BuildFault, EngineFault},
    model::image_build::ImageBuild,
    observed::carriable::CarrySource,
    source::Span,
};
use maestro_engine::{BuildNews, Engine, builds::Builds as Builder, buildx::Buildx};
use maestro_report::{
    builds::{self, BuildOutcome, BuildReport},
    diagnostics, json as report,
};
use maestro_run::operations::builds::{BuildState, Pack, build};

/// What a build says of itself while it runs.
type Told<'a> = dyn Fn(&BuildReport<'_>) -> Result<(), Problem> + Sync + 'a;

/// What all builds on an engine share.
#[derive(Clone, Copy)]
struct Work<'a> {
    session: &'a Session,
    interrupted: &'a watch::Receiver<bool>,
    tell: &'a Told<'a>,
    /// Images that were not built there.
    failed: &'a [&'a ImageBuild],
}

impl Builds {
    /// Builds what was looked at, and tells what becomes of it; for programs as data, once all is over. The first signal
    /// interrupts.
    pub(in crate::cli) async fn carry_out(
        &self,
        session: &Session,
        looked: &[Looked<'_>],
    ) -> Result<Built, Problem> {
        let mut signals = Signals::take()?;
        let (interrupt, interrupted) = watch::channel(false);
        let data = Mutex::new(Vec::new());
        let tell = |report: &BuildReport<'_>| {
            if session.output == Output::Json {
                data.lock().unwrap_or_else(PoisonError::into_inner).extend(builds::json(report));
                return Ok(());
            }
            session.tell_line(&builds::line(report))
        };
        let mut work = std::pin::pin!(self.on_places(session, looked, &interrupted, &tell));
        let mut signal = None;
        let end = loop {
            tokio::select! {
                biased;
                end = &mut work => break end?,
                number = signals.next() => {
                    signal.get_or_insert(number);
                    interrupt.send_replace(true);
                }
            }
        };
        let data = data.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Ok(Built { end: signal.map_or(end, End::Signal), data })
    }

    /// One image after another on an engine, and all engines at once.
    async fn on_places(
        &self,
        session: &Session,
        looked: &[Looked<'_>],
        interrupted: &watch::Receiver<bool>,
        tell: &Told<'_>,
    ) -> Result<End, Problem> {
        let places: BTreeSet<&CarrySource> = looked.iter().map(|looked| &looked.at).collect();
        let on_places = places.into_iter().map(|at| async move {
            let (mut end, mut failed) = (End::Done, Vec::new());
            for looked in looked.iter().filter(|looked| looked.at == *at) {
                if *interrupted.borrow() {
                    break;
                }
                let work = Work { session, interrupted, tell, failed: &failed };
                let own = self.on_place(work, looked).await?;
                if own != End::Done {
                    failed.push(&*looked.planned.request.build);
                }
                end = end.worse(own);
            }
            Ok(end)
        });
        let ends = join_all(on_places).await.into_iter().collect::<Result<Vec<End>, Problem>>()?;
        Ok(ends.into_iter().fold(End::Done, End::worse))
    }

    async fn on_place(&self, work: Work<'_>, looked: &Looked<'_>) -> Result<End, Problem> {
        let Work { session, interrupted, tell, failed: before } = work;
        let Looked { planned, at, state, engine, machine: _, is_builder: _ } = looked;
        let ship = &*builds::place(at);
        let image = planned.request.build.image.as_str();
        let teller = Teller { image, ship, begun: Instant::now(), tell };
        let failed = |fault: &BuildFault| {
            let (message, drawn) = self.failure(session, planned, ship, fault);
            teller.tell(BuildOutcome::Failed { message: &message, drawn: &drawn }).map(|()| end(fault))
        };
        match state {
            Ok(BuildState::Unchanged) if !self.is_forced() => {
                return teller.tell(BuildOutcome::Unchanged).map(|()| End::Done);
            }
            Ok(BuildState::Unchanged | BuildState::Changed | BuildState::Missing) => {}
            Err(fault) => return failed(fault),
        }
        if let Some(other) = planned.images().find(|other| before.contains(&&***other)) {
            return failed(&BuildFault::OfContext(other.image.clone()));
        }
        teller.tell(BuildOutcome::Begun { bytes: planned.context.size() })?;
        let context = Arc::clone(&planned.context);
        let pack: Pack = Box::new(move |out| context.pack(out));
        let news = |news: BuildNews| {
            // What cannot be told now fails when the outcome is told.
            let told = match &news {
                BuildNews::Step { number, of, instruction } => {
                    teller.tell(BuildOutcome::Step { number: *number, of: *of, instruction })
                }
                BuildNews::Cached | BuildNews::Output(_) | BuildNews::Pulling(_) => Ok(()),
            };
            told.ok();
        };
        let builder = builder(session, planned, at, engine).await;
        let built = build(builder, planned.request.clone(), pack, interrupted.clone(), &news).await;
        match &built {
            Ok(id) => teller.tell(BuildOutcome::Built { id }).map(|()| End::Done),
            Err(fault) => failed(fault),
        }
    }

    /// A failed build: in a sentence, and drawn at the step of its Dockerfile.
    fn failure(
        &self,
        session: &Session,
        planned: &PlannedBuild,
        ship: &str,
        fault: &BuildFault,
    ) -> (String, String) {
        let text = &self.sources.file(planned.dockerfile).text;
        let (number, line) = match fault {
            BuildFault::Step { number, line, .. } => (*number, *line),
            BuildFault::Engine(_)
            | BuildFault::Context(_)
            | BuildFault::Buildx(_)
            | BuildFault::OfContext(_)
            | BuildFault::Interrupted => (None, None),
        };
        let mut steps = instructions(text).into_iter();
        let step = match (number, line) {
            (Some(number), _) => number.checked_sub(1).and_then(|before| steps.nth(before)),
            (None, Some(line)) => {
                let end: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
                steps.take_while(|step| step.range.start < end).last()
            }
            (None, None) => None,
        };
        let span = step.map(|step| Span::new(planned.dockerfile, step.range));
        let mut problems = Diagnostics::default();
        let problem = builds::failure(&planned.request.build.image, ship, fault, span);
        // A step may show what it reads.
        let message = session.known().hide(&problem.message).into_owned();
        problems.push(problem);
        let outcome = "the image that was there stays";
        let drawn = diagnostics::draw_with(&problems, &self.sources, session.colours_errors(), outcome);
        (message, session.known().hide(drawn.trim_end()).into_owned())
    }
}

/// What builds an image on an engine.
async fn builder(
    session: &Session,
    planned: &PlannedBuild,
    at: &CarrySource,
    engine: &Arc<dyn Engine>,
) -> Arc<dyn Builder> {
    if !planned.of_buildkit {
        return Arc::clone(engine) as Arc<dyn Builder>;
    }
    let routes = session.routes().routes;
    Arc::new(Buildx::new(match at {
        CarrySource::Ship { id, .. } => routes.dial_to(session.environment.ship(*id)).await,
        CarrySource::ThisMachine => routes.dial_to_this_machine(),
    }))
}

/// What came of builds.
pub(in crate::cli) struct Built {
    /// How the command ends.
    pub end: End,
    data: Vec<Value>,
}

impl Built {
    /// Prints what came of all builds, if programs read it.
    pub(in crate::cli) fn print_data(&self, session: &Session) -> Result<(), Problem> {
        if session.output != Output::Json {
            return Ok(());
        }
        let data = builds::output(&session.environment.name, &self.data);
        session.print(&report::pretty(&session.hidden(data))?)
    }
}

/// Tells what becomes of an image on a ship.
struct Teller<'a> {
    image: &'a str,
    ship: &'a str,
    begun: Instant,
    tell: &'a Told<'a>,
}

impl Teller<'_> {
    fn tell(&self, outcome: BuildOutcome<'_>) -> Result<(), Problem> {
        let Self { image, ship, .. } = *self;
        (self.tell)(&BuildReport { image, ship, outcome, elapsed: self.begun.elapsed() })
    }
}

/// How a command ends whose build failed.
fn end(fault: &BuildFault) -> End {
    match fault {
        BuildFault::Engine(EngineFault::Connection(_)) => End::Unreachable,
        BuildFault::Engine(fault) if fault.is_silence() => End::Unreachable,
        BuildFault::Engine(_)
        | BuildFault::Step { .. }
        | BuildFault::Context(_)
        | BuildFault::Buildx(_)
        | BuildFault::OfContext(_)
        | BuildFault::Interrupted => End::Failed,
    }
}
