//! What differs between the file and a container.

use crate::text::{fit, harmless};
use maestro_core::{
    plan::{drift::Difference, reason::Place},
    value::secret::text::sentence,
};

/// A value wider than this is cut: the whole is in the JSON output.
const VALUE_AT_MOST: usize = 120;

/// `env.DEBUG: 0 → 1 (shop.yaml:12)`.
#[must_use]
pub fn line(difference: &Difference, place: Option<&Place>) -> String {
    let shown = |value: &Option<String>| {
        let Some(value) = value else { return "nothing".to_owned() };
        let value = sentence(value);
        match harmless(&value) {
            value if value.is_empty() => "\"\"".to_owned(),
            value => fit(&value, VALUE_AT_MOST).into_owned(),
        }
    };
    let (running, declared) = (shown(&difference.running), shown(&difference.declared));
    let field = harmless(&difference.field);
    let same = if running == declared { " (another one)" } else { "" };
    let place = place.map(|Place { file, line }| format!(" ({}:{line})", harmless(file))).unwrap_or_default();
    format!("{field}: {running} → {declared}{same}{place}")
}
