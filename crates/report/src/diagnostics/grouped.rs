//! Problems that differ in nothing but their place and in what they quote: told once, with all their lines.

use std::collections::HashMap;

use maestro_core::{
    diagnostic::{Diagnostic, Severity},
    source::{FileId, Sources, Span},
};

/// So many lines are listed.
const LISTED: usize = 20;

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
    /// The other places that explain it.
    beside: Vec<(Span, &'a str)>,
    likeness: Likeness<'a>,
}

/// What else is the same.
#[derive(PartialEq, Eq, Hash)]
enum Likeness<'a> {
    /// What helps.
    Help(Vec<&'a str>),
    /// Nothing.
    Frame,
    /// Everything.
    Whole(Rest<'a>),
}

impl Likeness<'_> {
    /// Fewer problems are told one by one.
    fn fewest(&self) -> usize {
        match self {
            // What is only to be left out is one task.
            Self::Help(help)
                if !help.is_empty() && help.iter().all(|help| help.starts_with("leave it out")) =>
            {
                2
            }
            Self::Help(_) | Self::Frame => 4,
            Self::Whole(_) => 3,
        }
    }
}

/// What a problem quotes, and what helps.
#[derive(PartialEq, Eq, Hash)]
struct Rest<'a> {
    quoted: Vec<&'a str>,
    help: Vec<&'a str>,
}

/// The groups, in the order of their first places.
pub(super) fn groups<'a>(all: &[&'a Diagnostic]) -> Vec<Group<'a>> {
    let commons: Vec<Vec<Common<'a>>> = all.iter().map(|problem| commons(problem)).collect();
    let mut counts: HashMap<&Common<'a>, usize> = HashMap::new();
    for common in commons.iter().flatten() {
        *counts.entry(common).or_default() += 1;
    }
    let mut known: HashMap<&Common<'a>, usize> = HashMap::new();
    let mut groups: Vec<Group<'a>> = Vec::new();
    for (problem, commons) in all.iter().zip(&commons) {
        if let Some(common) = commons.iter().find(|common| counts[common] >= common.likeness.fewest()) {
            if let Some(&group) = known.get(common) {
                groups[group].others.push(problem);
                continue;
            }
            known.insert(common, groups.len());
        }
        groups.push(Group { first: problem, others: Vec::new() });
    }
    groups
}

/// What a problem may have in common with others, by which they are told together first: the places that explain it too.
fn commons(problem: &Diagnostic) -> Vec<Common<'_>> {
    let Some(at) = &problem.primary else { return Vec::new() };
    let beside: Vec<(Span, &str)> =
        problem.secondary.iter().map(|label| (label.span, label.text.as_str())).collect();
    let rest = Rest::of(problem);
    let proposed = rest.help.iter().copied();
    let frame: Vec<&str> =
        sentences(problem).chain(proposed).flat_map(|text| text.split('`').step_by(2)).collect();
    let likenesses = [Likeness::Help(rest.help.clone()), Likeness::Frame, Likeness::Whole(rest)];
    let each = likenesses.into_iter().map(|likeness| Common {
        severity: problem.severity,
        code: problem.code,
        file: at.span.file,
        frame: frame.clone(),
        beside: beside.clone(),
        likeness,
    });
    each.collect()
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
