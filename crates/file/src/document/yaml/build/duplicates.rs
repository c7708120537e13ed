//! Keys that stand twice in a mapping, and what to do about them.

use super::{Builder, NodeId, NodeKind};
use crate::document::{
    scalar::Scalar,
    yaml::{whole_entry, whole_node},
};
use maestro_core::{
    diagnostic::{Diagnostic, Help, Written as _, written_note},
    source::Span,
};

/// A key with its value.
type Pair = (NodeId, NodeId);

impl Builder<'_> {
    pub(super) fn report_duplicate(&mut self, earlier: Pair, later: Pair) {
        let (key, _) = later;
        let (first, second) = (self.nodes[earlier.0.index()].span, self.nodes[key.index()].span);
        let (before, after) = (self.scalar_text(earlier.0), self.scalar_text(key));
        let message = if before == after {
            format!("the key `{after}` is written twice")
        } else {
            format!("the keys `{before}` and `{after}` mean the same")
        };
        let mut problem = Diagnostic::error("duplicate-key", message);
        problem = if first == second {
            problem.at(second, "both times here")
        } else {
            problem.at(second, "the second time").also(first, "the first time")
        };
        if let Some(range) = &self.nodes[key.index()].written {
            problem = problem.note(written_note(&self.rendered.quoted(range.clone(), &after)));
        }
        for help in self.ways_out(earlier, later) {
            problem = problem.help(help);
        }
        self.diagnostics.push(problem);
    }

    fn ways_out(&self, earlier: Pair, later: Pair) -> Vec<Help> {
        let other = || vec![Help::from("remove one of them, or give it another name")];
        let (Some(first), Some(second)) = (self.whole_pair(earlier), self.whole_pair(later)) else {
            return other();
        };
        if first.start == second.start {
            return other();
        }
        let kinds = (&self.resolved(earlier.1).kind, &self.resolved(later.1).kind);
        match kinds {
            (NodeKind::Scalar(one), NodeKind::Scalar(two)) if one == two => {
                vec![Help::from("remove one of them: they say the same").drop_entry(second)]
            }
            (
                NodeKind::Scalar(Scalar { text, plain: true, .. }),
                NodeKind::Mapping(_) | NodeKind::Sequence(_),
            ) if text.is_empty() => {
                vec![Help::from("remove the first one, which holds nothing").drop_entry(first)]
            }
            (NodeKind::Mapping(one), NodeKind::Mapping(two)) => {
                let names: Vec<String> = one.iter().map(|&(key, _)| self.scalar_text(key)).collect();
                let key = self.scalar_text(later.0);
                let twice =
                    two.iter().map(|&(key, _)| self.scalar_text(key)).find(|name| names.contains(name));
                if let Some(twice) = twice {
                    return vec![format!("write all of it below one `{key}` (`{twice}` is in both), or give one of them another name").into()];
                }
                self.joined(earlier, later, first, second)
            }
            (NodeKind::Sequence(_), NodeKind::Sequence(_)) => self.joined(earlier, later, first, second),
            (NodeKind::Scalar(_), NodeKind::Scalar(_)) => vec![
                Help::from("remove the second one").leave_out(second),
                Help::from("or the first one, or give one of them another name").leave_out(first),
            ],
            (NodeKind::Scalar(_) | NodeKind::Sequence(_) | NodeKind::Mapping(_) | NodeKind::Bad, _) => {
                other()
            }
        }
    }

    /// Puts what the second one holds behind what the first one holds.
    fn joined(&self, earlier: Pair, later: Pair, first: Span, second: Span) -> Vec<Help> {
        let key = self.scalar_text(later.0);
        let help = Help::from(format!("write all of it below one `{key}`"));
        let text = self.rendered.text();
        // Where a template wrote something, or a slip was repaired, the text is not that of the file, and may be shorter.
        let as_in_file = |span: Span| {
            text.get(span.start..span.end).is_some() && self.rendered.span(span.start..span.end) == span
        };
        let (Some(one), Some(two)) = (self.whole(earlier.1), self.whole(later.1)) else { return vec![help] };
        if self.rendered.has_templates() || ![one, two, first, second].into_iter().all(as_in_file) {
            return vec![help];
        }
        let is_flow = |span: Span| text[span.start..span.end].starts_with(['{', '[']);
        let moved = &text[two.start..two.end];
        let inner = |flow: &str| flow[1..flow.len() - 1].trim().trim_end_matches(',').trim_end().to_owned();
        let help = match (is_flow(one), is_flow(two)) {
            (true, true) => {
                let end = Span { start: one.end - 1, end: one.end - 1, ..one };
                let is_ended = inner(&text[one.start..one.end]).is_empty();
                let comma = if is_ended { "" } else { ", " };
                help.leave_out(second).replace(end, format!("{comma}{}", inner(moved)))
            }
            (false, false) => {
                let begin = text[..two.start].rfind('\n').map_or(0, |newline| newline + 1);
                let width = two.start - begin;
                let dedented: Vec<&str> = text[begin..two.end]
                    .trim_end()
                    .split('\n')
                    .map(|line| &line[width.min(line.len() - line.trim_start_matches(' ').len())..])
                    .collect();
                let like = Span { end: one.start + 1, ..one };
                help.leave_out(second).add_lines(one, dedented.join("\n"), like, 0)
            }
            (true, false) | (false, true) => help,
        };
        vec![help]
    }

    /// A key from its first character to the last one of its value.
    fn whole_pair(&self, (key, value): Pair) -> Option<Span> {
        whole_entry(self.whole(key)?, self.whole(value)?)
    }

    fn whole(&self, id: NodeId) -> Option<Span> {
        whole_node(&self.nodes, &self.wholes, id)
    }

    fn scalar_text(&self, id: NodeId) -> String {
        match &self.resolved(id).kind {
            NodeKind::Scalar(scalar) => scalar.text.clone(),
            NodeKind::Mapping(_) | NodeKind::Sequence(_) | NodeKind::Bad => String::new(),
        }
    }
}
