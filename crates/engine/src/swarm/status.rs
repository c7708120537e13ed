//! What a service's tasks say of it.

use std::collections::BTreeMap;

use maestro_core::observed::{
    ContainerState,
    service::{JobRun, SwarmNode, SwarmService, Task, UpdateState},
};

/// The state of a service: running if all its tasks run that are to run, and are made of what it is made of now.
pub(super) fn state(service: &SwarmService, tasks: &[Task]) -> ContainerState {
    if service.is_job() {
        return state_of_job(&service.job_run(tasks));
    }
    let wanted = service.wanted(tasks);
    let running = tasks.iter().filter(|task| task.is_running() && task.is_of(service.template())).count();
    let is_held = service.update.as_ref().is_some_and(|update| {
        matches!(update.state, UpdateState::Paused | UpdateState::RollbackPaused | UpdateState::RollingBack)
    });
    match wanted {
        0 => ContainerState::Exited,
        _ if running >= wanted && !is_held => ContainerState::Running,
        _ => ContainerState::Restarting,
    }
}

/// The state of a job: it has ended if none of its tasks runs or is about to.
fn state_of_job(run: &JobRun<'_>) -> ContainerState {
    match (run.is_completed(), run.live, run.failed.len()) {
        (true, ..) | (false, 0, 1..) => ContainerState::Exited,
        (false, 1.., 0) => ContainerState::Running,
        // The Swarm has not made its tasks yet, or makes others in place of those that failed.
        (false, ..) => ContainerState::Restarting,
    }
}

/// What an engine would call the status of a container that does the same: `Exited (0)`.
fn words_of_job(run: &JobRun<'_>) -> String {
    let tasks = format!("{}/{} tasks completed", run.completed, run.wanted);
    let failure = run.newest_failure();
    if run.is_completed() {
        return format!("Exited (0): {tasks}");
    }
    if state_of_job(run) != ContainerState::Exited {
        return failure
            .map_or_else(|| tasks.clone(), |task| format!("{tasks}; {}: {}", task.state, task.error));
    }
    match failure.and_then(|task| task.exit_code) {
        Some(code) => format!("Exited ({code}): {tasks}"),
        None => format!("Exited: {tasks}"),
    }
}

/// What an engine would call its status: how many tasks run and where, and why one does not.
pub(super) fn words(service: &SwarmService, tasks: &[Task], nodes: &[SwarmNode]) -> String {
    let name = |id: &str| {
        let node = nodes.iter().find(|node| node.id == id);
        node.map_or_else(|| id.to_owned(), |node| node.hostname.clone())
    };
    if service.is_job() {
        return words_of_job(&service.job_run(tasks));
    }
    let wanted = service.wanted(tasks);
    let mut on: BTreeMap<String, usize> = BTreeMap::new();
    for task in tasks.iter().filter(|task| task.is_running()) {
        *on.entry(name(&task.node)).or_default() += 1;
    }
    let running: usize = on.values().sum();
    if wanted == 0 {
        return "0 tasks".to_owned();
    }
    let mut words = format!("{running}/{wanted} tasks");
    if !on.is_empty() {
        let each =
            on.into_iter().map(|(node, number)| if number > 1 { format!("{node} ({number})") } else { node });
        words = format!("{words}: {}", each.collect::<Vec<_>>().join(", "));
    }
    if let Some(update) = &service.update {
        match update.state {
            UpdateState::Paused | UpdateState::RollbackPaused => words.push_str("; update paused"),
            UpdateState::RollingBack => words.push_str("; rolling back"),
            UpdateState::Updating if running < wanted => words.push_str("; updating"),
            UpdateState::Updating
            | UpdateState::Completed
            | UpdateState::RolledBack
            | UpdateState::Other(_) => {}
        }
    }
    if running < wanted
        && let Some(task) = newest_trouble(tasks)
    {
        let at = if task.node.is_empty() { String::new() } else { format!(" on {}", name(&task.node)) };
        words = format!("{words}; {}{at}: {}", task.state, task.error);
    }
    for (node, state) in left_nodes(tasks, nodes) {
        words = format!("{words}; {node} is {state}");
    }
    words
}

/// The nodes that tasks were moved from because they are down or drained, each with that word.
fn left_nodes<'n>(
    tasks: &'n [Task],
    nodes: &'n [SwarmNode],
) -> impl Iterator<Item = (&'n str, &'static str)> {
    nodes.iter().filter(|node| tasks.iter().any(|task| task.node == node.id)).filter_map(|node| {
        let state = match (node.state.as_str(), node.availability.as_str()) {
            ("down", _) => "down",
            (_, "drain") => "drained",
            _ => return None,
        };
        Some((node.hostname.as_str(), state))
    })
}

/// The newest task that says why it does not run.
pub(super) fn newest_trouble(tasks: &[Task]) -> Option<&Task> {
    let troubled = tasks.iter().filter(|task| !task.error.is_empty() && !task.is_running());
    troubled.max_by(|one, other| one.created.cmp(&other.created))
}
