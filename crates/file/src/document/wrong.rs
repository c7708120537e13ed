//! What is wrong with a value.

/// What is wrong with a value, what to do, and what is meant if that is known.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    /// What is wrong, at its place.
    pub(super) label: String,
    /// What to do.
    pub(super) help: String,
    /// What is meant, as the file's format reads it.
    pub(super) meant: Option<String>,
    /// Whether nothing else can be meant.
    pub(super) is_certain: bool,
}

impl Wrong {
    /// What is meant is not known.
    pub(super) fn new(label: impl Into<String>, help: impl Into<String>) -> Self {
        Self { label: label.into(), help: help.into(), meant: None, is_certain: false }
    }

    /// What is meant stands in the help too.
    pub(super) fn meant(label: impl Into<String>, meant: String) -> Self {
        Self { help: format!("write `{meant}`"), meant: Some(meant), label: label.into(), is_certain: false }
    }

    /// Nothing else can be meant.
    pub(super) fn certain(self) -> Self {
        Self { is_certain: true, ..self }
    }

    /// The same for a part of a value: `whole` makes the value that is meant out of the part that is meant.
    pub(super) fn within(mut self, whole: impl Fn(&str) -> String) -> Self {
        self.meant = self.meant.map(|meant| whole(&meant));
        self
    }
}
