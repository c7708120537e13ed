//! `volumes`: directories of the ship that are seen inside. Which side is which depends on the file's schema, so both
//! are kept as they are written.

use super::{
    keys,
    read::{Field, Reader},
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
    let example = "volumes: {/data: /srv/data}";
    let entries = reader.mapping(field.value, "`volumes`", "paths to paths", example);
    entries.unwrap_or_default().into_iter().filter_map(|entry| volume(reader, entry)).collect()
}

fn volume(reader: &mut Reader<'_>, entry: Field) -> Option<VolumeSection> {
    if !matches!(reader.yaml.kind(entry.value), Kind::Mapping(_)) {
        let example = format!("{}: /srv/data", entry.key.value);
        let right = reader.text(entry.value, "the other side of a volume", &example)?;
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
