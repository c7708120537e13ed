//! Says in plain words what is wrong with a template.

mod names;
mod nearest;

use super::{MAIN, MAX_STEPS, OUTSIDE, Places, methods, mutable};
use maestro_core::diagnostic::Diagnostic;
use maestro_core::source::{Sources, Span};
use minijinja::{Error, ErrorKind};
use nearest::nearest;
use std::collections::BTreeMap;
use std::error::Error as _;

/// One error of the template engine, and where it is.
struct Problem<'a> {
    error: &'a Error,
    detail: &'a str,
    span: Span,
    sources: &'a Sources,
    environment: &'a BTreeMap<String, String>,
    refusals: &'a BTreeMap<String, String>,
}

/// Turns an error of the template engine into a diagnostic at the place in the files.
pub(super) fn explain(
    error: &Error,
    sources: &Sources,
    places: &Places,
    environment: &BTreeMap<String, String>,
) -> Diagnostic {
    let mut including: Vec<Span> = Vec::new();
    let mut error = error;
    // An error in an included file comes wrapped once for each `include` on the way.
    while matches!(error.kind(), ErrorKind::BadInclude | ErrorKind::EvalBlock)
        && let Some(inner) = error.source().and_then(|inner| inner.downcast_ref::<Error>())
    {
        let span = place(error, sources, places);
        if !including.contains(&span) {
            including.push(span);
        }
        error = inner;
    }
    let problem = Problem {
        error,
        detail: error.detail().unwrap_or(""),
        span: place(error, sources, places),
        sources,
        environment,
        refusals: &places.refusals,
    };
    let mut diagnostic = problem.diagnostic();
    let shown = diagnostic.primary.as_ref().map(|label| label.span);
    for span in including.into_iter().rev().take(3).filter(|&span| Some(span) != shown) {
        diagnostic = diagnostic.also(span, "included here");
    }
    diagnostic
}

fn place(error: &Error, sources: &Sources, places: &Places) -> Span {
    let whole_line = || {
        // Lines are those that were written: nothing that is rewritten has an end of a line in it.
        let file = places.file(error.name());
        let text = &sources.file(file).text;
        let line = error.line().unwrap_or(1).max(1) - 1;
        let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
        Span::new(file, start..start + text[start..].lines().next().map_or(0, str::len))
    };
    let span = error.range().map_or_else(whole_line, |range| places.span(error.name(), range));
    // The engine counts some ends of lines into its ranges.
    let span = sources.clamp(span);
    let trimmed = sources.text(span).trim_end().len();
    Span::new(span.file, span.start..span.start + trimmed)
}

impl Problem<'_> {
    fn diagnostic(&self) -> Diagnostic {
        match self.error.kind() {
            ErrorKind::UndefinedError
            | ErrorKind::UnknownFilter
            | ErrorKind::UnknownTest
            | ErrorKind::UnknownFunction
            | ErrorKind::UnknownMethod => self.about_name(),
            ErrorKind::SyntaxError | ErrorKind::BadEscape => self.syntax(),
            ErrorKind::TemplateNotFound => self.missing_file(),
            ErrorKind::OutOfFuel => self.endless(),
            ErrorKind::InvalidOperation => self.operation(),
            _ => self.failed(),
        }
    }

    fn plain(&self, code: &'static str, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(code, message).at(self.span, "")
    }

    fn words(&self) -> String {
        let words =
            if self.detail.is_empty() { self.error.kind().to_string() } else { self.detail.to_owned() };
        words.replace(MAIN, &self.sources.file(self.span.file).name)
    }

    fn text(&self) -> &str {
        &self.sources.file(self.span.file).text
    }

    fn syntax(&self) -> Diagnostic {
        let unclosed = [
            ("end of comment", "{#", "#}", "comment"),
            ("end of variable block", "{{", "}}", "expression"),
            ("end of string", "{{", "}}", "expression"),
        ];
        let at_end = self.detail.contains("unexpected end of input") || self.span.start == self.span.end;
        for (words, opening, closing, what) in unclosed {
            if at_end
                && self.detail.contains(words)
                && let Some(at) = self.text().rfind(opening)
            {
                let (message, label) = if words == "end of string" {
                    ("a quote in this expression is never closed".into(), "somewhere after this `{{`")
                } else {
                    (format!("the template {what} that begins here is never closed"), "opened here")
                };
                return Diagnostic::error("template-syntax", message)
                    .at(Span::new(self.span.file, at..at + 2), label)
                    .help(match words {
                        "end of string" => "close the quote in front of the `}}`".to_owned(),
                        _ => format!("close it with `{closing}`"),
                    });
            }
        }
        if at_end && self.detail.contains("expected end of block") {
            return self.unclosed_block();
        }
        // A tag in the middle of a word is a part of a value, which may be secret.
        let tag = self.text()[..self.span.end].rfind("{%");
        let before = tag.and_then(|tag| self.text()[..tag].chars().next_back());
        let is_in_word = before.is_some_and(|c| !c.is_whitespace() && c != '}');
        let unknown = self.detail.strip_prefix("unknown statement ");
        if let Some(early) = unknown.filter(|_| !is_in_word).and_then(|name| self.closed_too_early(name)) {
            return early;
        }
        let message = match unknown {
            Some(_) if is_in_word => "`{%` begins no statement of the template language here".to_owned(),
            Some(name) if name.starts_with("end") => {
                format!("`{{% {name} %}}` closes a block that is not open")
            }
            Some(name) => format!("`{{% {name} %}}` is not a statement of the template language"),
            None => format!("the template language does not understand this: {}", self.words()),
        };
        let diagnostic = self.plain("template-syntax", message);
        match unknown.filter(|_| !is_in_word) {
            Some(name) if !name.starts_with("end") => match nearest(name, STATEMENTS.iter().copied()) {
                Some(near) => diagnostic.help(format!("did you mean `{{% {near} … %}}`?")),
                None if name == "env" => diagnostic.help("to write a value, use `{{ env.NAME }}`: `{% … %}` is for statements"),
                None => diagnostic.help("statements are: if, for, set, macro, include, import, with, raw"),
            },
            Some(_) => diagnostic.help("remove it, or write the statement that should open the block above it"),
            None => diagnostic.help("check what stands before it; text that should stay as it is goes between `{% raw %}` and `{% endraw %}`"),
        }
    }

    /// The end of a block, where one that was opened within it is not closed yet.
    fn closed_too_early(&self, end: &str) -> Option<Diagnostic> {
        let before = self.text()[..self.span.end].rfind("{%")?;
        let mut open = open_blocks(&self.text()[..before]);
        let (start, stop, word) = open.pop()?;
        let is_outer = |(_, _, outer): &(usize, usize, &str)| end.strip_prefix("end") == Some(outer);
        open.iter().find(|block| is_outer(block))?;
        let message = format!("this `{{% {word} %}}` is not closed before `{{% {end} %}}`");
        Some(
            Diagnostic::error("template-syntax", message)
                .at(Span::new(self.span.file, start..stop), "opened here")
                .also(self.span, "this closes the block around it")
                .help(format!("write `{{% end{word} %}}` above `{{% {end} %}}`")),
        )
    }

    /// Finds the statement whose `{% end… %}` is missing.
    fn unclosed_block(&self) -> Diagnostic {
        match open_blocks(self.text()).pop() {
            Some((start, end, word)) => {
                Diagnostic::error("template-syntax", format!("this `{{% {word} %}}` is never closed"))
                    .at(Span::new(self.span.file, start..end), "opened here")
                    .help(format!("write `{{% end{word} %}}` where it should end"))
            }
            None => self
                .plain("template-syntax", "the template ends inside a block that is not closed")
                .help("write the `{% end… %}` of that block"),
        }
    }

    fn missing_file(&self) -> Diagnostic {
        let quoted = self.detail.split(['\'', '"']).nth(1).unwrap_or("this file");
        self.plain("missing-include", format!("there is no file `{quoted}` to include"))
            .note("an include is looked up in the directory of the file that maestro was given")
            .help("write the file, or say `ignore missing` after its name if it may be absent")
    }

    fn endless(&self) -> Diagnostic {
        self.plain("template-endless", "this template does too much, or never comes to an end")
            .note(format!(
                "a template may take {MAX_STEPS} steps; a step is an operation or 64 bytes of output"
            ))
            .help("look at the loops and macros around this place: what do they go over, and how often?")
    }

    fn operation(&self) -> Diagnostic {
        let text = self.sources.text(self.span);
        let refused = self.refusals.iter().find(|(_, reason)| reason.as_str() == self.detail);
        if let Some((name, reason)) = refused {
            return self.bad_include(name, reason);
        }
        if self.detail.contains("recursion limit") {
            return self
                .plain("template-endless", "this template calls itself without an end")
                .help("a file must not include itself, and a macro needs an `{% if %}` that stops it");
        }
        if self.detail.contains("too many elements") {
            return self
                .plain("template-endless", "this range is too long for a template")
                .help("a range may have 100000 elements");
        }
        if self.detail.starts_with("unable to calculate")
            && text.contains('/')
            && text.trim_end().ends_with('0')
        {
            return self
                .plain("template-error", "this divides by zero")
                .help("a condition can guard it: `{{ a / b if b else 0 }}`");
        }
        if self.detail.ends_with("` is undefined)") {
            return self.about_name();
        }
        if let Some(what) = self.detail.strip_suffix(" is not iterable") {
            return self
                .plain("template-error", format!("a {what} has no elements to go over"))
                .help("a list has: `{% for n in [1, 2] %}`; `range(1, 4)` counts 1, 2, 3");
        }
        if let Some(reason) = self.detail.strip_prefix(methods::FORMAT) {
            return self
                .plain("template-format", format!("this text cannot be filled in: {reason}"))
                .help("`%s` and `{}` take anything, `%d` and `{:d}` a whole number; each takes one value")
                .help("several values stand in brackets: `{{ '%s-%02d' % (name, number) }}`");
        }
        if self.detail == mutable::IN_ITSELF {
            return self
                .plain("template-error", mutable::IN_ITSELF)
                .help("put a copy in: `{{ list.copy() }}`");
        }
        if self.detail.contains("% operator") {
            return self.plain("template-error", format!("`%` cannot work on these: {}", self.words())).help(
                "on its left it takes a number, or a text with its values on the right: `{{ 'web-%02d' % n }}`",
            );
        }
        if self.detail.contains("+ operator") {
            return self.plain("template-error", format!("these cannot be added: {}", self.words())).help(
                "`~` joins texts, whatever they are: `{{ 'port-' ~ 80 }}`; `| int` makes a number of a text",
            );
        }
        self.failed()
    }

    fn bad_include(&self, name: &str, reason: &str) -> Diagnostic {
        self.plain("bad-include", format!("`{name}` cannot be included")).note(reason).help(
            if reason.starts_with(OUTSIDE) {
                "put the file beside the one that maestro was given, and write its name without `..`; `--allow-outside` \
                 lets templates include any file"
            } else {
                "is this the file that you meant? It must be UTF-8 text that maestro may read"
            },
        )
    }

    /// What has no words of its own.
    fn failed(&self) -> Diagnostic {
        self.plain("template-error", format!("this template cannot be filled in: {}", self.words()))
            .help("look at the values it works on: `{{ value | pprint }}` in their place shows what they are")
    }
}

/// The blocks that are still open at the end of the text: where the tag of each begins and ends, and its word.
fn open_blocks(text: &str) -> Vec<(usize, usize, &str)> {
    let mut open = Vec::new();
    for (at, _) in text.match_indices("{%") {
        let tag = text[at + 2..].split("%}").next().unwrap_or("");
        let word = tag.trim_start_matches(['-', '+', ' ']).split([' ', '-']).next().unwrap_or("");
        if word.starts_with("end") {
            open.pop();
        } else if ["if", "for", "macro", "with", "raw", "filter", "call", "block"].contains(&word)
            || (word == "set" && !tag.contains('='))
        {
            open.push((at, (at + tag.len() + 4).min(text.len()), word));
        }
    }
    open
}

const STATEMENTS: &[&str] = &[
    "if", "elif", "else", "for", "set", "macro", "include", "import", "from", "with", "raw", "filter",
    "block", "extends", "call",
];
