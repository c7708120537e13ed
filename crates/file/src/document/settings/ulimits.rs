//! `ulimits`: limits of the processes in a container.

use crate::document::{
    keys,
    read::{Field, Reader},
    yaml::NodeKind,
};
use maestro_core::{
    diagnostic::{Diagnostic, Help, nearest},
    source::{Span, Spanned},
    value::Ulimit,
};

/// -1 is no limit.
const BOUNDS: (i64, i64) = (-1, i64::MAX);

/// Reads `ulimits`: a number each, or a soft and a hard one.
pub(super) fn read(reader: &mut Reader<'_>, field: &Field) -> Vec<Ulimit> {
    let entries = reader.mapping(field.value, "`ulimits`", "names to limits", "ulimits: {nofile: 1024}");
    let entries = entries.unwrap_or_default();
    entries.iter().filter_map(|entry| ulimit(reader, entry, &entries)).collect()
}

/// A name that no engine knows, if this is one. `is_there` tells whether another entry has a name.
pub(crate) fn unknown_name(name: &Spanned<String>, is_there: impl Fn(&str) -> bool) -> Option<Diagnostic> {
    if keys::ULIMIT_NAMES.contains(&name.value.to_ascii_lowercase().as_str()) {
        return None;
    }
    let help = match nearest(&name.value, keys::ULIMIT_NAMES) {
        Some(near) if is_there(near) => {
            format!("did you mean `{near}`? It is there already: remove one of the two").into()
        }
        Some(near) => Help::did_you_mean(name.span, &name.value, near),
        None => Help::from(format!("there are {}", keys::ULIMIT_NAMES.join(", "))),
    };
    let text = format!("there is no ulimit `{}`", name.value);
    Some(Diagnostic::error("bad-ulimit", text).at(name.span, "unknown name").help(help))
}

/// The largest number that a kernel can be told to take (`sysctl_nr_open_max`).
const MOST_FILES: i64 = 0x7fff_ffc0;

/// A limit of no kind that a kernel takes, if it is one: -1 is no limit, except for `nofile`, which has a largest number.
pub(crate) fn out_of_range(ulimit: &Ulimit, span: Span) -> Option<Diagnostic> {
    let name = &ulimit.name;
    let (text, label, help) = if ulimit.soft.min(ulimit.hard) < BOUNDS.0 {
        (
            format!("the ulimit `{name}` cannot be less than -1"),
            "-1 is no limit",
            format!("write for example `{name}: 1024`"),
        )
    } else if !name.eq_ignore_ascii_case("nofile") {
        return None;
    } else if ulimit.soft.max(ulimit.hard) > MOST_FILES {
        (
            format!("`nofile` can be {MOST_FILES} at most"),
            "no kernel takes more",
            "write a smaller number, for example `nofile: 1048576`".to_owned(),
        )
    } else if ulimit.soft == -1 || ulimit.hard == -1 {
        (
            "`nofile` cannot be without a limit".to_owned(),
            "no kernel takes -1 here",
            "write a number, for example `nofile: 1048576`".to_owned(),
        )
    } else {
        return None;
    };
    Some(Diagnostic::error("bad-ulimit", text).at(span, label).help(help))
}

/// A soft limit above the hard one, if it is.
pub(crate) fn wrong_pair(name: &str, soft: &Spanned<i64>, hard: &Spanned<i64>) -> Option<Diagnostic> {
    if hard.value < 0 || (0..=hard.value).contains(&soft.value) {
        return None;
    }
    Some(
        Diagnostic::error("bad-ulimit", format!("the soft limit of `{name}` is above its hard limit"))
            .at(soft.span, "more than the hard limit")
            .also(hard.span, "the hard limit")
            .help("lower `soft` or raise `hard`: an engine takes no other pair"),
    )
}

fn ulimit(reader: &mut Reader<'_>, entry: &Field, all: &[Field]) -> Option<Ulimit> {
    let is_there = |name: &str| all.iter().any(|other| other.key.value == name);
    if let Some(unknown) = unknown_name(&entry.key, is_there) {
        reader.diagnostics.push(unknown);
        return None;
    }
    let ulimit = read_ulimit(reader, entry)?;
    reader.diagnostics.extend(out_of_range(&ulimit, reader.span(entry.value)));
    Some(ulimit)
}

fn read_ulimit(reader: &mut Reader<'_>, entry: &Field) -> Option<Ulimit> {
    let name = entry.key.value.clone();
    let what = format!("the ulimit `{name}`");
    if !matches!(reader.yaml.kind(entry.value), NodeKind::Mapping(_)) {
        let written = reader.written(entry.value).trim_matches(['"', '\'']).to_owned();
        let example = match written.split_once(':') {
            // As `docker run --ulimit` has them.
            Some((soft, hard)) if soft.parse::<i64>().is_ok() && hard.parse::<i64>().is_ok() => {
                format!("{name}: {{soft: {soft}, hard: {hard}}}")
            }
            _ => format!("{name}: 1024"),
        };
        let both = reader.integer(entry.value, &what, BOUNDS, &example)?.value;
        return Some(Ulimit { name, soft: both, hard: both });
    }
    let example = format!("{name}: {{soft: 1024, hard: 2048}}");
    let fields = reader.section(entry.value, &what, &[keys::ULIMIT], &example);
    let mut side = |key: &str, number: &str| {
        let field = fields.get(reader, key)?.clone();
        reader.integer(field.value, &format!("`{key}`"), BOUNDS, &format!("{key}: {number}"))
    };
    let (soft, hard) = (side("soft", "1024"), side("hard", "2048"));
    if !["soft", "hard"].iter().any(|key| fields.attempted(reader, key)) {
        reader.diagnostics.push(
            Diagnostic::error("missing-key", format!("{what} says no limit"))
                .at(entry.key.span, "neither `soft` nor `hard` here")
                .help(format!("write for example `{example}`")),
        );
    }
    if let (Some(soft), Some(hard)) = (&soft, &hard) {
        reader.diagnostics.extend(wrong_pair(&name, soft, hard));
    }
    let (soft, hard) = (soft.map(|number| number.value), hard.map(|number| number.value));
    // An engine takes a side that is not given for 0, which nobody wants; the other side is meant.
    Some(Ulimit { name, soft: soft.or(hard)?, hard: hard.or(soft)? })
}
