//! What is known of a file of another tool.

/// A file of another tool.
pub(super) struct OtherFile {
    /// What it is: `a manifest of Kubernetes`.
    pub what: &'static str,
    /// What corresponds to its parts.
    pub words: &'static str,
    /// What to do.
    pub help: String,
    /// The whole file in our form, if it can be said.
    pub written: Option<String>,
}
