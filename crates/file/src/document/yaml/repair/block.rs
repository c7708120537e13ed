//! Slips in lines: colons, dashes, indentation, marks of other tools.

use super::{
    indentation::{dash_among_keys, indentation, misaligned_dash, missing_dash, tabs, text_ended_early},
    lines::{Line, below, is_name},
    stop_point::StopPoint,
    values::{
        KEYS, comment_without_space, list_on_the_line_of_its_key, reserved_character, second_colon,
        text_behind_block_sign, trailing_commas,
    },
};
use crate::document::yaml::words::YamlProblem;

/// Names that tell a key from a word.
fn is_key(text: &str) -> bool {
    is_name(text) && !text.contains('/') && text.chars().any(char::is_alphabetic)
}

/// Lines that other tools have put into the file.
pub(super) fn of_other_tools(place: &StopPoint<'_>) -> Vec<YamlProblem> {
    let mut found: Vec<YamlProblem> = conflicts(place).into_iter().collect();
    let fences: Vec<&Line<'_>> = place.lines.iter().filter(|line| line.text.starts_with("```")).collect();
    if let Some(first) = fences.first() {
        let finding = YamlProblem::new("stray-line", "a fence of Markdown stands in the file", first.range())
            .help("remove the lines that begin with ```");
        found.push(fences.iter().fold(finding, |finding, line| finding.remove_line(place.text, line.start)));
    }
    let end = place.lines.iter().find(|line| ["EOF", "EOT", "END"].contains(&line.text));
    if let Some(end) = end {
        let finding =
            YamlProblem::new("stray-line", format!("`{}` ends a text of a shell", end.text), end.range());
        found.push(finding.help("remove this line").remove_line(place.text, end.start));
    }
    let slashes: Vec<&Line<'_>> = place.lines.iter().filter(|line| line.text.starts_with("//")).collect();
    if let Some(first) = slashes.first() {
        let begin = |line: &Line<'_>| line.start + line.indent..line.start + line.indent + 2;
        let finding =
            YamlProblem::new("comment", "a comment begins with `#`", begin(first)).help("write `#` for `//`");
        found.push(slashes.iter().fold(finding, |finding, line| finding.safe(begin(line), "#")));
    }
    found
}

/// What git leaves where two changes do not fit together: each mark of each place, so that none is left behind.
fn conflicts(place: &StopPoint<'_>) -> Option<YamlProblem> {
    let marks = |sign: char| {
        move |line: &&Line<'_>| line.indent == 0 && line.text.starts_with(&sign.to_string().repeat(7))
    };
    let first = place.lines.iter().find(marks('<'))?;
    let end = |line: &Line<'_>| {
        place.text[line.start..].find('\n').map_or(place.text.len(), |end| line.start + end + 1)
    };
    let mut finding =
        YamlProblem::new("merge-conflict", "git could not merge this part of the file", first.range())
            .label("one side begins here");
    let (mut rest, mut places) = (&place.lines[..], 0);
    while let Some(at) = rest.iter().position(|line| marks('<')(&line)) {
        let last = rest[at..].iter().find(marks('>'))?;
        let inner = rest[at..].iter().take_while(|line| line.start < last.start);
        let inner: Vec<&Line<'_>> = inner.filter(|line| marks('=')(line) || marks('|')(line)).collect();
        let middle = inner.first()?;
        if places > 0 {
            finding = finding.also(rest[at].range(), "one side of another place");
        }
        for mark in &inner {
            let is_base = marks('|')(mark);
            finding =
                finding.also(mark.range(), if is_base { "what both were before" } else { "the other side" });
        }
        finding = finding.also(last.range(), "its end");
        finding = finding.unsure(rest[at].start..end(&rest[at]), "").unsure(middle.start..end(last), "");
        rest = &rest[rest.iter().position(|line| line.start > last.start).unwrap_or(rest.len())..];
        places += 1;
    }
    let side = if places == 1 { "one side" } else { "one side of each of these places" };
    Some(finding.help(format!("keep {side}, and remove the other one and all marked lines")))
}

/// All slips that the lines around the place may have.
pub(super) fn candidates(place: &StopPoint<'_>) -> Vec<YamlProblem> {
    let mut found = Vec::new();
    found.extend(tabs(place));
    for &row in &place.rows {
        let line = &place.lines[row];
        if line.is_comment() {
            continue;
        }
        found.extend(space_behind_dash(line));
        found.extend(space_behind_colon(line));
        found.extend(other_sign_for_colon(line));
        found.extend(misaligned_dash(place, row));
        found.extend(missing_dash(place, row));
        found.extend(text_ended_early(place, row));
        found.extend(key_without_colon(place, row));
        found.extend(value_without_colon(place, row));
        found.extend(list_on_the_line_of_its_key(line));
        found.extend(text_behind_block_sign(line));
        found.extend(dash_among_keys(place, row));
        found.extend(trailing_commas(place, row));
    }
    for &row in &place.rows {
        found.extend(second_colon(&place.lines[row]));
        found.extend(reserved_character(&place.lines[row]));
        found.extend(comment_without_space(&place.lines[row]));
    }
    found.extend(indentation(place, place.row()));
    found
}

/// `image:nginx`, `web-2:{restart: always}`.
fn space_behind_colon(line: &Line<'_>) -> Option<YamlProblem> {
    let item = line.text.strip_prefix("- ").map_or(0, |rest| line.text.len() - rest.trim_start().len());
    let text = &line.code()[item.min(line.code().len())..];
    let at = text.find(':')?;
    let behind = &text[at + 1..];
    let is_url = behind.starts_with("//");
    let glued = behind.starts_with(|c: char| !c.is_whitespace() && c != ':') && !is_url;
    // `nginx:1.27` is a value.
    if !is_key(&text[..at]) || !glued || text[..at].contains('.') {
        return None;
    }
    let at = line.start + line.indent + item + at;
    Some(
        YamlProblem::new("missing-space", "a space is missing after the `:`", at..at + 1)
            .safe(at + 1..at + 1, " "),
    )
}

/// `-NET_ADMIN`, `-{type: tcp}`.
fn space_behind_dash(line: &Line<'_>) -> Option<YamlProblem> {
    let rest = line.text.strip_prefix('-')?;
    if rest.is_empty() || rest.starts_with([' ', '-']) {
        return None;
    }
    let at = line.start + line.indent;
    Some(
        YamlProblem::new("missing-space", "a space is missing after the `-`", at..at + 1)
            .safe(at + 1..at + 1, " "),
    )
}

/// `image = nginx`, `image => nginx`.
fn other_sign_for_colon(line: &Line<'_>) -> Option<YamlProblem> {
    let code = line.code();
    let at = code.find('=')?;
    let name = code[..at].trim_end().trim_end_matches(':').trim_end();
    if !is_key(name) {
        return None;
    }
    let begin = line.start + line.indent;
    let behind = code[at + 1..].trim_start_matches('>');
    let value = code.len() - behind.trim_start().len();
    let sign = &code[name.len()..value];
    let range = begin + name.len()..begin + value;
    let finding = YamlProblem::new(
        "missing-colon",
        format!("`{}` stands where YAML wants a `:`", sign.trim()),
        range.clone(),
    );
    Some(finding.safe(range, if behind.trim().is_empty() { ":" } else { ": " }))
}

/// `limits` above lines that belong to it.
fn key_without_colon(place: &StopPoint<'_>, row: usize) -> Option<YamlProblem> {
    let line = &place.lines[row];
    let code = line.code();
    let has_block =
        below(&place.lines, row).first().is_some_and(|line| line.entry().is_some() || line.is_item());
    let name = code.trim_end_matches([';', ',', '.']);
    let is_alone = is_key(name) && place.lines.get(row + 1).is_none_or(|next| next.indent <= line.indent);
    if !is_key(name) || !(has_block || is_alone) {
        return None;
    }
    let begin = line.start + line.indent;
    let finding = YamlProblem::new(
        "missing-colon",
        format!("`{name}` has no `:` after its name"),
        begin..begin + name.len(),
    );
    let finding = finding.label("the lines beside it read `name: value`");
    Some(if has_block {
        finding.safe(begin + name.len()..begin + code.len(), ":")
    } else {
        finding.unsure(begin + name.len()..begin + code.len(), ":")
    })
}

/// `image nginx`.
fn value_without_colon(place: &StopPoint<'_>, row: usize) -> Option<YamlProblem> {
    let line = &place.lines[row];
    let item = line.text.strip_prefix("- ").map_or(0, |rest| line.text.len() - rest.trim_start().len());
    let code = line.code().get(item..)?;
    let (name, value) = code.split_once([' ', ';', '：'])?;
    if !is_key(name)
        || value.trim().is_empty()
        || code.contains(": ")
        || code.ends_with(':') && value.contains(' ')
    {
        return None;
    }
    let begin = line.start + line.indent + item;
    let finding = YamlProblem::new(
        "missing-colon",
        format!("`{name}` has no `:` after its name"),
        begin..begin + name.len(),
    );
    let value_at = code.len() - value.trim_start().trim_start_matches(':').trim_start().len();
    let finding = finding.label("the lines beside it read `name: value`");
    let is_known = KEYS.contains(&name);
    let range = begin + name.len()..begin + value_at;
    Some(if is_known { finding.safe(range, ": ") } else { finding.unsure(range, ": ") })
}
