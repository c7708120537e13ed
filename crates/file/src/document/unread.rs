//! Parts of a file that could not be read.

/// Parts of the file that could not be read, which was told: a name that is not known may be defined there, so nothing
/// more is to be said about it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Gaps {
    /// The text had to be changed to be read.
    pub text: bool,
    /// Ships are missing.
    pub ships: bool,
    /// Services or instances are missing.
    pub instances: bool,
}
