//! Says in plain words what is wrong with a template.

use super::{MAIN, MAX_STEPS, Places};
use crate::diagnostic::Diagnostic;
use crate::source::{Sources, Span};
use minijinja::{Error, ErrorKind};
use std::collections::BTreeMap;
use std::error::Error as _;

/// Names that a template can use without defining them.
const GLOBALS: &[&str] = &["env", "range", "dict", "namespace"];

/// The filters that Jinja2 templates use here.
const FILTERS: &[&str] = &[
    "abs",
    "attr",
    "batch",
    "bool",
    "capitalize",
    "count",
    "default",
    "dictsort",
    "escape",
    "first",
    "float",
    "format",
    "groupby",
    "indent",
    "int",
    "items",
    "join",
    "last",
    "length",
    "lines",
    "list",
    "lower",
    "map",
    "max",
    "min",
    "pprint",
    "reject",
    "rejectattr",
    "replace",
    "reverse",
    "round",
    "safe",
    "select",
    "selectattr",
    "slice",
    "sort",
    "split",
    "string",
    "sum",
    "title",
    "tojson",
    "trim",
    "unique",
    "upper",
    "urlencode",
];

/// The tests that may follow `is`.
const TESTS: &[&str] = &[
    "boolean",
    "defined",
    "divisibleby",
    "endingwith",
    "eq",
    "even",
    "false",
    "float",
    "ge",
    "gt",
    "in",
    "integer",
    "iterable",
    "le",
    "lower",
    "lt",
    "mapping",
    "ne",
    "none",
    "number",
    "odd",
    "sameas",
    "sequence",
    "startingwith",
    "string",
    "true",
    "undefined",
    "upper",
];

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
    for span in including
        .into_iter()
        .rev()
        .take(3)
        .filter(|&span| Some(span) != shown)
    {
        diagnostic = diagnostic.also(span, "included here");
    }
    diagnostic
}

fn place(error: &Error, sources: &Sources, places: &Places) -> Span {
    let file = places.file(error.name());
    let text = &sources.file(file).text;
    let range = error.range().unwrap_or_else(|| {
        let line = error.line().unwrap_or(1).max(1) - 1;
        let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
        start..start + text[start..].lines().next().map_or(0, str::len)
    });
    // The engine counts some ends of lines into its ranges.
    let span = sources.clamp(Span::new(file, range));
    let trimmed = sources.text(span).trim_end().len();
    Span::new(file, span.start..span.start + trimmed)
}

impl Problem<'_> {
    fn diagnostic(&self) -> Diagnostic {
        match self.error.kind() {
            ErrorKind::UndefinedError => self.undefined(),
            ErrorKind::SyntaxError | ErrorKind::BadEscape => self.syntax(),
            ErrorKind::TemplateNotFound => self.missing_file(),
            ErrorKind::UnknownFilter => self.unknown("filter", "unknown-filter", FILTERS),
            ErrorKind::UnknownTest => self.unknown("test", "unknown-test", TESTS),
            ErrorKind::UnknownFunction => self.unknown_function(),
            ErrorKind::UnknownMethod => self.unknown_method(),
            ErrorKind::OutOfFuel => self.endless(),
            ErrorKind::InvalidOperation => self.operation(),
            _ => self.plain(
                "template-error",
                format!("this template cannot be filled in: {}", self.words()),
            ),
        }
    }

    fn plain(&self, code: &'static str, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(code, message).at(self.span, "")
    }

    fn words(&self) -> String {
        let words = if self.detail.is_empty() {
            self.error.kind().to_string()
        } else {
            self.detail.to_owned()
        };
        words.replace(MAIN, &self.sources.file(self.span.file).name)
    }

    fn text(&self) -> &str {
        &self.sources.file(self.span.file).text
    }

    fn undefined(&self) -> Diagnostic {
        let quoted = self.detail.split('`').nth(1).unwrap_or("");
        let name = if quoted.is_empty() {
            self.sources.text(self.span)
        } else {
            quoted
        };
        let span = self.find_name(name);
        if let Some(variable) = environment_variable(name) {
            return self.undefined_in_environment(variable, span);
        }
        let what = Diagnostic::error(
            "undefined-variable",
            format!("`{name}` is not defined in this template"),
        )
        .at(span, "nothing has this name here");
        let simple = name.chars().all(|c| c.is_alphanumeric() || c == '_');
        let what = if simple && self.environment.contains_key(name) {
            what.help(format!(
                "variables of the environment need `env.` in front: `{{{{ env.{name} }}}}`"
            ))
        } else if simple && let Some(near) = nearest(name, self.known_names()) {
            what.help(format!("did you mean `{near}`?"))
        } else {
            what
        };
        let what = if simple {
            what.help(format!("define it above: `{{% set {name} = … %}}`"))
        } else {
            what
        };
        what.help(format!(
            "or give a value to fall back to: `{{{{ {name} | default('…') }}}}`"
        ))
    }

    fn undefined_in_environment(&self, variable: &str, span: Span) -> Diagnostic {
        let mut diagnostic = Diagnostic::error(
            "undefined-env",
            format!("the environment variable `{variable}` is not set"),
        )
        .at(span, "needed here");
        if let Some(near) = nearest(variable, self.environment.keys().map(String::as_str)) {
            diagnostic = diagnostic.help(format!("did you mean `{near}`, which is set?"));
        }
        diagnostic
            .help(format!("set it before you run maestro: `export {variable}=…`"))
            .help(format!(
                "or give a value to fall back to: `{{{{ env.{variable} | default('…') }}}}`"
            ))
    }

    /// The engine points at the operation that failed; people look for the name in it.
    fn find_name(&self, name: &str) -> Span {
        let text = self.text();
        let tag = text[..self.span.start]
            .rfind("{{")
            .max(text[..self.span.start].rfind("{%"))
            .unwrap_or(0);
        let end = text[self.span.end..]
            .find('\n')
            .map_or(text.len(), |at| self.span.end + at);
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let found = text[tag..end]
            .match_indices(name)
            .map(|(at, _)| tag + at)
            .find(|&at| !text[..at].ends_with(is_word) && !text[at + name.len()..].starts_with(is_word));
        found.map_or(self.span, |at| Span::new(self.span.file, at..at + name.len()))
    }

    /// Names that the template defines somewhere, and those that are always there.
    fn known_names(&self) -> impl Iterator<Item = &str> {
        let words = |c: char| !(c.is_alphanumeric() || c == '_');
        let tags = self
            .text()
            .split("{%")
            .skip(1)
            .filter_map(|tag| tag.split("%}").next());
        let defined = tags.flat_map(move |tag| {
            let mut words: Vec<_> = tag.split(words).filter(|word| !word.is_empty()).collect();
            match words.first() {
                Some(&"set" | &"macro" | &"for" | &"import" | &"from" | &"with") => {
                    words.drain(1..).collect()
                }
                _ => Vec::new(),
            }
        });
        let keywords = ["in", "import", "with", "as", "context", "if", "not", "and", "or"];
        GLOBALS
            .iter()
            .copied()
            .chain(defined.filter(move |word| !keywords.contains(word)))
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
                    (
                        "a quote in this expression is never closed".into(),
                        "somewhere behind this `{{`",
                    )
                } else {
                    (
                        format!("the template {what} that begins here is never closed"),
                        "opened here",
                    )
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
        let message = match self.detail.strip_prefix("unknown statement ") {
            Some(name) if name.starts_with("end") => {
                format!("`{{% {name} %}}` closes a block that is not open")
            }
            Some("do") => "`{% do %}` does not work in these templates".into(),
            Some(name) => format!("`{{% {name} %}}` is not a statement of the template language"),
            None => format!("the template language does not understand this: {}", self.words()),
        };
        let diagnostic = self.plain("template-syntax", message);
        match self.detail.strip_prefix("unknown statement ") {
            Some("do") => diagnostic.help(CHANGING),
            Some(name) if !name.starts_with("end") => match nearest(name, STATEMENTS.iter().copied()) {
                Some(near) => diagnostic.help(format!("did you mean `{{% {near} … %}}`?")),
                None => diagnostic.help("statements are: if, for, set, macro, include, import, with, raw"),
            },
            Some(_) => diagnostic.help("remove it, or write the statement that should open the block above it"),
            None => diagnostic.help("check what stands before it; text that should stay as it is goes between `{% raw %}` and `{% endraw %}`"),
        }
    }

    /// Finds the statement whose `{% end… %}` is missing.
    fn unclosed_block(&self) -> Diagnostic {
        let mut open: Vec<(usize, usize, &str)> = Vec::new();
        for (at, _) in self.text().match_indices("{%") {
            let tag = self.text()[at + 2..].split("%}").next().unwrap_or("");
            let word = tag
                .trim_start_matches(['-', '+', ' '])
                .split([' ', '-'])
                .next()
                .unwrap_or("");
            if word.starts_with("end") {
                open.pop();
            } else if ["if", "for", "macro", "with", "raw", "filter", "call", "block"].contains(&word)
                || (word == "set" && !tag.contains('='))
            {
                open.push((at, (at + tag.len() + 4).min(self.text().len()), word));
            }
        }
        match open.pop() {
            Some((start, end, word)) => Diagnostic::error(
                "template-syntax",
                format!("this `{{% {word} %}}` is never closed"),
            )
            .at(Span::new(self.span.file, start..end), "opened here")
            .help(format!("write `{{% end{word} %}}` where it should end")),
            None => self.plain(
                "template-syntax",
                "the template ends inside a block that is not closed",
            ),
        }
    }

    fn missing_file(&self) -> Diagnostic {
        let quoted = self.detail.split(['\'', '"']).nth(1).unwrap_or("this file");
        self.plain(
            "missing-include",
            format!("there is no file `{quoted}` to include"),
        )
        .note("an include is looked up in the directory of the file that maestro was given")
        .help("write the file, or say `ignore missing` behind its name if it may be absent")
    }

    fn unknown(&self, what: &str, code: &'static str, known: &[&'static str]) -> Diagnostic {
        let name = self.sources.text(self.span);
        let diagnostic = self.plain(code, format!("there is no {what} `{name}`"));
        match nearest(name, known.iter().copied()) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None => diagnostic.help(format!("those that exist: {}", known.join(", "))),
        }
    }

    fn unknown_function(&self) -> Diagnostic {
        let name = self
            .sources
            .text(self.span)
            .split('(')
            .next()
            .unwrap_or("")
            .trim();
        let diagnostic = self.plain("unknown-function", format!("there is no function `{name}`"));
        if FILTERS.contains(&name) {
            return diagnostic.help(format!("`{name}` is a filter: write `{{{{ value | {name} }}}}`"));
        }
        match nearest(name, self.known_names()) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None => {
                diagnostic.help("define it above with `{% macro … %}`, or import it from a file that does")
            }
        }
    }

    fn unknown_method(&self) -> Diagnostic {
        let method = self
            .sources
            .text(self.span)
            .trim_start_matches('.')
            .split('(')
            .next()
            .unwrap_or("")
            .trim();
        if let Some(name) = self
            .detail
            .split('`')
            .nth(1)
            .filter(|_| self.detail.contains("is undefined"))
        {
            return Diagnostic::error(
                "undefined-variable",
                format!("`{name}` is not defined in this template"),
            )
            .at(self.find_name(name), "nothing has this name here")
            .help(format!("define it above with `{{% set {name} = … %}}`"));
        }
        let owner = self.detail.split(" has no method").next().unwrap_or("value");
        let owner = match owner {
            "map" => "mapping",
            "sequence" => "list",
            other => other,
        };
        let diagnostic = self.plain(
            "unknown-method",
            format!("a {owner} has no method `{method}` in these templates"),
        );
        match method {
            _ if self.imports(self.span.start) => Diagnostic::error(
                "unknown-macro",
                format!("the imported file has no macro `{method}`"),
            )
            .at(self.span, "")
            .help("macros are defined by `{% macro … %}`, outside of any loop or condition"),
            "append" | "extend" | "update" | "insert" | "pop" | "remove" | "setdefault" => diagnostic
                .note("templates cannot change a list or a mapping once it is made")
                .help(CHANGING),
            _ => diagnostic.help("a filter may do it: `{{ value | … }}`"),
        }
    }

    fn endless(&self) -> Diagnostic {
        self.plain(
            "template-endless",
            "this template does too much, or never comes to an end",
        )
        .note(format!(
            "a template may take {MAX_STEPS} steps; a step is an operation or 64 bytes of output"
        ))
        .help("look at the loops and macros around this place: what do they go over, and how often?")
    }

    /// Whether the name in front of `at` is that of an imported file.
    fn imports(&self, at: usize) -> bool {
        let name = self.text()[..at]
            .rsplit(|c: char| !(c.is_alphanumeric() || c == '_'))
            .next()
            .unwrap_or("");
        !name.is_empty() && self.text().contains(&format!(" as {name} "))
    }

    fn operation(&self) -> Diagnostic {
        let text = self.sources.text(self.span);
        let refused = self
            .refusals
            .iter()
            .find(|(_, reason)| reason.as_str() == self.detail);
        if let Some((name, reason)) = refused {
            return self
                .plain("bad-include", format!("`{name}` cannot be included"))
                .note(reason.clone())
                .help(if name.contains("..") || name.starts_with('/') {
                    "put the file beside the one that maestro was given, and write its name without `..`"
                } else {
                    "is this the file that you meant? It must be UTF-8 text that maestro may read"
                });
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
            return self.plain("template-error", "this divides by zero");
        }
        if self.detail.contains("% operator") {
            return self
                .plain("template-error", "`%` works on numbers only in these templates")
                .help("write `{{ '%02d' | format(n) }}` for what `'%02d' % n` does in Python");
        }
        if self.detail.contains("+ operator") {
            return self
                .plain("template-error", format!("these cannot be added: {}", self.words()))
                .help("`~` joins texts, whatever they are: `{{ 'port-' ~ 80 }}`; `| int` makes a number of a text");
        }
        self.plain(
            "template-error",
            format!("this template cannot be filled in: {}", self.words()),
        )
    }
}

const STATEMENTS: &[&str] = &[
    "if", "elif", "else", "for", "set", "macro", "include", "import", "from", "with", "raw", "filter",
    "block", "extends", "call",
];

const CHANGING: &str = "make a new one: `{% set list = list + [value] %}` for a list; collect across the turns of a \
                        loop with `{% set ns = namespace(list=[]) %}` and `{% set ns.list = ns.list + [value] %}`";

/// The variable that `env.NAME`, `env['NAME']` or `env["NAME"]` asks for.
fn environment_variable(name: &str) -> Option<&str> {
    let name = name.strip_prefix("env")?;
    let quoted = || {
        name.strip_prefix('[')?
            .strip_suffix(']')
            .map(|name| name.trim_matches(['\'', '"']))
    };
    name.strip_prefix('.')
        .or_else(quoted)
        .filter(|name| !name.contains('.'))
}

/// The known name that somebody who typed `name` most likely meant.
fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = (name.chars().count() / 3).min(3);
    known
        .filter(|known| *known != name)
        .map(|known| {
            (
                strsim::damerau_levenshtein(&known.to_lowercase(), &name.to_lowercase()),
                known,
            )
        })
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}
