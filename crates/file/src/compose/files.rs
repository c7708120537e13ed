//! Where the files of a project are read from: the disk, or a test's memory.

use std::{
    io,
    path::{Path, PathBuf},
};

use maestro_core::value::file;

/// Files by their absolute paths.
pub trait ProjectFiles {
    /// The whole content of a file.
    ///
    /// # Errors
    /// If there is no such file, or it cannot be read.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// Whether there is a file, not a directory, at that path.
    fn is_file(&self, path: &Path) -> bool;
}

/// The files of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct FilesOnDisk;

impl ProjectFiles for FilesOnDisk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        file::read(path)
    }

    fn is_file(&self, path: &Path) -> bool {
        path.is_file()
    }
}

/// Files in memory.
impl<S: std::hash::BuildHasher> ProjectFiles for std::collections::HashMap<PathBuf, String, S> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.get(path).map(|text| text.clone().into_bytes()).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn is_file(&self, path: &Path) -> bool {
        self.contains_key(path)
    }
}
