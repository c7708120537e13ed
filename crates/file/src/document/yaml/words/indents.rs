//! Words for lines that are indented with characters that are no spaces to YAML, and for items that are indented too far.

use std::ops::Range;

use super::{
    around::{YamlProblem, indentation, spaces},
    characters::named,
};

/// A line whose indentation has other characters than spaces at `place`.
pub(super) fn strange(text: &str, place: Range<usize>) -> YamlProblem {
    let (before, written) = (&text[..place.start], &text[place.clone()]);
    let own = before.len() - before.trim_end_matches(' ').len();
    let Meant { width, like, is_exact } = meant(before, own + width(written));
    let plain = " ".repeat(width.saturating_sub(own));
    let like = if like.is_empty() { String::new() } else { format!(", {like}") };
    let message = "this line is indented with characters that are no spaces to YAML";
    let finding = YamlProblem::new("strange-space", message, place.clone())
        .label(counted(written))
        .note("they come from web pages, chats and word processors")
        .help(if plain.is_empty() {
            format!("remove them: the line has {} before them{like}", spaces(own))
        } else {
            format!("write {} in their place{like}", spaces(plain.len()))
        });
    if is_exact { finding.safe(place, &plain) } else { finding.unsure(place, &plain) }
}

/// The indentation that a line is meant to have.
struct Meant {
    width: usize,
    /// As which line above it.
    like: String,
    /// Whether the line is as wide as that one already.
    is_exact: bool,
}

/// The indentation of the line above that a line of this width is most like.
fn meant(before: &str, width: usize) -> Meant {
    let above: Vec<&str> = before.lines().rev().filter(|line| !line.trim().is_empty()).take(20).collect();
    let name = |line: &str| line.trim().split([':', ' ']).next().unwrap_or_default().to_owned();
    let opens = above.first().filter(|line| line.trim_end().ends_with(':'));
    let opens = opens.map(|line| (indentation(line).len(), format!("two more than `{}` has", name(line))));
    let least = opens.as_ref().map_or(0, |(indent, _)| indent + 1);
    // Below a key without a value the line is indented further.
    let known = above.iter().map(|line| (indentation(line).len(), format!("as `{}` has", name(line))));
    let known = known.chain(opens.map(|(indent, like)| (indent + 2, like)));
    let near = known.filter(|(indent, _)| *indent >= least).min_by_key(|(indent, _)| indent.abs_diff(width));
    match near {
        Some((indent, like)) if indent.abs_diff(width) <= 2 => {
            Meant { width: indent, like, is_exact: indent == width }
        }
        Some(_) | None => Meant { width, like: String::new(), is_exact: false },
    }
}

/// How wide a text looks: a wide character is as wide as two.
fn width(text: &str) -> usize {
    let width = |character| match character {
        '\u{3000}' => 2,
        '\u{200b}' | '\u{2060}' | '\u{feff}' | '\u{ad}' => 0,
        _ => 1,
    };
    text.chars().map(width).sum()
}

/// Which characters these are, and how many of each.
fn counted(text: &str) -> String {
    let mut runs: Vec<(char, usize)> = Vec::new();
    for character in text.chars() {
        match runs.last_mut().filter(|(last, _)| *last == character) {
            Some((_, count)) => *count += 1,
            None => runs.push((character, 1)),
        }
    }
    let said = runs.iter().map(|&(character, count)| match (character, count) {
        (' ', _) => spaces(count),
        (_, 1) => format!("1 {}", named(character)).replace("1 the character", "the character"),
        _ => format!("{count} × {}", named(character)).replace("× the character", "×"),
    });
    said.collect::<Vec<_>>().join(", ")
}

/// Items that are indented further than the one above them: YAML joins them with its text.
pub(super) fn folded_item(text: &str, range: &Range<usize>) -> Option<YamlProblem> {
    let content = text.get(range.clone()).filter(|content| content.contains('\n'))?;
    let line = text[..range.start].rfind('\n').map_or(0, |newline| newline + 1);
    let dash = &text[line..range.start];
    let width = dash.trim_end().strip_suffix('-').filter(|indent| indent.trim().is_empty())?.len();
    let mut start = range.start;
    let mut items = Vec::new();
    for line in content.split_inclusive('\n') {
        let own = indentation(line).len();
        if start > range.start && line[own..].starts_with("- ") {
            items.push((start, own, line.trim().len()));
        }
        start += line.len();
    }
    let &(at, own, length) = items.first()?;
    let first = text[range.clone()].lines().next().unwrap_or_default();
    let finding = YamlProblem::new(
        "bad-indentation",
        "this item is indented further than the list that it belongs to",
        at + own..at + own + length,
    )
    .label("YAML joins it with the line above it")
    .also(range.start..range.start + first.trim_end().len(), "an item of the list")
    .help(format!("it needs {} before it, like the item above it", spaces(width)));
    let indent = " ".repeat(width);
    Some(items.iter().fold(finding, |finding, (at, own, _)| finding.unsure(*at..at + own, &indent)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_named_and_counted() {
        assert_eq!(counted("\u{a0}  "), "1 no-break space (U+00A0), 2 spaces");
        assert_eq!(counted("\u{3000}\u{3000}"), "2 × ideographic space (U+3000)");
        assert_eq!(counted("\u{1680}"), "the character U+1680");
    }

    #[test]
    fn a_line_is_meant_as_one_above_it() {
        let above = "a:\n  b:\n    c: 1\n";
        for (width, meant_width, is_exact) in [(4, 4, true), (2, 2, true), (3, 4, false), (9, 9, false)] {
            let Meant { width: found, is_exact: exact, .. } = meant(above, width);
            assert_eq!((found, exact), (meant_width, is_exact), "{width}");
        }
        // Below a key without a value nothing is indented like the key.
        let Meant { width, like, is_exact } = meant("a:\n  b:\n", 4);
        assert_eq!((width, like.as_str(), is_exact), (4, "two more than `b` has", true));
    }
}
