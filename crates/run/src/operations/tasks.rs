//! `operations::tasks` finds the containers of a service's tasks: each on a node of its Swarm, whose engine is one of the
//! Swarm's managers or another ship of the file.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use futures_util::stream::{FuturesUnordered, StreamExt as _};

use super::connect::Connect;
use maestro_core::{
    model::{Environment, ShipId},
    observed::service::SwarmNode,
};
use maestro_engine::{Engine, EngineError, Services};

/// A task whose container runs.
pub struct RunningTask {
    /// Its service's name, and its number or node: `web.2`, `web.node3`.
    pub name: String,
    /// The Swarm's id for it.
    pub id: String,
    /// The id of its container.
    pub container: String,
    /// The node that runs it.
    pub node: SwarmNode,
    /// The way to the node's engine; none if the file names no address of it.
    pub way: Option<TaskWay>,
}

/// The way to the engine of a node.
#[derive(Clone)]
pub struct TaskWay {
    /// The engine.
    pub engine: Arc<dyn Engine>,
    /// The ship that it is; none if it is known as a manager alone.
    pub ship: Option<ShipId>,
}

/// Finds tasks. The ways to nodes are looked for once.
pub struct Tasks<'a> {
    environment: &'a Environment,
    routes: &'a dyn Connect,
    ways: BTreeMap<String, Option<TaskWay>>,
}

impl<'a> Tasks<'a> {
    /// Nothing is asked yet.
    #[must_use]
    pub fn new(environment: &'a Environment, routes: &'a dyn Connect) -> Self {
        Self { environment, routes, ways: BTreeMap::new() }
    }

    /// The tasks of a service that run, by the service's id, in the order of their names. `name` is what people call it.
    ///
    /// # Errors
    /// As the Swarm's managers answer.
    pub async fn of(
        &mut self,
        swarm: &dyn Engine,
        service: &str,
        name: &str,
    ) -> Result<Vec<RunningTask>, EngineError> {
        let Some(manager) = swarm.manager() else { return Ok(Vec::new()) };
        let (mut tasks, nodes) = (manager.tasks(Some(service)).await?, manager.nodes().await?);
        tasks.retain(|task| task.is_running() && !task.container.is_empty());
        let needed: BTreeSet<&str> = tasks.iter().map(|task| task.node.as_str()).collect();
        self.find_ways(swarm, &needed).await;
        let unknown =
            |id: &str| SwarmNode { id: id.to_owned(), hostname: id.to_owned(), ..SwarmNode::default() };
        let task = |task: maestro_core::observed::service::Task| {
            let node = nodes.iter().find(|node| node.id == task.node).cloned();
            let node = node.unwrap_or_else(|| unknown(&task.node));
            let way = self.ways.get(&task.node).cloned().flatten();
            let place = if task.slot > 0 { task.slot.to_string() } else { node.hostname.clone() };
            let name = format!("{name}.{place}");
            (task.slot, RunningTask { name, id: task.id, container: task.container, node, way })
        };
        let mut found: Vec<_> = tasks.into_iter().map(task).collect();
        found.sort_by(|(slot, one), (other_slot, other)| (slot, &one.name).cmp(&(other_slot, &other.name)));
        Ok(found.into_iter().map(|(_, task)| task).collect())
    }

    /// Looks for the engines of these nodes: among managers, then among ships. Each is asked once who it is, until all are
    /// found.
    async fn find_ways(&mut self, swarm: &dyn Engine, nodes: &BTreeSet<&str>) {
        let mut missing: BTreeSet<String> = nodes
            .iter()
            .filter(|node| !self.ways.contains_key(**node))
            .map(|node| (*node).to_owned())
            .collect();
        if missing.is_empty() {
            return;
        }
        let managers = swarm.manager().map(Services::engines).unwrap_or_default();
        let asked = managers.into_iter().map(|engine| named(TaskWay { engine, ship: None }));
        self.keep(&mut missing, asked.collect()).await;
        let (environment, routes) = (self.environment, self.routes);
        let plain = environment.ship_ids().filter(|id| !environment.ship(*id).swarm);
        let asked = plain.map(|id| async move {
            let engine = routes.connect(environment.ship(id)).await.engine;
            named(TaskWay { engine, ship: Some(id) }).await
        });
        self.keep(&mut missing, asked.collect()).await;
        self.ways.extend(missing.into_iter().map(|node| (node, None)));
    }

    /// Keeps the ways to nodes that are missing, until none is.
    async fn keep(
        &mut self,
        missing: &mut BTreeSet<String>,
        mut asked: FuturesUnordered<impl Future<Output = (String, TaskWay)>>,
    ) {
        while !missing.is_empty()
            && let Some((node, way)) = asked.next().await
        {
            if missing.remove(&node) {
                self.ways.insert(node, Some(way));
            }
        }
    }
}

/// The way with the id that its engine has as a node; an empty one if it is none, or does not answer.
async fn named(way: TaskWay) -> (String, TaskWay) {
    let node = way.engine.info().await.map(|info| info.node).unwrap_or_default();
    (node, way)
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use maestro_core::model::Ship;
    use maestro_engine::{connect::Connection, host::UnknownMachine};
    use maestro_fake::Fake;
    use serde_json::json;

    use super::*;
    use crate::operations::test_environment::environment_of;

    /// The way to a worker, whatever ship is asked for.
    struct ToWorker(Fake);

    #[async_trait]
    impl Connect for ToWorker {
        async fn connect(&self, _ship: &Ship) -> Connection {
            Connection { engine: Arc::new(self.0.clone()), host: Arc::new(UnknownMachine), remark: None }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_is_on_a_manager_on_a_ship_or_nowhere_that_the_file_knows() {
        let text = "name: shop\nservices: {}\nships:\n  cluster: {ip: 10.0.0.1, tls: false, swarm: true}\n  \
                    box: {ip: 10.0.0.2, tls: false}\n";
        let (environment, fake, worker) = (environment_of(text), Fake::new("swarm"), Fake::new("worker"));
        worker.be_node("n2");
        let swarm = fake.as_swarm(&["n1", "n2", "n3"]);
        let document = json!({
            "Name": "shop_web",
            "Mode": {"Replicated": {"Replicas": 3}},
            "TaskTemplate": {"ContainerSpec": {"Image": "app"}},
        });
        let service = fake.create_service(&document, None).await.unwrap();
        let routes = ToWorker(worker);
        let mut tasks = Tasks::new(&environment, &routes);
        for _ in 0..2 {
            let found = tasks.of(&swarm, &service, "web").await.unwrap();
            let line = |task: &RunningTask| {
                let way =
                    task.way.as_ref().map(|way| way.ship.map(|ship| environment.ship(ship).name.as_str()));
                format!("{} {} {way:?}", task.name, task.node.hostname)
            };
            let lines: Vec<String> = found.iter().map(line).collect();
            let expected = [r#"web.1 n2 Some(Some("box"))"#, "web.2 n3 None", "web.3 n1 Some(None)"];
            assert_eq!(lines, expected);
        }
    }
}
