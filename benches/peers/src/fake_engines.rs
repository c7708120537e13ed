//! The engine between runs: what a run has made is removed, what the next one needs is brought, and it is looked whether
//! the work was really done. Only what bears [`NAME`] is ever touched.

use std::{collections::BTreeMap, path::Path, sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::{runtime::Runtime, task::JoinSet};

use crate::{
    engine::{Container, Engine, Problem},
    files::{IMAGE, NAME, NG_NETWORK},
};

/// How many removals are under way at once.
const AT_ONCE: usize = 8;

/// How often it is tried: an engine may be busy with what it was told before.
const TRIES: usize = 5;
/// The pause before it is tried again.
const PAUSE: Duration = Duration::from_secs(1);

/// An engine, and what we have on it.
pub struct FakeEngines {
    runtime: Runtime,
    engine: Arc<Engine>,
}

impl FakeEngines {
    /// On the engine at that socket.
    ///
    /// # Errors
    /// If the machine gives no runtime.
    pub fn at(socket: &Path) -> Result<Self, Problem> {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Problem::new)?;
        Ok(Self { runtime, engine: Arc::new(Engine::at(socket)) })
    }

    /// The engine's version and API version.
    ///
    /// # Errors
    /// If it does not answer.
    pub fn version(&self) -> Result<String, Problem> {
        let told = self.runtime.block_on(self.engine.get("/version"))?;
        let text = |name: &str| told[name].as_str().unwrap_or("?").to_owned();
        Ok(format!("{} (API {})", text("Version"), text("ApiVersion")))
    }

    /// Makes sure that the image is there, and tells its id.
    ///
    /// # Errors
    /// If it is not.
    pub fn image(&self) -> Result<String, Problem> {
        let told = self.runtime.block_on(self.engine.get(&format!("/images/{IMAGE}/json")))?;
        Ok(told["Id"].as_str().unwrap_or_default().to_owned())
    }

    /// Removes all that was made here but the networks, and makes `MaestroNG`'s, which nobody else would make.
    ///
    /// # Errors
    /// If the engine does not do it.
    pub fn reset(&self) -> Result<(), Problem> {
        self.remove(false)?;
        self.runtime.block_on(self.engine.network(NG_NETWORK))
    }

    /// Removes all that was made here.
    ///
    /// # Errors
    /// If the engine does not do it.
    pub fn clear(&self) -> Result<(), Problem> {
        self.remove(true)
    }

    fn remove(&self, with_networks: bool) -> Result<(), Problem> {
        self.runtime.block_on(async {
            for _ in 1..TRIES {
                match clear(&self.engine, with_networks).await {
                    Ok(()) => return Ok(()),
                    Err(problem) => eprintln!("clearing up once more: {problem}"),
                }
                tokio::time::sleep(PAUSE).await;
            }
            clear(&self.engine, with_networks).await
        })
    }

    /// The ids of our containers that run, by name. Each is inspected: the list may be late, see [`Engine::runs`].
    ///
    /// # Errors
    /// If the engine does not answer.
    pub fn running(&self) -> Result<BTreeMap<String, String>, Problem> {
        self.runtime.block_on(async {
            let mut running = BTreeMap::new();
            for Container { id, name, .. } in self.engine.containers().await? {
                if is_ours(&name) && self.engine.runs(&id).await? {
                    running.insert(name, id);
                }
            }
            Ok(running)
        })
    }
}

fn is_ours(name: &str) -> bool {
    name.strip_prefix(NAME).is_some_and(|rest| rest.starts_with('-'))
}

async fn clear(engine: &Arc<Engine>, with_networks: bool) -> Result<(), Problem> {
    let containers = engine.containers().await?;
    let ids =
        containers.into_iter().filter(|container| is_ours(&container.name)).map(|container| container.id);
    remove(engine, ids.map(|id| format!("/containers/{id}?force=1&v=1"))).await?;
    if with_networks {
        let networks = engine.get("/networks").await?;
        let ours = |name: &&str| {
            let name = name.trim_start_matches("maestro-");
            name == NAME || is_ours(name) || name.strip_prefix(NAME).is_some_and(|rest| rest.starts_with('_'))
        };
        for name in names(&networks).filter(ours) {
            disconnect(engine, name).await?;
        }
        remove(engine, names(&networks).filter(ours).map(|name| format!("/networks/{name}"))).await?;
    }
    let volumes = engine.get("/volumes").await?;
    let prefixes = [format!("maestro-lease-{NAME}"), format!("maestro-generation-{NAME}-")];
    let ours = |name: &&str| prefixes.iter().any(|prefix| name.starts_with(prefix));
    remove(engine, names(&volumes["Volumes"]).filter(ours).map(|name| format!("/volumes/{name}"))).await
}

/// Takes all off a network: an engine that was busy may have kept the place there of a container that is gone.
async fn disconnect(engine: &Arc<Engine>, network: &str) -> Result<(), Problem> {
    let seen = engine.get(&format!("/networks/{network}")).await?;
    for left in seen["Containers"].as_object().into_iter().flat_map(|left| left.values()) {
        let order = json!({"Container": left["Name"], "Force": true});
        engine.post(&format!("/networks/{network}/disconnect"), Some(&order)).await?;
    }
    Ok(())
}

fn names(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(|thing| thing["Name"].as_str())
}

/// Removes what is at these paths, some at once. One that is gone meanwhile is no matter.
async fn remove(engine: &Arc<Engine>, paths: impl Iterator<Item = String>) -> Result<(), Problem> {
    let mut under_way = JoinSet::new();
    for path in paths {
        if under_way.len() >= AT_ONCE
            && let Some(ended) = under_way.join_next().await
        {
            ended.map_err(Problem::new)??;
        }
        let engine = Arc::clone(engine);
        under_way.spawn(async move { engine.delete(&path).await });
    }
    while let Some(ended) = under_way.join_next().await {
        ended.map_err(Problem::new)??;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read as _, Write as _},
        os::unix::net::UnixListener,
        thread,
    };

    use super::*;

    /// An engine whose list says that both containers run, though the second has ended and the third is gone.
    fn engine_with_a_late_list(socket: &Path) {
        let listener = UnixListener::bind(socket).unwrap();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 4096];
            while let Ok(length @ 1..) = stream.read(&mut request) {
                let request = String::from_utf8_lossy(&request[..length]).into_owned();
                let listed = ["one", "two", "three"].map(
                    |id| json!({"Id": id, "Names": [format!("/{NAME}-{id}")], "State": "running", "Status": "Up"}),
                );
                let (status, body) = match request.split(' ').nth(1).unwrap() {
                    "/containers/one/json" => (200, json!({"State": {"Running": true}})),
                    "/containers/two/json" => (200, json!({"State": {"Running": false}})),
                    "/containers/three/json" => (404, json!({"message": "no such container"})),
                    _ => (200, json!(listed)),
                };
                let body = body.to_string();
                let length = body.len();
                write!(stream, "HTTP/1.1 {status} -\r\nContent-Length: {length}\r\n\r\n{body}").unwrap();
            }
        });
    }

    #[test]
    fn what_the_list_says_too_late_does_not_count() {
        let socket = std::env::temp_dir().join(format!("maestro-bench-{}.sock", std::process::id()));
        engine_with_a_late_list(&socket);
        let running = FakeEngines::at(&socket).unwrap().running();
        std::fs::remove_file(&socket).unwrap();
        assert_eq!(running.unwrap(), BTreeMap::from([(format!("{NAME}-one"), "one".to_owned())]));
    }

    #[test]
    fn only_what_bears_the_name_is_ours() {
        assert!(is_ours("peers-bench-app0-1") && is_ours("peers-bench-app0-1.next"));
        assert!(!is_ours("peers-benches") && !is_ours("web-1") && !is_ours("peers-bench"));
    }
}
