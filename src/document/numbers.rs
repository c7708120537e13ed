//! Numbers that a reader would not expect: YAML 1.1, which `MaestroNG`'s files are written in, finds them in places where
//! people see a time, a file's mode or a version.

use super::{
    read::Reader,
    scalar::{Value, python_text},
    yaml::{Kind, NodeId},
};
use crate::diagnostic::Diagnostic;

impl Reader<'_> {
    /// Warns of a text without quotes that is a number and, as one, is not printed as it is written.
    pub(super) fn warn_of_number(&mut self, node: NodeId) {
        self.warn(node, true);
    }

    /// Warns of a number that is another one than people see.
    pub(super) fn warn_of_base(&mut self, node: NodeId) {
        self.warn(node, false);
    }

    fn warn(&mut self, node: NodeId, is_text: bool) {
        let Kind::Scalar(scalar) = self.yaml.kind(node) else { return };
        let value = self.yaml.value(node);
        let printed = match (&value, &scalar.tag) {
            (Value::Int(_) | Value::Float(_), None) => python_text(&value),
            _ => return,
        };
        let written = scalar.text.trim_start_matches('+').to_owned();
        if written == printed {
            return;
        }
        let why = match written.trim_start_matches('-') {
            time if time.contains(':') => "without quotes YAML takes this for hours and minutes",
            octal
                if matches!(value, Value::Int(_))
                    && octal.starts_with('0')
                    && !octal.contains(['x', 'b']) =>
            {
                "without quotes YAML takes a number with a 0 in front for one of base 8"
            }
            _ if is_text => "without quotes YAML takes this for a number",
            _ => return,
        };
        self.diagnostics.push(
            Diagnostic::warning("number", format!("`{written}` is read as the number {printed}"))
                .at(self.span(node), why)
                .help(format!("if it is meant as it is written: `\"{written}\"`"))
                .help(format!("if the number is meant, write `{printed}`: then nothing is said of it")),
        );
    }
}
