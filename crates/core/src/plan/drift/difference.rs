//! One thing that is declared otherwise than it runs.

use crate::{model::carried::FileAccess, source::Span};

/// What stands in place of a value that is nobody's business.
pub const HIDDEN: &str = "(hidden)";

/// How the content of a file compares with that on the other side of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileComparison {
    /// It is the same, or there is no file on the other side.
    Same,
    /// It is another, which the container has.
    Old,
    /// It is another, which the file declares.
    New,
}

/// One side of a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldValue {
    /// As the file or the engine has it.
    Text(String),
    /// An image by its id alone.
    ImageId(String),
    /// An image by its reference and its id.
    Image {
        /// Its reference.
        reference: String,
        /// Its id.
        id: String,
    },
    /// An anonymous volume.
    AnonymousVolume,
    /// A file that is copied into the container.
    File {
        /// Who may do what with it.
        access: FileAccess,
        /// How its content compares with the other side's.
        content: FileComparison,
    },
    /// The container of that name as it runs now.
    CurrentContainer(String),
    /// The container that takes the place of the one of that name.
    ReplacedContainer(String),
}

impl FieldValue {
    /// Hides it, whatever it is.
    pub(super) fn hide(&mut self) {
        *self = Self::Text(HIDDEN.to_owned());
    }
}

impl From<String> for FieldValue {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// One thing that is declared otherwise than it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What: a key of the file, or a key and a name: `image`, `env.DEBUG`.
    pub field: String,
    /// As it runs; none if it is not there.
    pub running: Option<FieldValue>,
    /// As the file says it; none if it says nothing of it.
    pub declared: Option<FieldValue>,
    /// Where the file says it, or where it could; none if what it is compared with is no file's.
    pub place: Option<Span>,
    /// Whether it is in the list of its peers alone, which by itself is no reason to replace the container.
    pub is_peers_alone: bool,
}
