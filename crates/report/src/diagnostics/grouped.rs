//! Problems that differ in nothing but their place and in what they quote: told once, with all their lines.

use std::collections::HashMap;

use maestro_core::{
    diagnostic::{Diagnostic, Severity},
    source::{FileId, Sources},
};

/// So many lines are listed.
const LISTED: usize = 20;

/// Fewer problems that are the same are told one by one.
const FEWEST_SAME: usize = 3;

/// Fewer problems that differ in what they quote are told one by one.
const FEWEST_ALIKE: usize = 4;

/// The first of several problems, and the others.
pub(super) struct Group<'a> {
    pub first: &'a Diagnostic,
    pub others: Vec<&'a Diagnostic>,
}

/// All that problems of one group have in common.
#[derive(PartialEq, Eq, Hash)]
struct Common<'a> {
    severity: Severity,
    code: &'a str,
    file: FileId,
    /// What the problem says and proposes, without what it quotes.
    frame: Vec<&'a str>,
    /// What else is the same, if the problems are.
    rest: Option<Rest<'a>>,
}

/// What a problem quotes, and what helps.
#[derive(PartialEq, Eq, Hash)]
struct Rest<'a> {
    quoted: Vec<&'a str>,
    help: Vec<&'a str>,
}

/// The groups, in the order of their first places.
pub(super) fn groups<'a>(all: &[&'a Diagnostic]) -> Vec<Group<'a>> {
    let mut counts: HashMap<Common<'a>, usize> = HashMap::new();
    for problem in all {
        for common in [alike(problem), with_same_help(problem), same(problem)].into_iter().flatten() {
            *counts.entry(common).or_default() += 1;
        }
    }
    let has = |common: &Common<'a>, fewest: usize| counts.get(common).is_some_and(|count| *count >= fewest);
    let mut known: HashMap<Common<'a>, usize> = HashMap::new();
    let mut groups: Vec<Group<'a>> = Vec::new();
    for problem in all {
        let common = with_same_help(problem)
            .filter(|common| has(common, FEWEST_ALIKE))
            .or_else(|| alike(problem).filter(|common| has(common, FEWEST_ALIKE)))
            .or_else(|| same(problem).filter(|common| has(common, FEWEST_SAME)));
        if let Some(common) = common {
            if let Some(&group) = known.get(&common) {
                groups[group].others.push(problem);
                continue;
            }
            known.insert(common, groups.len());
        }
        groups.push(Group { first: problem, others: Vec::new() });
    }
    groups
}

/// What problems of one kind have in common. None for a problem that other places explain: these are places of its own.
fn alike(problem: &Diagnostic) -> Option<Common<'_>> {
    let at = problem.primary.as_ref().filter(|_| problem.secondary.is_empty())?;
    let help = problem.help.iter().map(|help| help.text.as_str());
    let frame = sentences(problem).chain(help).flat_map(|text| text.split('`').step_by(2)).collect();
    Some(Common { severity: problem.severity, code: problem.code, file: at.span.file, frame, rest: None })
}

/// What problems of one kind have in common to which the same help applies.
fn with_same_help(problem: &Diagnostic) -> Option<Common<'_>> {
    let rest = Rest { quoted: Vec::new(), ..Rest::of(problem) };
    Some(Common { rest: Some(rest), ..alike(problem)? })
}

/// What problems that are the same have in common.
fn same(problem: &Diagnostic) -> Option<Common<'_>> {
    Some(Common { rest: Some(Rest::of(problem)), ..alike(problem)? })
}

impl<'a> Rest<'a> {
    fn of(problem: &'a Diagnostic) -> Self {
        let quoted = sentences(problem).flat_map(|text| text.split('`').skip(1).step_by(2)).collect();
        Self { quoted, help: problem.help.iter().map(|help| help.text.as_str()).collect() }
    }

    /// What it quotes and proposes that `first` does not; empty if it is the same.
    fn beside(&self, first: &Self) -> String {
        let mut quoted: Vec<String> = Vec::new();
        for (own, other) in self.quoted.iter().zip(&first.quoted) {
            let own_quoted = format!("`{own}`");
            if own != other && !quoted.contains(&own_quoted) {
                quoted.push(own_quoted);
            }
        }
        let quoted = quoted.join(", ");
        match (quoted.is_empty(), self.help == first.help) {
            (_, true) => quoted,
            (true, false) => self.help.join("; "),
            (false, false) => format!("{quoted}: {}", self.help.join("; ")),
        }
    }
}

/// The sentences of a problem that say what is wrong.
fn sentences(problem: &Diagnostic) -> impl Iterator<Item = &str> {
    let label = problem.primary.iter().map(|label| label.text.as_str());
    [problem.message.as_str()].into_iter().chain(label).chain(problem.notes.iter().map(String::as_str))
}

impl Group<'_> {
    /// The lines of the others, as a note: one line for all that are the same, and one for each that is another.
    pub(super) fn note(&self, sources: &Sources) -> Option<String> {
        let first = Rest::of(self.first);
        let mut lines: Vec<(String, Vec<usize>)> = Vec::new();
        for other in &self.others {
            let Some(at) = &other.primary else { continue };
            let line = sources.location(at.span).line;
            let beside = Rest::of(other).beside(&first);
            match lines.iter_mut().find(|(known, _)| *known == beside) {
                Some((_, lines)) if lines.last() == Some(&line) => {}
                Some((_, lines)) => lines.push(line),
                None => lines.push((beside, vec![line])),
            }
        }
        match &lines[..] {
            [] => None,
            [(beside, lines)] if beside.is_empty() => {
                Some(format!("the same mistake is in {}", numbers(lines)))
            }
            _ if self.others.iter().all(|other| Rest::of(other).help == first.help) => {
                let places = lines.iter().map(|(beside, lines)| match beside.as_str() {
                    "" => numbers(lines),
                    beside => format!("{} ({beside})", numbers(lines)),
                });
                let places = places.take(LISTED).collect::<Vec<_>>().join(", ");
                Some(format!("the same mistake is in {places}{}", more(lines.len())))
            }
            _ => {
                let shown = lines.iter().take(LISTED).map(|(beside, lines)| match beside.as_str() {
                    "" => format!("{}: the same", numbers(lines)),
                    beside => format!("{}: {beside}", numbers(lines)),
                });
                let shown = shown.collect::<Vec<_>>().join("\n");
                Some(format!("{}{LINES}\n{shown}{}", self.others.len(), more(lines.len())))
            }
        }
    }
}

/// What the first line of a note says that has a line for each problem.
const LINES: &str = " more like this:";

/// Whether a note has a line for each problem.
pub(super) fn is_list(note: &str) -> bool {
    note.split_once('\n').is_some_and(|(first, _)| first.ends_with(LINES))
}

/// How many there are beyond those that are listed.
fn more(count: usize) -> String {
    match count.checked_sub(LISTED) {
        Some(more) if more > 0 => format!(" and {more} more"),
        Some(_) | None => String::new(),
    }
}

/// `line 3`, or `lines 3, 4 and 5 more`.
fn numbers(lines: &[usize]) -> String {
    let listed: Vec<String> = lines.iter().take(LISTED).map(usize::to_string).collect();
    match listed.len() {
        1 => format!("line {}", listed[0]),
        _ => format!("lines {}{}", listed.join(", "), more(lines.len())),
    }
}
