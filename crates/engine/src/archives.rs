//! Files of containers and volumes, as tar archives that are streamed.

use std::{collections::BTreeMap, io};

use async_trait::async_trait;
use futures_util::stream::BoxStream;

use super::EngineError;

/// An archive that an engine sends, in pieces of any size.
pub type ArchiveBytes = BoxStream<'static, Result<Vec<u8>, EngineError>>;
/// An archive that an engine is sent, in pieces of any size. An error breaks it off.
pub type ArchiveInput = BoxStream<'static, io::Result<Vec<u8>>>;

/// The files of containers and volumes of an engine. A container need not run.
#[async_trait]
pub trait Archives: Send + Sync {
    /// Creates a container that is never started, through which the files of a volume are read and written: its id.
    async fn create_carrier(&self, carrier: &Carrier) -> Result<String, EngineError>;

    /// Removes such a container, and what its image mounted in it; one that is not there is left alone.
    async fn remove_carrier(&self, container: &str) -> Result<(), EngineError>;

    /// What is at a path of a container; none if nothing is (a `HEAD`).
    async fn path(&self, container: &str, path: &str) -> Result<Option<PathStat>, EngineError>;

    /// Reads what is at a path of a container (a `GET`). Names in the archive begin with the last part of the path; with
    /// `/.` at its end they begin with `./`. The bytes end early if the engine fails while it reads: only the archive's
    /// own end shows that all of it came. Takes as long as it takes; an engine that sends nothing for the ship's timeout
    /// fails.
    async fn read_archive(&self, container: &str, path: &str) -> Result<ArchiveBytes, EngineError>;

    /// Unpacks an archive in a directory of a container. A directory does not take the place of something else that has
    /// its name, nor the other way round. An engine has unpacked what came before an error. Takes as long as it takes; an
    /// engine that takes nothing for the ship's timeout, and at least a minute, fails.
    async fn write_archive(
        &self,
        container: &str,
        directory: &str,
        archive: ArchiveInput,
    ) -> Result<(), EngineError>;

    /// The sizes of all volumes in bytes, by name; those that the engine does not know are left out (a `GET`). An engine
    /// reads all files of all volumes for it, which is not bounded.
    async fn volume_sizes(&self) -> Result<BTreeMap<String, u64>, EngineError>;
}

/// A container through which the files of a volume, or of a directory of the ship, are read and written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carrier {
    /// Its name.
    pub name: String,
    /// Any image that the engine has, by its id: nothing of it runs.
    pub image: String,
    /// What is mounted in it.
    pub mount: CarrierMount,
    /// The path at which that is mounted.
    pub path: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
}

/// What is mounted in a carrier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CarrierMount {
    /// A volume, by its name. It exists: an engine would make it.
    Volume(String),
    /// A directory of the ship. It exists: an engine refuses it otherwise.
    Directory(String),
}

/// What is at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathStat {
    /// Its name: the last part of the path.
    pub name: String,
    /// Its size in bytes; of a directory it means nothing.
    pub size: u64,
    /// What it is.
    pub kind: EntryKind,
    /// Where it leads, if it is a symbolic link: a path in the container, not necessarily of something that exists.
    pub link_target: String,
}

/// What something at a path is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A directory.
    Directory,
    /// A symbolic link.
    Link,
    /// A regular file.
    File,
    /// A device, a socket or a pipe.
    Other,
}
