//! Slips between brackets: commas, colons and brackets that are missing or too many.

use super::{
    colons,
    lines::{Line, is_name},
    stop_point::StopPoint,
    values::MAPPINGS,
};
use crate::document::{
    keys,
    yaml::words::{self, YamlProblem},
};

/// All slips of brackets around the place.
pub(super) fn candidates(place: &StopPoint<'_>) -> Vec<YamlProblem> {
    let mut found = Vec::new();
    for &row in &place.rows {
        let line = &place.lines[row];
        if line.is_comment() {
            continue;
        }
        found.extend(comment_in_brackets(line));
        found.extend(other_sign(line));
        found.extend(colon_between_quotes(line));
        found.extend(comma_at_end(place, row));
        found.extend(comma_in_line(line));
        found.extend(colons::in_braces(place, line));
        found.extend(bracket_before_key(line));
        found.extend(too_many(place, line));
    }
    found.extend(wrong_bracket(place));
    found.extend(never_closed(place));
    found
}

/// The brackets of a line that are still open at its end, each with its place in the line; and those that close nothing.
fn brackets(text: &str) -> (Vec<(usize, char)>, Vec<usize>) {
    let (mut open, mut stray): (Vec<(usize, char)>, Vec<usize>) = (Vec::new(), Vec::new());
    let mut quote = None;
    let mut before = ' ';
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (Some(open), character) if open == character && before != '\\' => quote = None,
            (None, '"' | '\'') if " [{,:".contains(before) => quote = Some(character),
            (None, '#') if before == ' ' => break,
            (None, '[' | '{') => open.push((at, character)),
            (None, ']' | '}') => {
                let fits = open.last().is_some_and(|(_, open)| closing(*open) == character);
                if fits {
                    open.pop();
                } else {
                    stray.push(at);
                }
            }
            (Some(_) | None, _) => {}
        }
        before = character;
    }
    (open, stray)
}

fn closing(open: char) -> char {
    if open == '[' { ']' } else { '}' }
}

/// `{COLOR: #ff0000, A: b}`: the comment swallows the rest.
fn comment_in_brackets(line: &Line<'_>) -> Option<YamlProblem> {
    let hash = line.text.find(" #")? + 1;
    let (open, _) = brackets(line.text);
    let rest = &line.text[hash..];
    if open.is_empty() || !rest.contains(['}', ']']) {
        return None;
    }
    let end = rest.find([',', '}', ']', ' '])?;
    let begin = line.start + line.indent + hash;
    let finding = YamlProblem::new(
        "comment",
        "a `#` after a space begins a comment, which ends the brackets' text",
        begin..begin + rest.len(),
    )
    .label("YAML reads none of this");
    let quoted = format!("\"{}\"", &rest[..end]);
    // A comment has a space behind its `#` or between its words.
    let is_value = line.text[..hash].trim_end().ends_with([':', ',', '[', '{']) && end > 1;
    Some(if is_value && !rest[end..].starts_with(' ') {
        finding.help(format!("put the value in quotes: `{quoted}`")).safe(begin..begin + end, &quoted)
    } else {
        finding
            .help(format!("if it is a value, put it in quotes: `{quoted}`"))
            .unsure(begin..begin + end, &quoted)
    })
}

/// `{image = nginx}`, `{a；b}`: signs of other scripts and tools.
fn other_sign(line: &Line<'_>) -> Option<YamlProblem> {
    let signs = [
        ('，', ", "),
        ('；', ", "),
        ('、', ", "),
        ('｛', "{"),
        ('｝', "}"),
        ('［', "["),
        ('］', "]"),
        ('：', ": "),
    ];
    let found: Vec<(usize, char, &str)> = line
        .text
        .char_indices()
        .filter_map(|(at, c)| signs.iter().find(|(sign, _)| *sign == c).map(|(_, with)| (at, c, *with)))
        .collect();
    let &(first, character, with) = found.first()?;
    let begin = line.start + line.indent;
    let text = format!("this is no `{}` to YAML, though it looks like one", with.trim());
    let finding = YamlProblem::new("strange-sign", text, begin + first..begin + first + character.len_utf8())
        .label(words::named(character));
    Some(found.iter().fold(finding, |finding, &(at, character, with)| {
        let end = at + character.len_utf8();
        let with = if line.text[end..].starts_with(' ') { with.trim_end() } else { with };
        finding.safe(begin + at..begin + end, with)
    }))
}

/// `"image" "nginx"`
fn colon_between_quotes(line: &Line<'_>) -> Option<YamlProblem> {
    let (before, behind) = line.text.split_once("\" ").or_else(|| line.text.split_once("\"="))?;
    let value = behind.trim_start_matches([' ', '=']);
    if brackets(before).0.last().is_some_and(|(_, open)| *open == '[') {
        return None;
    }
    let (_, name) = before.rsplit_once('"')?;
    if !is_name(name) || value.starts_with([':', ',', '}', ']', '#']) || value.is_empty() {
        return None;
    }
    let begin = line.start + line.indent;
    let at = begin + before.len() + 1;
    let value_at = begin + line.text.len() - value.len();
    Some(
        YamlProblem::new(
            "missing-colon",
            format!("`{name}` has no `:` after its name"),
            at - name.len() - 2..at,
        )
        .unsure(at..value_at, ": "),
    )
}

/// `"a": 1` above `"b": 2`: between brackets each entry but the last has a comma.
fn comma_at_end(place: &StopPoint<'_>, row: usize) -> Vec<YamlProblem> {
    let Some(bracket) = place.bracket else { return Vec::new() };
    let rows = [Some(row), place.before(row).map(|(row, _)| row)];
    let rows = rows
        .into_iter()
        .flatten()
        .filter(|&row| place.lines[row].start + place.lines[row].text.len() > bracket);
    rows.filter_map(|row| {
        let line = &place.lines[row];
        let code = line.code();
        if code.ends_with([',', '{', '[', ':']) {
            return None;
        }
        let at = line.start + line.indent + code.len();
        let last = code.chars().next_back().map_or(1, char::len_utf8);
        Some(
            YamlProblem::new("missing-comma", "a `,` is missing after this", at - last..at)
                .unsure(at..at, ","),
        )
    })
    .collect()
}

/// `["sh" "-c" "nginx"]`: all commas at once, or the text could be read no further.
pub(super) fn lists_without_commas(place: &StopPoint<'_>) -> Vec<YamlProblem> {
    place.rows.iter().filter_map(|&row| list_without_commas(&place.lines[row])).collect()
}

fn list_without_commas(line: &Line<'_>) -> Option<YamlProblem> {
    let open = line.text.find("[\"").or_else(|| line.text.find("['"))?;
    let quote = line.text[open + 1..].chars().next()?;
    let list = line.text.get(open..line.text.rfind(']')?)?;
    let parts: Vec<&str> = list.split(quote).collect();
    // What stands between one text and the next: every second part.
    let between = parts.iter().enumerate().skip(2).step_by(2);
    let missing = between.filter(|(_, part)| !part.is_empty() && part.trim().is_empty());
    let begin = line.start + line.indent + open;
    let place_of = |index: usize| begin + parts[..index].iter().map(|part| part.len() + 1).sum::<usize>();
    let places: Vec<usize> =
        missing.map(|(index, _)| place_of(index)).filter(|at| *at < begin + list.len()).collect();
    let first = *places.first()?;
    let problem = YamlProblem::new("missing-comma", "a `,` is missing after this", first - 1..first);
    Some(places.into_iter().fold(problem, |problem, at| problem.safe(at..at, ",")))
}

/// `{type: tcp port: http}`
fn comma_in_line(line: &Line<'_>) -> Vec<YamlProblem> {
    let Some(open) = line.text.find(['{', '[']) else { return Vec::new() };
    let mut found = Vec::new();
    let begin = line.start + line.indent;
    for (at, _) in line.text[open..].match_indices(' ') {
        let at = open + at;
        let next = line.text[at..].trim_start();
        let before = line.text[..at].trim_end();
        let written = next.split([':', ' ', ',', '}', ']']).next().unwrap_or_default();
        let has_colon = next[written.len()..].starts_with(':');
        let begins_entry = is_name(written.trim_matches(['"', '\''])) && has_colon
            || next.starts_with(['"', '\'', '{', '[']);
        if begins_entry && !before.ends_with([',', ':', '{', '[', '-']) {
            let at = begin + before.len();
            let last = before.chars().next_back().map_or(1, char::len_utf8);
            found.push(
                YamlProblem::new("missing-comma", "a `,` is missing after this", at - last..at)
                    .safe(at..at, ","),
            );
        }
    }
    found
}

/// `{ports: {http: 80, restart: always}`: the inner bracket is closed where a key of the outer mapping begins.
fn bracket_before_key(line: &Line<'_>) -> Vec<YamlProblem> {
    let (open, _) = brackets(line.text);
    let Some(&(_, bracket)) = open.last().filter(|_| open.len() < 4) else { return Vec::new() };
    // The one that is missing is the innermost that was open when the key came.
    let mut depth: Vec<(usize, char)> = Vec::new();
    let begin = line.start + line.indent;
    let mut found = Vec::new();
    for (at, character) in line.text.char_indices() {
        match character {
            '{' | '[' => depth.push((at, character)),
            '}' | ']' => {
                depth.pop();
            }
            ',' if depth.len() > 1 || bracket == '[' => {
                let word = line.text[at + 1..].trim_start().split(':').next().unwrap_or_default();
                // In a service or an instance the key is where it belongs.
                let in_section = depth
                    .last()
                    .is_some_and(|(opened, open)| *open == '[' || is_section(&line.text[..*opened]));
                let is_key = in_section
                    && keys::INSTANCE
                        .iter()
                        .chain(keys::SERVICE_ONLY)
                        .chain(keys::PLACEMENT)
                        .chain(keys::SHIP)
                        .any(|key| key.name == word);
                if is_key && let Some(&(opened, open)) = depth.last() {
                    found.push(
                        never(begin + opened, open).safe(begin + at..begin + at, &closing(open).to_string()),
                    );
                }
            }
            _ => {}
        }
    }
    found
}

/// Whether a bracket behind this text opens a mapping of names to values.
fn is_section(before: &str) -> bool {
    let name = before.trim_end().trim_end_matches(':');
    let name = name.rsplit([' ', '{', ',', '[']).next().unwrap_or_default();
    MAPPINGS.contains(&name)
}

fn never(at: usize, open: char) -> YamlProblem {
    YamlProblem::new("unclosed-bracket", format!("`{open}` is never closed"), at..at + 1).label("opened here")
}

/// `{a: 1}}`
fn too_many(place: &StopPoint<'_>, line: &Line<'_>) -> Option<YamlProblem> {
    let (_, stray) = brackets(line.text);
    let at = line.start + line.indent + *stray.last()?;
    let character = place.text[at..].chars().next()?;
    let text = format!("this `{character}` closes a bracket that is not open");
    Some(YamlProblem::new("mismatched-bracket", text, at..at + 1).unsure(at..at + 1, ""))
}

/// `[a, b}`
fn wrong_bracket(place: &StopPoint<'_>) -> Vec<YamlProblem> {
    let Some(bracket) = place.bracket else { return Vec::new() };
    let Some(open) = place.text[bracket..].chars().next() else { return Vec::new() };
    let other = if open == '[' { '}' } else { ']' };
    let end = place.text[bracket..].find('\n').map_or(place.text.len(), |end| bracket + end);
    let close = closing(open);
    let Some(at) = place.text[bracket..end].find(other).map(|at| bracket + at) else { return Vec::new() };
    let make = || {
        YamlProblem::new("mismatched-bracket", format!("`{open}` is closed by `{other}`"), at..at + 1)
            .also(bracket..bracket + 1, "opened here")
    };
    vec![make().safe(at..at + 1, &close.to_string()), make().unsure(at..at, &close.to_string())]
}

/// A bracket that is open at the end of its line, or of the lines that belong to it.
fn never_closed(place: &StopPoint<'_>) -> Vec<YamlProblem> {
    let mut found = Vec::new();
    let first = place.bracket.map(|bracket| place.row_of(bracket));
    let rows = place.rows.iter().copied().chain(first);
    for row in rows {
        let line = &place.lines[row];
        let (open, _) = brackets(line.text);
        let Some(&(at, bracket)) = open.last() else { continue };
        let begin = line.start + line.indent;
        let closings: String = open.iter().rev().map(|(_, open)| closing(*open)).collect();
        let code = line.code();
        let end = begin + code.trim_end_matches(',').len();
        found.push(never(begin + at, bracket).unsure(end..begin + code.len(), &closings));
        // In lines of their own, the brackets end where the text is indented no more.
        let rest = &place.lines[row + 1..];
        let last = rest.iter().take_while(|other| other.indent > line.indent).last();
        if let Some(last) = last {
            let below = format!("\n{}{closings}", " ".repeat(line.indent));
            let finding = never(begin + at, bracket)
                .help(format!("write `{closings}` below the last line that belongs to it"));
            found.push(finding.unsure(last.end()..last.end(), &below));
        }
    }
    found
}
