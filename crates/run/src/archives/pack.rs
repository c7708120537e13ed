//! Archives of files of this machine.

use std::{
    fs::{self, File, Metadata},
    io::{self, Write},
    path::Path,
};

use tar::{Builder, EntryType, Header};

/// How an archive is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Packing {
    /// Whether files keep their owners; they become root's otherwise.
    pub(super) keeps_owners: bool,
}

/// What is not copied: devices, sockets and pipes.
pub(super) type Skipped = Vec<String>;

/// Packs what is at `path`, under `name`; without a name, what the directory has.
pub(super) fn pack(
    out: impl Write,
    path: &Path,
    name: Option<&str>,
    packing: Packing,
) -> io::Result<Skipped> {
    let mut archive = Builder::new(out);
    let mut skipped = Skipped::new();
    match name {
        Some(name) => add(&mut archive, path, name, packing, &mut skipped)?,
        None => add_content(&mut archive, path, "", packing, &mut skipped)?,
    }
    archive.into_inner()?.flush()?;
    Ok(skipped)
}

fn add_content(
    archive: &mut Builder<impl Write>,
    path: &Path,
    name: &str,
    packing: Packing,
    skipped: &mut Skipped,
) -> io::Result<()> {
    let mut entries = fs::read_dir(path)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let own = entry.file_name();
        let Some(own) = own.to_str() else {
            return Err(io::Error::new(io::ErrorKind::InvalidFilename, entry.path().display().to_string()));
        };
        let name = if name.is_empty() { own.to_owned() } else { format!("{name}/{own}") };
        add(archive, &entry.path(), &name, packing, skipped)?;
    }
    Ok(())
}

fn add(
    archive: &mut Builder<impl Write>,
    path: &Path,
    name: &str,
    packing: Packing,
    skipped: &mut Skipped,
) -> io::Result<()> {
    let about = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    let metadata = fs::symlink_metadata(path).map_err(about)?;
    let kind = metadata.file_type();
    let mut header = header(&metadata, packing);
    if kind.is_symlink() {
        header.set_entry_type(EntryType::Symlink);
        header.set_size(0);
        archive.append_link(&mut header, name, fs::read_link(path).map_err(about)?)
    } else if kind.is_dir() {
        header.set_entry_type(EntryType::Directory);
        header.set_size(0);
        archive.append_data(&mut header, format!("{name}/"), io::empty())?;
        add_content(archive, path, name, packing, skipped)
    } else if kind.is_file() {
        header.set_entry_type(EntryType::Regular);
        let file = File::open(path).map_err(about)?;
        // One that grows meanwhile must not break the archive, nor one that shrinks.
        let length = file.metadata().map_err(about)?.len();
        header.set_size(length);
        let content = io::Read::take(io::Read::chain(file, io::repeat(0)), length);
        archive.append_data(&mut header, name, content)
    } else {
        skipped.push(path.display().to_string());
        Ok(())
    }
}

fn header(metadata: &Metadata, packing: Packing) -> Header {
    let mut header = Header::new_gnu();
    header.set_metadata(metadata);
    if !packing.keeps_owners {
        header.set_uid(0);
        header.set_gid(0);
    }
    header
}
