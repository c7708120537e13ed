//! `volumes`: directories of the ship that are seen inside. Which side is which depends on the file's schema, so both
//! are kept as they are written.

use super::{
    convert, keys,
    read::{Field, Reader},
    scalar::{Value, as_scalar},
    schema::{self, Schema},
    yaml::{NodeId, NodeKind},
};
use maestro_core::{
    diagnostic::{Diagnostic, Help, nearest},
    source::{Span, Spanned},
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
    /// All of such a mapping, to be replaced.
    pub whole: Option<Span>,
}

/// What Docker takes behind a volume, several of them with commas between.
const MODES: [&str; 14] = [
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
    "consistent",
    "cached",
    "delegated",
];

/// Reads `volumes`.
pub(super) fn read(reader: &mut Reader<'_>, field: &Field) -> Vec<VolumeSection> {
    let example =
        if reads_ship_first(reader) { "volumes: {/srv/data: /data}" } else { "volumes: {/data: /srv/data}" };
    if let NodeKind::Sequence(items) = reader.yaml.kind(field.value)
        && let Some(&first) = items.first()
        && let Some(help) = as_entry(reader, first)
    {
        let diagnostic = Diagnostic::error("wrong-type", "`volumes` must be a mapping of paths to paths");
        let diagnostic = diagnostic.at(reader.span(first), "a list begins here").note(reader.schema.order());
        let whole = reader.yaml.whole(field.value);
        let meant = convert::value(reader.yaml, "volumes", field.value);
        reader.diagnostics.push(match (meant, whole) {
            (Some(meant), Some(whole)) => {
                diagnostic.help(format!("write `volumes: {meant}`")).replace(whole, meant)
            }
            _ => diagnostic.help(help),
        });
        return Vec::new();
    }
    let entries = reader.mapping(field.value, "`volumes`", "paths to paths", example);
    entries.unwrap_or_default().into_iter().filter_map(|entry| volume(reader, entry)).collect()
}

/// What to write for an item of Compose's list, `SHIP:CONTAINER[:MODE]`.
fn as_entry(reader: &Reader<'_>, item: NodeId) -> Option<String> {
    let parts: Vec<&str> = reader.written(item).split(':').collect();
    let (ship, container, mode) = match parts[..] {
        [ship, container] => (ship, container, None),
        [ship, container, mode] => (ship, container, Some(mode)),
        _ => return None,
    };
    if !container.starts_with('/')
        || ship.is_empty()
        || ship.starts_with('.')
        || mode.is_some_and(|mode| mode.contains(','))
    {
        return None;
    }
    Some(match (mode, reads_ship_first(reader)) {
        (None, false) => format!("write `{container}: {ship}`"),
        (None, true) => format!("write `{ship}: {container}`"),
        (Some(mode), true) => format!("write `{ship}: {{target: {container}, mode: {mode}}}`"),
        (Some(mode), false) => format!(
            "{}, and here `{ship}: {{target: {container}, mode: {mode}}}`; without the mode, `{container}: {ship}` alone is \
             enough",
            schema::at_the_top(reader.yaml, None)
        ),
    })
}

/// Compose's long form, which says both sides below a name: told as a whole. True if it was told.
fn compose_form(reader: &mut Reader<'_>, entry: &Field) -> bool {
    let get = |name: &str| {
        let name = Value::Text(name.to_owned());
        let entries = reader.yaml.entries(entry.value);
        entries.into_iter().find(|field| reader.yaml.value(field.key) == name)
    };
    let (Some(source), None) = (get("source").or_else(|| get("src")), get("target")) else { return false };
    let ship = reader.written(source.value).to_owned();
    let inside = &entry.key.value;
    let read_only = get("read_only").is_some_and(|field| reader.yaml.value(field.value) == Value::Bool(true));
    let help = match (reads_ship_first(reader), read_only) {
        (false, false) => format!("write `{inside}: {ship}`"),
        (true, false) => format!("write `{ship}: {inside}`"),
        (true, true) => format!("write `{ship}: {{target: {inside}, mode: ro}}`"),
        (false, true) => {
            let top = schema::at_the_top(reader.yaml, Some(entry.value));
            format!("{top}, and here `{ship}: {{target: {inside}, mode: ro}}`")
        }
    };
    let span = reader.span(source.key);
    let diagnostic = Diagnostic::error("bad-volume", "a volume is not written like this")
        .at(span, "a key of Compose's long form")
        .note(reader.schema.order());
    let whole = reader.yaml.whole(entry.value);
    if read_only && !reads_ship_first(reader) {
        let help = schema::with_schema_three(reader.yaml, Some(entry.value), help.into());
        let right = format!("{{target: {inside}, mode: ro}}");
        let help = match whole.filter(|_| help.suggestion.is_some()) {
            Some(whole) => help.replace(entry.key.span, as_scalar(&ship)).replace(whole, right),
            None => Help { suggestion: None, ..help },
        };
        let alone = Help::from(format!("or, if it may be written to, `{inside}: {ship}` alone"));
        reader.diagnostics.push(diagnostic.help(help).help(match whole {
            Some(whole) => alone.replace(whole, as_scalar(&ship)),
            None => alone,
        }));
        return true;
    }
    let diagnostic = diagnostic.help(help);
    reader.diagnostics.push(match whole {
        Some(whole) if !reads_ship_first(reader) => diagnostic.replace(whole, as_scalar(&ship)),
        Some(whole) => {
            let right = if read_only { format!("{{target: {inside}, mode: ro}}") } else { as_scalar(inside) };
            diagnostic.replace(entry.key.span, as_scalar(&ship)).replace(whole, right)
        }
        None => diagnostic,
    });
    true
}

fn volume(reader: &mut Reader<'_>, entry: Field) -> Option<VolumeSection> {
    if !matches!(reader.yaml.kind(entry.value), NodeKind::Mapping(_)) {
        let other = if reads_ship_first(reader) { "/data" } else { "/srv/data" };
        let example = format!("{}: {other}", entry.key.value);
        let right = reader.text(entry.value, "the other side of a volume", &example)?;
        mode_behind(reader, &entry.key.value, &right, entry.value);
        return Some(VolumeSection { left: entry.key, right, mode: None, detailed: false, whole: None });
    }
    if compose_form(reader, &entry) {
        return None;
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
    let whole = reader.yaml.whole(entry.value);
    Some(VolumeSection { left: entry.key, right, mode, detailed: true, whole })
}

fn reads_ship_first(reader: &Reader<'_>) -> bool {
    reader.schema >= Schema::Two
}

/// Docker and Compose write a mode behind the path; there an engine would take it for a part of the path.
fn mode_behind(reader: &mut Reader<'_>, left: &str, right: &Spanned<String>, value: NodeId) {
    let Some((path, mode)) = right.value.rsplit_once(':') else { return };
    if !path.starts_with('/') || !mode.split(',').all(|part| MODES.contains(&part)) {
        return;
    }
    // A comma would end the value.
    let quoted = if mode.contains(',') { format!("\"{mode}\"") } else { mode.to_owned() };
    let meant = format!("{{target: {path}, mode: {quoted}}}");
    let help = if reads_ship_first(reader) {
        Help::from(format!("write `{left}: {meant}`")).replace(right.span, meant)
    } else {
        format!(
            "as it is written, `{left}` is the path inside and `{path}` is on the ship; for the mode {}, and here `{path}: \
             {{target: {left}, mode: {quoted}}}`",
            schema::at_the_top(reader.yaml, Some(value))
        )
        .into()
    };
    let note = reader.schema.order();
    reader.diagnostics.push(
        Diagnostic::error("bad-volume", format!("`{}` is a path and a mode", right.value))
            .at(right.span, format!("`:{mode}` would be taken for a part of the path"))
            .note(note)
            .help(help),
    );
}

fn mode(reader: &mut Reader<'_>, field: &Field) -> Option<Spanned<String>> {
    let mode = reader.text(field.value, "`mode`", "mode: ro")?;
    let Some(unknown) = mode.value.split(',').find(|part| !MODES.contains(part)).map(str::to_owned) else {
        return one_of_each(reader, &mode).then_some(mode);
    };
    let near = match unknown.to_lowercase().as_str() {
        "readonly" | "read-only" | "r" => Some("ro"),
        "readwrite" | "read-write" | "w" => Some("rw"),
        _ => nearest(&unknown, MODES),
    };
    let help = match near {
        Some(near) => {
            let meant = mode.value.replacen(&unknown, near, 1);
            Help::from(format!("did you mean `{near}`?")).replace(mode.span, as_scalar(&meant))
        }
        None => "write `ro` or `rw`; after it, with a comma, what else Docker takes there".into(),
    };
    let diagnostic = Diagnostic::error("bad-mode", format!("`{unknown}` is not a mode of a volume"));
    reader.diagnostics.push(diagnostic.at(mode.span, "unknown mode").help(help));
    None
}

/// Of these an engine takes one at most.
const ALTERNATIVES: [&[&str]; 5] = [
    &["rw", "ro"],
    &["z", "Z"],
    &["shared", "rshared", "slave", "rslave", "private", "rprivate"],
    &["nocopy"],
    &["consistent", "cached", "delegated"],
];

/// Tells words of a mode that exclude one another. True if there are none.
fn one_of_each(reader: &mut Reader<'_>, mode: &Spanned<String>) -> bool {
    for group in ALTERNATIVES {
        let found: Vec<&str> = mode.value.split(',').filter(|part| group.contains(part)).collect();
        if let [first, second, ..] = found[..] {
            let text = format!("`{first}` and `{second}` cannot stand in one mode");
            let diagnostic = Diagnostic::error("bad-mode", text).at(mode.span, "an engine takes one of them");
            let help = format!("leave one of them out: `mode: {first}`, for example");
            let rest: Vec<&str> = mode.value.split(',').filter(|part| *part != second).collect();
            reader.diagnostics.push(diagnostic.help(help).replace(mode.span, as_scalar(&rest.join(","))));
            return false;
        }
    }
    true
}

/// Whether this is a path as Windows writes it: `C:\web`, `C:/web`.
pub(crate) fn is_of_windows(path: &str) -> bool {
    let mut characters = path.chars();
    let drive = characters.next().is_some_and(|c| c.is_ascii_alphabetic());
    drive && characters.next() == Some(':') && matches!(characters.next(), Some('\\' | '/'))
}
