//! What ends a command, for programs: the document that stands on standard error under `--output json`.

use serde_json::{Value, json};

/// The version of the document. Fields are added without a new one; a field that changes its meaning gets one.
pub const VERSION: u32 = 1;

/// The document: the problems, what became of the command in a clause, and its exit code, if it has ended.
#[must_use]
pub fn document(problems: &[Value], outcome: Option<&str>, exit_code: Option<u8>) -> Value {
    json!({ "version": VERSION, "exit_code": exit_code, "outcome": outcome, "problems": problems })
}

/// The problems in a text for people, and its last line if that says what became of the command.
///
/// A problem begins with `error: `; its lines `  help: …` are help, and other lines that stand under it are notes.
#[must_use]
pub fn of_text(text: &str) -> (Vec<Value>, Option<String>) {
    let mut problems: Vec<Problem> = Vec::new();
    let mut outcome = None;
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        match (line.strip_prefix("error: "), problems.last_mut()) {
            (Some(message), _) => {
                problems.push(Problem { message: message.to_owned(), ..Problem::default() });
            }
            (None, None) => problems.push(Problem { message: line.to_owned(), ..Problem::default() }),
            (None, Some(problem)) if line.starts_with([' ', '\t']) => problem.add(line),
            (None, Some(problem)) => match line.split_once(": ") {
                Some(("Usage", usage)) => problem.notes.push(format!("usage: {}", usage.trim())),
                _ if line.starts_with("For more information") => {}
                _ => outcome = Some(line.to_owned()),
            },
        }
    }
    (problems.into_iter().map(Problem::json).collect(), outcome)
}

/// A problem as it is put together.
#[derive(Default)]
struct Problem {
    message: String,
    notes: Vec<String>,
    help: Vec<String>,
}

impl Problem {
    /// A line that stands under it.
    fn add(&mut self, line: &str) {
        let text = line.trim();
        let is_deep = line.starts_with("    ");
        match (text.strip_prefix("help: ").or_else(|| text.strip_prefix("tip: ")), self.help.last_mut()) {
            (Some(help), _) => self.help.push(help.to_owned()),
            // An example behind a help.
            (None, Some(help)) if is_deep => help.extend(["\n", &line[4..]]),
            (None, _) => self.notes.push(text.to_owned()),
        }
    }

    /// The same fields as a problem of a file has.
    fn json(self) -> Value {
        let help = self.help.into_iter().map(|text| json!({ "text": text, "suggestion": null }));
        json!({
            "severity": "error",
            "code": null,
            "message": self.message,
            "label": null,
            "place": null,
            "notes": self.notes,
            "help": help.collect::<Vec<_>>(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_becomes_its_problems() {
        let text = "error: there is no service `bw`\n  help: did you mean `web`?\nerror: no pattern\n  holder: ann\nnothing was contacted";
        let (problems, outcome) = of_text(text);
        let document = document(&problems, outcome.as_deref(), Some(2));
        insta::assert_snapshot!(serde_json::to_string_pretty(&document).unwrap());
        let clap = "error: unexpected argument '--x' found\n\n  tip: to pass '--x' as a value, use '-- --x'\n\nUsage: maestro apply [OPTIONS]\n\nFor more information, try '--help'.\n";
        let (problems, outcome) = of_text(clap);
        assert_eq!((problems.len(), outcome), (1, None));
        assert_eq!(problems[0]["notes"][0], "usage: maestro apply [OPTIONS]");
        assert_eq!(problems[0]["help"][0]["text"], "to pass '--x' as a value, use '-- --x'");
        let (problems, _) = of_text(
            "error: there is no file x\n  help: write one, for example:\n\n    name: hello\n    services:\n      web:\nnothing was contacted",
        );
        assert_eq!(problems[0]["help"][0]["text"], "write one, for example:\nname: hello\nservices:\n  web:");
    }
}
