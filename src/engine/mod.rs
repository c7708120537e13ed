//! The one way to an engine: [`Engine`]. Docker speaks it over the wire, the fake engine in memory.
//!
//! [`connect`] finds the engine of a ship and [`observe`] asks it what it has.

pub mod connect;
pub mod credentials;
pub mod docker;
pub mod fake;
pub mod host;
pub mod observe;
pub mod ownership;
pub mod past;
pub mod pull;
#[cfg(test)]
mod scripted;
pub mod transport;
pub mod volume;

use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use futures_util::stream::BoxStream;

use self::pull::{PullError, Pulled};
use crate::{
    model::{registry::Login, shared::SharedSpec},
    observed::{
        Container, State,
        description::{Description, ImageDefaults},
    },
};

/// An engine that containers run on. Every call ends within the ship's timeout, except where noted.
#[async_trait]
pub trait Engine: Send + Sync {
    /// Tells this engine from all others (a `GET`).
    async fn identity(&self) -> Result<String, EngineError>;

    /// How many calls can be under way at once on the only way that leads there, if it has a limit; known when the first
    /// one has been answered. Nothing is sent.
    async fn lines(&self) -> Option<usize>;

    /// All containers, running or not: one call, whatever their number (a `GET`).
    async fn containers(&self) -> Result<Vec<Container>, EngineError>;

    /// The ids of all images, by reference (`name:tag` and `name@digest`) (a `GET`).
    async fn images(&self) -> Result<BTreeMap<String, String>, EngineError>;

    /// Networks by name, with their labels (a `GET`).
    async fn networks(&self) -> Result<HashMap<String, BTreeMap<String, String>>, EngineError>;

    /// One container, by name or id; none if there is none (a `GET`). Unlike a list, it waits for a start of the
    /// container that is under way, and shows a stop as soon as it was answered.
    async fn inspect(&self, container: &str) -> Result<Option<Inspected>, EngineError>;

    /// How a container is made, by name or id; none if there is none (a `GET`).
    async fn describe(&self, container: &str) -> Result<Option<Description>, EngineError>;

    /// What an image adds to every container by itself; none if there is no such image (a `GET`).
    async fn image_defaults(&self, image_id: &str) -> Result<Option<ImageDefaults>, EngineError>;

    /// What the engine says about itself and its machine (a `GET`).
    async fn info(&self) -> Result<EngineInfo, EngineError>;

    /// Asks the image's registry, as that user of it, whether it would give the image; nothing is fetched (a `GET`).
    async fn image_available(&self, image: &str, login: Option<&Login>) -> Result<(), PullError>;

    /// Fetches an image, as that user of its registry. Its timeout runs anew with every sign of progress, which is told
    /// in words: `12 of 40 MB, 3 of 5 layers`. An engine ends what its client gave up.
    async fn pull(
        &self,
        image: &str,
        login: Option<&Login>,
        progress: &mut (dyn FnMut(String) + Send),
    ) -> Result<Pulled, PullError>;

    /// Makes a bridge network with these labels. With `fixed` its containers can keep their addresses when they
    /// [rejoin](Engine::rejoin) it, which takes the engine longer.
    async fn create_network(
        &self,
        name: &str,
        labels: &BTreeMap<String, String>,
        fixed: bool,
    ) -> Result<(), EngineError>;

    /// Removes a network.
    async fn remove_network(&self, name: &str) -> Result<(), EngineError>;

    /// One volume, by name; none if there is none (a `GET`).
    async fn volume(&self, name: &str) -> Result<Option<Volume>, EngineError>;

    /// The volumes that have all of these labels; an empty value stands for any (a `GET`).
    async fn volumes(&self, labels: &BTreeMap<String, String>) -> Result<Vec<Volume>, EngineError>;

    /// Makes a volume with these labels, or tells the one that has this name: of several callers at once all are told
    /// the same, so it may be asked again when its answer is lost. The labels are those of the volume's maker, or empty:
    /// an engine that was restarted leaves them out of this answer ([`volume::make_or_tell`]).
    async fn create_volume(
        &self,
        name: &str,
        labels: &BTreeMap<String, String>,
    ) -> Result<Volume, EngineError>;

    /// Removes a volume; one that is not there is left alone.
    async fn remove_volume(&self, name: &str) -> Result<(), EngineError>;

    /// What time the engine thinks it is (a `GET`). Never to be compared with another clock than its own.
    async fn clock(&self) -> Result<SystemTime, EngineError>;

    /// What happened to containers in the last `window`, as far as the engine remembers (a `GET`).
    async fn past(&self, window: Duration) -> Result<past::Past, EngineError>;

    /// Creates a container under that name, which may be another than its specification's. Under its own, that is an
    /// alias on its network as well. `volumes` are volumes of a predecessor by path inside: they are
    /// mounted there in place of new anonymous ones.
    async fn create(
        &self,
        name: &str,
        spec: &SharedSpec,
        volumes: &BTreeMap<String, String>,
    ) -> Result<Created, EngineError>;

    /// Gives a container, running or not, another name; one that has it already is left alone. Others on its networks
    /// find it under the new name, and what it has connected to stays connected.
    async fn rename(&self, container: &str, name: &str) -> Result<(), EngineError>;

    /// Takes a container, running or not, off a network and puts it back, or puts it there; one that is there as it
    /// should be is left alone. It keeps its address if the engine allows: then connections that it has outlive the
    /// fraction of a second without a network. If the engine refuses to put it back, it is off the network.
    async fn rejoin(&self, container: &str, membership: &Membership) -> Result<(), EngineError>;

    /// Starts a container; one that runs is left alone.
    async fn start(&self, container: &str) -> Result<(), EngineError>;

    /// Stops a container within `timeout`, which comes on top of the ship's; one that does not run is left alone.
    async fn stop(&self, container: &str, timeout: Duration) -> Result<(), EngineError>;

    /// Kills a container; one that does not run is left alone.
    async fn kill(&self, container: &str) -> Result<(), EngineError>;

    /// Removes a container that does not run; its anonymous volumes stay. One that is not there is left alone.
    async fn remove(&self, container: &str) -> Result<(), EngineError>;

    /// Waits until the container does not run, `at_most` that long: its exit code, or none if it still runs.
    async fn exit_within(&self, container: &str, at_most: Duration) -> Result<Option<i64>, EngineError>;

    /// Runs a command in a container that runs, to its end. How long that may take is the caller's to bound; a command
    /// that is given up goes on inside, for engines cannot end it.
    async fn exec(&self, container: &str, command: &[String]) -> Result<Executed, EngineError>;

    /// What the container wrote. Ends with the container's output, or never if `follow` is set (a `GET`).
    async fn logs(
        &self,
        container: &str,
        options: LogOptions,
    ) -> Result<BoxStream<'static, Result<LogLine, EngineError>>, EngineError>;
}

/// A container that an engine has created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    /// Its id.
    pub id: String,
    /// What of the request the engine ignores or changes, in its own words. Untrusted.
    pub warnings: Vec<String>,
}

/// How a container is to be on a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The network's name.
    pub network: String,
    /// Names under which it reaches others, private to it: `(target container, alias)`.
    pub links: Vec<(String, String)>,
    /// Names under which others reach it, beside those that an engine gives by itself: its name, its host name, its id.
    pub aliases: Vec<String>,
}

/// What an engine says about itself and its machine.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EngineInfo {
    /// The machine's name.
    pub machine: String,
    /// The directory where it keeps images and containers.
    pub root: String,
    /// Whether it fetches Docker Hub's images from elsewhere first.
    pub has_mirrors: bool,
}

/// A volume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Volume {
    /// Its name.
    pub name: String,
    /// The labels that it was made with.
    pub labels: BTreeMap<String, String>,
    /// When it was made, by its engine's clock and to the second; none if that is not told.
    pub created: Option<SystemTime>,
}

/// A container, looked at closely.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspected {
    /// The engine's id for it.
    pub id: String,
    /// Its name, without the slash.
    pub name: String,
    /// Running, exited …
    pub state: State,
    /// Exit code of its last run, once it has ended.
    pub exit_code: Option<i64>,
    /// How often the engine has restarted it by its restart policy since somebody started it.
    pub restarts: u64,
    /// When it was started last, as the engine writes it: another text is another start.
    pub started: String,
    /// The engine's own words about a start that failed; empty if there are none.
    pub error: String,
    /// The engine's id of its image.
    pub image_id: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
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
}

/// A command that came to its end in a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Executed {
    /// Its exit code.
    pub exit_code: i64,
    /// The last lines that it wrote. Untrusted.
    pub output: Vec<String>,
}

/// What of a log is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LogOptions {
    /// Go on with what comes.
    pub follow: bool,
    /// Only that many lines, from the end; none means all.
    pub tail: Option<usize>,
}

/// A line that a container wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// Written to standard error rather than standard output.
    pub stderr: bool,
    /// The line, without its end, as the container wrote it: untrusted.
    pub text: String,
}

/// Why an engine did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// No connection, so nothing was asked of it.
    #[error("{0}")]
    Unreachable(String),
    /// The answer did not come: what was asked may or may not have happened.
    #[error("{0}")]
    ResponseLost(String),
    /// The engine knows no such container, image or network.
    #[error("{0}")]
    NotFound(String),
    /// The name is taken, or the state does not allow it.
    #[error("{0}")]
    Conflict(String),
    /// The engine refused, with its own words.
    #[error("{0}")]
    Refused(String),
}
