//! What ends a command: its problems and what became of it, as text for people and as the document that programs read on
//! standard error under `--output json`.

use std::fmt::Write as _;

use serde_json::{Value, json};

/// The version of the document. Fields are added without a new one; a field that changes its meaning gets one.
pub const VERSION: u32 = 1;

/// The document: the problems, what became of the command in a clause, and its exit code, if it has ended.
#[must_use]
pub fn document(problems: &[Value], outcome: Option<&str>, exit_code: Option<u8>) -> Value {
    json!({ "version": VERSION, "exit_code": exit_code, "outcome": outcome, "problems": problems })
}

/// One problem that is not about the text of the file. Its texts are harmless.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommandProblem {
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// Why it is wrong, what is there, and what holds.
    pub notes: Vec<String>,
    /// What to do or type next. Lines after the first are an example.
    pub help: Vec<String>,
}

impl CommandProblem {
    /// A problem of which only this is known.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }

    /// Adds why it is wrong, what is there, or what holds.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Adds what to do or type next.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// The same with all its texts changed.
    #[must_use]
    pub fn map(self, change: impl Fn(&str) -> String) -> Self {
        let all = |texts: Vec<String>| texts.iter().map(|text| change(text)).collect();
        Self { message: change(&self.message), notes: all(self.notes), help: all(self.help) }
    }

    /// The problem with its notes and its help below it.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!("error: {}", self.message);
        // Writing to a String cannot fail.
        for note in &self.notes {
            let _ = write!(text, "\n  {note}");
        }
        for help in &self.help {
            let mut lines = help.lines();
            let _ = write!(text, "\n  help: {}", lines.next().unwrap_or_default());
            for (at, line) in lines.enumerate() {
                let gap = if at == 0 { "\n" } else { "" };
                let _ = write!(text, "{gap}\n    {line}");
            }
        }
        text
    }

    /// The same fields as a problem of a file has.
    #[must_use]
    pub fn json(&self) -> Value {
        let help = self.help.iter().map(|text| json!({ "text": text, "suggestion": null }));
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
    fn a_problem_is_a_text_and_a_document() {
        let problem = CommandProblem::new("another run is changing shop")
            .note("holder: ann@box")
            .help("wait for it, or write:\nname: hello\nservices:\n  web:");
        insta::assert_snapshot!(problem.text(), @r"
        error: another run is changing shop
          holder: ann@box
          help: wait for it, or write:

            name: hello
            services:
              web:
        ");
        let document = document(&[problem.json()], Some("nothing was contacted"), Some(2));
        insta::assert_snapshot!(serde_json::to_string_pretty(&document).unwrap());
        assert_eq!(problem.map(|text| text.replace("ann", "***")).notes, ["holder: ***@box"]);
    }
}
