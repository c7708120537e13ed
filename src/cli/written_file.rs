//! Whether a file was written since it was read.

use std::{
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

/// When a file was written, and its size; none if it is not there.
type Stamp = Option<(SystemTime, u64)>;

fn stamp(path: &Path) -> Stamp {
    let data = fs::metadata(path).ok()?;
    Some((data.modified().ok()?, data.len()))
}

/// A file that is read again when it was written.
#[derive(Debug)]
pub(super) struct WrittenFile {
    path: PathBuf,
    /// As it was read last.
    read: Stamp,
    /// As it was seen last.
    seen: Stamp,
}

impl WrittenFile {
    /// A file that was just read.
    pub(super) fn new(path: &Path) -> Self {
        let stamp = stamp(path);
        Self { path: path.to_owned(), read: stamp, seen: stamp }
    }

    /// Whether it was written since it was read, and not since this was asked last: an editor may not have written all.
    pub(super) fn has_changed(&mut self) -> bool {
        let stamp = stamp(&self.path);
        let is_still = std::mem::replace(&mut self.seen, stamp) == stamp;
        is_still && self.read != stamp
    }

    /// Whether it was there when it was seen last.
    pub(super) fn is_there(&self) -> bool {
        self.seen.is_some()
    }

    /// It is read now.
    pub(super) fn reading(&mut self) {
        self.read = stamp(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_changed_when_it_is_written_and_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.yaml");
        fs::write(&path, "a").unwrap();
        let mut file = WrittenFile::new(&path);
        assert!(!file.has_changed());
        fs::write(&path, "more").unwrap();
        assert!(!file.has_changed() && file.has_changed() && file.has_changed());
        file.reading();
        assert!(!file.has_changed() && file.is_there());
        fs::remove_file(&path).unwrap();
        assert!(!file.has_changed() && file.has_changed() && !file.is_there());
    }
}
