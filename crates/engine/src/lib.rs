//! The one way to an engine: [`Engine`], a sum of small traits. Docker speaks it over the wire, the fake engine in memory.
//!
//! [`connect`] finds the engine of a ship and [`observe`] asks it what it has.

pub mod archives;
pub mod builds;
pub mod buildx;
pub mod connect;
pub mod containers;
pub mod credentials;
pub mod docker;
pub mod events;
pub mod host;
pub mod image_archives;
pub mod images;
pub mod inspection;
pub mod networks;
pub mod observe;
pub mod ownership;
pub mod programs;
pub mod pull;
#[cfg(test)]
mod scripted;
pub mod services;
pub mod streams;
pub mod subscription;
pub mod swarm;
pub mod transport;
pub mod volumes;

use std::time::SystemTime;

use async_trait::async_trait;

use maestro_core::{fault::EngineFault, model::ApiVersion};

pub use self::{
    archives::{ArchiveBytes, ArchiveInput, Archives, Carrier, CarrierMount, EntryKind, PathStat},
    builds::{BuildError, BuildNews, BuildRequest, Builds},
    containers::{Containers, Created, Health, Inspected},
    events::Events,
    image_archives::{ImageArchives, ImageStore, Platform, StoredImage},
    images::Images,
    inspection::Inspection,
    networks::Networks,
    programs::{AttachOptions, Attached, Chunk, ProgramStreams, WindowSize},
    services::{LogOf, Services, SwarmConfig, SwarmNetwork, SwarmRole},
    streams::{ExecRequest, Executed, LogLine, LogOptions, Streams},
    volumes::{Volume, Volumes},
};

/// An engine that containers run on. Every call ends within the ship's timeout, except where noted.
#[async_trait]
pub trait Engine:
    Containers
    + Images
    + ImageArchives
    + Builds
    + Networks
    + Volumes
    + Archives
    + Streams
    + ProgramStreams
    + Events
    + Inspection
{
    /// Tells this engine from all others (a `GET`).
    async fn identity(&self) -> Result<String, EngineError>;

    /// How many calls can be under way at once on the only way that leads there, if it has a limit; known when the first
    /// one has been answered. Nothing is sent.
    async fn max_connections(&self) -> Option<usize>;

    /// What the engine says about itself and its machine (a `GET`).
    async fn info(&self) -> Result<EngineInfo, EngineError>;

    /// The manager whose services are told as this engine's containers; none for an engine whose containers are its own.
    fn manager(&self) -> Option<&dyn Services> {
        None
    }

    /// What time the engine thinks it is (a `GET`). Never to be compared with another clock than its own.
    async fn clock(&self) -> Result<SystemTime, EngineError>;
}

/// What an engine says about itself and its machine.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EngineInfo {
    /// The machine's name.
    pub machine: String,
    /// The directory where it keeps images and containers.
    pub root: String,
    /// What kind of machine that is (`linux/amd64`); empty if it does not tell.
    pub platform: String,
    /// Whether it fetches Docker Hub's images from elsewhere first.
    pub has_mirrors: bool,
    /// The version of its API that it is asked in; none if that is not known.
    pub api: Option<ApiVersion>,
    /// Its version (`28.5.1`); empty if it does not tell.
    pub version: String,
    /// How many processors its machine has; 0 if it does not tell.
    pub processors: u64,
    /// The memory of its machine in bytes; 0 if it does not tell.
    pub memory: u64,
    /// Its id as a node of a Swarm; empty if it is in none.
    pub node: String,
    /// What time it thought it was; none if it does not tell.
    pub time: Option<SystemTime>,
}

/// Why an engine did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EngineError {
    /// No connection, so nothing was asked of it.
    Unreachable(EngineFault),
    /// The answer did not come: what was asked may or may not have happened.
    ResponseLost(EngineFault),
    /// The engine knows no such container, image or network.
    NotFound(EngineFault),
    /// The name is taken, or the state does not allow it.
    Conflict(EngineFault),
    /// The engine refused.
    Refused(EngineFault),
}

impl EngineError {
    /// What went wrong.
    #[must_use]
    pub fn fault(&self) -> &EngineFault {
        match self {
            Self::Unreachable(fault)
            | Self::ResponseLost(fault)
            | Self::NotFound(fault)
            | Self::Conflict(fault)
            | Self::Refused(fault) => fault,
        }
    }

    /// Whether no answer came, so that nothing is known of what was asked.
    #[must_use]
    pub fn is_silence(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::ResponseLost(_))
    }
}

/// Why an engine does not even tell the time, if it is silent: then it is lost.
pub async fn lost(engine: &dyn Engine) -> Option<EngineError> {
    engine.clock().await.err().filter(EngineError::is_silence)
}
