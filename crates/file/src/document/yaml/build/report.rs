//! Keeps problems of the text, with their places in the files.

use std::ops::Range;

use super::{Builder, Frame};
use crate::document::{
    template::MORE_MAY_SHOW,
    yaml::{
        repair,
        words::{self, Around, YamlProblem},
    },
};
use maestro_core::diagnostic::{Diagnostic, written_note};

impl Builder<'_> {
    /// Tells why the parser stopped; with the change that lets it read on, if one does.
    pub(super) fn syntax_error(&mut self, error: &granit_parser::ScanError) {
        let text = self.rendered.text();
        // The parser knows one-entry mappings in lists too, which have no bracket of their own.
        let has_bracket = |frame: &&Frame| {
            frame.flow && text.get(frame.range.start..).is_some_and(|rest| rest.starts_with(['[', '{']))
        };
        let brackets = self.open.iter().filter(has_bracket);
        let around = Around {
            text,
            at: error.marker().byte_offset().unwrap_or(0),
            last_scalar: self.last_scalar.clone(),
            bracket: brackets.map(|frame| frame.range.start).next_back(),
        };
        let repaired = repair::find(error.kind(), &around);
        let found = repaired.unwrap_or_else(|| words::explain(error, &around).note(MORE_MAY_SHOW));
        let line = words::line_range(around.text, found.range.start);
        self.report_finding(found, line);
    }

    /// Keeps a finding, and its change for the next reading.
    pub(super) fn report_finding(&mut self, found: YamlProblem, looked_at: Range<usize>) {
        let YamlProblem { mut problem, range, label, others, edits, is_safe } = found;
        for (range, text) in others {
            problem = problem.also(self.rendered.span(range), text);
        }
        // What an expression wrote cannot be changed in the file.
        if !edits.iter().any(|(range, _)| self.rendered.produced(range.clone())) {
            for (range, with) in &edits {
                let span = self.rendered.span(range.clone());
                problem = if is_safe { problem.fix(span, with) } else { problem.replace(span, with) };
            }
        }
        self.repairs.extend(edits);
        self.report_labelled(problem, range, &label, looked_at);
    }

    /// Keeps a problem whose place is `range`, and what the template wrote there.
    pub(super) fn report(&mut self, problem: Diagnostic, range: Range<usize>) {
        let looked_at = range.clone();
        self.report_labelled(problem, range, "", looked_at);
    }

    /// `looked_at` is what must be known to understand the problem: where an expression wrote some of it, the line is
    /// shown as it came out.
    pub(super) fn report_labelled(
        &mut self,
        mut problem: Diagnostic,
        range: Range<usize>,
        label: &str,
        looked_at: Range<usize>,
    ) {
        if self.rendered.produced(looked_at) {
            problem = problem.note(written_note(
                &self.rendered.shown(words::line_range(self.rendered.text(), range.start)),
            ));
            // What to type there is not the text that the expression made.
            let helps = problem.help.len();
            problem.help.retain(|help| !help.text.starts_with("write `"));
            if problem.help.len() < helps {
                problem = problem.help("if it is one text, put the expression in quotes: `\"{{ … }}\"`");
            }
        }
        self.diagnostics.push(problem.at(self.rendered.span(range), label));
    }
}
