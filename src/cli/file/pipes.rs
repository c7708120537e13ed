//! What can be read once only: standard input and other pipes. It is read to find out its format, and kept.

use std::{
    io,
    path::{Path, PathBuf},
};

use maestro_file::compose::{FilesOnDisk, ProjectFiles, clean_path};

/// What pipes said, each with the absolute path that names it, or `-`; and all files of this machine.
#[derive(Debug, Clone, Default)]
pub(in crate::cli) struct Pipes(Vec<(String, Vec<u8>)>);

impl Pipes {
    pub(super) fn keep(&mut self, path: &Path, content: Vec<u8>) {
        self.0.push((shortened(path), content));
    }

    /// Gives a file another content than it has, under each way to write its path.
    pub(in crate::cli) fn replace(&mut self, path: &Path, content: &[u8]) {
        let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        for path in [shortened(path), shortened(&whole)] {
            self.0.retain(|(kept, _)| *kept != path);
            self.0.push((path, content.to_vec()));
        }
    }

    pub(super) fn content(&self, path: &Path) -> Option<&[u8]> {
        let path = shortened(path);
        self.0.iter().find(|(kept, _)| *kept == path).map(|(_, content)| content.as_slice())
    }
}

impl ProjectFiles for Pipes {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.content(path).map_or_else(|| FilesOnDisk.read(path), |content| Ok(content.to_vec()))
    }

    fn is_file(&self, path: &Path) -> bool {
        self.content(path).is_some() || FilesOnDisk.is_file(path)
    }

    fn is_directory(&self, path: &Path) -> bool {
        FilesOnDisk.is_directory(path)
    }

    fn below(&self, directory: &Path) -> io::Result<Vec<PathBuf>> {
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
