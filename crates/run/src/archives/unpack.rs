//! Unpacks archives on this machine. They come from containers and are untrusted: nothing is written outside of the
//! directory that is meant, and nothing through a symbolic link in it.

use std::{
    fs::{self, File, OpenOptions, Permissions},
    io::{self, Read},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _, lchown, symlink},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use tar::{Archive, Entry, EntryType};

use super::{
    pack::Skipped,
    rules::{link_leads_out, member},
};
use maestro_core::fault::{ArchiveFault, TarFault};

/// Bits of a mode that anybody may give to a file.
const USUAL_BITS: u32 = 0o777;
/// All bits of a mode.
const ALL_BITS: u32 = 0o7777;

/// How an archive is unpacked.
#[derive(Debug, Clone)]
pub(super) struct Unpacking {
    /// The directory, which exists.
    pub(super) directory: PathBuf,
    /// What all names in the archive begin with.
    pub(super) root: String,
    /// The name that takes its place; none leaves it out.
    pub(super) name: Option<String>,
    /// Whether files keep their owners and all bits of their modes.
    pub(super) keeps_owners: bool,
}

/// Unpacks an archive.
pub(super) fn unpack(archive: impl Read, unpacking: &Unpacking) -> Result<Skipped, ArchiveFault> {
    let invalid = |error: io::Error| ArchiveFault::NotTar(TarFault::Words(error.to_string()));
    let mut archive = Archive::new(archive);
    let mut skipped = Skipped::new();
    // A directory may not allow its owner to write to it: it gets its mode at the end.
    let mut modes: Vec<(PathBuf, u32)> = Vec::new();
    for entry in archive.entries().map_err(invalid)? {
        let mut entry = entry.map_err(invalid)?;
        let written = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let Some(name) = member(&written, &unpacking.root, unpacking.name.as_deref())? else { continue };
        let path = place(&unpacking.directory, &name)?;
        let failed = |error: io::Error| ArchiveFault::File {
            path: path.display().to_string(),
            words: error.to_string(),
        };
        match entry.header().entry_type() {
            EntryType::Directory => {
                directory(&path, &written)?;
                modes.push((path.clone(), entry.header().mode().map_err(invalid)?));
            }
            EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => {
                file(&mut entry, &path, unpacking).map_err(failed)?;
            }
            EntryType::Symlink => {
                let target = target(&entry)?;
                if link_leads_out(&name, &target) {
                    return Err(ArchiveFault::LeadsOut(format!("{written} -> {target}")));
                }
                make_room(&path).and_then(|()| symlink(&target, &path)).map_err(failed)?;
            }
            EntryType::Link => {
                let target = target(&entry)?;
                let of = member(&target, &unpacking.root, unpacking.name.as_deref())?;
                let of = place(&unpacking.directory, &of.unwrap_or_default())?;
                let is_file = fs::symlink_metadata(&of).is_ok_and(|there| there.is_file());
                if !is_file {
                    return Err(ArchiveFault::ThroughLink(format!("{written} -> {target}")));
                }
                make_room(&path).and_then(|()| fs::hard_link(&of, &path)).map_err(failed)?;
                continue;
            }
            EntryType::XGlobalHeader => continue,
            _ => {
                skipped.push(written);
                continue;
            }
        }
        if unpacking.keeps_owners {
            let [uid, gid] = [entry.header().uid(), entry.header().gid()]
                .map(|id| id.ok().and_then(|id| u32::try_from(id).ok()));
            lchown(&path, uid, gid).map_err(failed)?;
        }
    }
    for (path, mode) in modes.into_iter().rev() {
        let bits = if unpacking.keeps_owners { ALL_BITS } else { USUAL_BITS };
        fs::set_permissions(&path, Permissions::from_mode(mode & bits)).map_err(|error| {
            ArchiveFault::File { path: path.display().to_string(), words: error.to_string() }
        })?;
    }
    Ok(skipped)
}

/// Creates a directory that is not there.
fn directory(path: &Path, written: &str) -> Result<(), ArchiveFault> {
    match fs::symlink_metadata(path) {
        Ok(there) if there.is_symlink() => Err(ArchiveFault::ThroughLink(written.to_owned())),
        Ok(there) if there.is_dir() => Ok(()),
        Ok(_) | Err(_) => fs::create_dir(path).map_err(|error| ArchiveFault::File {
            path: path.display().to_string(),
            words: error.to_string(),
        }),
    }
}

/// Where a link of an archive leads.
fn target(entry: &Entry<'_, impl Read>) -> Result<String, ArchiveFault> {
    let target = entry.link_name_bytes();
    let target = target.ok_or(ArchiveFault::NotTar(TarFault::NoTarget))?;
    String::from_utf8(target.into_owned())
        .map_err(|error| ArchiveFault::NotTar(TarFault::Words(error.to_string())))
}

/// The path of a name, below directories that exist then. None of them is a symbolic link.
fn place(directory: &Path, name: &str) -> Result<PathBuf, ArchiveFault> {
    let mut path = directory.to_owned();
    let (parents, own) = name.rsplit_once('/').unwrap_or(("", name));
    for part in parents.split('/').filter(|part| !part.is_empty()) {
        path.push(part);
        let failed = |error: io::Error| ArchiveFault::File {
            path: path.display().to_string(),
            words: error.to_string(),
        };
        match fs::symlink_metadata(&path) {
            Ok(there) if there.is_symlink() => return Err(ArchiveFault::ThroughLink(name.to_owned())),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => fs::create_dir(&path).map_err(failed)?,
            Err(error) => return Err(failed(error)),
        }
    }
    path.push(own);
    Ok(path)
}

/// Removes a file or link that is there.
fn make_room(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(there) if there.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        Ok(_) => fs::remove_file(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

fn file(entry: &mut Entry<'_, impl Read>, path: &Path, unpacking: &Unpacking) -> io::Result<()> {
    make_room(path)?;
    let mode = entry.header().mode()?;
    let options = OpenOptions::new().write(true).create_new(true).mode(0o600).to_owned();
    let mut file: File = options.open(path)?;
    let copied = io::copy(entry, &mut file)?;
    if copied < entry.size() {
        return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
    }
    if unpacking.keeps_owners {
        let [uid, gid] = [entry.header().uid(), entry.header().gid()]
            .map(|id| id.ok().and_then(|id| u32::try_from(id).ok()));
        // A new owner takes away the bits that say as whom it runs.
        std::os::unix::fs::fchown(&file, uid, gid)?;
    }
    let bits = if unpacking.keeps_owners { ALL_BITS } else { USUAL_BITS };
    file.set_permissions(Permissions::from_mode(mode & bits))?;
    if let Some(time) = entry
        .header()
        .mtime()
        .ok()
        .and_then(|seconds| SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds)))
    {
        file.set_modified(time)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use tar::{Builder, Header};

    use super::*;

    /// An archive of these: kind, name, link's target or content.
    fn archive(members: &[(EntryType, &str, &str)]) -> Vec<u8> {
        let mut archive = Builder::new(Vec::new());
        for (kind, name, text) in members {
            let is_link = matches!(kind, EntryType::Symlink | EntryType::Link);
            let mut header = Header::new_gnu();
            header.set_entry_type(*kind);
            header.set_mode(0o4755);
            header.set_size(if is_link { 0 } else { text.len() as u64 });
            // Written as bytes: the crate refuses names that lead out.
            let bytes = header.as_old_mut();
            bytes.name[..name.len()].copy_from_slice(name.as_bytes());
            if is_link {
                bytes.linkname[..text.len()].copy_from_slice(text.as_bytes());
            }
            header.set_cksum();
            archive.append(&header, if is_link { "" } else { *text }.as_bytes()).unwrap();
        }
        archive.into_inner().unwrap()
    }

    fn unpacked(folder: &Path, members: &[(EntryType, &str, &str)]) -> Result<Skipped, ArchiveFault> {
        let unpacking = Unpacking {
            directory: folder.to_owned(),
            root: "d".to_owned(),
            name: Some("d".to_owned()),
            keeps_owners: false,
        };
        unpack(archive(members).as_slice(), &unpacking)
    }

    const DIRECTORY: (EntryType, &str, &str) = (EntryType::Directory, "d/", "");

    #[test]
    fn files_links_and_directories_are_unpacked() {
        let folder = tempfile::tempdir().unwrap();
        let members = [
            DIRECTORY,
            (EntryType::Regular, "d/a", "content"),
            (EntryType::Symlink, "d/s", "a"),
            (EntryType::Symlink, "d/absolute", "/etc/passwd"),
            (EntryType::Link, "d/h", "d/a"),
            (EntryType::Fifo, "d/pipe", ""),
        ];
        for _ in 0..2 {
            assert_eq!(unpacked(folder.path(), &members), Ok(vec!["d/pipe".to_owned()]));
        }
        let at = |name: &str| folder.path().join("d").join(name);
        assert_eq!(fs::read_to_string(at("h")).unwrap(), "content");
        assert_eq!(fs::read_link(at("s")).unwrap(), Path::new("a"));
        assert_eq!(at("a").metadata().unwrap().permissions().mode() & 0o7777, 0o755);
    }

    /// Each trick is refused, and nothing outside is touched.
    #[test]
    fn tricks_are_refused() {
        let outer = tempfile::tempdir().unwrap();
        let secret = outer.path().join("secret");
        fs::write(&secret, "secret").unwrap();
        let absolute = outer.path().display().to_string();
        let through = format!("{absolute}/secret");
        let tricks: &[&[(EntryType, &str, &str)]] = &[
            &[(EntryType::Regular, "../secret", "x")],
            &[(EntryType::Regular, "d/../../secret", "x")],
            &[(EntryType::Regular, &through, "x")],
            &[(EntryType::Regular, "other/secret", "x")],
            &[DIRECTORY, (EntryType::Symlink, "d/l", "../.."), (EntryType::Regular, "d/l/secret", "x")],
            &[DIRECTORY, (EntryType::Symlink, "d/l", &absolute), (EntryType::Regular, "d/l/secret", "x")],
            &[DIRECTORY, (EntryType::Symlink, "d/l", &absolute), (EntryType::Directory, "d/l/new/", "")],
            &[DIRECTORY, (EntryType::Symlink, "d/l", &absolute), (EntryType::Directory, "d/l/", "")],
            &[DIRECTORY, (EntryType::Link, "d/h", "../secret"), (EntryType::Regular, "d/h", "x")],
            &[DIRECTORY, (EntryType::Symlink, "d/l", &through), (EntryType::Link, "d/h", "d/l")],
            &[DIRECTORY, (EntryType::Symlink, "d/l", &absolute), (EntryType::Link, "d/h", "d/l/secret")],
        ];
        for (number, trick) in tricks.iter().enumerate() {
            let folder = outer.path().join(format!("in-{number}"));
            fs::create_dir(&folder).unwrap();
            let refused = unpacked(&folder, trick);
            assert!(
                matches!(refused, Err(ArchiveFault::LeadsOut(_) | ArchiveFault::ThroughLink(_))),
                "{number}: {refused:?}"
            );
            assert_eq!(fs::read_to_string(&secret).unwrap(), "secret", "{number}");
            assert!(!outer.path().join("new").exists(), "{number}");
        }
        // A link that is there already is replaced, and what it leads to stays.
        let folder = outer.path().join("there");
        fs::create_dir_all(folder.join("d")).unwrap();
        symlink(&secret, folder.join("d/a")).unwrap();
        unpacked(&folder, &[DIRECTORY, (EntryType::Regular, "d/a", "new")]).unwrap();
        assert_eq!(fs::read_to_string(&secret).unwrap(), "secret");
        assert_eq!(fs::read_to_string(folder.join("d/a")).unwrap(), "new");
    }
}
