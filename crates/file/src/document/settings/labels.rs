//! `labels` of a container.

use super::pairs;
use crate::document::{
    read::{Fields, Reader},
    yaml::NodeKind,
};
use maestro_core::{diagnostic::Diagnostic, source::Spanned};

/// Labels that begin so tell Maestro what it has made.
const RESERVED: &str = "maestro.";

/// Reads `labels`, a mapping or a list of `NAME=value`.
pub(super) fn read(reader: &mut Reader<'_>, fields: &Fields) -> Vec<(String, String)> {
    let Some(field) = fields.get(reader, "labels").cloned() else { return Vec::new() };
    if let NodeKind::Sequence(_) = reader.yaml.kind(field.value) {
        let texts = reader.texts(field.value, "`labels`", "labels: [traefik.enable=true]");
        let mut labels = Vec::with_capacity(texts.len());
        for text in texts {
            let (name, value) = match text.value.split_once('=') {
                Some((name, value)) => (name.to_owned(), value.to_owned()),
                None => (text.value, String::new()),
            };
            check(reader, &Spanned { value: name.clone(), span: text.span });
            labels.push((name, value));
        }
        return labels;
    }
    for entry in fields_of(reader, &field) {
        check(reader, &entry);
    }
    pairs(reader, &field, "`labels`", "labels: {team: shop}")
}

fn fields_of(reader: &Reader<'_>, field: &crate::document::read::Field) -> Vec<Spanned<String>> {
    let entries = reader.yaml.entries(field.value).into_iter();
    let name = |key| Spanned { value: reader.written(key).to_owned(), span: reader.span(key) };
    entries.map(|entry| name(entry.key)).collect()
}

fn check(reader: &mut Reader<'_>, name: &Spanned<String>) {
    if !name.value.starts_with(RESERVED) {
        return;
    }
    let text = format!("the label `{}` is reserved", name.value);
    reader.diagnostics.push(
        Diagnostic::error("reserved-label", text)
            .at(name.span, "labels that begin with `maestro.` are Maestro's own")
            .note("they tell which containers belong to an environment, and what these were made from")
            .help("give it another name, for example with your domain in front: `com.example.team`"),
    );
}
