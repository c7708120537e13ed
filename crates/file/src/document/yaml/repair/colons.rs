//! A second `: ` in an entry between braces: `{image: nginx: 1.27}`.

use super::{
    lines::Line,
    stop_point::StopPoint,
    values::{KEYS, MAPPINGS},
};
use crate::document::yaml::words::YamlProblem;
use std::ops::Range;

/// An entry between braces, as far as it is read.
#[derive(Clone)]
struct Entry {
    /// Where its key begins.
    start: usize,
    /// Where its colons are.
    colons: Vec<usize>,
}

/// A bracket that is open, and its entry.
struct Open {
    bracket: char,
    /// The key behind which it stands.
    key: String,
    entry: Entry,
}

/// All entries of a line that have a second colon, as one slip: with one of them the line can be read no further.
pub(super) fn in_braces(place: &StopPoint<'_>, line: &Line<'_>) -> Option<YamlProblem> {
    let begin = line.start + line.indent;
    // A bracket that an earlier line has opened.
    let outer = place.bracket.filter(|bracket| *bracket < begin).map(|at| &place.text[at..=at]);
    let found = entries(line.text, outer == Some("{"));
    let slips: Vec<(usize, Slip)> = found
        .iter()
        .filter_map(|(key, entry, end)| Some((entry.colons[1], Slip::of(line.text, key, entry, *end)?)))
        .collect();
    let colon = |at: usize| begin + at..begin + at + 1;
    let (first, slip) = slips.first()?;
    let problem =
        YamlProblem::new("second-colon", "a second `: ` in one entry", colon(*first)).label(slip.label);
    let others = slips.iter().skip(1);
    let problem = others.fold(problem, |problem, (at, slip)| problem.also(colon(*at), slip.label));
    Some(slips.iter().fold(problem, |problem, (_, slip)| {
        let range = begin + slip.range.start..begin + slip.range.end;
        if slip.is_safe { problem.safe(range, &slip.with) } else { problem.unsure(range, &slip.with) }
    }))
}

/// The entries between braces with more than one colon: the key that the braces belong to, the entry, and its end.
fn entries(text: &str, is_inside: bool) -> Vec<(String, Entry, usize)> {
    let new = |start| Entry { start, colons: Vec::new() };
    let mut open: Vec<Open> = Vec::new();
    if is_inside {
        open.push(Open { bracket: '{', key: String::new(), entry: new(0) });
    }
    let mut found = Vec::new();
    let (mut quote, mut before) = (None, ' ');
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (Some(sign), character) if sign == character && before != '\\' => quote = None,
            (None, '"' | '\'') if " [{,".contains(before) => quote = Some(character),
            (None, '#') if before == ' ' => break,
            (None, '[' | '{') => {
                let key = open.last().map_or_else(
                    || text[..at].trim_start_matches("- "),
                    |outer| &text[outer.entry.start..at],
                );
                let key = key.trim().trim_end_matches(':').trim_matches(['"', '\'']).to_owned();
                open.push(Open { bracket: character, key, entry: new(at + 1) });
            }
            (None, ',' | ']' | '}') => {
                let Some(mut last) = open.pop() else { break };
                if last.bracket == '{' && last.entry.colons.len() > 1 {
                    found.push((last.key.clone(), last.entry.clone(), at));
                }
                if character == ',' {
                    last.entry = new(at + 1);
                    open.push(last);
                }
            }
            (None, ':') if text[at + 1..].starts_with(' ') => {
                if let Some(last) = open.last_mut() {
                    last.entry.colons.push(at);
                }
            }
            (Some(_) | None, _) => {}
        }
        before = character;
    }
    found
}

/// What is to be written for an entry.
struct Slip {
    label: &'static str,
    range: Range<usize>,
    with: String,
    is_safe: bool,
}

impl Slip {
    fn of(text: &str, section: &str, entry: &Entry, end: usize) -> Option<Self> {
        let key = text.get(entry.start..*entry.colons.first()?)?.trim();
        let rest = text.get(entry.colons[0] + 1..end)?;
        let value = rest.trim();
        let begin = entry.colons[0] + 1 + rest.len() - rest.trim_start().len();
        if value.starts_with(['"', '\'', '{', '[', '&', '*', '!']) {
            return None;
        }
        let range = begin..begin + value.len();
        let (inner, _) = value.split_once(": ")?;
        let joined = value.replace(": ", ":");
        if key == "image" {
            let label = "a tag follows the `:` without a space";
            return Some(Self { label, range, with: joined, is_safe: true });
        }
        if MAPPINGS.contains(&key)
            || !MAPPINGS.contains(&section) && KEYS.contains(&inner) && key != "command"
        {
            let label = "this begins a mapping, which needs braces";
            return Some(Self { label, range, with: format!("{{{value}}}"), is_safe: false });
        }
        // `80: 8080` and `/srv: ro` are one word in what other tools write.
        let is_word = matches!(section, "ports" | "volumes") && !joined.contains(' ');
        let label = "a value that contains `: ` needs quotes";
        let with = serde_json::Value::from(if is_word { joined.as_str() } else { value }).to_string();
        let label = if is_word { "here the `:` has no space behind it" } else { label };
        Some(Self { label, range, with, is_safe: false })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let slips = entries(text, false);
        let slips = slips.iter().filter_map(|(key, entry, end)| Slip::of(text, key, entry, *end));
        slips.map(|slip| slip.with).collect()
    }

    #[test]
    fn each_entry_is_mended_for_what_it_is() {
        let table: [(&str, &[&str]); 9] = [
            ("web-1: {image: nginx: 1.27, restart: always}", &["nginx:1.27"]),
            ("web-1: {env: {A: b: c, D: e: f}}", &["\"b: c\"", "\"e: f\""]),
            ("web-1: {ports: {http: 80: 8080}}", &["\"80:8080\""]),
            ("web-1: {ports: http: 80}", &["{http: 80}"]),
            ("volumes: {/data: /srv: ro}", &["\"/srv:ro\""]),
            ("- {type: http, headers: {A: \"b: c\"}}", &[]),
            ("web-1: {env: {A: 'b: c: d', E: [f: g]}}", &[]),
            ("web-1: {a: b} # {c: d: e}", &[]),
            ("web-1: {restart: always", &[]),
        ];
        for (text, with) in table {
            assert_eq!(found(text), with, "{text}");
        }
    }
}
