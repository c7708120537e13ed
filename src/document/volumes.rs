//! `volumes`: directories of the ship that are seen inside. Which side is which depends on the file's schema, so both
//! are kept as they are written.

use super::{
    keys,
    read::{Field, Reader},
    scalar::Value,
    yaml::Kind,
};
use crate::{
    diagnostic::{Diagnostic, nearest},
    source::Spanned,
};

/// An entry of `volumes` as it is written.
#[derive(Debug, Clone)]
pub struct VolumeSection {
    /// Left of the colon: the container's path in schema 1, the ship's in schema 2.
    pub left: Spanned<String>,
    /// Right of the colon.
    pub right: Spanned<String>,
    /// `mode` of an entry written as a mapping.
    pub mode: Option<Spanned<String>>,
    /// Whether it was written as a mapping, which only schema 2 has.
    pub detailed: bool,
}

/// What Docker takes behind a volume, several of them with commas between.
const MODES: [&str; 15] = [
    "rw",
    "ro",
    "z",
    "Z",
    "shared",
    "rshared",
    "slave",
    "rslave",
    "private",
    "rprivate",
    "nocopy",
    "copy",
    "consistent",
    "cached",
    "delegated",
];

/// Reads `volumes`.
pub(super) fn read(reader: &mut Reader<'_>, field: &Field) -> Vec<VolumeSection> {
    let example =
        if is_schema_2(reader) { "volumes: {/srv/data: /data}" } else { "volumes: {/data: /srv/data}" };
    let entries = reader.mapping(field.value, "`volumes`", "paths to paths", example);
    entries.unwrap_or_default().into_iter().filter_map(|entry| volume(reader, entry)).collect()
}

fn volume(reader: &mut Reader<'_>, entry: Field) -> Option<VolumeSection> {
    if !matches!(reader.yaml.kind(entry.value), Kind::Mapping(_)) {
        let example = format!("{}: /srv/data", entry.key.value);
        let right = reader.text(entry.value, "the other side of a volume", &example)?;
        mode_behind(reader, &entry.key.value, &right);
        return Some(VolumeSection { left: entry.key, right, mode: None, detailed: false });
    }
    let example = format!("{}: {{target: /data, mode: ro}}", entry.key.value);
    let fields = reader.section(entry.value, "a volume", &[keys::VOLUME], &example);
    let Some(target) = fields.get(reader, "target").cloned() else {
        if !fields.attempted(reader, "target") {
            let (span, label) = fields.missing("target");
            reader.diagnostics.push(
                Diagnostic::error("missing-key", "a volume written as a mapping needs `target`")
                    .at(span, label)
                    .help("add the path inside the container: `target: /data`"),
            );
        }
        return None;
    };
    let right = reader.text(target.value, "`target`", "target: /data")?;
    let mode = match fields.get(reader, "mode").cloned() {
        Some(field) => Some(mode(reader, &field)?),
        None => None,
    };
    Some(VolumeSection { left: entry.key, right, mode, detailed: true })
}

/// `__maestro.schema` as it is written; what is wrong with it is told where it is read.
fn is_schema_2(reader: &Reader<'_>) -> bool {
    let header = |node, name: &str| {
        let entries = reader.yaml.entries(node);
        let found = entries.iter().find(|entry| reader.yaml.value(entry.key) == Value::Text(name.to_owned()));
        found.map(|entry| entry.value)
    };
    let schema = header(reader.yaml.root(), "__maestro").and_then(|node| header(node, "schema"));
    schema.is_some_and(|node| reader.written(node).trim_matches(['"', '\'']) == "2")
}

/// Docker and Compose write a mode behind the path; there an engine would take it for a part of the path.
fn mode_behind(reader: &mut Reader<'_>, left: &str, right: &Spanned<String>) {
    let Some((path, mode)) = right.value.rsplit_once(':') else { return };
    if !path.starts_with('/') || !mode.split(',').all(|part| MODES.contains(&part)) {
        return;
    }
    // A comma would end the value.
    let quoted = if mode.contains(',') { format!("\"{mode}\"") } else { mode.to_owned() };
    let help = if is_schema_2(reader) {
        format!("write `{left}: {{target: {path}, mode: {quoted}}}`")
    } else {
        format!(
            "add `__maestro: {{schema: 2}}` at the top, write all `volumes` as `ship: container`, and this one as \
             `{path}: {{target: {left}, mode: {quoted}}}`"
        )
    };
    reader.diagnostics.push(
        Diagnostic::error("bad-volume", format!("`{}` is a path and a mode", right.value))
            .at(right.span, format!("`:{mode}` would be taken for a part of the path"))
            .help(help),
    );
}

fn mode(reader: &mut Reader<'_>, field: &Field) -> Option<Spanned<String>> {
    let mode = reader.text(field.value, "`mode`", "mode: ro")?;
    let Some(unknown) = mode.value.split(',').find(|part| !MODES.contains(part)).map(str::to_owned) else {
        return Some(mode);
    };
    let help = match unknown.to_lowercase().as_str() {
        "readonly" | "read-only" | "r" => "did you mean `ro`?".to_owned(),
        "readwrite" | "read-write" | "w" => "did you mean `rw`?".to_owned(),
        _ => match nearest(&unknown, MODES) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "write `ro` or `rw`; behind it, with a comma, what else Docker takes there".to_owned(),
        },
    };
    let diagnostic = Diagnostic::error("bad-mode", format!("`{unknown}` is not a mode of a volume"));
    reader.diagnostics.push(diagnostic.at(mode.span, "unknown mode").help(help));
    None
}
