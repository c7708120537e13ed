//! Slips of indentation: tabs, lines that fit no line above them, items beside a list.

use super::{
    lines::{Line, below, spaces},
    stop_point::StopPoint,
};
use crate::document::yaml::words::YamlProblem;

/// A line beside items of a list that has no `-`.
pub(super) fn missing_dash(place: &StopPoint<'_>, row: usize) -> Option<YamlProblem> {
    let line = &place.lines[row];
    let (_, before) = place.before(row)?;
    let fits = line.indent == before.indent || line.indent == before.indent + 2;
    if line.is_item() || !before.is_item() || !fits || line.text.starts_with('-') {
        return None;
    }
    let begin = line.start + line.indent;
    let finding = YamlProblem::new("missing-dash", "an item of a list begins with `- `", line.range())
        .label("the lines above it are items")
        .also(before.range(), "an item")
        .help(of_one_form(before.code(), line.code()));
    let dash = format!("{}- ", " ".repeat(before.indent));
    // A word at the place of the dashes can be nothing else than an item.
    let is_word = |line: &Line<'_>| line.entry().is_none() && !line.code().ends_with(':');
    Some(if line.indent == before.indent && is_word(line) && is_word(before) {
        finding.safe(line.start..begin, &dash)
    } else {
        finding.unsure(line.start..begin, &dash)
    })
}

/// How to write the line as the item above it is written.
fn of_one_form(item: &str, line: &str) -> String {
    let item = item.trim_start_matches("- ");
    match line.split_once(": ") {
        Some((name, value)) if item.contains('=') && !item.contains(": ") => {
            format!("write `- {name}={value}`")
        }
        None if line.ends_with(':') && !item.contains([':', '{', '=']) => {
            "a list or a mapping, not both: write the lines above it without `- `, as this one".to_owned()
        }
        _ => format!("write `- {line}`"),
    }
}

/// An item that is not indented like the one above it.
pub(super) fn misaligned_dash(place: &StopPoint<'_>, row: usize) -> Option<YamlProblem> {
    let line = &place.lines[row];
    let items =
        place.lines[..row].iter().rev().take(20).filter(|other| other.is_item() && !other.is_comment());
    let near = items
        .filter(|other| other.indent != line.indent)
        .min_by_key(|other| other.indent.abs_diff(line.indent))?;
    if !line.is_item() || near.indent.abs_diff(line.indent) > 4 {
        return None;
    }
    let finding = YamlProblem::new(
        "bad-indentation",
        "this item is not indented like the items beside it",
        line.range(),
    )
    .also(near.range(), "an item of the list")
    .help(format!("it needs {} before it, like the item beside it", spaces(near.indent)));
    Some(finding.safe(line.start..line.start + line.indent, &" ".repeat(near.indent)))
}

/// `- image: nginx` among keys.
pub(super) fn dash_among_keys(place: &StopPoint<'_>, row: usize) -> Option<YamlProblem> {
    let line = &place.lines[row];
    let rest = line.text.strip_prefix("- ")?;
    let entry = Line { start: line.start, indent: line.indent + 2, text: rest };
    entry.entry()?;
    let (_, before) = place.before(row)?;
    if before.is_item() {
        return None;
    }
    let begin = line.start + line.indent;
    let finding = YamlProblem::new("bad-indentation", "a list item stands among keys here", line.range());
    let finding = finding.help(format!("write `{rest}` like the lines beside it"));
    Some(finding.unsure(begin..begin + line.text.len() - rest.len(), ""))
}

/// A line of a text below `|` that is indented too little.
pub(super) fn text_ended_early(place: &StopPoint<'_>, row: usize) -> Option<YamlProblem> {
    let line = &place.lines[row];
    let opens = |line: &Line<'_>| {
        let item = line.text.strip_prefix("- ").filter(|rest| rest.len() < 4).map(str::trim_start);
        line.entry().map(|(_, value)| value).or(item).is_some_and(|value| value.starts_with(['|', '>']))
    };
    let key = place.lines[..row].iter().rposition(opens).filter(|key| row - key < 200)?;
    let own = place.lines[key].indent;
    // The text may be indented too little from its first line on.
    let width =
        place.lines.get(key + 1).map(|first| first.indent).filter(|indent| *indent > own).unwrap_or(own + 2);
    if line.indent >= width || line.entry().is_some() && line.indent <= own {
        return None;
    }
    let finding = YamlProblem::new("bad-indentation", "the text ended above this line", line.range())
        .label("indented less than the text")
        .also(place.lines[key].range(), "the text begins below this")
        .help(format!("it needs {} before it, like the lines of the text", spaces(width)));
    let lines = place.lines[row..].iter().take_while(|line| line.indent < width && line.entry().is_none());
    let indent = " ".repeat(width);
    Some(lines.fold(finding, |finding, line| finding.unsure(line.start..line.start + line.indent, &indent)))
}

/// Lines that are indented with tabs: as many spaces as make sense of them.
pub(super) fn tabs(place: &StopPoint<'_>) -> Vec<YamlProblem> {
    let indent = |line: &Line<'_>| &place.text[line.start..line.start + line.indent];
    let tabbed: Vec<&Line<'_>> = place.lines.iter().filter(|line| indent(line).contains('\t')).collect();
    let near = place.rows.iter().map(|&row| &place.lines[row]).find(|line| indent(line).contains('\t'));
    let next = place.lines.get(place.row() + 1).filter(|line| indent(line).contains('\t'));
    let Some(first) = near.or(next) else { return Vec::new() };
    let at = first.start + indent(first).find('\t').unwrap_or(0);
    let count = indent(first).matches('\t').count();
    let label = if count == 1 { "this is a tab" } else { "these are tabs" };
    let make = |width: usize| {
        let finding = YamlProblem::new(
            "tab-in-indentation",
            "this line is indented with a tab; YAML wants spaces",
            at..at + count.min(first.start + first.indent - at),
        )
        .label(label);
        let finding = match tabbed.len() {
            1 => finding,
            2 => finding.note("one more line is indented with a tab"),
            lines => finding.note(format!("{} more lines are indented with tabs", lines - 1)),
        };
        let finding = finding.help(format!(
            "replace each tab with {}; `expand -i -t {width} FILE` prints the file so",
            spaces(width)
        ));
        tabbed.iter().fold(finding, |finding, line| {
            let with = indent(line).replace('\t', &" ".repeat(width));
            finding.safe(line.start..line.start + line.indent, &with)
        })
    };
    // As wide as the line above it wants it.
    let row = place.row_of(first.start);
    let above = place.lines[..row].iter().rev().find(|line| !indent(line).contains('\t'));
    let above = above.map_or(0, |line| line.indent + if line.code().ends_with(':') { 2 } else { 0 });
    let mut widths = [2, 4, 8, 1];
    widths.sort_by_key(|width| (first.indent - count + count * width).abs_diff(above));
    widths.into_iter().map(make).collect()
}

/// A line, with all that belongs to it, indented like a line above it.
pub(super) fn indentation(place: &StopPoint<'_>, row: usize) -> Vec<YamlProblem> {
    let line = &place.lines[row];
    let above = place.before(row).map(|(_, above)| above);
    let mut known: Vec<(usize, &str)> = Vec::new();
    for other in place.lines[..row].iter().rev().filter(|other| !other.is_comment()) {
        if known.iter().all(|(indent, _)| *indent != other.indent) {
            known.push((other.indent, other.label()));
        }
        if other.indent == 0 {
            break;
        }
    }
    known.retain(|(indent, _)| *indent != line.indent);
    known.sort_by_key(|(indent, _)| indent.abs_diff(line.indent));
    // Lines at the same place below it may be of one block with it.
    let rest = &place.lines[row + 1..];
    let block = &rest[..rest.iter().position(|other| other.indent < line.indent).unwrap_or(rest.len())];
    let own = below(&place.lines, row);
    let make = |&(indent, like): &(usize, &str), with_it: &[Line<'_>]| {
        let finding = match above {
            Some(above)
                if above.indent < line.indent
                    && above.entry().is_some_and(|(_, value)| !value.is_empty()) =>
            {
                let name = line.label();
                let text = format!("`{name}` is indented below a line that has a value already");
                YamlProblem::new("bad-indentation", text, line.range())
                    .also(above.range(), "this line has a value")
            }
            Some(_) | None => {
                let text =
                    format!("this line is indented by {}, which fits no line above it", spaces(line.indent));
                YamlProblem::new("bad-indentation", text, line.range())
            }
        };
        let how = if indent == 0 {
            "do not indent it".to_owned()
        } else {
            format!("it needs {} before it", spaces(indent))
        };
        let others = match with_it.len() {
            lines if lines == own.len() => String::new(),
            1 => "; move the line below it by as much".to_owned(),
            lines => format!("; move the {lines} lines below it by as much"),
        };
        let finding = finding.help(format!("{how}, like `{like}`{others}"));
        let shifted = |other: &Line<'_>| other.indent + indent - line.indent;
        let finding = finding.unsure(line.start..line.start + line.indent, &" ".repeat(indent));
        with_it.iter().fold(finding, |finding, other| {
            finding.unsure(other.start..other.start + other.indent, &" ".repeat(shifted(other)))
        })
    };
    let whole = known.iter().take(3).filter(|_| block.len() > own.len()).map(|known| make(known, block));
    whole.chain(known.iter().take(3).map(|known| make(known, own))).collect()
}
