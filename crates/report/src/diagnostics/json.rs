//! Problems of files for programs.

use maestro_core::{
    diagnostic::{Applicability, Diagnostics, Help, Severity},
    source::{Sources, Span},
    value::secret::{Known, text::known},
};
use serde_json::{Value, json};

use super::shown_help;

/// All problems in the order of their places, each with its help and the changes that help proposes. A change that
/// would show a secret is left out.
#[must_use]
pub fn json(diagnostics: &Diagnostics, sources: &Sources) -> Vec<Value> {
    let whole = known(diagnostics.secrets(), sources.texts());
    let hidden = whole.with_parts();
    let hide = |text: &str| hidden.hide(text).into_owned();
    let all = diagnostics.sorted().into_iter().map(|problem| {
        let severity = match problem.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let place = problem.primary.as_ref().map(|label| place(label.span, sources));
        json!({
            "severity": severity,
            "code": problem.code,
            "message": hide(&problem.message),
            "label": problem.primary.as_ref().map(|label| hide(&label.text)),
            "place": place,
            "notes": problem.notes.iter().map(|note| hide(note)).collect::<Vec<_>>(),
            "help": problem.help.iter().map(|help| self::help(help, sources, &hidden)).collect::<Vec<_>>(),
        })
    });
    all.collect()
}

/// Lines and columns count from 1, bytes from 0.
fn place(span: Span, sources: &Sources) -> Value {
    let at = sources.location(span);
    json!({"file": at.name, "line": at.line, "column": at.column, "start": span.start, "end": span.end})
}

fn help(help: &Help, sources: &Sources, hidden: &Known) -> Value {
    let shows_a_secret = |text: &str| hidden.hide(text) != text;
    let suggestion = help
        .suggestion
        .as_ref()
        .filter(|suggestion| !suggestion.edits.iter().any(|edit| shows_a_secret(&edit.replacement)));
    let suggestion = suggestion.map(|suggestion| {
        let edits = suggestion.edits.iter().map(|edit| {
            let edit = edit.exact(sources);
            json!({"place": place(edit.span, sources), "replacement": edit.replacement})
        });
        json!({
            "applicability": match suggestion.applicability {
                Applicability::Safe => "safe",
                Applicability::NeedsDecision => "needs-decision",
            },
            "edits": edits.collect::<Vec<_>>(),
        })
    });
    json!({"text": shown_help(&help.text, hidden), "suggestion": suggestion})
}

#[cfg(test)]
mod tests {
    use super::*;
    use maestro_core::diagnostic::Diagnostic;

    #[test]
    fn a_suggestion_has_its_place_and_never_a_secret() {
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", "name: shop\nimgae: x\n");
        let mut diagnostics = Diagnostics::default();
        diagnostics.hide(["hunter2-long".to_owned()]);
        let span = Span::new(file, 11..16);
        diagnostics.push(
            Diagnostic::error("unknown-key", "no key `imgae`")
                .at(span, "unknown key")
                .help("did you mean `image`?")
                .fix(span, "image")
                .help("or this")
                .replace(span, "hunter2-long"),
        );
        let problem = &json(&diagnostics, &sources)[0];
        assert_eq!(problem["place"]["line"], 2);
        let suggestion = &problem["help"][0]["suggestion"];
        assert_eq!(suggestion["applicability"], "safe");
        assert_eq!(suggestion["edits"][0]["replacement"], "image");
        assert_eq!(suggestion["edits"][0]["place"]["start"], 11);
        assert_eq!(problem["help"][1]["suggestion"], Value::Null);
    }
}
