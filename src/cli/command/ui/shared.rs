//! What all requests of the page share: the file, the state, the connections, the plans that were shown, the runs.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use tokio::sync::{Notify, watch};

use super::{
    place::Place, plans::Plans, record::Runs, source::Source, usage_counts::UsageCounts, ways::KeptWays,
};
use crate::cli::session::Session;
use maestro_report::{graph::ShipGraph, status::Status};

/// The state as browsers see it; none until the ships were asked.
pub(super) type Shown = watch::Sender<Option<Arc<Value>>>;

/// All that the page shows and does.
pub(super) struct Ui {
    source: Source,
    shown: Shown,
    /// Somebody begins to look.
    pub(super) wake: Notify,
    /// Somebody wants ships that do not answer to be asked now.
    pub(super) retry: Notify,
    /// The run of another process that holds the lease, as the page shows it.
    lease: Mutex<Value>,
    pub(super) plans: Plans,
    pub(super) runs: Arc<Runs>,
    pub(super) place: Place,
    /// What instances use.
    pub(super) usage: UsageCounts,
    ways: KeptWays,
    /// How the instances of a file stood when they were shown last.
    status: Mutex<Option<(Arc<Session>, Arc<Status>)>>,
}

impl Ui {
    pub(super) fn new(source: Source, place: Place) -> Self {
        Self {
            source,
            shown: watch::Sender::new(None),
            wake: Notify::new(),
            retry: Notify::new(),
            lease: Mutex::default(),
            plans: Plans::default(),
            runs: Arc::new(Runs::default()),
            place,
            usage: UsageCounts::default(),
            ways: KeptWays::default(),
            status: Mutex::default(),
        }
    }

    /// The connections to the ships.
    pub(super) fn ways(&self) -> &KeptWays {
        &self.ways
    }

    /// Keeps how the instances of a file stand, as it is shown.
    pub(super) fn keep_status(&self, session: &Arc<Session>, status: Arc<Status>) {
        *self.status.lock().unwrap_or_else(PoisonError::into_inner) = Some((Arc::clone(session), status));
    }

    /// What needs what, with the states that are shown; none if the ships were not asked yet.
    pub(super) fn graph(&self) -> Option<ShipGraph> {
        let (session, status) = self.status.lock().unwrap_or_else(PoisonError::into_inner).clone()?;
        let environment = &session.environment;
        Some(ShipGraph::of(environment, &environment.instance_ids().collect(), Some(&status)))
    }

    pub(super) fn source(&self) -> &Source {
        &self.source
    }

    pub(super) fn shown(&self) -> &Shown {
        &self.shown
    }

    pub(super) fn runs(&self) -> &Runs {
        &self.runs
    }

    /// Keeps which other run holds the lease, and has it shown if it is news.
    pub(super) fn keep_lease(&self, lease: Value) {
        let mut known = self.lease.lock().unwrap_or_else(PoisonError::into_inner);
        if *known != lease {
            *known = lease;
            self.wake.notify_one();
        }
    }

    /// The other run that holds the lease.
    pub(super) fn lease(&self) -> Value {
        self.lease.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether a browser looks.
    pub(super) fn is_watched(&self) -> bool {
        self.shown.receiver_count() > 0
    }

    /// Waits until the state is wanted at once.
    pub(super) async fn woken(&self) {
        self.wake.notified().await;
    }

    /// The state from now on. If nobody looked for a while it is not current, and is computed at once.
    pub(super) fn watch(&self) -> watch::Receiver<Option<Arc<Value>>> {
        if !self.is_watched() {
            self.shown.send_replace(None);
            self.wake.notify_one();
        }
        self.shown.subscribe()
    }
}
