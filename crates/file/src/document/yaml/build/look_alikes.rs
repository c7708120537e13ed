//! Characters that only look like YAML's, and colons without a space: lines that YAML takes for something else than what
//! they look like.

use std::ops::Range;

use super::Builder;
use crate::document::yaml::{Dialect, NodeId, NodeKind, Scalar, words};
use maestro_core::diagnostic::Diagnostic;

impl Builder<'_> {
    /// Tells characters at a plain scalar that only look like a space, a `-` or a `:`.
    pub(super) fn tell_look_alikes(&mut self, range: &Range<usize>) {
        let is_key = self.open.last().is_some_and(|frame| frame.is_mapping && frame.children.len() % 2 == 0);
        if let Some(found) = words::look_alike(self.rendered.text(), range.clone(), is_key) {
            self.report_finding(found, range.clone());
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
            NodeKind::Scalar(scalar) if scalar.plain && scalar.tag.is_none() => Some(scalar.text.clone()),
            _ => None,
        };
        let glued = |&(key, value): &(NodeId, NodeId)| {
            let (key_text, value) = (plain(key)?, plain(value)?);
            let at = key_text.find([':', '=']).filter(|_| value.is_empty())?;
            let (name, rest) = (key_text[..at].trim(), key_text[at + 1..].trim());
            let sign = if key_text[at..].starts_with(':') { ':' } else { '=' };
            (!name.is_empty() && !rest.is_empty()).then(|| (key, sign, name.to_owned(), rest.to_owned()))
        };
        for (key, sign, name, rest) in pairs.iter().filter_map(glued).collect::<Vec<_>>() {
            let problem = if sign == ':' {
                Diagnostic::error("missing-space", "a space is missing after the `:`")
            } else {
                Diagnostic::error("missing-colon", "`=` stands where YAML wants a `:`")
            };
            let span = self.nodes[key.index()].span;
            let problem = problem.at(span, "YAML takes all of this for a name without a value");
            let problem = if self.rendered.produced(within.clone()) {
                problem.help("write a `:` and a space after it")
            } else {
                let meant = format!("{name}: {rest}");
                problem.help(format!("write `{meant}`")).fix(span, meant)
            };
            self.diagnostics.push(problem);
            self.nodes[key.index()].kind = NodeKind::Bad;
        }
    }

    /// Warns of a value that is not what its lines look like.
    pub(super) fn warn_of_value(&mut self, scalar: &Scalar, range: &Range<usize>) {
        self.folded_pem(scalar, range);
        if scalar.plain {
            self.cut_at_comment(range);
        }
        match self.dialect {
            Dialect::Maestro => self.shell_variable(scalar, range),
            Dialect::Compose => {}
        }
    }

    /// The lines of a certificate or key that YAML joins with spaces: nothing reads it then.
    fn folded_pem(&mut self, scalar: &Scalar, range: &Range<usize>) {
        let text = scalar.text.trim();
        let is_pem = text.starts_with("-----BEGIN ") && text.contains("-----END ");
        if !is_pem || text.contains('\n') || text.contains("\\n") {
            return;
        }
        let problem = Diagnostic::warning("folded-lines", "the lines of this PEM are joined with spaces")
            .help("write `|` after the `:`, and the lines of the PEM below it, indented");
        self.report(problem, range.clone());
    }

    /// What an expression wrote, but is a comment to YAML.
    fn cut_at_comment(&mut self, range: &Range<usize>) {
        let text = self.rendered.text();
        let Some(line) = text.get(range.end..).and_then(|rest| rest.split('\n').next()) else { return };
        let behind = line.trim_start_matches([' ', '\t']);
        let start = range.end + line.len() - behind.len();
        if behind.starts_with('#')
            && behind.len() < line.len()
            && self.rendered.produced(range.end.saturating_sub(1)..range.end)
            && self.rendered.produced(start..start + 1)
        {
            let problem =
                Diagnostic::warning("comment", "what the template wrote is cut: a `#` begins a comment")
                    .at(self.rendered.span(range.clone()), "without quotes the rest is a comment")
                    .help("put the expression in quotes: `\"{{ … }}\"`");
            self.diagnostics.push(problem);
        }
    }

    /// `${NAME}`, as Compose and shells write a variable. In words of a command a shell in the container may mean it.
    fn shell_variable(&mut self, scalar: &Scalar, range: &Range<usize>) {
        let Some((_, rest)) = scalar.text.split_once("${") else { return };
        let Some((inside, _)) = rest.split_once('}') else { return };
        let name = inside.split([':', '-', '?', '+', '=']).next().unwrap_or_default();
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let is_command = self.open.iter().any(|frame| {
            let key = frame.children.last().filter(|_| frame.is_mapping && frame.children.len() % 2 == 1);
            // The image's own message tells it.
            let commands = ["command", "cmd", "script", "image", "payload"];
            key.is_some_and(|key| matches!(&self.nodes[key.index()].kind, NodeKind::Scalar(key) if commands.contains(&key.text.as_str())))
        });
        if name.is_empty() || !name.chars().all(is_name) || is_command {
            return;
        }
        let help = if name.len() == inside.len() {
            format!("for a variable of this machine write `{{{{ env.{name} }}}}`")
        } else {
            format!("for a variable of this machine write `{{{{ env.{name} | default('…') }}}}`")
        };
        let problem = Diagnostic::warning("shell-variable", format!("`${{{name}}}` means nothing here"))
            .help(help)
            .help("the container gets it as it is written: if its program reads that, all is well");
        self.report(problem, range.clone());
    }
}
