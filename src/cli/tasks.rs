//! Tasks of services on a Swarm, where a command looks into containers: `web.2`, `web.node3`, or the begin of a task's id.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    containers::Found,
    error::{End, Problem},
    fleet::Fleet,
    running_container::{NotRunning, RunningContainer},
    session::Session,
    waiting::Ways,
};
use maestro_core::{
    model::{Environment, InstanceId, ShipId, selection::undeclared},
    observed::{Container, ContainerState, InstanceState},
};
use maestro_engine::Engine;
use maestro_report::{explain, logs::LogName, programs};
use maestro_run::operations::tasks::{RunningTask, Tasks};

/// As many characters of a task's id name it.
const SHORT_ID: usize = 5;

/// Names on the command line, those of tasks taken apart.
pub(super) struct TaskNames {
    /// The names, with their services in place of tasks.
    pub things: Vec<String>,
    /// What stands behind the names of services, where tasks are named.
    tasks: BTreeMap<InstanceId, Vec<String>>,
}

impl TaskNames {
    /// A name that the file declares is none of a task.
    pub(super) fn of(environment: &Environment, things: &[String]) -> Self {
        let others = undeclared(environment, things);
        let mut tasks: BTreeMap<InstanceId, Vec<String>> = BTreeMap::new();
        let things = things.iter().map(|thing| {
            match others.contains(thing).then(|| task(environment, thing)).flatten() {
                Some((id, rest)) => {
                    tasks.entry(id).or_default().push(rest.to_owned());
                    format!("instance/{}", environment.instance(id).name)
                }
                None => thing.clone(),
            }
        });
        Self { things: things.collect(), tasks }
    }

    /// Whether each of these names is that of a task.
    pub(super) fn are_all(&self) -> bool {
        let named: usize = self.tasks.values().map(Vec::len).sum();
        named > 0 && named == self.things.len()
    }

    fn keeps(&self, id: InstanceId, task: &RunningTask) -> bool {
        let Some(named) = self.tasks.get(&id) else { return true };
        named.iter().any(|word| {
            let is_place = task.name.rsplit_once('.').is_some_and(|(_, place)| place == word);
            // The name of a machine may have points.
            let is_node = task.name.ends_with(&format!(".{word}"));
            is_place || is_node || (word.len() >= SHORT_ID && task.id.starts_with(word.as_str()))
        })
    }

    fn words(&self, id: InstanceId) -> Option<String> {
        self.tasks.get(&id).map(|words| words.join(", "))
    }
}

/// The service on a Swarm that the name of a task begins with, and what stands behind it.
fn task<'t>(environment: &Environment, thing: &'t str) -> Option<(InstanceId, &'t str)> {
    let found = environment.instance_ids().filter_map(|id| {
        let instance = environment.instance(id);
        let rest = thing.strip_prefix(instance.name.as_str())?.strip_prefix('.')?;
        (instance.swarm.is_some() && !rest.is_empty()).then_some((id, rest))
    });
    // The longest name: `web.api` and `web` may both be services.
    found.min_by_key(|(_, rest)| rest.len())
}

/// The service on a Swarm that an instance is, if it was found there.
pub(super) fn service<'f>(session: &Session, fleet: &'f Fleet, id: InstanceId) -> Option<&'f Container> {
    let environment = &session.environment;
    if !environment.ship(environment.instance(id).ship).swarm {
        return None;
    }
    match fleet.observed.instance(environment, id) {
        InstanceState::Ours(container) => Some(container),
        InstanceState::Unmanaged(_)
        | InstanceState::Absent
        | InstanceState::Unreachable { .. }
        | InstanceState::Unknown => None,
    }
}

/// The containers of a service's tasks that are named, or of all; why there is none.
pub(super) async fn containers(
    session: &Session,
    fleet: &Fleet,
    tasks: &mut Tasks<'_>,
    (id, service, names): (InstanceId, &Container, &TaskNames),
) -> Vec<Result<RunningContainer, NotRunning>> {
    let environment = &session.environment;
    let instance = environment.instance(id);
    let log_name = |name: &str, ship: String| LogName {
        instance: name.to_owned(),
        typed: name.to_owned(),
        service: Some(environment.service(instance.service).name.clone()),
        ship,
    };
    let ship = &environment.ship(instance.ship).name;
    let Some(engine) = fleet.engines.get(instance.ship.0).and_then(Option::as_ref) else { return Vec::new() };
    let found = match tasks.of(&**engine, &service.id, &instance.name).await {
        Ok(found) => found,
        Err(error) => {
            let why = format!("{}: {}", instance.name, explain::engine::sentence(error.fault()));
            return vec![Err(NotRunning { why, end: End::Unreachable })];
        }
    };
    if found.is_empty() {
        let name = log_name(&instance.name, ship.clone());
        let why = programs::down(&name, &service.status, &session.invocation);
        return vec![Err(NotRunning { why, end: End::Failed })];
    }
    let place = |task: &RunningTask| {
        let ship = task.way.as_ref().and_then(|way| way.ship).map(|ship| environment.ship(ship).name.clone());
        log_name(&task.name, ship.unwrap_or_else(|| task.node.hostname.clone()))
    };
    let kept: Vec<&RunningTask> = found.iter().filter(|task| names.keeps(id, task)).collect();
    if kept.is_empty() {
        let all: Vec<LogName> = found.iter().map(place).collect();
        let why = programs::no_such_task(&instance.name, &names.words(id).unwrap_or_default(), &all);
        return vec![Err(NotRunning { why, end: End::BadInput })];
    }
    let each = kept.into_iter().map(|task| match &task.way {
        Some(way) => Ok(RunningContainer {
            name: place(task),
            ship: way.ship.unwrap_or(instance.ship),
            engine: Arc::clone(&way.engine),
            id: task.container.clone(),
            is_on_host: false,
            is_task: true,
        }),
        None => {
            let why = programs::on_unknown_node(&task.name, &task.node.hostname, &task.node.address);
            Err(NotRunning { why, end: End::BadInput })
        }
    });
    each.collect()
}

/// Tasks in place of the services that have them, for commands that look into containers again and again.
pub(super) struct TasksInPlace<'a> {
    tasks: Tasks<'a>,
    /// The engines of all ships, and of nodes behind them.
    pub engines: Vec<Option<Arc<dyn Engine>>>,
}

impl<'a> TasksInPlace<'a> {
    pub(super) fn new(session: &'a Session, routes: &'a Ways, fleet: &Fleet) -> Self {
        Self { tasks: Tasks::new(&session.environment, routes), engines: fleet.engines.clone() }
    }

    /// The containers, those of tasks in place of services; and why tasks are left out.
    pub(super) async fn of(
        &mut self,
        session: &Session,
        fleet: &Fleet,
        (found, names): (Vec<Found>, &TaskNames),
    ) -> (Vec<Found>, Vec<NotRunning>) {
        let (mut shown, mut left_out) = (Vec::new(), Vec::new());
        for one in found {
            let id = one.instance.filter(|_| session.environment.ship(one.ship).swarm);
            let Some(id) = id.filter(|_| one.container.state != ContainerState::Exited) else {
                shown.push(one);
                continue;
            };
            for task in containers(session, fleet, &mut self.tasks, (id, &one.container, names)).await {
                let RunningContainer { name, engine, id: container, .. } = match task {
                    Ok(task) => task,
                    Err(why) => {
                        left_out.push(why);
                        continue;
                    }
                };
                let container =
                    Container { id: container, state: ContainerState::Running, ..one.container.clone() };
                let ship = self.place(engine);
                shown.push(Found { ship, container, instance: Some(id), task: Some(name) });
            }
        }
        (shown, left_out)
    }

    /// Tells why tasks are left out; the end is worse for that if the user has named them.
    pub(super) fn tell(session: &Session, left_out: Vec<NotRunning>, is_named: bool) -> Result<End, Problem> {
        left_out.into_iter().try_fold(End::Done, |end, NotRunning { why, end: other }| {
            session.note(&why)?;
            Ok(if is_named { end.worse(other) } else { end })
        })
    }

    /// Where an engine is among all.
    fn place(&mut self, engine: Arc<dyn Engine>) -> ShipId {
        let is_same =
            |known: &Option<Arc<dyn Engine>>| known.as_ref().is_some_and(|one| Arc::ptr_eq(one, &engine));
        let at = self.engines.iter().position(is_same);
        ShipId(at.unwrap_or_else(|| {
            self.engines.push(Some(engine));
            self.engines.len() - 1
        }))
    }
}
