//! A change that runs as a task of its own.

use std::{collections::BTreeSet, sync::Arc};

use tokio::{
    sync::{mpsc::UnboundedReceiver, watch},
    task::{JoinError, JoinHandle},
    time::sleep,
};

use super::{Broadcast, ChangeRequest, Outcome, Progress, change, fleet::Connect, progress::Listening};
use crate::lease::{
    LeaseEvent, Owner, Released,
    later::{FIRST, LONGEST, give_back},
};
use maestro_core::model::{Environment, ShipId};

/// A change that runs. It is given up when this is dropped: engines finish what they were asked, and the lease stays.
pub struct Operation<E> {
    running: JoinHandle<Outcome<E>>,
    interrupt: watch::Sender<bool>,
    progress: Listening,
}

impl<E: Send + 'static> Operation<E> {
    /// Begins. The receiver gets all progress, and ends with the operation.
    #[must_use]
    pub fn spawn(asked: ChangeRequest<E>) -> (Self, UnboundedReceiver<Progress>) {
        let progress = Broadcast::default();
        let first = progress.subscribe();
        let (interrupt, interrupted) = watch::channel(false);
        let listening = progress.listening();
        let lease = EndedLease {
            me: Arc::clone(&asked.me),
            environment: Arc::clone(&asked.environment),
            routes: Arc::clone(&asked.routes),
        };
        let told = progress.subscribe();
        let running = tokio::spawn(async move {
            let outcome = change(asked, interrupted, progress).await;
            let ships = unreleased(&outcome, told);
            if !ships.is_empty() {
                tokio::spawn(lease.give_back(ships));
            }
            outcome
        });
        (Self { running, interrupt, progress: listening }, first)
    }

    /// All progress from now on. It ends with the operation.
    #[must_use]
    pub fn subscribe(&self) -> UnboundedReceiver<Progress> {
        self.progress.subscribe()
    }

    /// Lets nothing new begin. What an engine is changing now comes to its end.
    pub fn interrupt(&self) {
        self.interrupt.send_replace(true);
    }

    /// Waits for the end. May be given up and called again until it has told the outcome.
    ///
    /// # Panics
    /// If the operation panicked, or had told its outcome before.
    pub async fn outcome(&mut self) -> Outcome<E> {
        match (&mut self.running).await {
            Ok(outcome) => outcome,
            Err(error) => panic_of(error),
        }
    }
}

/// The lease of a run that has ended. While its process lives, others take the run for one that goes on: a process that does
/// not end with its run has to give the lease back itself.
struct EndedLease {
    me: Arc<Owner>,
    environment: Arc<Environment>,
    routes: Arc<dyn Connect>,
}

impl EndedLease {
    /// Gives it back on these ships, as soon as their engines answer.
    async fn give_back(self, mut ships: BTreeSet<ShipId>) {
        let Self { me, environment, routes } = self;
        let mut pause = FIRST;
        while !ships.is_empty() {
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST);
            for ship in ships.clone() {
                let connection = routes.connect(environment.ship(ship)).await;
                if give_back(&me, &*connection.engine).await {
                    ships.remove(&ship);
                }
            }
        }
    }
}

/// Ships where it is not known whether the lease was given back.
fn unreleased<E>(outcome: &Outcome<E>, mut told: UnboundedReceiver<Progress>) -> BTreeSet<ShipId> {
    let mut ships = BTreeSet::new();
    while let Ok(progress) = told.try_recv() {
        if let Progress::Lease(event) = progress
            && let LeaseEvent::NotReleased(ship, _) = *event
        {
            ships.insert(ship);
        }
    }
    let released: &[(ShipId, Released)] = match outcome {
        Outcome::Carried { released, .. }
        | Outcome::Unsafe { released, .. }
        | Outcome::Stopped { released, .. } => released,
        Outcome::Refused(_) => &[],
    };
    let is_unknown = |released: &Released| matches!(released, Released::Unknown(_));
    ships.extend(released.iter().filter(|(_, released)| is_unknown(released)).map(|(ship, _)| *ship));
    ships
}

fn panic_of(error: JoinError) -> ! {
    match error.try_into_panic() {
        Ok(panic) => std::panic::resume_unwind(panic),
        Err(error) => panic!("the operation was cancelled: {error}"),
    }
}

impl<E> Drop for Operation<E> {
    fn drop(&mut self) {
        self.running.abort();
    }
}
