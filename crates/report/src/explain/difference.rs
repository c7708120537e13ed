//! What differs between the file and a container.

use crate::{
    id::short_id,
    text::{fit, harmless},
};
use maestro_core::{
    model::carried::FileAccess,
    plan::{
        drift::{Difference, FieldValue, FileComparison},
        reason::FileLine,
    },
    value::secret::text::sentence,
};

/// A value wider than this is cut: the whole is in the JSON output.
const VALUE_AT_MOST: usize = 120;

/// One side of a difference as text, with secrets in URLs hidden. Untrusted.
#[must_use]
pub fn value(value: &FieldValue) -> String {
    let text = match value {
        FieldValue::Text(text) => text.clone(),
        FieldValue::ImageId(id) => short_id(id),
        FieldValue::Image { reference, id } => format!("{reference} ({})", short_id(id)),
        FieldValue::AnonymousVolume => "a volume of its own".to_owned(),
        FieldValue::File { access, content } => file(*access, *content),
        FieldValue::CurrentContainer(name) => format!("{name} as it was"),
        FieldValue::ReplacedContainer(name) => format!("{name}, which is replaced"),
    };
    sentence(&text)
}

/// A file without its content, which is nobody's business.
fn file(FileAccess { uid, gid, mode }: FileAccess, content: FileComparison) -> String {
    let content = match content {
        FileComparison::Same => "",
        FileComparison::Old => "old content, ",
        FileComparison::New => "new content, ",
    };
    format!("{content}mode {mode:04o}, owner {uid}:{gid}")
}

/// The parts of a difference, harmless.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// What differs: `env.DEBUG`.
    pub field: String,
    /// How: `0 → 1`.
    pub change: String,
    /// Where the file says it: `shop.yaml:12`.
    pub place: Option<String>,
}

/// A difference in words.
#[must_use]
pub fn words(difference: &Difference, place: Option<&FileLine>) -> Words {
    let shown = |side: &Option<FieldValue>| {
        let Some(side) = side else { return "nothing".to_owned() };
        let value = value(side);
        match harmless(&value) {
            value if value.is_empty() => "\"\"".to_owned(),
            value => fit(&value, VALUE_AT_MOST).into_owned(),
        }
    };
    let (running, declared) = (shown(&difference.running), shown(&difference.declared));
    let same = if running == declared { " (another one)" } else { "" };
    Words {
        field: harmless(&difference.field).into_owned(),
        change: format!("{running} → {declared}{same}"),
        place: place.map(|FileLine { file, line }| format!("{}:{line}", harmless(file))),
    }
}

/// `env.DEBUG: 0 → 1 (shop.yaml:12)`.
#[must_use]
pub fn line(difference: &Difference, place: Option<&FileLine>) -> String {
    let Words { field, change, place } = words(difference, place);
    let place = place.map(|place| format!(" ({place})")).unwrap_or_default();
    format!("{field}: {change}{place}")
}
