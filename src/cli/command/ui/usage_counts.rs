//! What instances use and used, for the page.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::usage_history::{UsageHistory, UsageSample};

/// How many counts a small picture has.
const SPARK: usize = 28;

/// The last count, and those before it.
#[derive(Default)]
pub(super) struct UsageCounts(Mutex<Counts>);

#[derive(Default)]
struct Counts {
    /// The document of `stats --output json`; none before the first count.
    last: Option<Value>,
    history: UsageHistory,
}

impl UsageCounts {
    fn with<T>(&self, use_it: impl FnOnce(&mut Counts) -> T) -> T {
        use_it(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Adds a count: a sample of each instance that runs, and the document of `stats --output json`.
    pub(super) fn add(&self, samples: impl IntoIterator<Item = (String, UsageSample)>, document: Value) {
        self.with(|counts| {
            counts.history.add(Timestamp::now(), samples);
            counts.last = Some(document);
        });
    }

    /// What all instances use. `with_history`: and what they used before, as far as small pictures show it.
    pub(super) fn all(&self, with_history: bool) -> Value {
        self.with(|counts| {
            let mut told = counts.last.clone().unwrap_or_else(|| json!({ "instances": [] }));
            told["is_counted"] = counts.last.is_some().into();
            if with_history {
                told["history"] = counts.history.sparks(SPARK);
            }
            told
        })
    }

    /// What one instance uses and used.
    pub(super) fn of(&self, name: &str) -> Value {
        self.with(|counts| {
            let all = counts.last.as_ref().and_then(|last| last["instances"].as_array());
            let now = all.into_iter().flatten().find(|one| one["instance"] == name);
            json!({
                "version": 1,
                "is_counted": counts.last.is_some(),
                "now": now,
                "history": counts.history.of(name),
            })
        })
    }
}
