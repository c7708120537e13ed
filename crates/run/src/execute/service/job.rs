//! Waiting for the end of a job on a Swarm.

use std::collections::BTreeMap;

use serde_json::Value;
use tokio::time::Instant;

use super::{FAILURES, Look, NotConverged, UNPLACED};
use maestro_core::{
    fault::ServiceFailure,
    observed::service::{JobRun, Task},
};

impl Look<'_> {
    /// Whether a job has done its work. `stuck_since` is since when none of its tasks runs or is on its way.
    pub(super) async fn job(&self, stuck_since: &mut Option<Instant>) -> Result<bool, NotConverged> {
        let run = self.service.job_run(self.tasks);
        if run.is_completed() {
            return Ok(true);
        }
        if let Some(task) = run.newest_failure().filter(|_| self.has_failed_for_good(&run)) {
            return Err(self.job_failed(&run, task).await);
        }
        let waiting: Vec<&Task> = self.tasks.iter().filter(|task| self.waits_for_node(task)).collect();
        if run.live > waiting.len() {
            *stuck_since = None;
            return Ok(false);
        }
        let now = Instant::now();
        if now - *stuck_since.get_or_insert(now) < UNPLACED {
            return Ok(false);
        }
        let error = waiting.first().map(|task| task.error.clone()).unwrap_or_default();
        let failure = ServiceFailure::NotPlaced { running: 0, wanted: run.wanted, error };
        Err(NotConverged::Failed { failure, task: None })
    }

    fn waits_for_node(&self, task: &Task) -> bool {
        task.run == self.service.run && task.state == "pending" && !task.error.is_empty()
    }

    /// How often a task may be tried in place of one that failed; none if the Swarm tries without end.
    fn attempts(&self) -> Option<usize> {
        let policy = self.service.template().get("RestartPolicy");
        let said = |key: &str| policy.and_then(|policy| policy.get(key));
        if said("Condition").is_some_and(|condition| condition == "none") {
            return Some(0);
        }
        let attempts = said("MaxAttempts").and_then(Value::as_u64).filter(|attempts| *attempts > 0);
        attempts.map(|attempts| usize::try_from(attempts).unwrap_or(usize::MAX))
    }

    /// Whether tasks failed in one place as often as they may. A Swarm itself goes on for jobs of several tasks, whatever
    /// their restart policy says.
    fn has_failed_for_good(&self, run: &JobRun<'_>) -> bool {
        let limit = self.attempts().map_or(FAILURES, |attempts| attempts.saturating_add(1));
        let is_replicated = self.service.document.pointer("/Mode/ReplicatedJob").is_some();
        let mut places: BTreeMap<(u64, &str), usize> = BTreeMap::new();
        for task in &run.failed {
            let node = if is_replicated { "" } else { task.node.as_str() };
            *places.entry((task.slot, node)).or_default() += 1;
        }
        places.values().any(|failed| *failed >= limit)
    }

    async fn job_failed(&self, run: &JobRun<'_>, task: &Task) -> NotConverged {
        let (node, failed) = (self.node_of(Some(task)).await, run.failed.len());
        let goes_on = run.live > 0 || self.attempts().is_none();
        let failure = ServiceFailure::JobFailed { node, error: task.error.clone(), failed, goes_on };
        NotConverged::Failed { failure, task: Some(Box::new(task.clone())) }
    }
}
