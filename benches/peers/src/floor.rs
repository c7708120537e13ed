//! The floor: the least that a client has to do, with the calls that it takes, over connections that are used again, and
//! nothing else: no file is read, nothing is remembered, no error is explained.

use std::{path::Path, sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::{
    io::AsyncReadExt as _,
    net::TcpStream,
    sync::Semaphore,
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::{
    case::Shape,
    engine::{Container, Engine, Problem},
    files::{CONTAINER_PORT, FIRST_PORT, IMAGE, container_name},
};

/// The network that its containers are on.
pub const NETWORK: &str = "peers-bench-floor";
/// How long a container without checks has to stay up, as with Maestro.
const SETTLE: Duration = Duration::from_millis(300);
/// How long a container may take to answer at its port.
const TIMEOUT: Duration = Duration::from_secs(300);
/// The pause before a port is tried again.
const PAUSE: Duration = Duration::from_millis(5);

/// The floor, at work.
pub struct Floor {
    engine: Engine,
    turns: Arc<Semaphore>,
}

impl Floor {
    /// With the engine at that socket, and so many changes under way at once.
    #[must_use]
    pub fn at(socket: &Path, concurrency: usize) -> Arc<Self> {
        Arc::new(Self { engine: Engine::at(socket), turns: Arc::new(Semaphore::new(concurrency.max(1))) })
    }

    /// What runs, a line each.
    ///
    /// # Errors
    /// If the engine does not answer.
    pub async fn status(&self, count: usize) -> Result<String, Problem> {
        let listed = self.engine.containers().await?;
        let line = |number| {
            let name = container_name(number);
            let seen = listed.iter().find(|container| container.name == name);
            format!("{name}  {}\n", seen.map_or("down", |container| container.status.as_str()))
        };
        Ok((0..count).map(line).collect())
    }

    /// Starts what does not run, layer by layer, each container made when its turn has come.
    ///
    /// # Errors
    /// If the engine does not do it, or a container does not get ready.
    pub async fn start(self: &Arc<Self>, shape: &Shape) -> Result<(), Problem> {
        let listed = self.engine.containers().await?;
        let is_up = |number: &usize| {
            let name = container_name(*number);
            listed.iter().any(|container: &Container| container.name == name && container.state == "running")
        };
        let missing: Vec<Vec<usize>> =
            shape.numbers().map(|layer| layer.filter(|number| !is_up(number)).collect()).collect();
        if missing.iter().all(Vec::is_empty) {
            return Ok(());
        }
        self.engine.network(NETWORK).await?;
        for layer in missing {
            let is_checked = shape.is_checked;
            self.each(layer, move |floor, number| async move { floor.bring_up(number, is_checked).await })
                .await?;
        }
        Ok(())
    }

    /// Stops all that runs, as many at once as may be.
    ///
    /// # Errors
    /// If the engine does not do it.
    pub async fn stop(self: &Arc<Self>, count: usize) -> Result<(), Problem> {
        let listed = self.engine.containers().await?;
        let names: Vec<String> = (0..count).map(container_name).collect();
        let running: Vec<String> = listed
            .into_iter()
            .filter(|container| container.state == "running" && names.contains(&container.name))
            .map(|container| container.id)
            .collect();
        self.each(running, |floor, id| async move {
            let _turn = floor.turn().await?;
            floor.engine.post(&format!("/containers/{id}/stop?t=10"), None).await.map(drop)
        })
        .await
    }

    /// Replaces one container by one with another environment, beside the old one until that has to go.
    ///
    /// # Errors
    /// If the engine does not do it.
    pub async fn replace(&self, number: usize, version: &str) -> Result<(), Problem> {
        let name = container_name(number);
        let listed = self.engine.containers().await?;
        let old = listed.iter().find(|container| container.name == name);
        let old = &old.ok_or_else(|| Problem(format!("there is no {name}")))?.id;
        let next = self.create(&format!("{name}.next"), &spec(number, false, version)).await?;
        self.engine.post(&format!("/containers/{old}/stop?t=10"), None).await?;
        self.engine.post(&format!("/containers/{old}/rename?name={name}.previous"), None).await?;
        self.engine.post(&format!("/containers/{next}/rename?name={name}"), None).await?;
        self.engine.post(&format!("/containers/{next}/start"), None).await?;
        self.stays_up(&next).await?;
        self.engine.delete(&format!("/containers/{old}")).await
    }

    /// Does something with each, all under way at once.
    async fn each<T, F>(
        self: &Arc<Self>,
        things: Vec<T>,
        work: impl Fn(Arc<Self>, T) -> F,
    ) -> Result<(), Problem>
    where
        F: Future<Output = Result<(), Problem>> + Send + 'static,
    {
        let mut tasks = JoinSet::new();
        for thing in things {
            tasks.spawn(work(Arc::clone(self), thing));
        }
        while let Some(ended) = tasks.join_next().await {
            ended.map_err(Problem::new)??;
        }
        Ok(())
    }

    async fn turn(&self) -> Result<tokio::sync::SemaphorePermit<'_>, Problem> {
        self.turns.acquire().await.map_err(Problem::new)
    }

    async fn bring_up(&self, number: usize, is_checked: bool) -> Result<(), Problem> {
        let turn = self.turn().await?;
        let id = self.create(&container_name(number), &spec(number, is_checked, "1")).await?;
        self.engine.post(&format!("/containers/{id}/start"), None).await?;
        // Waiting takes nobody's turn.
        drop(turn);
        if is_checked { greeted(number).await } else { self.stays_up(&id).await }
    }

    async fn create(&self, name: &str, spec: &Value) -> Result<String, Problem> {
        let created = self.engine.post(&format!("/containers/create?name={name}"), Some(spec)).await?;
        Ok(created["Id"].as_str().unwrap_or(name).to_owned())
    }

    async fn stays_up(&self, id: &str) -> Result<(), Problem> {
        sleep(SETTLE).await;
        let seen = self.engine.get(&format!("/containers/{id}/json")).await?;
        if seen["State"]["Running"] == true { Ok(()) } else { Err(Problem(format!("{id} has ended"))) }
    }
}

/// How a container is made.
fn spec(number: usize, is_checked: bool, version: &str) -> Value {
    let mut spec = json!({
        "Image": IMAGE,
        "Env": [format!("VERSION={version}")],
        "HostConfig": {"NetworkMode": NETWORK},
    });
    if is_checked {
        let port = format!("{CONTAINER_PORT}/tcp");
        spec["Cmd"] = json!(["serve"]);
        spec["ExposedPorts"] = json!({&port: {}});
        spec["HostConfig"]["PortBindings"] =
            json!({&port: [{"HostPort": (FIRST_PORT + number).to_string()}]});
    }
    spec
}

/// Waits until a container greets at its published port. That it accepts says nothing: the engine's proxy does so for it.
async fn greeted(number: usize) -> Result<(), Problem> {
    let port = u16::try_from(FIRST_PORT + number).map_err(Problem::new)?;
    let tries = async {
        loop {
            if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)).await
                && matches!(stream.read(&mut [0; 1]).await, Ok(1))
            {
                return;
            }
            sleep(PAUSE).await;
        }
    };
    timeout(TIMEOUT, tries).await.map_err(|_| Problem(format!("nobody answers at port {port}")))
}
