//! Why an image was not built.

use crate::fault::EngineFault;

/// Why an image was not built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuildFault {
    /// Something between Maestro and the engine.
    Engine(EngineFault),
    /// A step of the Dockerfile failed, or the builder refused it.
    Step {
        /// The step's number, from 1; none before the first.
        number: Option<usize>,
        /// The line of the Dockerfile, from 1, if the builder says it.
        line: Option<usize>,
        /// What the builder said: untrusted.
        words: String,
        /// The exit code of the command that failed, if one did.
        code: Option<i64>,
        /// The last lines of the step's output: untrusted.
        output: Vec<String>,
    },
    /// A file of the context cannot be read any more, in words of the system.
    Context(String),
    /// `docker buildx` does not work on this machine.
    Buildx(BuildxFault),
    /// This image is one of its contexts, and was not built.
    OfContext(String),
    /// The user interrupted it.
    Interrupted,
}

/// What is wrong with `docker buildx`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuildxFault {
    /// It does not run, in words of the system.
    NotRun(String),
    /// It ended without a word, with this exit code; none if a signal ended it.
    Ended(Option<i32>),
    /// It does not say what it built, in words of the system.
    NoId(String),
}
