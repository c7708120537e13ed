//! The explanation of a failure.

/// What is told of a failure beside its kind, exit code and log.
pub(super) struct Explanation {
    pub cause: String,
    pub holds: String,
    pub next: String,
}
