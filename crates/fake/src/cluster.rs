//! What the manager of a Swarm in memory holds, and what the Swarm does by itself. Reconciliation is simplified: tasks start at
//! once, an update replaces all tasks at once, and a task that failed is followed by another one a second later.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use serde_json::Value;
use tokio::time::Instant;

use super::{behaviour::Behaviour, manager_losses::Managers};
use maestro_core::{
    model::swarm::StoredKind,
    observed::service::{ServiceUpdate, SwarmNode, SwarmService, Task, UpdateState},
};
use maestro_engine::SwarmConfig;

/// How long new tasks of an update are watched.
const MONITOR: Duration = Duration::from_secs(1);
/// Time before another task follows one that failed.
const DELAY: Duration = Duration::from_secs(1);

/// What the manager of a Swarm holds.
#[derive(Default)]
pub(super) struct Cluster {
    pub(super) nodes: Vec<SwarmNode>,
    pub(super) services: BTreeMap<String, FakeService>,
    pub(super) tasks: Vec<FakeTask>,
    /// Configs and secrets.
    pub(super) stored: BTreeMap<(StoredKind, String), SwarmConfig>,
    pub(super) made: usize,
    pub(super) managers: Managers,
    /// The id that an engine which is no manager has as a node.
    pub(super) own_node: String,
}

pub(super) struct FakeService {
    pub(super) shown: SwarmService,
    /// What it was made of before its last update.
    pub(super) before: Value,
    pub(super) updated: Instant,
}

pub(super) struct FakeTask {
    pub(super) shown: Task,
    began: Instant,
    dies: Option<(Duration, i64)>,
    pub(super) log: Vec<String>,
}

impl FakeTask {
    fn is_live(&self) -> bool {
        matches!(self.shown.desired.as_str(), "running" | "complete")
            && matches!(self.shown.state.as_str(), "running" | "pending")
    }
}

impl Cluster {
    /// Does what the Swarm does by itself.
    pub(super) fn reconcile(&mut self, behaviours: &HashMap<String, Behaviour>) {
        let now = Instant::now();
        for task in self.tasks.iter_mut().filter(|task| task.is_live()) {
            let node = self.nodes.iter().find(|node| node.id == task.shown.node);
            if node.is_some_and(|node| !gets_tasks(node)) {
                "shutdown".clone_into(&mut task.shown.desired);
                // A node that is down tells nothing of its tasks any more.
                if node.is_some_and(|node| node.state == "ready") {
                    "shutdown".clone_into(&mut task.shown.state);
                }
            } else if let Some((_, code)) = task.dies.filter(|(after, _)| now - task.began >= *after) {
                let state = if code == 0 { "complete" } else { "failed" };
                state.clone_into(&mut task.shown.state);
                task.shown.exit_code = Some(code);
                task.shown.error = format!("task: non-zero exit ({code})");
                task.began = now;
            }
        }
        let ids: Vec<String> = self.services.keys().cloned().collect();
        for id in ids {
            self.judge_update(&id, now);
            self.fill(&id, behaviours, now);
        }
    }

    fn judge_update(&mut self, id: &str, now: Instant) {
        let Some(service) = self.services.get_mut(id) else { return };
        if service.shown.update.as_ref().is_none_or(|update| update.state != UpdateState::Updating) {
            return;
        }
        let template = service.shown.template().clone();
        let own = self.tasks.iter().filter(|task| task.shown.service == id);
        let has_failed = own.clone().any(|task| task.shown.has_failed() && task.shown.is_of(&template));
        let action = service.shown.document.pointer("/UpdateConfig/FailureAction").and_then(Value::as_str);
        let state = match (has_failed, action) {
            (true, Some("rollback")) => {
                service.shown.document = service.before.clone();
                UpdateState::RolledBack
            }
            (true, Some("pause") | None) => UpdateState::Paused,
            _ if now - service.updated >= MONITOR => UpdateState::Completed,
            _ => return,
        };
        service.shown.version += 1;
        service.shown.update = Some(ServiceUpdate { state, message: "update".to_owned() });
    }

    /// Ends tasks that are not wanted, and makes those that are missing.
    fn fill(&mut self, id: &str, behaviours: &HashMap<String, Behaviour>, now: Instant) {
        let Some(service) = self.services.get(id) else { return };
        if service.shown.is_job() {
            return self.fill_job(id, behaviours);
        }
        let (document, template) = (service.shown.document.clone(), service.shown.template().clone());
        let is_paused =
            service.shown.update.as_ref().is_some_and(|update| update.state == UpdateState::Paused);
        let ready: Vec<String> =
            self.nodes.iter().filter(|node| gets_tasks(node)).map(|node| node.id.clone()).collect();
        let impossible = document.pointer("/TaskTemplate/Placement/Constraints").is_some_and(|all| {
            all.as_array().is_some_and(|all| all.iter().any(|one| one == "node.id==none"))
        });
        let places: Vec<(u64, String)> = match document.pointer("/Mode/Replicated/Replicas") {
            Some(number) => {
                let number = number.as_u64().unwrap_or_default();
                (1..=number).map(|slot| (slot, at(&ready, slot))).collect()
            }
            None if impossible => Vec::new(),
            None => ready.iter().map(|node| (0, node.clone())).collect(),
        };
        let mut missing = Vec::new();
        for task in self.tasks.iter_mut().filter(|task| task.shown.service == id && task.is_live()) {
            let is_wanted = places
                .iter()
                .any(|(slot, node)| *slot == task.shown.slot && (*slot > 0 || *node == task.shown.node));
            if !is_wanted || (!task.shown.is_of(&template) && !is_paused) {
                "shutdown".clone_into(&mut task.shown.desired);
                "shutdown".clone_into(&mut task.shown.state);
            }
        }
        for (slot, node) in places {
            let own = |task: &&FakeTask| {
                task.shown.service == id && task.shown.slot == slot && (slot > 0 || task.shown.node == node)
            };
            let is_there = self.tasks.iter().filter(own).any(FakeTask::is_live);
            let last = self.tasks.iter().rev().filter(own).find(|task| task.shown.has_failed());
            if !is_there && last.is_none_or(|last| now - last.began >= DELAY || !last.shown.is_of(&template))
            {
                missing.push((slot, node));
            }
        }
        for (slot, node) in missing {
            self.add_task(id, (slot, node), &template, behaviours);
        }
    }

    /// Ends tasks of earlier runs of a job, and makes those that are missing for this one.
    fn fill_job(&mut self, id: &str, behaviours: &HashMap<String, Behaviour>) {
        let Some(service) = self.services.get(id) else { return };
        let (shown, template) = (service.shown.clone(), service.shown.template().clone());
        for task in self.tasks.iter_mut().filter(|task| task.shown.service == id && task.is_live()) {
            if task.shown.run != shown.run {
                "remove".clone_into(&mut task.shown.desired);
                "shutdown".clone_into(&mut task.shown.state);
            }
        }
        let is_stopped = template.pointer("/Placement/Constraints").is_some();
        let nodes = self.nodes.iter().filter(|node| gets_tasks(node) && !is_stopped);
        let ready: Vec<String> = nodes.map(|node| node.id.clone()).collect();
        let places: Vec<(u64, String)> =
            match shown.document.pointer("/Mode/ReplicatedJob/TotalCompletions").and_then(Value::as_u64) {
                Some(total) => (0..total).map(|slot| (slot, at(&ready, slot))).collect(),
                None => ready.into_iter().map(|node| (0, node)).collect(),
            };
        let is_replicated = shown.document.pointer("/Mode/ReplicatedJob").is_some();
        let policy = template.get("RestartPolicy");
        let word = policy.and_then(|policy| policy.get("Condition")).and_then(Value::as_str);
        let attempts = policy.and_then(|policy| policy.get("MaxAttempts")).and_then(Value::as_u64);
        let may_restart =
            |failed: usize| word != Some("none") && attempts.is_none_or(|most| failed as u64 <= most);
        // A Swarm fills the places of a job of several tasks, whatever their restart policy says.
        let places_are_several = places.len() > 1;
        let mut missing = Vec::new();
        for (slot, node) in places {
            let own: Vec<&FakeTask> = self
                .tasks
                .iter()
                .filter(|task| task.shown.service == id && task.shown.run == shown.run)
                .filter(|task| if is_replicated { task.shown.slot == slot } else { task.shown.node == node })
                .collect();
            let is_there = own.iter().any(|task| task.is_live() || task.shown.state == "complete");
            let failed = own.iter().filter(|task| task.shown.has_failed()).count();
            if !is_there && (failed == 0 || places_are_several || may_restart(failed)) {
                missing.push((slot, node));
            }
        }
        for place in missing {
            self.add_task(id, place, &template, behaviours);
            if let Some(task) = self.tasks.last_mut() {
                task.shown.run = shown.run;
                "complete".clone_into(&mut task.shown.desired);
            }
        }
    }

    fn add_task(
        &mut self,
        service: &str,
        (slot, node): (u64, String),
        template: &Value,
        behaviours: &HashMap<String, Behaviour>,
    ) {
        self.made += 1;
        let image = template.pointer("/ContainerSpec/Image").and_then(Value::as_str).unwrap_or_default();
        let behaviour = behaviours.get(image).cloned().unwrap_or_default();
        let state = if node.is_empty() { "pending" } else { "running" };
        let error = if node.is_empty() { "no suitable node" } else { "" };
        let node_is_known = !node.is_empty();
        let shown = Task {
            id: format!("task-{:06}", self.made),
            service: service.to_owned(),
            node,
            slot,
            state: state.to_owned(),
            desired: "running".to_owned(),
            error: error.to_owned(),
            exit_code: None,
            container: if node_is_known { format!("container-{:06}", self.made) } else { String::new() },
            created: format!("{:06}", self.made),
            template: template.clone(),
            run: 0,
        };
        let (dies, log) = (behaviour.dies, behaviour.log);
        self.tasks.push(FakeTask { shown, began: Instant::now(), dies, log });
    }
}

fn gets_tasks(node: &SwarmNode) -> bool {
    node.state == "ready" && node.availability == "active"
}

fn at(nodes: &[String], slot: u64) -> String {
    let number = usize::try_from(slot).unwrap_or_default();
    if nodes.is_empty() { String::new() } else { nodes[number % nodes.len()].clone() }
}
