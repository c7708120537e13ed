//! Keys at the top that only files of schema 3 have.

use super::Top;
use crate::document::schema::Schema;
use maestro_core::diagnostic::Diagnostic;

impl Top<'_, '_> {
    /// A key that files of schema 3 have.
    pub(super) fn of_schema_three(&self) -> Option<Diagnostic> {
        let (name, reader) = (self.field.key.value.as_str(), self.reader);
        let without = match name {
            "include" => "include files with Jinja: `{% include 'FILE' %}`",
            "networks" if self.holds_resources() => {
                "leave it out: an environment has a network of its own; `net` of an instance names another one"
            }
            "volumes" if self.holds_resources() => {
                "leave it out: an engine creates a named volume when a container first mounts it"
            }
            _ => return None,
        };
        (reader.schema != Schema::Three)
            .then(|| reader.schema.needs_three(reader.yaml, name, self.field.key.span, without))
    }

    /// Names that hold nothing, or options of a network or volume: what Compose has at the top.
    fn holds_resources(&self) -> bool {
        let is_mapping = self.reader.is_mapping(self.field.value) || self.reader.is_null(self.field.value);
        let entries = self.reader.yaml.entries(self.field.value);
        is_mapping
            && entries.iter().all(|entry| {
                !self.reader.written(entry.key).starts_with('/')
                    && (self.reader.is_null(entry.value) || self.reader.is_mapping(entry.value))
            })
    }
}
