//! Containers, as an engine tells of them and changes them.

use std::{collections::BTreeMap, net::IpAddr, time::Duration};

use async_trait::async_trait;

use super::EngineError;
use maestro_core::{
    model::{carried::CarriedFiles, container::ContainerNames, shared::SharedSpec},
    observed::{Container, ContainerState, description::Description},
};

/// The containers of an engine. Every call ends within the ship's timeout, except where noted.
#[async_trait]
pub trait Containers: Send + Sync {
    /// All containers, running or not: one call, whatever their number (a `GET`).
    async fn containers(&self) -> Result<Vec<Container>, EngineError>;

    /// One container, by name or id; none if it does not exist (a `GET`). Unlike a list, it waits for a start of the
    /// container that is under way, and shows a stop as soon as it was answered.
    async fn inspect(&self, container: &str) -> Result<Option<Inspected>, EngineError>;

    /// The addresses that a container has on its networks while it runs (a `GET`). One on its ship's own network has none.
    async fn addresses(&self, container: &str) -> Result<Vec<IpAddr>, EngineError>;

    /// Creates a container under that name. `volumes` are volumes of a predecessor by path inside: they are mounted there
    /// in place of new anonymous ones. `names` says what else it is found as, and how the containers are named that its
    /// specification names by their instances.
    async fn create(
        &self,
        name: &str,
        spec: &SharedSpec,
        volumes: &BTreeMap<String, String>,
        names: &ContainerNames,
    ) -> Result<Created, EngineError>;

    /// Copies files into a container, running or not. A file that is there is overwritten, a directory is not. The
    /// directory of a file is created if the container has none; one that it has stays as it is. Copying the same files
    /// again changes nothing.
    async fn copy_files(&self, container: &str, files: &CarriedFiles) -> Result<(), EngineError>;

    /// Gives a container, running or not, another name; one that has it already is left alone. Others on its networks
    /// find it under the new name, and what it has connected to stays connected.
    async fn rename(&self, container: &str, name: &str) -> Result<(), EngineError>;

    /// Starts a container; one that runs is left alone.
    async fn start(&self, container: &str) -> Result<(), EngineError>;

    /// Stops a container within `timeout`, which comes on top of the ship's; one that does not run is left alone.
    async fn stop(&self, container: &str, timeout: Duration) -> Result<(), EngineError>;

    /// Sends a signal to the first process of a container, by its name or number. One that does not run is a conflict.
    async fn signal(&self, container: &str, signal: &str) -> Result<(), EngineError>;

    /// Kills a container; one that does not run is left alone.
    async fn kill(&self, container: &str) -> Result<(), EngineError>;

    /// Freezes the processes of a container; one that is paused already is left alone. One that does not run is a conflict.
    async fn pause(&self, container: &str) -> Result<(), EngineError>;

    /// Lets the processes of a paused container go on; one that runs is left alone.
    async fn unpause(&self, container: &str) -> Result<(), EngineError>;

    /// Removes a container that does not run; its anonymous volumes stay. One that is not there is left alone.
    async fn remove(&self, container: &str) -> Result<(), EngineError>;

    /// Waits until the container does not run, `at_most` that long: its exit code, or none if it still runs.
    async fn exit_within(&self, container: &str, at_most: Duration) -> Result<Option<i64>, EngineError>;
}

/// A container that an engine has created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    /// Its id.
    pub id: String,
    /// What of the request the engine ignores or changes, in its own words. Untrusted.
    pub warnings: Vec<String>,
}

/// What an engine tells of one container: how it is made, and its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspected {
    /// How it is made: its id, name, image, labels and settings.
    pub description: Box<Description>,
    /// Running, exited …
    pub state: ContainerState,
    /// Exit code of its last run, once it has ended.
    pub exit_code: Option<i64>,
    /// Whether the kernel killed a process of it in its last run because its memory limit was reached.
    pub is_out_of_memory: bool,
    /// How often the engine has restarted it by its restart policy since somebody started it.
    pub restarts: u64,
    /// When it was started last, as the engine writes it: another text is another start.
    pub started: String,
    /// When its last run ended, as the engine writes it; empty if it has not ended.
    pub ended: String,
    /// The engine's own words about a start that failed; empty if there are none.
    pub error: String,
    /// Its health, if its image says how to tell.
    pub health: Option<Health>,
}

/// What the image's own `HEALTHCHECK` says of a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// The engine's word: `starting`, `healthy`, `unhealthy`.
    pub status: String,
    /// Exit code and output of its last run, if there was one. Untrusted.
    pub last: Option<(i64, String)>,
    /// Exit codes and outputs of the runs before that which the engine remembers, oldest first. Untrusted.
    pub earlier: Vec<(i64, String)>,
}
