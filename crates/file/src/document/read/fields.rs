//! The entries of a section.

use super::{Field, Reader};
use maestro_core::source::{Span, Spanned};

/// The entries of a section, by key.
pub(in crate::document) struct Fields {
    pub(super) entries: Vec<Field>,
    pub(in crate::document) span: Span,
    /// Known keys that unknown ones were taken for: nothing is to be said about their absence.
    pub(super) meant: Vec<&'static str>,
    /// Whether there is no section here at all, which was told.
    pub(super) unreadable: bool,
    /// Entries that stand here, but belong below a key of the section, which was told: the key, and the entries.
    pub(super) stranded: Vec<(&'static str, Vec<Field>)>,
}

impl Fields {
    /// Entries that stand elsewhere than in their section, which was told.
    pub(in crate::document) fn lost(entries: Vec<Field>, span: Span) -> Self {
        Self { entries, span, meant: Vec::new(), unreadable: false, stranded: Vec::new() }
    }

    /// The entries that belong below the key, but stand beside it.
    pub(in crate::document) fn stranded(&self, key: &str) -> Vec<Field> {
        let of_key = self.stranded.iter().filter(|(home, _)| *home == key);
        of_key.flat_map(|(_, fields)| fields.clone()).collect()
    }

    /// The field of that key; one without a value (`image:` and nothing behind it) counts as not written.
    pub(in crate::document) fn get(&self, reader: &Reader<'_>, key: &str) -> Option<&Field> {
        self.entries.iter().find(|field| field.key.value == key && !reader.is_null(field.value))
    }

    /// The place of a key, even if it has no value.
    pub(in crate::document) fn place(&self, key: &str) -> Option<Span> {
        self.entries.iter().find(|field| field.key.value == key).map(|field| field.key.span)
    }

    /// All keys that have a value, each with its place.
    pub(in crate::document) fn written(&self, reader: &Reader<'_>) -> Vec<Spanned<String>> {
        let written = self.entries.iter().filter(|field| !reader.is_null(field.value));
        written.map(|field| field.key.clone()).collect()
    }

    /// Whether something was written for that key, be it misspelt or unreadable. Only of a key for which nothing was
    /// is it true, and not told yet, that it is missing.
    pub(in crate::document) fn attempted(&self, reader: &Reader<'_>, key: &str) -> bool {
        self.unreadable || self.meant.contains(&key) || self.get(reader, key).is_some()
    }

    /// Whether entries that belong below the key stand elsewhere, which was told.
    pub(in crate::document) fn is_meant(&self, key: &str) -> bool {
        self.meant.contains(&key)
    }

    /// Where to say that a key is missing: at the key if it has no value, else at the first key that is there.
    pub(in crate::document) fn missing(&self, key: &str) -> (Span, String) {
        match self.place(key) {
            Some(span) => (span, "nothing is written after it".to_owned()),
            None => {
                let first = self.entries.first().map_or(self.span, |field| field.key.span);
                (first, format!("no `{key}` here"))
            }
        }
    }
}
