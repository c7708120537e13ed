//! What the two sides of a copy are.

use std::{fs, io, sync::Arc};

use super::{
    fault,
    rules::{CopiedPath, PlaceKind, name, parent, trimmed},
};
use maestro_core::fault::ArchiveFault;
use maestro_engine::{Engine, EntryKind};

/// A path of a container.
#[derive(Clone)]
pub struct Inside {
    /// The engine.
    pub engine: Arc<dyn Engine>,
    /// The container's id.
    pub container: String,
    /// The path; one that does not begin with a slash is below `/`.
    pub path: String,
}

/// What is copied out of a container.
pub(super) struct Found {
    pub(super) inside: Inside,
    /// The path as it was written.
    written: String,
    is_directory: bool,
}

impl Found {
    pub(super) fn source(&self) -> CopiedPath<'_> {
        CopiedPath { path: &self.written, is_directory: self.is_directory }
    }

    /// The path that is read, and what all names in its archive begin with.
    pub(super) fn read(&self) -> (String, String) {
        match trimmed(&self.inside.path) {
            "/" => ("/.".to_owned(), ".".to_owned()),
            path => (path.to_owned(), name(path).to_owned()),
        }
    }
}

/// The same with a whole path.
fn whole(inside: &Inside) -> Inside {
    let path = if inside.path.starts_with('/') { inside.path.clone() } else { format!("/{}", inside.path) };
    Inside { path, ..inside.clone() }
}

/// Finds what is copied out of a container.
pub(super) async fn found(inside: &Inside, follows_link: bool) -> Result<Found, ArchiveFault> {
    let mut inside = whole(inside);
    let written = inside.path.clone();
    let missing = || ArchiveFault::Missing(written.clone());
    let stat = async |path: &str| inside.engine.path(&inside.container, path).await.map_err(fault);
    let mut at = stat(trimmed(&written)).await?.ok_or_else(missing)?;
    let follows = follows_link || written.ends_with('/') || written.ends_with("/.");
    if at.kind == EntryKind::Link && follows {
        let target = at.link_target.clone();
        at = stat(&target).await?.ok_or_else(missing)?;
        inside.path = target;
    }
    Ok(Found { inside, is_directory: at.kind == EntryKind::Directory, written })
}

/// What is where something is copied to, and where that is, links followed.
pub(super) async fn target(inside: &Inside) -> Result<(Inside, PlaceKind), ArchiveFault> {
    let mut inside = whole(inside);
    let stat = async |path: &str| inside.engine.path(&inside.container, path).await.map_err(fault);
    let mut at = stat(trimmed(&inside.path)).await?;
    if let Some(link) = at.as_ref().filter(|at| at.kind == EntryKind::Link) {
        let target = link.link_target.clone();
        at = stat(&target).await?;
        inside.path = target;
    }
    let target = match at.map(|at| at.kind) {
        Some(EntryKind::Directory) => PlaceKind::Directory,
        Some(EntryKind::File | EntryKind::Link | EntryKind::Other) => PlaceKind::File,
        None => {
            let above = parent(&inside.path).to_owned();
            let stat = inside.engine.path(&inside.container, &above).await.map_err(fault)?;
            if stat.is_none() {
                return Err(ArchiveFault::NoDirectory(above));
            }
            PlaceKind::Missing
        }
    };
    Ok((inside, target))
}

/// What an error about a path of this machine means.
pub(super) fn local_fault(path: &str) -> impl Fn(io::Error) -> ArchiveFault {
    let path = path.to_owned();
    move |error| match error.kind() {
        io::ErrorKind::NotFound => ArchiveFault::Missing(path.clone()),
        _ => ArchiveFault::File { path: path.clone(), words: error.to_string() },
    }
}

/// What is copied from this machine.
pub(super) fn local_source(path: &str, follows_link: bool) -> Result<fs::Metadata, ArchiveFault> {
    let follows = follows_link || path.ends_with('/') || path.ends_with("/.");
    let read = if follows { fs::metadata(path) } else { fs::symlink_metadata(path) };
    read.map_err(local_fault(path))
}

/// What is where something is copied to on this machine.
pub(super) fn local_target(path: &str) -> Result<PlaceKind, ArchiveFault> {
    match fs::metadata(path) {
        Ok(there) if there.is_dir() => Ok(PlaceKind::Directory),
        Ok(_) => Ok(PlaceKind::File),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let above = parent(path);
            if fs::metadata(above).is_ok_and(|above| above.is_dir()) {
                return Ok(PlaceKind::Missing);
            }
            Err(ArchiveFault::NoDirectory(above.to_owned()))
        }
        Err(error) => Err(local_fault(path)(error)),
    }
}
