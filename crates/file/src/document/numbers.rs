//! Texts without quotes that are not what a reader sees: YAML 1.1, which `MaestroNG`'s files are written in, finds numbers,
//! true and false in places where people see a time, a file's mode, a version or a country.

use super::{
    read::Reader,
    scalar::{Value, python_text},
    yaml::{NodeId, NodeKind},
};
use maestro_core::diagnostic::Diagnostic;

impl Reader<'_> {
    /// Warns of a text without quotes that is a number or a truth value and, as one, is not printed as it is written.
    pub(super) fn warn_of_number(&mut self, node: NodeId) {
        self.warn(node, true, true);
    }

    /// The same for a text that may be secret: the warning does not show it.
    pub(super) fn warn_of_secret_number(&mut self, node: NodeId) {
        self.warn(node, true, false);
    }

    /// Warns of a number that is another one than people see.
    pub(super) fn warn_of_base(&mut self, node: NodeId) {
        self.warn(node, false, true);
    }

    fn warn(&mut self, node: NodeId, is_text: bool, shown: bool) {
        let NodeKind::Scalar(scalar) = self.yaml.kind(node) else { return };
        let value = self.yaml.value(node);
        let is_boolean = matches!(value, Value::Bool(_));
        let printed = match (&value, &scalar.tag) {
            (Value::Int(_) | Value::Float(_), None) => python_text(&value),
            (Value::Bool(_), None) if is_text => python_text(&value),
            _ => return,
        };
        let written = scalar.text.trim_start_matches('+').to_owned();
        if written == printed || is_boolean && written.eq_ignore_ascii_case(&printed) {
            return;
        }
        let why = match written.trim_start_matches('-') {
            _ if is_boolean => "without quotes YAML takes this for true or false",
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
        let what = if is_boolean { "the text" } else { "the number" };
        let from_template = self.yaml.is_from_template(node);
        let (text, quoted) = match (shown, from_template) {
            (true, false) => (format!("`{written}` is read as {what} {printed}"), format!("`\"{written}\"`")),
            (true, true) => (
                format!("`{written}` is read as {what} {printed}"),
                "put the expression in quotes, `\"{{ … }}\"`".to_owned(),
            ),
            (false, true) => (
                "this value is not read as it is written".to_owned(),
                "put the expression in quotes, `\"{{ … }}\"`".to_owned(),
            ),
            (false, false) => {
                ("this value is not read as it is written".to_owned(), "put it in quotes".to_owned())
            }
        };
        let code = if is_boolean { "truth-value" } else { "number" };
        let diagnostic = Diagnostic::warning(code, text)
            .at(self.span(node), why)
            .help(format!("if it is meant as it is written: {quoted}"));
        self.diagnostics.push(if shown && !from_template {
            let silent = if is_boolean { printed.to_lowercase() } else { printed.clone() };
            let meant = if is_boolean { format!("`{printed}`") } else { "the number".to_owned() };
            diagnostic.help(format!("if {meant} is meant, write `{silent}`"))
        } else {
            diagnostic
        });
    }
}
