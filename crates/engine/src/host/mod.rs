//! The machine that an engine runs on, as far as it can be seen beside the engine: room on its disk, ports that
//! programs listen on, what lies at a path. All is only looked at.

mod listening;
mod over_ssh;
mod this_machine;

use std::time::Duration;

use async_trait::async_trait;
use tokio::{net::TcpStream, time::timeout};

use super::EngineInfo;
use maestro_core::{fault::EngineFault, observed::Published};

pub use over_ssh::OverSsh;
pub use this_machine::ThisMachine;

/// Free space on a file system, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiskSpace {
    /// In all.
    pub total: u64,
    /// What an engine, which is root, may still write.
    pub free: u64,
}

/// What lies at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PathKind {
    /// A file, a directory, a socket …
    There,
    /// Nothing, and an engine could make a directory there.
    Nothing,
    /// Nothing, and what is above it is no directory, so that nothing can be made there.
    BelowAFile,
}

/// What a port says to somebody who connects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PortAnswer {
    /// Something listens.
    Accepts,
    /// Nothing listens.
    Refuses,
    /// Nothing came back in time: nothing is known.
    Silent,
}

/// A machine that an engine runs on. Where something cannot be known there is none of it, and no error.
#[async_trait]
pub trait Host: Send + Sync {
    /// Free space where the engine keeps its data.
    ///
    /// # Errors
    /// Why it could not be looked at.
    async fn room(&self, about: &EngineInfo) -> Result<Option<DiskSpace>, EngineFault>;

    /// The ports that programs listen on, those of containers among them.
    ///
    /// # Errors
    /// Why they could not be looked at.
    async fn listening(&self, about: &EngineInfo) -> Result<Option<Vec<Published>>, EngineFault>;

    /// What lies at an absolute path.
    ///
    /// # Errors
    /// Why it could not be looked at.
    async fn at(&self, about: &EngineInfo, path: &str) -> Result<Option<PathKind>, EngineFault>;

    /// Connects from this machine to a TCP port of that one, and hangs up.
    async fn connect(&self, address: &str, port: u16, within: Duration) -> PortAnswer {
        match timeout(within, TcpStream::connect((address, port))).await {
            Ok(Ok(_)) => PortAnswer::Accepts,
            Ok(Err(error)) if error.kind() == std::io::ErrorKind::ConnectionRefused => PortAnswer::Refuses,
            // No route and the like tell nothing of the port.
            Ok(Err(_)) | Err(_) => PortAnswer::Silent,
        }
    }
}

/// A machine of which nothing but its ports can be seen.
pub struct UnknownMachine;

#[async_trait]
impl Host for UnknownMachine {
    async fn room(&self, _: &EngineInfo) -> Result<Option<DiskSpace>, EngineFault> {
        Ok(None)
    }

    async fn listening(&self, _: &EngineInfo) -> Result<Option<Vec<Published>>, EngineFault> {
        Ok(None)
    }

    async fn at(&self, _: &EngineInfo, _: &str) -> Result<Option<PathKind>, EngineFault> {
        Ok(None)
    }
}
