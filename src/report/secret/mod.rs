//! Files that are shown beside a problem, without the secrets that they may have.
//!
//! The text alone decides what is hidden, never what was read of it: a file that cannot be read shows no more. So this
//! walks through the text as through YAML, but stumbles over nothing. In doubt it hides too much.

mod scalars;
mod walk;

use std::ops::Range;

use crate::value::secret::passwords;

/// The text of a whole file with an asterisk in place of each byte of a secret, so that places in it stay.
#[must_use]
pub(crate) fn masked(text: &str) -> String {
    let mut hidden = walk::Walk::over(text);
    hidden.extend(passwords(text));
    with_stars(text, hidden.into_iter().flat_map(|place| without_templates(text, place)))
}

/// A sentence that quotes what stands somewhere, with stars behind names of secrets.
#[must_use]
pub(crate) fn masked_sentence(text: &str) -> String {
    with_stars(text, scalars::secrets(text).into_iter().chain(passwords(text)))
}

fn with_stars(text: &str, places: impl Iterator<Item = Range<usize>>) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for place in places {
        let stars = bytes[place].iter_mut().filter(|byte| !matches!(byte, b'\n' | b'\r'));
        stars.for_each(|byte| *byte = b'*');
    }
    // Whole characters alone are hidden, so it is UTF-8 still.
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The parts of a place that no template writes: what that writes is in no file. Of a template its texts are hidden,
/// unless they name what is asked for: `env["HERE"]`, `env.get("HERE")`.
fn without_templates(text: &str, place: Range<usize>) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut at = place.start;
    while let Some(found) = text[at..place.end].find("{{") {
        let begin = at + found;
        let end = walk::template_end(text, begin).min(place.end);
        parts.push(at..begin);
        let texts = scalars::quoted(&text[begin..end]).into_iter();
        let names = |quoted: &Range<usize>| {
            let before = text[begin..begin + quoted.start].trim_end_matches(['"', '\'']).trim_end();
            before.ends_with('[') || before.ends_with("get(")
        };
        parts.extend(
            texts.filter(|quoted| !names(quoted)).map(|quoted| begin + quoted.start..begin + quoted.end),
        );
        at = end;
    }
    parts.push(at..place.end);
    parts
}

#[cfg(test)]
mod tests;
