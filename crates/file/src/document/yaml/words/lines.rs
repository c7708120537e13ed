//! Words for lines that are indented badly, or lack a colon or have one too many.

use super::{
    around::{Around, YamlProblem, indentation, line_range, rest_of_line, spaces, visible, word_at},
    characters::named,
};
use granit_parser::ErrorKind;
use std::ops::Range;

/// The parser calls a tab by many names, and some of them point at the line before it.
pub(super) fn tab_in_indentation(kind: &ErrorKind, around: &Around<'_>) -> Option<YamlProblem> {
    use ErrorKind as E;
    let speaks_of_tabs = matches!(
        kind,
        E::TabInBlockIndentation
            | E::TabNotAllowed
            | E::TabInIndentation
            | E::TabInPlainScalar
            | E::TabAtBlockScalarStart
    );
    let may_be_tabs = matches!(
        kind,
        E::ExpectedBlockMappingKey
            | E::ExpectedBlockSequenceEntry
            | E::MappingValueNotAllowed
            | E::SimpleKeyExpected
            | E::CommentInterceptedScalar
            | E::InvalidIndentation
            | E::UnexpectedCharacter { character: '\t' }
    );
    if !speaks_of_tabs && !may_be_tabs {
        return None;
    }
    let mut start = line_range(around.text, around.at).start;
    let looked_at = if speaks_of_tabs { 3 } else { 1 };
    for line in around.text[start..].split_inclusive('\n').take(looked_at) {
        let indent = indentation(line);
        if let Some(tab) = indent.find('\t') {
            let tabs = indent[tab..].chars().take_while(|&c| c == '\t').count();
            let range = start + tab..start + tab + tabs;
            return Some(explain_tab(around.text, range));
        }
        start += line.len();
    }
    None
}

/// A space that only looks like one, as it comes from web pages and chats, where a plain one has a meaning.
pub(super) fn strange_space(around: &Around<'_>) -> Option<YamlProblem> {
    let start = line_range(around.text, around.last_scalar.start.min(around.at)).start;
    let end = line_range(around.text, around.at).end;
    let (at, space) = around.text[start..end].char_indices().find(|&(at, c)| {
        let before = around.text[..start + at].rsplit('\n').next().unwrap_or("");
        c != '\t'
            && c.is_whitespace()
            && !c.is_ascii()
            && (before.trim().is_empty() || before.ends_with([':', '-']))
    })?;
    let at = start + at;
    Some(plain_space(at..at + space.len_utf8(), space))
}

/// A space that only looks like one, where a plain one can be meant only.
fn plain_space(place: Range<usize>, space: char) -> YamlProblem {
    YamlProblem::new("strange-space", "this is no space to YAML, though it looks like one", place.clone())
        .label(named(space))
        .note("it comes from web pages, chats and word processors")
        .help("type a plain space in its place")
        .safe(place, " ")
}

/// A colon of another script where YAML wants its own, in the line where the parser stopped.
pub(super) fn strange_colon(around: &Around<'_>) -> Option<YamlProblem> {
    let start = line_range(around.text, around.last_scalar.start.min(around.at)).start;
    let end = line_range(around.text, around.at).end;
    around.text[start..end]
        .split_inclusive('\n')
        .scan(start, |at, line| {
            let indent = indentation(line).len();
            let begin = *at + indent;
            *at += line.len();
            Some(colon_of_another_script(around.text, begin..begin + line[indent..].trim_end().len()))
        })
        .flatten()
        .next()
}

/// Colons of other scripts.
const COLONS: [char; 5] = ['：', '﹕', '︓', '∶', '꞉'];
/// Dashes that are wider than a `-`.
const DASHES: [char; 6] = ['‐', '‑', '‒', '–', '—', '−'];

fn colon_of_another_script(text: &str, line: Range<usize>) -> Option<YamlProblem> {
    let content = &text[line.clone()];
    let (name, rest) = content.split_once(COLONS)?;
    let is_name = |c: char| c.is_alphanumeric() || "_-.".contains(c);
    if name.is_empty() || !name.chars().all(is_name) {
        return None;
    }
    let at = line.start + name.len();
    let colon = text[at..].chars().next()?;
    Some(
        YamlProblem::new(
            "strange-colon",
            "this is no `:` to YAML, though it looks like one",
            at..at + colon.len_utf8(),
        )
        .label(named(colon))
        .help(format!("write `{}`", format!("{name}: {}", rest.trim()).trim_end()))
        .safe(
            at..line.start + content.len() - rest.trim_start().len(),
            if rest.trim().is_empty() { ":" } else { ": " },
        ),
    )
}

/// A character at a plain scalar that only looks like a space, a `-` or a `:`, where these have a meaning.
pub(in crate::document::yaml) fn look_alike(
    text: &str,
    range: Range<usize>,
    is_key: bool,
) -> Option<YamlProblem> {
    let content = text.get(range.clone())?;
    // Looks no further back than what may stand in front of a key or an item.
    let begins_line = || {
        let before = text[..range.start].trim_end_matches([' ', '\t', '-']);
        before.is_empty() || before.ends_with('\n')
    };
    let first = content.chars().next()?;
    let behind = content[first.len_utf8()..].chars().next();
    if DASHES.contains(&first) && behind.is_none_or(char::is_whitespace) && begins_line() {
        return Some(
            YamlProblem::new(
                "strange-dash",
                "this is no `-` to YAML, though it looks like one",
                range.start..range.start + first.len_utf8(),
            )
            .label(named(first))
            .note("it comes from web pages, chats and word processors")
            .help("type a plain `-` in its place")
            .safe(range.start..range.start + first.len_utf8(), "-"),
        );
    }
    if !is_key {
        return super::indents::folded_item(text, &range);
    }
    let strange =
        |c: char| (c.is_whitespace() && !c.is_ascii()) || "\u{200b}\u{2060}\u{feff}\u{ad}".contains(c);
    if strange(first) && begins_line() {
        let spaces =
            content.len() - content.trim_start_matches(|c: char| c.is_whitespace() || strange(c)).len();
        let place = range.start..range.start + spaces;
        return Some(super::indents::strange(text, place));
    }
    if let Some(at) = content.find(':').map(|colon| colon + 1)
        && let Some(space) = content[at..].chars().next().filter(|&c| strange(c))
    {
        let place = range.start + at..range.start + at + space.len_utf8();
        return Some(plain_space(place, space));
    }
    colon_of_another_script(text, range.clone()).or_else(|| missing_space_in_key(text, range))
}

/// `web-2:{restart: always}`: the parser finds the name in front of the second colon.
fn missing_space_in_key(text: &str, key: Range<usize>) -> Option<YamlProblem> {
    // Most keys have none, and need no look at their line.
    text.get(key.clone()).filter(|key| key.contains(":{") || key.contains(":["))?;
    // A key behind `?` may have several lines.
    let end = line_range(text, key.start).end;
    let content = &text[key.start..key.end.min(end)];
    let at = content.find(":{").or_else(|| content.find(":["))?;
    let line = text[key.start..end].trim_end();
    let finding = YamlProblem::new(
        "missing-space",
        "a space is missing after the `:`",
        key.start + at..key.start + at + 1,
    );
    let behind = key.start + at + 1;
    let finding = finding.safe(behind..behind, " ");
    Some(if line.contains(" #") {
        finding.help("write a space after it")
    } else {
        finding.help(format!("write `{}: {}`", &content[..at], &line[at + 1..]))
    })
}

fn explain_tab(text: &str, range: Range<usize>) -> YamlProblem {
    let more = text[range.end..].lines().skip(1).filter(|line| indentation(line).contains('\t')).count();
    let label = if range.len() == 1 { "this is a tab" } else { "these are tabs" };
    let finding =
        YamlProblem::new("tab-in-indentation", "this line is indented with a tab; YAML wants spaces", range)
            .label(label)
            .help("replace it with spaces, as many as the lines beside it have")
            .help("`expand -i -t 2 FILE` prints the whole file with two spaces for each tab");
    match more {
        0 => finding,
        1 => finding.note("one more line below is indented with a tab"),
        _ => finding.note(format!("{more} more lines below are indented with tabs")),
    }
}

/// A `:` where no key can be: twice in a line, or below a key that has a value already.
pub(super) fn second_colon(around: &Around<'_>) -> YamlProblem {
    let line = line_range(around.text, around.at);
    let before = &around.text[line.start..around.at];
    if let Some(dash) = before.trim_start().strip_prefix('-').filter(|rest| rest.starts_with(['{', '['])) {
        let at = line.start + before.len() - dash.len();
        return YamlProblem::new("missing-space", "a space is missing after the `-`", at - 1..at)
            .help(format!("write `- {}`", around.text[at..line.end].trim()));
    }
    let starts_earlier = around.last_scalar.start < line.start;
    if !starts_earlier {
        let finding = YamlProblem::new("second-colon", "a second `: ` in one line", around.at..around.at + 1)
            .label("a value that contains `: ` needs quotes");
        let value = before.find(": ").map(|colon| {
            let value = around.text[line.start + colon + 2..line.end].trim();
            (before[..colon].trim(), value)
        });
        return match value {
            Some((key, value)) if !value.contains(['"', '\\', '#']) => {
                finding.help(format!("write `{key}: \"{value}\"`"))
            }
            _ => finding.help("put the value in quotes, or what follows into lines of its own"),
        };
    }
    let first = line_range(around.text, around.last_scalar.start);
    let earlier = &around.text[around.last_scalar.start..first.end];
    if let Some(colon) = earlier.find(':')
        && earlier[colon + 1..].starts_with(|c: char| !c.is_whitespace())
        && !around.text[first.start..around.last_scalar.start].contains(':')
    {
        let at = around.last_scalar.start + colon;
        return YamlProblem::new("missing-space", "a space is missing after the `:`", at..at + 1)
            .help(format!("write `{}: {}`", &earlier[..colon], earlier[colon + 1..].trim()));
    }
    if let Some(finding) = colon_missing_above(around, first.start) {
        return finding;
    }
    let key = line.start + indentation(before).len()..around.at;
    YamlProblem::new(
        "bad-indentation",
        format!(
            "`{}` is indented below a line that has a value already",
            around.text[key.clone()].trim_end()
        ),
        key,
    )
    .also(visible(around.text, around.last_scalar.clone()), "this is the value of the line above")
    .help("give both lines the same indentation, or remove the value if it should hold what is below")
}

/// `ship node1` in a line of its own, where a key is expected: the parser takes the next line for its end.
fn colon_missing_above(around: &Around<'_>, line: usize) -> Option<YamlProblem> {
    let range = visible(around.text, around.last_scalar.clone());
    let (name, value) = around.text[range.clone()].split_once(' ')?;
    let is_alone = around.text[line..range.start].trim().is_empty();
    let is_key = name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    (is_alone && is_key).then(|| {
        let text = format!("`{name} {}` has no `:` after its name", value.trim());
        YamlProblem::new("missing-colon", text, range)
            .label("the lines beside it read `name: value`")
            .help(format!("write `{name}: {}`", value.trim()))
    })
}

/// The line is neither indented like its neighbours, nor does it begin with a key.
pub(super) fn not_a_key(around: &Around<'_>) -> YamlProblem {
    let line = line_range(around.text, around.at);
    let text = &around.text[line.clone()];
    let content = text.trim();
    let before = around.text[line.start..around.at.max(line.start)].trim_end();
    if around.text[around.at..].starts_with('*')
        && before.split(' ').next_back().is_some_and(|w| w.starts_with('&'))
    {
        return YamlProblem::new(
            "anchor-on-alias",
            "an alias cannot have an anchor of its own",
            word_at(around),
        )
        .help("use the anchor that it has already");
    }
    let begin = line.start + indentation(text).len();
    if content.starts_with("- ") || content == "-" {
        let range = begin..begin + content.len();
        return YamlProblem::new("bad-indentation", "a list item stands among keys here", range).help(
            "give the list a key of its own above it; or write `name: value` like the lines beside it",
        );
    }
    if around.at > begin {
        let finding = YamlProblem::new("syntax", "this cannot stand here", rest_of_line(around));
        return match before.chars().next_back() {
            Some(close @ (']' | '}')) => {
                finding.label(format!("the value ends with the `{close}` before it"))
            }
            _ => finding,
        }
        .help("if it belongs to the value before it, put the whole value in quotes");
    }
    let range = around.at..line.start + text.trim_end().len();
    let (outer, inner) = neighbours(around.text, line.start, indentation(text).len());
    let width = indentation(text).len();
    if let (Some(outer), Some(inner)) = (&outer, &inner)
        && outer.0 < width
    {
        return YamlProblem::new(
            "bad-indentation",
            format!("no line above is indented by {}", spaces(width)),
            range,
        )
        .help(format!(
            "it needs {} before it, like `{}`, or {}, like `{}`",
            spaces(inner.0),
            inner.1,
            if outer.0 == 0 { "none".to_owned() } else { spaces(outer.0) },
            outer.1
        ));
    }
    if let Some((above, key)) = outer.filter(|_| content.contains(": ") || content.ends_with(':')) {
        return YamlProblem::new(
            "bad-indentation",
            "this line is indented further than the keys beside it",
            range,
        )
        .help(format!("it needs {} before it, like `{key}`", spaces(above)));
    }
    YamlProblem::new("bad-indentation", "a key is expected here, `name: value`", range)
        .help("check the indentation of this line and the lines above it")
}

pub(super) fn not_an_item(around: &Around<'_>) -> YamlProblem {
    let range = rest_of_line(around);
    YamlProblem::new("bad-indentation", "a list item is expected here, `- value`", range)
        .note("the lines above at this indentation are items of a list")
        .help("put `- ` in front; or, if this belongs to something else, change its indentation")
}

/// The indentation of a line, and the key that it begins with.
type Line = (usize, String);

/// The nearest lines above that are indented less, and more, than `width`: each with its indentation and its key.
fn neighbours(text: &str, before: usize, width: usize) -> (Option<Line>, Option<Line>) {
    let (mut outer, mut inner) = (None, None);
    for line in text[..before].lines().rev().filter(|line| !line.trim().is_empty()) {
        let content = line.trim_start();
        if content.starts_with('#') {
            continue;
        }
        let (indent, name) = (line.len() - content.len(), content.split(':').next().unwrap_or("").to_owned());
        if indent < width {
            outer = Some((indent, name));
            break;
        }
        if indent > width {
            inner = Some((indent, name));
        }
    }
    (outer, inner)
}

pub(super) fn missing_colon(around: &Around<'_>) -> YamlProblem {
    let range = rest_of_line(around);
    let written = around.text[range.clone()].split(" #").next().unwrap_or("").trim_end().to_owned();
    let range = range.start..range.start + written.len();
    let finding = YamlProblem::new("missing-colon", format!("`{written}` has no `:` after its name"), range)
        .label("the lines beside it read `name: value`");
    let parts = written.split_once('=').or_else(|| written.split_once(' '));
    match parts {
        Some((name, value)) if !name.contains(' ') => {
            finding.help(format!("write `{}: {}`", name.trim_end(), value.trim_start()))
        }
        Some(_) => {
            finding.help("write `name: value`; text over several lines goes below `name: |`, indented")
        }
        None => finding.help(format!("write `{written}:`, with its value after it or indented below it")),
    }
}
