//! Why a question has no answer.

/// Why there is no answer.
pub(super) enum Trouble {
    /// The question is not a valid one: exit code 2.
    Usage(String),
    /// The environment does not contain the answer: exit code 1.
    Unknown(String),
}
