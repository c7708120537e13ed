//! Where the files of a project are read from: the disk, or a test's memory.

use std::{
    fs, io,
    os::unix::fs::PermissionsExt as _,
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

    /// Whether there is a directory at that path.
    fn is_directory(&self, path: &Path) -> bool;

    /// The files in a directory and below it, in the order of their paths; none if there is no such directory.
    ///
    /// # Errors
    /// If a directory cannot be read, or there are more than [`MOST_FILES`].
    fn below(&self, directory: &Path) -> io::Result<Vec<PathBuf>>;

    /// Whether a file may be executed.
    fn is_executable(&self, path: &Path) -> bool;
}

/// A directory with more files is none of configuration.
pub const MOST_FILES: usize = 1_000;

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

    fn is_directory(&self, path: &Path) -> bool {
        path.is_dir()
    }

    fn below(&self, directory: &Path) -> io::Result<Vec<PathBuf>> {
        if !directory.is_dir() {
            return Ok(Vec::new());
        }
        let (mut directories, mut found) = (vec![directory.to_owned()], Vec::new());
        while let Some(directory) = directories.pop() {
            for entry in fs::read_dir(directory)? {
                let path = entry?.path();
                if path.is_dir() {
                    // One that is reached by a link may lead in a circle.
                    if !path.is_symlink() {
                        directories.push(path);
                    }
                } else if path.is_file() {
                    found.push(path);
                }
            }
            if found.len() > MOST_FILES {
                return Err(io::Error::other(format!("it has more than {MOST_FILES} files")));
            }
        }
        found.sort();
        Ok(found)
    }

    fn is_executable(&self, path: &Path) -> bool {
        path.metadata().is_ok_and(|data| data.permissions().mode() & 0o100 != 0)
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

    fn is_directory(&self, path: &Path) -> bool {
        self.keys().any(|file| file.starts_with(path) && file != path)
    }

    fn below(&self, directory: &Path) -> io::Result<Vec<PathBuf>> {
        let mut found: Vec<PathBuf> =
            self.keys().filter(|path| path.starts_with(directory) && *path != directory).cloned().collect();
        found.sort();
        Ok(found)
    }

    fn is_executable(&self, path: &Path) -> bool {
        path.extension().is_some_and(|extension| extension == "sh")
    }
}
