//! What can be read once only: standard input and other pipes. It is read to find out its format, and kept.

use std::{
    io,
    path::{Path, PathBuf},
};

use super::read_files::ReadFiles;
use maestro_file::compose::{FilesOnDisk, ProjectFiles, clean_path};

/// What pipes said, and all files of this machine.
#[derive(Debug, Clone, Default)]
pub(in crate::cli) struct Pipes {
    /// What pipes said, each with the absolute path that names it, or `-`.
    kept: Vec<(String, Vec<u8>)>,
    /// The files that were read.
    read: ReadFiles,
}

impl Pipes {
    pub(super) fn keep(&mut self, path: &Path, content: Vec<u8>) {
        self.kept.push((shortened(path), content));
    }

    /// Gives a file another content than it has, under each way to write its path.
    pub(in crate::cli) fn replace(&mut self, path: &Path, content: &[u8]) {
        let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        for path in [shortened(path), shortened(&whole)] {
            self.kept.retain(|(kept, _)| *kept != path);
            self.kept.push((path, content.to_vec()));
        }
    }

    /// The files that were read.
    pub(in crate::cli) fn read_files(&self) -> &ReadFiles {
        &self.read
    }

    pub(super) fn content(&self, path: &Path) -> Option<&[u8]> {
        let path = shortened(path);
        self.kept.iter().find(|(kept, _)| *kept == path).map(|(_, content)| content.as_slice())
    }
}

impl ProjectFiles for Pipes {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.content(path).map_or_else(
            || self.read.reading(path, || FilesOnDisk.read(path)),
            |content| Ok(content.to_vec()),
        )
    }

    fn is_file(&self, path: &Path) -> bool {
        let is_file = self.content(path).is_some() || FilesOnDisk.is_file(path);
        // A file that may be left out may come.
        if !is_file && !path.exists() {
            self.read.keep(path);
        }
        is_file
    }

    fn is_directory(&self, path: &Path) -> bool {
        FilesOnDisk.is_directory(path)
    }

    fn below(&self, directory: &Path) -> io::Result<Vec<PathBuf>> {
        self.read.keep(directory);
        FilesOnDisk.below(directory)
    }

    fn is_executable(&self, path: &Path) -> bool {
        FilesOnDisk.is_executable(path)
    }
}

/// A path as a Compose file's paths are written: shortened, and as text.
fn shortened(path: &Path) -> String {
    clean_path(&path.to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pipe_is_found_under_each_way_to_write_its_path() {
        let mut pipes = Pipes::default();
        pipes.keep(Path::new("/srv/shop/../pipe"), b"a".to_vec());
        pipes.keep(Path::new("-"), b"b".to_vec());
        assert_eq!(pipes.content(Path::new("/srv/./pipe")), Some(&b"a"[..]));
        assert_eq!(pipes.content(Path::new("-")), Some(&b"b"[..]));
        assert_eq!(pipes.content(Path::new("/srv/shop/pipe")), None);
    }
}
