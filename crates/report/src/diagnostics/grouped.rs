//! Problems that differ in nothing but their place: told once, with all their lines.

use std::collections::HashMap;

use maestro_core::{
    diagnostic::{Diagnostic, Severity},
    source::{FileId, Sources, Span},
};

/// So many lines are listed.
const LISTED: usize = 20;

/// Fewer problems are told one by one.
const FEWEST: usize = 3;

/// The first of several problems, and the places of the others.
pub(super) struct Group<'a> {
    pub first: &'a Diagnostic,
    pub others: Vec<Span>,
}

/// All that problems of one group have in common.
#[derive(PartialEq, Eq, Hash)]
struct Common<'a> {
    severity: bool,
    code: &'a str,
    message: &'a str,
    label: &'a str,
    file: FileId,
    notes: &'a [String],
    help: Vec<&'a str>,
}

/// The groups, in the order of their first places.
pub(super) fn groups<'a>(all: &[&'a Diagnostic]) -> Vec<Group<'a>> {
    let mut counts: HashMap<Common<'a>, usize> = HashMap::new();
    for common in all.iter().filter_map(|problem| common(problem)) {
        *counts.entry(common).or_default() += 1;
    }
    let mut known: HashMap<Common<'a>, usize> = HashMap::new();
    let mut groups: Vec<Group<'a>> = Vec::new();
    for problem in all {
        let common =
            common(problem).filter(|common| counts.get(common).is_some_and(|count| *count >= FEWEST));
        if let (Some(common), Some(at)) = (common, &problem.primary) {
            if let Some(&group) = known.get(&common) {
                groups[group].others.push(at.span);
                continue;
            }
            known.insert(common, groups.len());
        }
        groups.push(Group { first: problem, others: Vec::new() });
    }
    groups
}

/// None for a problem that other places explain: these are places of its own.
fn common(problem: &Diagnostic) -> Option<Common<'_>> {
    let at = problem.primary.as_ref().filter(|_| problem.secondary.is_empty())?;
    Some(Common {
        severity: problem.severity == Severity::Error,
        code: problem.code,
        message: &problem.message,
        label: &at.text,
        file: at.span.file,
        notes: &problem.notes,
        help: problem.help.iter().map(|help| help.text.as_str()).collect(),
    })
}

impl Group<'_> {
    /// The lines of the others, as a note.
    pub(super) fn note(&self, sources: &Sources) -> Option<String> {
        let mut lines: Vec<usize> = self.others.iter().map(|span| sources.location(*span).line).collect();
        lines.dedup();
        let listed: Vec<String> = lines.iter().take(LISTED).map(usize::to_string).collect();
        let more = match lines.len().checked_sub(LISTED) {
            Some(more) if more > 0 => format!(" and {more} more"),
            Some(_) | None => String::new(),
        };
        match listed.len() {
            0 => None,
            1 => Some(format!("the same mistake is in line {}", listed[0])),
            _ => Some(format!("the same mistake is in lines {}{more}", listed.join(", "))),
        }
    }
}
