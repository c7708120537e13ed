//! Services on a Swarm: making and updating one, and waiting until its tasks run.

mod job;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use tokio::time::{Instant, sleep};

use super::{
    Run, cause, log,
    outcome::{NotDone, Verified, failed, interruptible},
};
use maestro_core::{
    event::{Cause, Failure, LastLines},
    fault::{EngineFault, ServiceFailure},
    model::container::LABEL_CONFIG,
    observed::service::{SwarmService, Task, UpdateState},
    plan::{
        StepId,
        action::{Action, ServiceAction, WaitAction},
    },
};
use maestro_engine::{Engine, EngineError, Services, swarm};

/// Time between two looks at a service.
const PAUSE: Duration = Duration::from_millis(250);
/// How long all tasks have to run: a Swarm begins an update a moment after it was asked for, and a program that cannot work
/// at all ends in less.
const STAY: Duration = Duration::from_millis(500);
/// How often a task may fail in its place before its service counts as failed: the Swarm restarts it without end.
const FAILURES: usize = 2;
/// How long tasks may wait for a node that takes them, or for the Swarm to make them.
const UNPLACED: Duration = Duration::from_secs(15);

/// Asks the Swarm for a change of a service. Returns the id of one that was created.
///
/// # Errors
/// As the manager answers.
pub(super) async fn run(
    run: &Run,
    engine: &dyn Engine,
    action: &ServiceAction,
) -> Result<Option<String>, EngineError> {
    let Some(manager) = engine.manager() else {
        return Err(EngineError::Refused(EngineFault::Gone));
    };
    let (ServiceAction::Create { files, .. } | ServiceAction::Update { files, .. }) = action;
    for file in files {
        swarm::store(manager, &run.environment.name, file).await?;
    }
    match action {
        ServiceAction::Create { request, .. } => {
            let found = run.credentials.find(&run.environment, request.image()).await;
            swarm::create(manager, request, found.login.as_ref()).await.map(Some)
        }
        ServiceAction::Update { id, request, force, .. } => {
            let found = run.credentials.find(&run.environment, request.image()).await;
            swarm::update(manager, id, request, *force, found.login.as_ref()).await?;
            Ok(None)
        }
    }
}

/// Observes whether the change was made. Of a forced update nothing tells it.
pub(super) async fn verify(engine: &dyn Engine, action: &ServiceAction) -> Verified {
    let (request, is_forced) = match action {
        ServiceAction::Create { request, .. } => (request, false),
        ServiceAction::Update { request, force, .. } => (request, *force),
    };
    let Some(manager) = engine.manager().filter(|_| !is_forced) else { return Verified::Unknown };
    let Ok(Some(service)) = manager.service(action.name()).await else { return Verified::Unknown };
    let made_of = ["Labels", "Mode", "EndpointSpec", "UpdateConfig", "RollbackConfig"];
    let is_same = made_of.iter().all(|part| service.document.get(part) == request.document.get(part));
    let has_label = service.document.pointer("/Labels").and_then(|labels| labels.get(LABEL_CONFIG)).is_some();
    if is_same && has_label { Verified::Done { container: Some(service.id) } } else { Verified::Unknown }
}

/// Waits until all tasks of a service run and its update is over.
pub(super) async fn ready(
    run: &Run,
    id: StepId,
    manager: &dyn Services,
    service: &str,
) -> Result<(), NotDone> {
    let step = run.plan.step(id);
    let is_changed = matches!(step.action, Action::Wait(WaitAction::Ready { .. }));
    let waited = interruptible(run, id, converge(manager, service, is_changed)).await?;
    match waited {
        Ok(()) => Ok(()),
        Err(NotConverged::Engine(error)) => Err(failed(cause::failure(&step.action, &error))),
        Err(NotConverged::Failed { failure, task }) => {
            let (exit_code, log) = match &task {
                Some(task) => (task.exit_code, log::last_lines_of_task(manager, &task.id).await),
                None => (None, LastLines::Lines(Vec::new())),
            };
            Err(failed(Failure { exit_code, log, ..Failure::of(Cause::Service(failure)) }))
        }
    }
}

/// Why a service did not become what it is to be.
enum NotConverged {
    Engine(EngineError),
    Failed { failure: ServiceFailure, task: Option<Box<Task>> },
}

impl From<EngineError> for NotConverged {
    fn from(error: EngineError) -> Self {
        Self::Engine(error)
    }
}

/// One look at a service.
struct Look<'a> {
    manager: &'a dyn Services,
    service: &'a SwarmService,
    tasks: &'a [Task],
}

async fn converge(manager: &dyn Services, name: &str, is_changed: bool) -> Result<(), NotConverged> {
    let mut known: Option<BTreeSet<String>> = None;
    let (mut running_since, mut stuck_since) = (None, None);
    loop {
        let Some(service) = manager.service(name).await? else {
            return Err(NotConverged::Failed { failure: ServiceFailure::Gone, task: None });
        };
        let tasks = manager.tasks(Some(&service.id)).await?;
        if service.is_job() {
            let look = Look { manager, service: &service, tasks: &tasks };
            if look.job(&mut stuck_since).await? {
                return Ok(());
            }
            sleep(PAUSE).await;
            continue;
        }
        let known = known.get_or_insert_with(|| failures(&tasks).map(|task| task.id.clone()).collect());
        let look = Look { manager, service: &service, tasks: &tasks };
        look.update(is_changed).await?;
        look.repeated_failures(known).await?;
        let now = Instant::now();
        if look.is_converged() {
            if now - *running_since.get_or_insert(now) >= STAY {
                return Ok(());
            }
        } else {
            running_since = None;
        }
        if look.is_stuck() {
            if now - *stuck_since.get_or_insert(now) >= UNPLACED {
                return Err(look.not_placed().await);
            }
        } else {
            stuck_since = None;
        }
        sleep(PAUSE).await;
    }
}

fn failures(tasks: &[Task]) -> impl Iterator<Item = &Task> {
    tasks.iter().filter(|task| task.has_failed())
}

impl Look<'_> {
    fn own(&self) -> impl Iterator<Item = &Task> {
        self.tasks.iter().filter(|task| task.is_of(self.service.template()))
    }

    fn is_updating(&self) -> bool {
        let state = self.service.update.as_ref().map(|update| &update.state);
        matches!(state, Some(UpdateState::Updating | UpdateState::RollingBack))
    }

    fn running(&self) -> usize {
        self.own().filter(|task| task.is_running()).count()
    }

    fn is_converged(&self) -> bool {
        !self.is_updating() && self.running() >= self.service.wanted(self.tasks)
    }

    /// Whether tasks are missing, and none is on its way to run.
    fn is_stuck(&self) -> bool {
        let on_its_way = |task: &&Task| {
            let is_waiting = matches!(task.state.as_str(), "new" | "pending") && !task.error.is_empty();
            task.desired == "running" && !task.has_failed() && !task.is_running() && !is_waiting
        };
        self.running() < self.service.wanted(self.tasks)
            && self.own().find(on_its_way).is_none()
            && !(self.is_updating() && self.own().all(|task| task.error.is_empty()))
    }

    async fn node_of(&self, task: Option<&Task>) -> String {
        let Some(task) = task.filter(|task| !task.node.is_empty()) else { return String::new() };
        let nodes = self.manager.nodes().await.unwrap_or_default();
        let name = nodes.into_iter().find(|node| node.id == task.node).map(|node| node.hostname);
        name.unwrap_or_else(|| task.node.clone())
    }

    /// The newest task that came to a bad end.
    fn newest_failure(&self) -> Option<&Task> {
        failures(self.tasks).max_by(|one, other| one.created.cmp(&other.created))
    }

    /// Whether the Swarm has given its update up. What it rolled back long ago is what runs now.
    async fn update(&self, is_changed: bool) -> Result<(), NotConverged> {
        let Some(update) = &self.service.update else { return Ok(()) };
        let task = self.newest_failure();
        let error = task.map_or_else(|| update.message.clone(), |task| task.error.clone());
        let node = self.node_of(task).await;
        let failure = match update.state {
            UpdateState::Paused => ServiceFailure::Paused { node, error },
            UpdateState::RolledBack if is_changed => {
                ServiceFailure::RolledBack { node, error, is_complete: true }
            }
            UpdateState::RollbackPaused => ServiceFailure::RolledBack { node, error, is_complete: false },
            UpdateState::Updating
            | UpdateState::Completed
            | UpdateState::RollingBack
            | UpdateState::RolledBack
            | UpdateState::Other(_) => return Ok(()),
        };
        Err(NotConverged::Failed { failure, task: task.cloned().map(Box::new) })
    }

    /// Whether a task fails again and again; during an update the Swarm decides.
    async fn repeated_failures(&self, known: &BTreeSet<String>) -> Result<(), NotConverged> {
        if self.is_updating() {
            return Ok(());
        }
        let new: Vec<&Task> =
            self.own().filter(|task| task.has_failed() && !known.contains(&task.id)).collect();
        let mut places: BTreeMap<(u64, &str), usize> = BTreeMap::new();
        for task in &new {
            let node = if task.slot > 0 { "" } else { task.node.as_str() };
            *places.entry((task.slot, node)).or_default() += 1;
        }
        if !places.values().any(|number| *number >= FAILURES) {
            return Ok(());
        }
        let last = new.iter().max_by(|one, other| one.created.cmp(&other.created)).copied();
        let (node, failed) = (self.node_of(last).await, new.len());
        let error = last.map(|task| task.error.clone()).unwrap_or_default();
        let failure = ServiceFailure::TasksFail { node, error, failed };
        Err(NotConverged::Failed { failure, task: last.cloned().map(Box::new) })
    }

    async fn not_placed(&self) -> NotConverged {
        let (running, wanted) = (self.running(), self.service.wanted(self.tasks));
        let waiting = self.own().filter(|task| task.state == "pending" && !task.error.is_empty());
        if let Some(task) = waiting.max_by(|one, other| one.created.cmp(&other.created)) {
            let failure = ServiceFailure::NotPlaced { running, wanted, error: task.error.clone() };
            return NotConverged::Failed { failure, task: None };
        }
        // Tasks that failed, and that no other follows.
        let task = self.newest_failure();
        let error = task.map(|task| task.error.clone()).unwrap_or_default();
        let (node, failed) = (self.node_of(task).await, failures(self.tasks).count());
        let failure = match task {
            Some(_) => ServiceFailure::TasksFail { node, error, failed },
            None => ServiceFailure::NotPlaced { running, wanted, error },
        };
        NotConverged::Failed { failure, task: task.cloned().map(Box::new) }
    }
}
