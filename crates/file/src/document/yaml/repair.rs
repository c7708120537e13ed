//! Finds the slip in a text that is no YAML: each form of slip proposes a change, and one counts if the text can be read
//! further with it.

mod block;
mod colons;
mod flow;
mod indentation;
mod lines;
mod quotes;
mod stop_point;
mod values;

use super::words::{self, Around, YamlProblem};
use granit_parser::{ErrorKind, Parser};
use lines::lines;
use maestro_core::diagnostic::replaced;
use maestro_core::value::secret::{masked, text::places};
use std::ops::Range;
use stop_point::StopPoint;

/// In a larger text no change is tried.
const LARGEST: usize = 1 << 17;

/// The slip with which the text can be read furthest. None if no change helps.
pub(super) fn find(kind: &ErrorKind, around: &Around<'_>) -> Option<YamlProblem> {
    let text = around.text;
    if text.len() > LARGEST || matches!(kind, ErrorKind::RecursionLimitExceeded) {
        return None;
    }
    let mut place = StopPoint {
        text,
        at: floor(text, around.at),
        kind,
        bracket: around.bracket,
        lines: lines(text),
        rows: Vec::new(),
    };
    let (last, first) = (place.row_of(place.at), place.row_of(around.last_scalar.start.min(place.at)));
    let opened = around.bracket.map_or(last, |bracket| place.row_of(bracket));
    place.rows = (first.min(opened).min(last)..=last).rev().take(8).collect();
    if place.lines.is_empty() {
        return None;
    }
    let forms: [fn(&StopPoint<'_>) -> Vec<YamlProblem>; 5] = [
        flow::lists_without_commas,
        block::of_other_tools,
        quotes::candidates,
        flow::candidates,
        block::candidates,
    ];
    let mut further = None;
    let strange = words::strange(around);
    for candidate in strange.into_iter().chain(forms.into_iter().flat_map(|form| form(&place))) {
        match remaining(text, &candidate.edits) {
            0 => return Some(finished(text, candidate)),
            left if further.is_none() && left < text.len() - line_end(text, place.at) => {
                further = Some(candidate);
            }
            _ => {}
        }
    }
    further.map(|candidate| finished(text, candidate))
}

/// The nearest place before `at` that is no part of a character.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |newline| at + newline)
}

/// How much of the changed text cannot be read; 0 if all of it can.
fn remaining(text: &str, edits: &[(Range<usize>, String)]) -> usize {
    let edits: Vec<_> = edits.iter().map(|(range, with)| (range.clone(), with.as_str())).collect();
    let changed = replaced(text, &edits);
    let options =
        granit_parser::options! { emit_unresolved_aliases: true, block_scalar_eof_without_line_feed: true };
    for event in Parser::new_from_str_with_options(&changed, options) {
        if let Err(error) = event {
            let at = error.marker().byte_offset().unwrap_or(0);
            return changed.len().saturating_sub(at).max(1);
        }
    }
    0
}

/// The finding with a help that shows the changed lines without their secrets, unless it has one.
fn finished(text: &str, finding: YamlProblem) -> YamlProblem {
    if !finding.problem.help.is_empty() {
        return finding;
    }
    let Some(start) = finding.edits.iter().map(|(range, _)| range.start).min() else { return finding };
    let end = finding.edits.iter().map(|(range, _)| range.end).max().unwrap_or(start);
    let start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
    let rest = text.len() - line_end(text, end);
    let edits: Vec<_> = finding.edits.iter().map(|(range, with)| (range.clone(), with.as_str())).collect();
    let changed = replaced(text, &edits);
    let lines = start..changed.len() - rest;
    let secrets =
        places(&changed).into_iter().filter(|place| place.start < lines.end && place.end > lines.start);
    let secrets = secrets.map(|place| place.start.max(lines.start) - start..place.end.min(lines.end) - start);
    let shown = masked(&changed[lines.clone()], secrets.collect());
    let shown: Vec<&str> = shown.lines().map(str::trim).filter(|line| !line.is_empty()).take(3).collect();
    finding.help(format!("write `{}`", shown.join("`, `")))
}
