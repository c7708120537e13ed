//! What an operation tells while it runs.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

use crate::{lease::LeaseEvent, preflight::Verdict};
use maestro_core::{
    event::Event,
    model::Environment,
    plan::{Plan, command::Command},
    timeline::Timeline,
};

/// How far an operation is.
#[derive(Debug, Clone)]
pub enum Progress {
    /// The ships were asked. From now on an interrupt is heeded.
    Looked,
    /// Something happened while the lease was taken or given up.
    Lease(Box<LeaseEvent>),
    /// What is going to be carried out is looked at first. A lease is held.
    Preflight,
    /// The preflight found something.
    Found {
        /// What, and what follows.
        verdict: Arc<Verdict>,
        /// The plan's command.
        command: Command,
        /// The environment that the plan is for.
        environment: Arc<Environment>,
    },
    /// This plan is carried out, and nothing else.
    Planned {
        /// The plan.
        plan: Arc<Plan>,
        /// The environment that it is for, if that is not the file's.
        environment: Option<Arc<Environment>>,
        /// Whether a lease is held for it.
        leased: bool,
    },
    /// Somebody changed what was only verified, without a lease: the lease is taken, and all is looked at anew.
    Outdated,
    /// Something happened while it is carried out.
    Event(Arc<Event>),
    /// The steps are over: when each began and ended.
    Timed(Arc<Timeline>),
    /// All is over but the lease, which is being given back.
    Releasing,
}

/// Tells all subscribers how far an operation is. Each has a queue of its own without a bound, so none misses anything and
/// a slow one delays nobody. Clones tell the same subscribers.
#[derive(Clone, Default)]
pub struct Broadcast {
    subscribers: Arc<Subscribers>,
}

type Subscribers = Mutex<Vec<UnboundedSender<Progress>>>;

/// A broadcast that somebody else keeps open.
pub(super) struct Listening(Weak<Subscribers>);

impl Listening {
    /// Everything from now on; nothing if the broadcast has ended.
    pub(super) fn subscribe(&self) -> UnboundedReceiver<Progress> {
        match self.0.upgrade() {
            Some(subscribers) => Broadcast { subscribers }.subscribe(),
            None => mpsc::unbounded_channel().1,
        }
    }
}

impl Broadcast {
    /// Everything from now on. It ends when all clones are dropped.
    #[must_use]
    pub fn subscribe(&self) -> UnboundedReceiver<Progress> {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.subscribers().push(sender);
        receiver
    }

    /// The same, without keeping it open.
    pub(super) fn listening(&self) -> Listening {
        Listening(Arc::downgrade(&self.subscribers))
    }

    /// Tells all that are still there.
    pub(super) fn send(&self, progress: Progress) {
        let mut subscribers = self.subscribers();
        // The last one gets the original.
        let Some(last) = subscribers.pop() else { return };
        subscribers.retain(|subscriber| subscriber.send(progress.clone()).is_ok());
        if last.send(progress).is_ok() {
            subscribers.push(last);
        }
    }

    fn subscribers(&self) -> MutexGuard<'_, Vec<UnboundedSender<Progress>>> {
        self.subscribers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
