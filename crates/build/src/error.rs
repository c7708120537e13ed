//! Why a context cannot be read.

use std::{io, path::PathBuf};

use crate::IgnoreError;

/// Why a context cannot be read.
#[derive(Debug)]
pub enum ContextError {
    /// There is no such directory.
    Missing(PathBuf),
    /// The context is something else than a directory.
    NotADirectory(PathBuf),
    /// There is no Dockerfile at this path.
    NoDockerfile(PathBuf),
    /// A file or directory cannot be read.
    Unreadable {
        /// Which.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The name of a file is not UTF-8, which patterns and archives take.
    NameIsNotText(PathBuf),
    /// The ignore file has lines that Docker refuses.
    BadPatterns {
        /// The ignore file.
        path: PathBuf,
        /// All of them, in the order of their lines.
        patterns: Vec<IgnoreError>,
    },
}

impl ContextError {
    /// The error of reading what is at `path`.
    pub(crate) fn unreadable(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        move |error| Self::Unreadable { path: path.into(), error }
    }
}
