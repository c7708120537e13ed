//! `configs` and `secrets`: files that are copied into containers before their first start. At the top of a file stands
//! where each one's content comes from, in a service or an instance which of them it has, and where.

use super::{
    keys,
    read::{Field, Fields, Reader},
    settings::command::words,
    signal::check_signal,
    yaml::NodeId,
};
use maestro_core::{diagnostic::Diagnostic, source::Spanned};

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// Everybody may see it.
    Config,
    /// No output shows it.
    Secret,
}

impl FileKind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Config, Self::Secret];

    /// As a sentence names one.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Secret => "secret",
        }
    }

    /// The key at the top of a file, and of a service.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Config => "configs",
            Self::Secret => "secrets",
        }
    }
}

/// A config or secret of the file.
#[derive(Debug, Clone)]
pub struct FileSection {
    /// Whether it is a config or a secret.
    pub kind: FileKind,
    /// Its name.
    pub name: Spanned<String>,
    /// Where its content comes from; none if that could not be read, which was told.
    pub source: Option<FileSource>,
}

/// Where a content comes from.
#[derive(Debug, Clone)]
pub enum FileSource {
    /// A file of this machine.
    File(Spanned<String>),
    /// A variable of the process.
    Environment(Spanned<String>),
    /// The file of Maestro itself.
    Content(Spanned<String>),
    /// A program of this machine, with its arguments.
    Command(Spanned<Vec<String>>),
}

/// A config or secret that a container has.
#[derive(Debug, Clone)]
pub struct FileUse {
    /// Whether it is a config or a secret.
    pub kind: FileKind,
    /// Its name at the top of the file.
    pub source: Spanned<String>,
    /// Where it is in the container, as written.
    pub target: Option<Spanned<String>>,
    /// Id of the user that owns it.
    pub uid: u32,
    /// Id of its group.
    pub gid: u32,
    /// Its permissions.
    pub mode: Option<u32>,
    /// The signal at which its program reads it again.
    pub on_change: Option<String>,
}

/// Reads a section at the top of a file.
pub(super) fn read(reader: &mut Reader<'_>, field: &Field, kind: FileKind) -> Vec<FileSection> {
    let (what, example) =
        (format!("`{}`", kind.key()), format!("{}: {{app: {{file: ./app.conf}}}}", kind.key()));
    let entries = reader.mapping(field.value, &what, "names to where the content comes from", &example);
    let entries = entries.unwrap_or_default().into_iter();
    entries.map(|entry| FileSection { kind, source: source(reader, &entry, kind), name: entry.key }).collect()
}

fn source(reader: &mut Reader<'_>, entry: &Field, kind: FileKind) -> Option<FileSource> {
    let what = format!("the {} `{}`", kind.word(), entry.key.value);
    let example = format!("{}: {{file: ./app.conf}}", entry.key.value);
    let fields = reader.section(entry.value, &what, &[keys::FILE], &example);
    let written: Vec<Field> = ["file", "environment", "content", "command"]
        .into_iter()
        .filter_map(|key| fields.get(reader, key).cloned())
        .collect();
    let [only] = written.as_slice() else {
        tell_sources(reader, &fields, &written, &what, &example);
        return None;
    };
    let key = only.key.value.as_str();
    if key == "command" {
        return words(reader, &fields, key).map(FileSource::Command);
    }
    let text = reader.raw_text(only.value, &format!("`{key}`"), &format!("{key}: text"))?;
    if kind == FileKind::Secret && key == "content" {
        reader.diagnostics.hide([text.value.clone()]);
    }
    Some(match key {
        "file" => FileSource::File(text),
        "environment" => FileSource::Environment(text),
        _ => FileSource::Content(text),
    })
}

/// Tells a content that comes from nowhere, or from several places.
fn tell_sources(reader: &mut Reader<'_>, fields: &Fields, written: &[Field], what: &str, example: &str) {
    if let [first, second, ..] = written {
        let text = format!("{what} has both `{}` and `{}`", first.key.value, second.key.value);
        let problem = Diagnostic::error("conflicting-keys", text).at(second.key.span, "a second content");
        reader.diagnostics.push(problem.also(first.key.span, "the first one").help("remove one of them"));
        return;
    }
    // What is written there and unknown was told.
    if fields.attempted(reader, "file") || !fields.written(reader).is_empty() {
        return;
    }
    let (span, label) = fields.missing("content");
    let text = format!("{what} does not say where its content comes from");
    let problem = Diagnostic::error("missing-key", text).at(span, label);
    let help = format!("write for example `{example}`; `environment`, `content` and `command` go as well");
    reader.diagnostics.push(problem.help(help));
}

/// Reads the files of a service or an instance.
pub(super) fn uses(reader: &mut Reader<'_>, fields: &Fields) -> Vec<FileUse> {
    let mut uses = Vec::new();
    for kind in FileKind::ALL {
        let Some(field) = fields.get(reader, kind.key()).cloned() else { continue };
        let example = format!("{}: [app]", kind.key());
        for item in reader.items(field.value, &format!("`{}`", kind.key()), &example) {
            uses.extend(file_use(reader, item, kind, &example));
        }
    }
    uses
}

fn file_use(reader: &mut Reader<'_>, item: NodeId, kind: FileKind, example: &str) -> Option<FileUse> {
    let what = format!("an item of `{}`", kind.key());
    if !reader.is_mapping(item) {
        let source = reader.text(item, &what, example)?;
        return Some(FileUse { kind, source, target: None, uid: 0, gid: 0, mode: None, on_change: None });
    }
    let example = format!("{}: [{{source: app, target: /etc/app.conf}}]", kind.key());
    let fields = reader.section(item, &what, &[keys::FILE_USE], &example);
    let Some(source) = fields.get(reader, "source").cloned() else {
        if !fields.is_meant("source") {
            let (span, label) = fields.missing("source");
            let text = format!("{what} does not say which {} it is", kind.word());
            let problem = Diagnostic::error("missing-key", text).at(span, label);
            reader.diagnostics.push(problem.help(format!("write for example `{example}`")));
        }
        return None;
    };
    let source = reader.text(source.value, "`source`", "source: app")?;
    let target = fields.get(reader, "target").cloned();
    let target = target.and_then(|field| reader.text(field.value, "`target`", "target: /etc/app.conf"));
    let (uid, gid) = (id(reader, &fields, "uid")?, id(reader, &fields, "gid")?);
    let mode = fields.get(reader, "mode").cloned();
    let mode = match mode {
        Some(field) => Some(permissions(reader, &field)?),
        None => None,
    };
    let on_change = fields.get(reader, "on_change").cloned();
    let on_change = match on_change {
        Some(field) => Some(signal_on_change(reader, &field)?),
        None => None,
    };
    Some(FileUse { kind, source, target, uid, gid, mode, on_change })
}

/// The signal of `on_change`.
fn signal_on_change(reader: &mut Reader<'_>, field: &Field) -> Option<String> {
    const EXAMPLE: &str = "on_change: {signal: HUP}";
    let fields = reader.section(field.value, "`on_change`", &[keys::ON_CHANGE], EXAMPLE);
    let Some(signal) = fields.get(reader, "signal").cloned() else {
        if !fields.is_meant("signal") && reader.is_mapping(field.value) {
            let (span, label) = fields.missing("signal");
            let problem = Diagnostic::error("missing-key", "`on_change` does not say which signal is sent");
            let help =
                format!("write for example `{EXAMPLE}`, or remove it: then a new container is created");
            reader.diagnostics.push(problem.at(span, label).help(help));
        }
        return None;
    };
    let signal = reader.text(signal.value, "`signal`", "signal: HUP")?;
    check_signal(reader.diagnostics, &signal, "signal: HUP").then_some(signal.value)
}

/// The id of a user or group; 0 if it is not written.
fn id(reader: &mut Reader<'_>, fields: &Fields, key: &str) -> Option<u32> {
    let Some(field) = fields.get(reader, key).cloned() else { return Some(0) };
    let bounds = (0, i64::from(u32::MAX));
    let id = reader.integer(field.value, &format!("`{key}`"), bounds, &format!("{key}: 1000"))?;
    u32::try_from(id.value).ok()
}

/// Permissions in octal digits: `0440`, `0o440` and `"440"` are the same.
fn permissions(reader: &mut Reader<'_>, field: &Field) -> Option<u32> {
    let written = reader.written(field.value).trim_matches(['"', '\'']).to_owned();
    let digits = written.strip_prefix("0o").unwrap_or(&written);
    let mode = u32::from_str_radix(digits, 8).ok().filter(|mode| *mode <= 0o7777);
    if mode.is_none() {
        reader.diagnostics.push(
            Diagnostic::error("bad-value", format!("`{written}` are no permissions of a file"))
                .at(reader.span(field.value), "at most four octal digits are needed")
                .help("write for example `mode: \"0440\"`"),
        );
    }
    mode
}
