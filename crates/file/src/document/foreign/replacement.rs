//! What to write in place of another tool's key.

/// What to write in place of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::document) enum Replacement {
    /// This key does the same.
    Key(&'static str),
    /// A key inside of this key does the same.
    In(&'static str, &'static str),
    /// This key of the instance, beside the section; its value is a number of processors.
    Processors(&'static str),
    /// A check that is made from its value; a sentence where none can be made.
    Check(&'static str),
    /// What Compose says about how a service is deployed: several keys.
    Deploy,
    /// Nothing; why.
    LeaveOut(&'static str),
    /// What to do, in a sentence.
    Say(&'static str),
}
