//! The images that are carried in a run, each once for all its ships.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use tokio::{sync::watch, task::JoinHandle};

use crate::carry::CarryNews;
use maestro_core::{observed::carriable::CarrySource, plan::StepId};

/// An image of an engine.
type Key = (CarrySource, String);
/// How far each step is; none if nothing is told of it yet. Each step has a channel of its own: several that wait for one
/// channel are woken in a random order, and a run in a simulation would not be the same each time.
pub(super) type News = BTreeMap<StepId, watch::Receiver<Option<CarryNews>>>;

/// What is carried in a run. It is given up with the run.
#[derive(Default)]
pub struct Carrying {
    tasks: Mutex<BTreeMap<Key, Task>>,
}

struct Task {
    news: News,
    running: JoinHandle<()>,
}

impl Drop for Task {
    fn drop(&mut self) {
        self.running.abort();
    }
}

impl Carrying {
    /// The news of a step's image, which `start` starts to carry if nobody has; none if that is not possible.
    pub(super) fn news_of(
        &self,
        key: Key,
        step: StepId,
        start: impl FnOnce() -> Option<(News, JoinHandle<()>)>,
    ) -> Option<watch::Receiver<Option<CarryNews>>> {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(task) = tasks.get(&key) {
            return task.news.get(&step).cloned();
        }
        let (news, running) = start()?;
        let own = news.get(&step).cloned();
        tasks.insert(key, Task { news, running });
        own
    }
}
