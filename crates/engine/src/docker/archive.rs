//! Files as the archives in which an engine takes them.

use std::{
    collections::BTreeMap,
    io,
    time::{SystemTime, UNIX_EPOCH},
};

use bollard::query_parameters::UploadToContainerOptionsBuilder;
use tar::{Builder, EntryType, Header};

use super::{Docker, wire::segment};
use crate::EngineError;
use maestro_core::model::carried::{CarriedFile, CarriedFiles};

/// Copies files into a container: all at once, but those that are in volumes for files by their directories. An engine
/// refuses any other directory of a container whose root is read-only.
pub(super) async fn copy(docker: &Docker, container: &str, files: &CarriedFiles) -> Result<(), EngineError> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    for (directory, files) in by_directory(files) {
        let archive = archive(directory, &files, now)
            .map_err(|error| EngineError::Refused(error.to_string().into()))?;
        let options =
            UploadToContainerOptionsBuilder::new().path(directory).no_overwrite_dir_non_dir("1").build();
        let body = bollard::body_full(archive.into());
        docker.change(docker.client.upload_to_container(&segment(container), Some(options), body)).await?;
    }
    Ok(())
}

/// The files by the directories that they are unpacked in.
fn by_directory(files: &CarriedFiles) -> BTreeMap<&str, Vec<&CarriedFile>> {
    let mut directories: BTreeMap<&str, Vec<&CarriedFile>> = BTreeMap::new();
    for file in files {
        let directory = if file.spec.own_volume { file.directory() } else { "/" };
        directories.entry(directory).or_default().push(file);
    }
    directories
}

/// An archive of the files alone: an engine creates the directories that the container lacks, and would change others if
/// the archive had them.
fn archive(directory: &str, files: &[&CarriedFile], now: u64) -> io::Result<Vec<u8>> {
    let mut archive = Builder::new(Vec::new());
    for file in files {
        let name = file.target.strip_prefix(directory).unwrap_or(&file.target).trim_start_matches('/');
        let (bytes, access) = (file.content.bytes(), file.spec.access);
        let mut header = Header::new_gnu();
        header.set_entry_type(EntryType::Regular);
        header.set_size(bytes.len() as u64);
        header.set_mode(access.mode);
        header.set_uid(access.uid.into());
        header.set_gid(access.gid.into());
        header.set_mtime(now);
        archive.append_data(&mut header, name, bytes)?;
    }
    archive.into_inner()
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;
    use maestro_core::model::carried::FileAccess;

    fn file(target: &str, own_volume: bool, content: &str) -> CarriedFile {
        let access = FileAccess { uid: 101, gid: 102, mode: 0o440 };
        CarriedFile::new(("shop", "web"), target, access, own_volume, content.as_bytes().to_vec().into())
    }

    #[test]
    fn files_are_packed_without_their_directories() {
        let long = format!("/{}/a", "d".repeat(150));
        let files: CarriedFiles =
            [file("/etc/app/a", false, "one"), file("/run/secrets/b", true, "two"), file(&long, false, "")]
                .into_iter()
                .collect();
        let mut seen = Vec::new();
        for (directory, files) in by_directory(&files) {
            let bytes = archive(directory, &files, 7).unwrap();
            let mut archive = tar::Archive::new(bytes.as_slice());
            for entry in archive.entries().unwrap() {
                let mut entry = entry.unwrap();
                let mut content = String::new();
                entry.read_to_string(&mut content).unwrap();
                let header = entry.header();
                let access = (header.uid().unwrap(), header.gid().unwrap(), header.mode().unwrap());
                assert_eq!((access, header.mtime().unwrap()), ((101, 102, 0o440), 7));
                let name = entry.path().unwrap().to_string_lossy().into_owned();
                seen.push((directory.to_owned(), name, content));
            }
        }
        let expected = [("/", "etc/app/a", "one"), ("/", &long[1..], ""), ("/run/secrets", "b", "two")];
        let expected = expected
            .map(|(directory, name, content)| (directory.to_owned(), name.to_owned(), content.to_owned()));
        assert_eq!(seen, expected);
    }
}
