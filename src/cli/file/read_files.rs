//! The files that were read, as they were then: for commands that read them again when one was written.

use std::{
    collections::BTreeMap,
    fs,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

/// When a file was written, and its size; none if it is not there.
pub(in crate::cli) type Stamp = Option<(SystemTime, u64)>;

/// The stamp of a file now.
pub(in crate::cli) fn stamp(path: &Path) -> Stamp {
    let data = fs::metadata(path).ok()?;
    Some((data.modified().ok()?, data.len()))
}

/// A file as it was read last.
#[derive(Debug, Clone, Copy, Hash)]
struct ReadFile {
    stamp: Stamp,
    /// A hash of its content, if that was told.
    content: Option<u64>,
}

/// All files that were read. Clones share them.
#[derive(Debug, Clone, Default)]
pub(in crate::cli) struct ReadFiles(Arc<Mutex<BTreeMap<PathBuf, ReadFile>>>);

impl ReadFiles {
    fn files(&self) -> MutexGuard<'_, BTreeMap<PathBuf, ReadFile>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads a file and keeps how it was: its stamp is taken first, so what is written meanwhile counts as written later.
    /// A file that cannot be read is kept too, because it may come.
    pub(super) fn reading<E>(
        &self,
        path: &Path,
        read: impl FnOnce() -> Result<Vec<u8>, E>,
    ) -> Result<Vec<u8>, E> {
        let stamp = stamp(path);
        let content = read();
        let hash = content.as_ref().ok().map(|content| {
            let mut hasher = DefaultHasher::new();
            content.hash(&mut hasher);
            hasher.finish()
        });
        self.files().insert(path.to_owned(), ReadFile { stamp, content: hash });
        content
    }

    /// Keeps a file or directory that somebody else has read, unless it is known.
    pub(in crate::cli) fn keep(&self, path: &Path) {
        self.files().entry(path.to_owned()).or_insert_with(|| ReadFile { stamp: stamp(path), content: None });
    }

    /// Counts all files as read now, for a reading that may end before it comes to some of them.
    pub(in crate::cli) fn begin(&self) {
        for (path, file) in self.files().iter_mut() {
            file.stamp = stamp(path);
        }
    }

    /// The files that are not as they were read.
    pub(in crate::cli) fn written(&self) -> BTreeMap<PathBuf, Stamp> {
        let files = self.files();
        let now = files.iter().map(|(path, file)| (path, file.stamp, stamp(path)));
        now.filter(|(_, read, now)| read != now).map(|(path, _, now)| (path.clone(), now)).collect()
    }

    /// The paths of all files.
    #[cfg(test)]
    pub(in crate::cli) fn paths(&self) -> Vec<PathBuf> {
        self.files().keys().cloned().collect()
    }

    /// Another number if the content of a file is another one.
    pub(in crate::cli) fn digest(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        for (path, file) in self.files().iter() {
            (path, file.content).hash(&mut hasher);
        }
        hasher.finish()
    }
}
