//! `labels` and `annotations` of a container.

use super::pairs;
use crate::document::{
    read::{Fields, Reader},
    yaml::NodeKind,
};
use maestro_core::{
    diagnostic::{Diagnostic, Diagnostics},
    source::Spanned,
};

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
            check_label(reader.diagnostics, &Spanned { value: name.clone(), span: text.span });
            labels.push((name, value));
        }
        return labels;
    }
    for entry in fields_of(reader, &field) {
        check_label(reader.diagnostics, &entry);
    }
    pairs(reader, &field, "`labels`", "labels: {team: shop}")
}

fn fields_of(reader: &Reader<'_>, field: &crate::document::read::Field) -> Vec<Spanned<String>> {
    let entries = reader.yaml.entries(field.value).into_iter();
    let name = |key| Spanned { value: reader.written(key).to_owned(), span: reader.span(key) };
    entries.map(|entry| name(entry.key)).collect()
}

/// Tells a label that Maestro keeps to itself.
pub(crate) fn check_label(diagnostics: &mut Diagnostics, name: &Spanned<String>) {
    if !name.value.starts_with(RESERVED) {
        return;
    }
    let text = format!("the label `{}` is reserved", name.value);
    diagnostics.push(
        Diagnostic::error("reserved-label", text)
            .at(name.span, "labels that begin with `maestro.` are Maestro's own")
            .note("they tell which containers belong to an environment, and what these were made from")
            .help("give it another name, for example with your domain in front: `com.example.team`"),
    );
}

/// Tells an annotation that engines refuse.
pub(crate) fn check_annotation(diagnostics: &mut Diagnostics, name: &Spanned<String>) {
    if name.value.is_empty() {
        diagnostics.push(
            Diagnostic::error("bad-name", "an annotation has no name")
                .at(name.span, "an engine takes none without a name")
                .help("write for example `annotations: {com.example.team: shop}`"),
        );
    }
}
