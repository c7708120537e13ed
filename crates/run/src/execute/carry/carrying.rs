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
/// How far each step is.
pub(super) type News = BTreeMap<StepId, CarryNews>;

/// What is carried in a run. It is given up with the run.
#[derive(Default)]
pub struct Carrying {
    tasks: Mutex<BTreeMap<Key, Task>>,
}

struct Task {
    news: watch::Receiver<News>,
    running: JoinHandle<()>,
}

impl Drop for Task {
    fn drop(&mut self) {
        self.running.abort();
    }
}

impl Carrying {
    /// The news of an image, which `start` starts to carry if nobody has; none if that is not possible.
    pub(super) fn news_of(
        &self,
        key: Key,
        start: impl FnOnce() -> Option<(watch::Receiver<News>, JoinHandle<()>)>,
    ) -> Option<watch::Receiver<News>> {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(task) = tasks.get(&key) {
            return Some(task.news.clone());
        }
        let (news, running) = start()?;
        tasks.insert(key, Task { news: news.clone(), running });
        Some(news)
    }
}
