//! What all parts of the dashboard share.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::{Notify, mpsc, watch};

use crate::cli::{
    command::ui::{Reopening, plans::Agreed, source::Source, ways::KeptWays},
    containers::{Found, Looked},
    error::Problem,
    session::Session,
};
use maestro_core::{model::InstanceId, plan::orphans};
use maestro_dash::DashMessage;

/// The file, the connections, and who is told.
pub(super) struct Dash {
    pub(super) source: Source,
    pub(super) ways: KeptWays,
    /// The state is wanted at once.
    pub(super) wake: Notify,
    /// Whose usage is counted.
    pub(super) counted: watch::Sender<Vec<String>>,
    messages: mpsc::Sender<DashMessage>,
    /// The plan that is shown.
    agreed: Mutex<Option<Agreed>>,
}

impl Dash {
    pub(super) fn new(
        session: &Arc<Session>,
        reopening: Reopening,
        messages: mpsc::Sender<DashMessage>,
    ) -> Self {
        Self {
            source: Source::new(Arc::clone(session), reopening),
            ways: KeptWays::default(),
            wake: Notify::new(),
            counted: watch::Sender::new(Vec::new()),
            messages,
            agreed: Mutex::new(None),
        }
    }

    /// Tells the dashboard something. Waits while it has much to take.
    pub(super) async fn tell(&self, message: DashMessage) {
        // Without a dashboard, nobody is to be told.
        self.messages.send(message).await.ok();
    }

    /// Keeps the plan that is shown.
    pub(super) fn agree(&self, agreed: Option<Agreed>) {
        *self.agreed.lock().unwrap_or_else(PoisonError::into_inner) = agreed;
    }

    /// The plan that was shown last. It is applied once.
    pub(super) fn agreed(&self) -> Option<Agreed> {
        self.agreed.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// The containers of these instances and orphans, as their ships said last. No ship is asked.
    pub(super) async fn containers(&self, session: &Session, names: &[String]) -> (Looked, Vec<Found>) {
        let fleet = self.ways.fleet(session).await;
        let orphans = orphans::list(&session.environment, &fleet.observed);
        let instances = names.iter().filter_map(|name| instance(session, name)).collect();
        let orphans = orphans.into_iter().filter(|orphan| names.contains(&orphan.container));
        let looked = Looked { instances, orphans: orphans.collect(), fleet };
        let found = looked.containers(session);
        (looked, found)
    }
}

/// The instance of this name; none if the file declares none.
pub(super) fn instance(session: &Session, name: &str) -> Option<InstanceId> {
    let mut ids = session.environment.instance_ids();
    ids.find(|&id| session.environment.instance(id).name == name)
}

/// The instance of this name, for what works on several.
pub(super) fn selected(session: &Session, name: &str) -> BTreeSet<InstanceId> {
    instance(session, name).into_iter().collect()
}

/// The lines of a problem, without secrets.
pub(super) fn lines_of(session: &Session, problem: Problem) -> Vec<String> {
    let text = problem.told().0.unwrap_or_default();
    lines(session, &text)
}

/// The lines of a text, without secrets.
pub(super) fn lines(session: &Session, text: &str) -> Vec<String> {
    session.known().hide(text).lines().map(str::to_owned).collect()
}
