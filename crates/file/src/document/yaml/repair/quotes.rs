//! Quotes that are not closed, closed too early, or closed by another one; paths of Windows between double quotes.

use super::{lines::Line, stop_point::StopPoint};
use crate::document::yaml::words::{YamlProblem, is_escape};
use granit_parser::ErrorKind;

/// All slips of quotes in the lines around the place.
pub(super) fn candidates(place: &StopPoint<'_>) -> Vec<YamlProblem> {
    let mut found = Vec::new();
    let is_escape = matches!(place.kind, ErrorKind::UnknownQuotedScalarEscape) || !place.rows.is_empty();
    // A quote that is not closed swallows the lines behind it: the parser stops at the next quote, or at the end.
    let mut rows = place.rows.clone();
    let quoted = place.lines[..=place.row()].iter().rposition(|line| odd_quote(line).is_some());
    rows.extend(quoted.filter(|row| !place.rows.contains(row)));
    for &row in rows.iter().rev() {
        let line = &place.lines[row];
        if line.is_comment() || !line.text.contains(['"', '\'']) {
            continue;
        }
        found.extend(apostrophe(line));
        found.extend(quotes_in_quotes(line));
        found.extend(quotes_in_brackets(line));
        found.extend(mismatched(line));
        found.extend(unclosed(line));
        found.extend(part_in_quotes(line));
        if is_escape {
            found.extend(backslashes(line));
        }
    }
    found
}

/// A quote that opens in a line and is not closed in it: where it is, and which.
fn odd_quote(line: &Line<'_>) -> Option<(usize, char)> {
    let mut open: Option<(usize, char)> = None;
    let mut before = ' ';
    let mut escaped = false;
    for (at, character) in line.text.char_indices() {
        match open {
            Some((_, '"')) if escaped => escaped = false,
            Some((_, '"')) if character == '\\' => escaped = true,
            Some((_, quote)) if character == quote => open = None,
            None if character == '#' && before == ' ' => break,
            None if "\"'".contains(character) && " [{,:-(".contains(before) => open = Some((at, character)),
            Some(_) | None => {}
        }
        before = character;
    }
    open
}

/// `"nginx`: closed at the end of the value.
fn unclosed(line: &Line<'_>) -> Vec<YamlProblem> {
    let Some((at, quote)) = odd_quote(line) else { return Vec::new() };
    let begin = line.start + line.indent;
    let rest = &line.text[at + 1..];
    let mut ends: Vec<usize> = Vec::new();
    // Between brackets the value ends at a comma or at a bracket.
    if line.text[..at].contains(['{', '[']) {
        ends.extend(rest.find([',', '}', ']']));
    }
    ends.extend(rest.find(" #"));
    if rest.ends_with(':') {
        ends.push(rest.len() - 1);
    }
    // The quote stands around a key: `"image: nginx`.
    ends.extend(rest.find(": ").filter(|_| line.text[..at].trim_start_matches(['-', ' ']).is_empty()));
    ends.push(rest.trim_end_matches(',').len());
    ends.push(rest.len());
    let make = |end: usize| {
        let place = begin + at + 1 + end;
        let finding = YamlProblem::new(
            "unclosed-quote",
            format!("the quote `{quote}` is never closed"),
            begin + at..begin + at + 1,
        )
        .label("opened here");
        if is_only(rest, end) {
            finding.safe(place..place, &quote.to_string())
        } else {
            finding.unsure(place..place, &quote.to_string())
        }
    };
    ends.into_iter().map(make).collect()
}

/// Whether a text that is open to the end of its line can end at `end` only: nothing but closing brackets follows, and
/// nothing in the text could end it earlier.
fn is_only(rest: &str, end: usize) -> bool {
    let (inside, behind) = (&rest[..end], &rest[end..]);
    let is_closed = !behind.is_empty() && behind.chars().all(|c| matches!(c, '}' | ']' | ' '));
    let is_one = !inside.contains(['#', ':', ',', '{', '[', '}', ']', '"', '\'']);
    is_one && !inside.trim().is_empty() && (is_closed || behind.is_empty())
}

/// The value of a line that begins with a quote, without what may follow it between brackets.
fn value<'a>(line: &Line<'a>) -> Option<(usize, &'a str)> {
    let text = line.text;
    let at = match line.entry() {
        Some((_, value)) if value.starts_with(['"', '\'']) => text.find(value)?,
        Some(_) | None => {
            let item = text.strip_prefix("- ")?.trim_start();
            item.starts_with(['"', '\'']).then_some(text.len() - item.len())?
        }
    };
    Some((at, text[at..].trim_end()))
}

fn in_double_quotes(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// `'it's'`
fn apostrophe(line: &Line<'_>) -> Option<YamlProblem> {
    let (at, value) = value(line)?;
    let inner = value.strip_prefix('\'')?.strip_suffix('\'')?;
    if !inner.contains('\'') || inner.contains("''") {
        return None;
    }
    let begin = line.start + line.indent + at;
    let quote = begin + 1 + inner.find('\'')?;
    Some(
        YamlProblem::new("text-after-quote", "an apostrophe ends the text here", quote..quote + 1)
            .safe(begin..begin + value.len(), &in_double_quotes(inner)),
    )
}

/// `"say "hi" to all"`
fn quotes_in_quotes(line: &Line<'_>) -> Option<YamlProblem> {
    let (at, value) = value(line)?;
    let inner = value.strip_prefix('"')?.strip_suffix('"')?;
    if !inner.contains('"') || inner.contains("\\\"") {
        return None;
    }
    let begin = line.start + line.indent + at;
    let quote = begin + 1 + inner.find('"')?;
    let meant = if inner.contains('\'') { in_double_quotes(inner) } else { format!("'{inner}'") };
    Some(
        YamlProblem::new("text-after-quote", "a quote inside of the text ends it here", quote..quote + 1)
            .unsure(begin..begin + value.len(), &meant),
    )
}

/// The quote that closes the one at `open`, if quotes between them belong to the text: quotes come in pairs.
fn closing_quote(text: &str, open: usize, quote: char) -> Option<usize> {
    let closes = |at: usize| {
        let rest = text[at + 1..].trim_start();
        rest.is_empty() || rest.starts_with([',', ']', '}', ':'])
    };
    let is_paired = |close: usize| {
        let mut inner = text[open + 1..close].match_indices(quote).map(|(found, _)| open + 1 + found);
        let opens = |at: usize| text[..at].trim_end().ends_with(['[', '{', ',']);
        inner.clone().count() % 2 == 0 && !inner.any(opens)
    };
    let ends: Vec<usize> = text[open + 1..]
        .match_indices(quote)
        .map(|(found, _)| open + 1 + found)
        .filter(|&close| closes(close))
        .collect();
    ends.iter().copied().find(|&close| is_paired(close)).or_else(|| ends.first().copied())
}

/// `["say "hi" to all", x]`
fn quotes_in_brackets(line: &Line<'_>) -> Option<YamlProblem> {
    let text = line.text;
    let begin = line.start + line.indent;
    let (mut at, mut finding): (usize, Option<YamlProblem>) = (0, None);
    let mut depth = 0_usize;
    while let Some(character) = text[at..].chars().next() {
        depth = match character {
            '[' | '{' => depth + 1,
            ']' | '}' => depth.saturating_sub(1),
            _ => depth,
        };
        let is_opened = depth > 0
            && ['"', '\''].contains(&character)
            && text[..at].trim_end().ends_with(['[', '{', ',', ':']);
        let close = if is_opened { closing_quote(text, at, character) } else { None };
        let Some(close) = close else {
            at += character.len_utf8();
            continue;
        };
        let inner = &text[at + 1..close];
        let escape = if character == '"' { "\\\"" } else { "''" };
        if let Some(quote) = inner.find(character).filter(|_| !inner.contains(escape)) {
            let other = if character == '"' { '\'' } else { '"' };
            let meant = if inner.contains([other, '\\']) {
                in_double_quotes(inner)
            } else {
                format!("{other}{inner}{other}")
            };
            let place = begin + at + 1 + quote;
            let known = finding.unwrap_or_else(|| {
                let text = "a quote inside of the text ends it here";
                YamlProblem::new("text-after-quote", text, place..place + 1)
            });
            finding = Some(known.unsure(begin + at..begin + close + 1, &meant));
        }
        at = close + 1;
    }
    finding
}

/// `"nginx'`
fn mismatched(line: &Line<'_>) -> Option<YamlProblem> {
    let (at, quote) = odd_quote(line)?;
    let other = if quote == '"' { '\'' } else { '"' };
    let rest = &line.text[at + 1..];
    let end = rest.rfind(other)?;
    if !rest[end + 1..].trim_start_matches(['}', ']', ',', ' ']).is_empty() {
        return None;
    }
    let begin = line.start + line.indent + at;
    let close = begin + 1 + end;
    Some(
        YamlProblem::new(
            "unclosed-quote",
            format!("the quote `{quote}` is closed by `{other}`"),
            close..close + 1,
        )
        .also(begin..begin + 1, "opened here")
        .safe(close..close + 1, &quote.to_string()),
    )
}

/// `"nginx" -v`: only a part of the value is in quotes.
fn part_in_quotes(line: &Line<'_>) -> Option<YamlProblem> {
    let (at, value) = value(line)?;
    let quote = value.chars().next()?;
    let close = value[1..].find(quote)? + 1;
    let behind = value[close + 1..].trim();
    if behind.is_empty() || behind.starts_with(['#', ',', '}', ']', ':']) {
        return None;
    }
    let begin = line.start + line.indent + at;
    let code = value.split(" #").next().unwrap_or(value).trim_end();
    let meant = if code.contains('\'') { in_double_quotes(code) } else { format!("'{code}'") };
    let finding = YamlProblem::new(
        "text-after-quote",
        "there is text after the closing quote",
        begin + close + 1..begin + code.len().max(close + 1),
    );
    Some(finding.unsure(begin..begin + code.len(), &meant))
}

/// Whether what stands behind a backslash makes it an escape.
fn begins_escape(text: &str) -> bool {
    let Some(first) = text.chars().next() else { return false };
    let digits = match first {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        _ => 0,
    };
    is_escape(first) && text.bytes().skip(1).take(digits).filter(u8::is_ascii_hexdigit).count() == digits
}

/// Where the first backslash is that begins no escape, and the quote that ends the text. What seems to be an escaped quote
/// ends it where no other quote does: `C:\Users\"`.
fn unknown_escape(text: &str) -> Option<(usize, usize)> {
    let (mut unknown, mut close) = (None, None);
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => {
                close = Some(at);
                break;
            }
            '\\' if !begins_escape(&text[at + 1..]) => unknown = unknown.or(Some(at)),
            '\\' => drop(characters.next()),
            _ => {}
        }
    }
    let slash = unknown?;
    let close = close.or_else(|| text.rfind('"').filter(|close| *close > slash))?;
    Some((slash, close))
}

/// `"C:\Users"`: single quotes leave backslashes as they are.
fn backslashes(line: &Line<'_>) -> Option<YamlProblem> {
    let open = line.text[..line.text.find('\\')?].rfind('"')?;
    let (slash, close) = unknown_escape(&line.text[open + 1..])?;
    let (slash, close) = (open + 1 + slash, open + 1 + close);
    let inner = &line.text[open + 1..close];
    if inner.contains('\'') {
        return None;
    }
    let begin = line.start + line.indent;
    let text = "between double quotes a backslash begins an escape, and this is none that YAML knows";
    let character = line.text[slash + 1..].chars().next().map_or(1, |c| 1 + c.len_utf8());
    let finding = YamlProblem::new("unknown-escape", text, begin + slash..begin + slash + character)
        .label("single quotes leave backslashes as they are");
    let (whole, meant) = (begin + open..begin + close + 1, format!("'{inner}'"));
    let is_of_windows =
        inner.get(1..3) == Some(":\\") && inner.starts_with(|c: char| c.is_ascii_alphabetic());
    Some(if is_of_windows {
        finding
            .unsure(whole, &meant)
            .note("an engine on Linux mounts no path of Windows: write the path that the ship has, such as `/srv/web`")
    } else {
        finding.safe(whole, &meant)
    })
}
