//! `volumes`: directories of the ship that are seen inside. Which side is which depends on the file's schema, so both
//! are kept as they are written.

use super::{
    keys,
    read::{Field, Reader},
    yaml::Kind,
};
use crate::{diagnostic::Diagnostic, source::Spanned};

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

/// Reads `volumes`.
pub(super) fn read(reader: &mut Reader<'_>, field: &Field) -> Vec<VolumeSection> {
    let entries = reader.mapping(field.value, "`volumes`", "{/data: /srv/data}").unwrap_or_default();
    entries.into_iter().filter_map(|entry| volume(reader, entry)).collect()
}

fn volume(reader: &mut Reader<'_>, entry: Field) -> Option<VolumeSection> {
    if !matches!(reader.yaml.kind(entry.value), Kind::Mapping(_)) {
        let right = reader.text(entry.value, "a volume's path", "/srv/data")?;
        return Some(VolumeSection { left: entry.key, right, mode: None, detailed: false });
    }
    let fields = reader.section(entry.value, "a volume", &[keys::VOLUME], "{target: /data, mode: ro}")?;
    let Some(target) = fields.get(reader, "target").cloned() else {
        reader.diagnostics.push(
            Diagnostic::error("missing-key", "a volume written as a mapping needs `target`")
                .at(fields.span, "no `target` here")
                .help("add the path inside the container: `target: /data`"),
        );
        return None;
    };
    let right = reader.text(target.value, "`target`", "/data")?;
    let mode = match fields.get(reader, "mode").cloned() {
        Some(field) => Some(reader.text(field.value, "`mode`", "ro")?),
        None => None,
    };
    Some(VolumeSection { left: entry.key, right, mode, detailed: true })
}
