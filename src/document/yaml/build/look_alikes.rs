//! Characters that only look like YAML's, and colons without a space: lines that YAML takes for something else than what
//! they look like.

use std::ops::Range;

use super::Builder;
use crate::{
    diagnostic::Diagnostic,
    document::yaml::{Kind, NodeId, Scalar, words},
};

impl Builder<'_> {
    /// Tells characters at a plain scalar that only look like a space, a `-` or a `:`.
    pub(super) fn tell_look_alikes(&mut self, range: &Range<usize>) {
        let is_key = self.open.last().is_some_and(|frame| frame.is_mapping && frame.children.len() % 2 == 0);
        if let Some(found) = words::look_alike(self.rendered.text(), range.clone(), is_key) {
            self.report_labelled(found.problem, found.range, &found.label, range.clone());
            self.look_alikes = true;
        }
    }

    /// Tells a value with a NUL in it: no program can be given one.
    pub(super) fn tell_nul(&mut self, scalar: &Scalar, range: &Range<usize>) {
        if scalar.text.contains('\0') {
            let problem = Diagnostic::error("control-character", "this text contains a NUL")
                .help("remove `\\0` from it: neither engines nor programs can be given one");
            self.report(problem, range.clone());
        }
    }

    /// Tells keys between brackets that have their value in them: `{http:80}`.
    pub(super) fn missing_spaces(&mut self, pairs: &[(NodeId, NodeId)], within: Range<usize>) {
        let plain = |id: NodeId| match &self.nodes[id.index()].kind {
            Kind::Scalar(scalar) if scalar.plain && scalar.tag.is_none() => Some(scalar.text.clone()),
            _ => None,
        };
        let glued = |&(key, value): &(NodeId, NodeId)| {
            let (key_text, value) = (plain(key)?, plain(value)?);
            let (name, rest) = key_text.split_once(':').filter(|_| value.is_empty())?;
            (!name.is_empty() && !rest.is_empty()).then(|| (key, name.to_owned(), rest.to_owned()))
        };
        for (key, name, rest) in pairs.iter().filter_map(glued).collect::<Vec<_>>() {
            let problem = Diagnostic::error("missing-space", "a space is missing behind the `:`")
                .at(self.nodes[key.index()].span, "YAML takes all of this for a name without a value");
            let problem = if self.rendered.produced(within.clone()) {
                problem.help("write a space behind the `:`")
            } else {
                problem.help(format!("write `{name}: {rest}`"))
            };
            self.diagnostics.push(problem);
            self.nodes[key.index()].kind = Kind::Bad;
        }
    }
}
