//! An engine that answers on this machine. It need not run here: a socket may lead into a virtual machine or through a
//! tunnel. So only what bears this machine's name is looked at.

use std::{io, path::Path};

use async_trait::async_trait;

use super::{
    DiskSpace, Host, PathKind,
    listening::{TABLES, ports},
};
use crate::EngineInfo;
use maestro_core::{fault::EngineFault, observed::Published};

/// This machine.
pub struct ThisMachine;

impl ThisMachine {
    fn is(about: &EngineInfo) -> bool {
        rustix::system::uname().nodename().to_str().is_ok_and(|name| name == about.machine)
    }
}

#[async_trait]
impl Host for ThisMachine {
    async fn room(&self, about: &EngineInfo) -> Result<Option<DiskSpace>, EngineFault> {
        if !Self::is(about) {
            return Ok(None);
        }
        match rustix::fs::statvfs(&about.root) {
            Ok(found) => {
                let block = found.f_frsize;
                let bytes = |blocks: u64| blocks.saturating_mul(block);
                Ok(Some(DiskSpace { total: bytes(found.f_blocks), free: bytes(found.f_bfree) }))
            }
            // An engine may have mounts of its own, and its user may not be everybody.
            Err(rustix::io::Errno::NOENT | rustix::io::Errno::ACCESS) => Ok(None),
            Err(error) => Err(error.to_string().into()),
        }
    }

    async fn listening(&self, about: &EngineInfo) -> Result<Option<Vec<Published>>, EngineFault> {
        if !Self::is(about) {
            return Ok(None);
        }
        let mut all = Vec::new();
        for (path, protocol) in TABLES {
            match std::fs::read_to_string(path) {
                Ok(table) => all.extend(ports(&table, protocol)),
                // A kernel without IPv6 has no table of it; another system has none at all.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(format!("{path}: {error}").into()),
            }
        }
        Ok(Some(all))
    }

    async fn at(&self, about: &EngineInfo, path: &str) -> Result<Option<PathKind>, EngineFault> {
        if !Self::is(about) || !Path::new(path).is_absolute() {
            return Ok(None);
        }
        match std::fs::metadata(path) {
            Ok(_) => Ok(Some(PathKind::There)),
            Err(error) => match error.kind() {
                io::ErrorKind::NotFound => Ok(Some(PathKind::Nothing)),
                io::ErrorKind::NotADirectory => Ok(Some(PathKind::BelowAFile)),
                // The engine may look where this user may not.
                io::ErrorKind::PermissionDenied => Ok(None),
                _ => Err(error.to_string().into()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn here() -> EngineInfo {
        let machine = rustix::system::uname().nodename().to_string_lossy().into_owned();
        EngineInfo { machine, root: "/".to_owned(), ..EngineInfo::default() }
    }

    #[tokio::test]
    async fn this_machine_is_looked_at_and_no_other() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let ports = ThisMachine.listening(&here()).await.unwrap().unwrap();
        assert!(ports.iter().any(|one| one.port == port), "{port} in {ports:?}");
        let room = ThisMachine.room(&here()).await.unwrap().unwrap();
        assert!(room.total >= room.free && room.total > 0, "{room:?}");
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        let at = async |path: &Path| ThisMachine.at(&here(), path.to_str().unwrap()).await.unwrap();
        assert_eq!(at(&file).await, Some(PathKind::There));
        assert_eq!(at(&folder.path().join("none")).await, Some(PathKind::Nothing));
        assert_eq!(at(&file.join("below")).await, Some(PathKind::BelowAFile));
        let other = EngineInfo { machine: "docker-desktop".to_owned(), ..here() };
        assert_eq!(ThisMachine.room(&other).await, Ok(None));
        assert_eq!(ThisMachine.listening(&other).await, Ok(None));
        assert_eq!(ThisMachine.at(&other, "/").await, Ok(None));
    }
}
