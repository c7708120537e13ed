//! What commands that copy the files of a volume share: the engine, the lease, the progress, signals.

use std::sync::Arc;

use tokio::sync::watch;

use super::find::Found;
use crate::cli::{
    args::Where,
    change::refused,
    copying::fault_end,
    error::{End, Problem},
    fleet::Fleet,
    lease,
    session::Session,
    signals::Signals,
};
use maestro_core::fault::ArchiveFault;
use maestro_engine::Engine;
use maestro_report::{explain::archive as explain, problem::CommandProblem, text::harmless};
use maestro_run::{
    archives::carrier,
    lease::{Lease, LeaseTarget, Owner, take_within},
};

/// The way to the engine of a volume.
pub(super) struct Copying<'a> {
    pub session: &'a Session,
    pub engine: Arc<dyn Engine>,
    pub me: Arc<Owner>,
    target: LeaseTarget,
    lease: Option<Lease>,
    signals: Signals,
    interrupt: watch::Sender<bool>,
    /// The signal that interrupted.
    signal: Option<u8>,
}

impl<'a> Copying<'a> {
    /// Prepares to copy: removes carriers that killed runs have left on the ship. From now on it is up to this to end the
    /// program at a signal.
    pub(super) async fn begin(session: &'a Session, fleet: &Fleet, found: &Found) -> Result<Self, Problem> {
        let target = fleet.places().into_iter().find(|place| place.ship == found.ship);
        let Some(target) = target else {
            let ship = harmless(&session.environment.ship(found.ship).name).into_owned();
            let problem = CommandProblem::new(format!("ship {ship} does not answer"));
            return Err(Problem::ended(problem, End::Unreachable));
        };
        let me = Arc::new(lease::me(session));
        let engine = Arc::clone(&target.engine);
        if let Some(holdings) = fleet.observed.holdings(found.ship) {
            carrier::remove_left(&*engine, &me, holdings.containers.values()).await;
        }
        let signals = Signals::take()?;
        let interrupt = watch::channel(false).0;
        Ok(Self { session, engine, me, target, lease: None, signals, interrupt, signal: None })
    }

    /// Turns true at the first signal.
    pub(super) fn interrupted(&self) -> watch::Receiver<bool> {
        self.interrupt.subscribe()
    }

    /// Takes the lease: no other run changes the environment meanwhile.
    pub(super) async fn take_lease(&mut self, place: &Where) -> Result<(), Problem> {
        let (me, targets) = (Arc::clone(&self.me), [self.target.clone()]);
        let (interrupted, wait) = (self.interrupted(), place.wait);
        let taken = self.until_done(async move {
            let mut news = |_| {};
            take_within(&me, &targets, wait, interrupted, &mut news).await
        });
        match taken.await {
            Ok(lease) => {
                if let Some((_, error)) = lease.unanswered.first() {
                    let why = maestro_report::explain::engine::sentence(error.fault());
                    let problem = CommandProblem::new(format!("no lease: {}", harmless(&why)));
                    return Err(Problem::ended(problem, End::Unreachable));
                }
                self.lease = Some(lease);
                Ok(())
            }
            Err(refusal) => match refused(self.session, &self.me, wait, refusal, self.signal) {
                Err(problem) => Err(problem),
                Ok(end) => Err(Problem::ended(CommandProblem::new("interrupted; nothing was changed"), end)),
            },
        }
    }

    /// Gives the lease back, and tells how the command ends for it.
    pub(super) async fn release(&mut self) -> Result<End, Problem> {
        match self.lease.take() {
            Some(lease) => lease::released(self.session, &self.me, lease.release(&self.me).await),
            None => Ok(End::Done),
        }
    }

    /// Lets `work` come to its end; the first signal interrupts it, and later ones do nothing more: it puts in order what
    /// it has begun.
    pub(super) async fn until_done<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return done,
                number = self.signals.next() => {
                    self.signal.get_or_insert(number);
                    self.interrupt.send_replace(true);
                }
            }
        }
    }

    /// How the command ends that failed, and what is said of it.
    pub(super) fn failed(&self, what: &str, state: Option<&str>, fault: &ArchiveFault) -> Problem {
        let end = self.signal.map_or_else(|| fault_end(fault), End::Signal);
        let mut problem =
            CommandProblem::new(format!("{}: {}", harmless(what), harmless(&explain::sentence(fault))));
        if let Some(state) = state {
            problem = problem.note(harmless(state));
        }
        Problem::ended(problem, end)
    }
}
