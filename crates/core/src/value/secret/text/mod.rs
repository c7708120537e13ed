//! Whole files that are shown beside a problem, without the secrets in them.
//!
//! The text alone decides what is hidden, never what was read of it: a file that cannot be read shows no more. So this
//! walks through the text as through YAML, but stumbles over nothing. In doubt it hides too much.

mod anchors;
mod doubtful;
mod scalars;
mod template;
mod walk;

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

use super::{Known, MASK, hides, values::unnamed};
use walk::HiddenPlace;

/// A text with a mask in place of each secret, and the way from a place in the text to its place here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The text that may be shown. It has the lines of the text that it was made from.
    pub text: String,
    /// What was hidden, and where its mask stands.
    cuts: Vec<(Range<usize>, usize)>,
}

impl Shown {
    /// Hides all secrets of a whole file.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self::without(text, &places(text))
    }

    /// Hides all secrets of a whole file, and values that are known to be secret under whatever key they stand.
    #[must_use]
    pub fn with(text: &str, known: &Known) -> Self {
        // `API_KEY: 1.10` does not hide the versions in a file.
        let is_version = |place: &Range<usize>| {
            place.len() < 6 && text[place.clone()].bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        };
        let repeated = known.places(text).into_iter().filter(|place| !is_version(place));
        let places = places(text).into_iter().chain(repeated).collect();
        Self::without(text, &in_lines(text, places))
    }

    /// Hides these places, which are in order and in one line each.
    fn without(text: &str, places: &[Range<usize>]) -> Self {
        let mut shown =
            Self { text: String::with_capacity(text.len()), cuts: Vec::with_capacity(places.len()) };
        let mut at = 0;
        for place in places {
            shown.text.push_str(&text[at..place.start]);
            shown.cuts.push((place.clone(), shown.text.len()));
            shown.text.push_str(MASK);
            at = place.end;
        }
        shown.text.push_str(&text[at..]);
        shown
    }

    /// Where that place of the text is here. What is hidden is its whole mask.
    #[must_use]
    pub fn place(&self, place: Range<usize>) -> Range<usize> {
        let start = self.offset(place.start, 0);
        let end = self.offset(place.end, MASK.len());
        // The end of a secret is the beginning of no other text.
        start..end.max(start)
    }

    /// An offset of the text; inside of a mask it moves by `inside` from the mask's beginning.
    fn offset(&self, at: usize, inside: usize) -> usize {
        let behind = self
            .cuts
            .partition_point(|(cut, _)| cut.start < at || cut.start == at && inside == 0 && at < cut.end);
        match behind.checked_sub(1).map(|last| &self.cuts[last]) {
            None => at,
            Some((cut, mask)) if at < cut.end => mask + inside,
            Some((cut, mask)) => mask + MASK.len() + (at - cut.end),
        }
    }
}

/// The places of all secrets in a whole file, in order, apart from each other, each in one line.
#[must_use]
pub fn places(text: &str) -> Vec<Range<usize>> {
    let mut places = all(text);
    in_lines(text, places.drain(..).map(|found| found.place).collect())
}

/// The places of all that is secret for sure.
fn sure_places(text: &str) -> Vec<Range<usize>> {
    let sure = all(text).into_iter().filter(|found| found.is_sure);
    in_lines(text, sure.map(|found| found.place).collect())
}

fn all(text: &str) -> Vec<HiddenPlace> {
    let sure = |place| HiddenPlace { place, is_sure: true };
    let (mut found, doubts) = walk::Walk::over(text);
    found.extend(doubtful::secrets(text, &doubts).into_iter().map(sure));
    found.extend(scalars::arguments(text).into_iter().map(sure));
    found.extend(anchors::secrets(text, &found));
    let parts = |found: HiddenPlace| {
        let HiddenPlace { place, is_sure } = found;
        without_templates(text, place).into_iter().map(move |place| HiddenPlace { place, is_sure })
    };
    let mut all: Vec<HiddenPlace> = found.into_iter().flat_map(parts).collect();
    all.extend(unnamed(text).into_iter().map(sure));
    all.extend(lines_of_env_files(text).into_iter().map(sure));
    all
}

/// What no text about these files may show: these values, and the secrets of the files. What stands openly in the files
/// as a name may be shown, though it is somebody's password as well.
#[must_use]
pub fn known<'t>(
    values: impl IntoIterator<Item = &'t str>,
    files: impl IntoIterator<Item = &'t str>,
) -> Known {
    let mut known = Known::new(values);
    for file in files {
        known.add(values_at(file, &sure_places(file)).iter().map(String::as_str));
        known.leave_open(names(&Shown::of(file).text));
    }
    known
}

/// The texts at these places, as they are written there and as they are read.
fn values_at(text: &str, places: &[Range<usize>]) -> Vec<String> {
    let mut values = Vec::new();
    for place in places {
        let written = &text[place.clone()];
        match text[..place.start].chars().next_back() {
            Some('"') => values.push(written.replace("\\\"", "\"").replace("\\\\", "\\")),
            Some('\'') => values.push(written.replace("''", "'")),
            _ => {}
        }
        let plain = anchors::plain(written);
        if plain.len() < written.len() {
            values.push(plain.trim_matches(['"', '\'']).to_owned());
        }
        values.push(written.to_owned());
    }
    values
}

/// Keys, and the words of names of images.
fn names(text: &str) -> impl Iterator<Item = &str> {
    static KEYS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"(?m)(?:^|[{,\s-])["']?([\w.-]+)["']?[ \t]*:"#).expect("a fixed pattern")
    });
    static IMAGES: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"\b(?:image|name|ship)["']?[ \t]*:[ \t]*["']?([^\s"',}]+)"#).expect("a fixed pattern")
    });
    let keys = KEYS.captures_iter(text).filter_map(|found| Some(found.get(1)?.as_str()));
    let images = IMAGES.captures_iter(text).filter_map(|found| Some(found.get(1)?.as_str()));
    keys.chain(images.flat_map(|image| std::iter::once(image).chain(image.split(['/', ':', '@']))))
}

/// Values behind names of secrets in a text: `--token HERE`, `PASSWORD=HERE`, `{"api_key": "HERE"}`.
pub(super) fn pairs(text: &str) -> Vec<Range<usize>> {
    scalars::named(text, super::looks_secret)
}

/// A sentence that quotes a part of a file, with masks behind names of secrets.
#[must_use]
pub fn sentence(text: &str) -> String {
    super::masked(text, pairs(text).into_iter().chain(unnamed(text)).collect())
}

/// `NAME=value` at the beginning of a line is a line of an env file: there all of the rest is the value. `NAME value` is
/// a line whose colon is missing or another character that looks like one. `NAME : "value"` may stand inside of a quote that a line above has left open.
fn lines_of_env_files(text: &str) -> Vec<Range<usize>> {
    static LINES: LazyLock<[Regex; 4]> = LazyLock::new(|| {
        [
            r"(?m)^[ \t]*(?:-[ \t]+)?(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=[ \t]*([^\r\n]+)",
            r"(?m)^[ \t]*(?:-[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)(?::|[：﹕︓∶][ \t]*|[ \t]+)([^\s:#=\[{|>&][^\s]*)[ \t]*\r?$",
            r#"(?m)^[ \t]*(?:-[ \t]+)?["']?([A-Za-z_][A-Za-z0-9_.-]*)["']?[ \t]*:[ \t]+"([^"\r\n]+)"[ \t]*\r?$"#,
            r#"(?m)^[ \t]*(?:-[ \t]+)?["']?([A-Za-z_][A-Za-z0-9_.-]*)["']?[ \t]*:[ \t]+'([^'\r\n]+)'[ \t]*\r?$"#,
        ]
        .map(|pattern| Regex::new(pattern).expect("a fixed pattern"))
    });
    let lines = LINES.iter().flat_map(|line| line.captures_iter(text));
    let lines = lines.filter(|line| hides(&line[1], &line[2]) && !line[2].starts_with("{{"));
    lines
        .filter(|line| !matches!(&line[1], "tls_key" | "key" | "cert"))
        .filter_map(|line| Some(line.get(2)?.range()))
        .collect()
}

/// Cuts places at the ends of lines, puts them in order, and joins what overlaps.
fn in_lines(text: &str, places: Vec<Range<usize>>) -> Vec<Range<usize>> {
    let mut parts: Vec<Range<usize>> = Vec::new();
    for place in places {
        let mut at = place.start;
        for line in text[place.clone()].split_inclusive('\n') {
            let indent = if at == place.start { 0 } else { line.len() - line.trim_start().len() };
            let end = at + line.trim_end_matches(['\n', '\r']).len();
            if at + indent < end {
                parts.push(at + indent..end);
            }
            at += line.len();
        }
    }
    parts.sort_by_key(|part| (part.start, part.end));
    let mut joined: Vec<Range<usize>> = Vec::new();
    for part in parts {
        match joined.last_mut() {
            // Nothing but quotes and spaces between two of them belongs to none.
            Some(last) if part.start <= last.end || is_between(&text[last.end..part.start]) => {
                last.end = last.end.max(part.end);
            }
            _ => joined.push(part),
        }
    }
    joined
}

fn is_between(gap: &str) -> bool {
    gap.len() < 8 && gap.chars().all(|c| matches!(c, ' ' | '\t' | '"' | '\'' | '\\' | ':'))
}

/// The parts of a place that no template writes: what that writes is in no file. Of a template its texts are hidden,
/// unless they name what is asked for: `env["HERE"]`, `env.get("HERE")`.
fn without_templates(text: &str, place: Range<usize>) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut at = place.start;
    while let Some(found) = text[at..place.end].find("{{") {
        let begin = at + found;
        let end = template::template_end(text, begin).min(place.end);
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
