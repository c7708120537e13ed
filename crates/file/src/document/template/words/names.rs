//! Names that a template uses and that do not exist.

use super::{Problem, nearest::nearest};
use maestro_core::diagnostic::Diagnostic;
use maestro_core::source::Span;
use minijinja::ErrorKind;
use std::ops::Range;

/// Names that a template can use without defining them.
const GLOBALS: &[&str] = &["env", "range", "dict", "namespace", "cycler", "joiner"];

/// Keys of a file whose values its templates cannot use.
const OF_FILE: &[&str] = &[
    "name",
    "ships",
    "ship_defaults",
    "services",
    "registries",
    "volumes",
    "networks",
    "configs",
    "secrets",
];

/// The filters that Jinja2 templates use here.
const FILTERS: &str = "\
    abs attr batch bool capitalize center count default dictsort escape filesizeformat first float format \
    groupby indent int items join last length lines list lower map max min pprint reject rejectattr replace \
    reverse round safe select selectattr slice sort split string striptags sum title tojson trim truncate \
    unique upper urlencode wordcount";

/// The methods of values, by what the value is called.
const METHODS: &[(&str, &str)] = &[
    ("list", "append clear copy count extend index insert pop remove reverse sort"),
    ("mapping", "clear copy get has_key items iteritems keys pop popitem setdefault update values"),
    (
        "string",
        "capitalize center count endswith find format isdigit join ljust lower lstrip partition removeprefix \
         removesuffix replace rfind rjust rpartition rsplit rstrip split splitlines startswith strip swapcase title \
         upper zfill",
    ),
];

/// What other languages call a method.
const METHOD_SYNONYMS: &[(&str, &str)] = &[
    ("add", "append"),
    ("push", "append"),
    ("concat", "extend"),
    ("set", "update"),
    ("put", "update"),
    ("substitute", "replace"),
    ("contains", "find"),
];

/// The tests that may follow `is`.
const TESTS: &str = "\
    boolean defined divisibleby endingwith eq even false float ge gt in integer iterable le lower lt \
    mapping ne none number odd sameas sequence startingwith string true undefined upper";

impl Problem<'_> {
    /// What to say about a name that does not exist.
    pub(super) fn about_name(&self) -> Diagnostic {
        match self.error.kind() {
            ErrorKind::UnknownFilter => self.unknown("filter", "unknown-filter", FILTERS),
            ErrorKind::UnknownTest => self.unknown("test", "unknown-test", TESTS),
            ErrorKind::UnknownFunction => self.unknown_function(),
            ErrorKind::UnknownMethod => self.unknown_method(),
            _ => self.undefined(),
        }
    }

    fn undefined(&self) -> Diagnostic {
        let quoted = self.detail.split('`').nth(1).unwrap_or("");
        let name = if quoted.is_empty() { self.sources.text(self.span) } else { quoted };
        let span = self.find_name(name);
        if let Some(variable) = environment_variable(name) {
            return self.undefined_in_environment(variable, span);
        }
        if let Some((place, inner)) = self.unquoted_variable() {
            return Diagnostic::error(
                "undefined-variable",
                format!("`{inner}` is not defined in this template"),
            )
            .at(place, "without quotes this is a name, not text")
            .help(format!("write `env.{inner}`, or `env['{inner}']`"));
        }
        if quoted.contains("...") {
            return self.undefined_element();
        }
        let what =
            Diagnostic::error("undefined-variable", format!("`{name}` is not defined in this template"))
                .at(span, "nothing has this name here");
        let simple = name.chars().all(|c| c.is_alphanumeric() || c == '_');
        let what = if simple && self.environment.contains_key(name) {
            what.help(format!("variables of the environment need `env.` in front: `{{{{ env.{name} }}}}`"))
        } else if simple && let Some(near) = nearest(name, self.known_names()) {
            what.help(format!("did you mean `{near}`?"))
        } else {
            what
        };
        let what =
            if simple { what.help(format!("define it above: `{{% set {name} = … %}}`")) } else { what };
        let what = if OF_FILE.contains(&name.split('.').next().unwrap_or_default()) {
            what.note(
                "templates are filled in before the keys of the file are read: none of these is known here",
            )
        } else {
            what
        };
        let or = if what.help.is_empty() { "" } else { "or " };
        what.help(format!("{or}give a value to fall back to: `{{{{ {name} | default('…') }}}}`"))
    }

    /// An element of an expression that has none there: `['a', 'b'][2]`.
    fn undefined_element(&self) -> Diagnostic {
        let written = self.sources.text(self.span);
        Diagnostic::error("undefined-variable", format!("`{written}` has no value"))
            .at(self.span, "nothing stands at this place of it")
            .note("the elements of a list are counted from 0")
            .help(format!("give a value to fall back to: `{{{{ {written} | default('…') }}}}`"))
    }

    /// `NAME` of `env[NAME]`, which is a name that nothing has.
    fn unquoted_variable(&self) -> Option<(Span, String)> {
        let written = self.sources.text(self.span);
        let inner = written.strip_prefix("env[")?.strip_suffix(']')?;
        let is_name = !inner.is_empty() && inner.chars().all(|c| c.is_alphanumeric() || c == '_');
        let start = self.span.start + "env[".len();
        is_name.then(|| (Span::new(self.span.file, start..start + inner.len()), inner.to_owned()))
    }

    fn undefined_in_environment(&self, variable: &str, span: Span) -> Diagnostic {
        let others = self.unset_variables(variable);
        let message = match others.as_slice() {
            [] => format!("the environment variable `{variable}` is not set"),
            others => {
                let names: Vec<String> = others.iter().map(|(_, name)| format!("`{name}`")).collect();
                let (last, first) = names.split_last().map_or(("", &[][..]), |(last, first)| (last, first));
                let first = [&[format!("`{variable}`")], first].concat();
                format!("the environment variables {} and {last} are not set", first.join(", "))
            }
        };
        let mut diagnostic = Diagnostic::error("undefined-env", message).at(span, "needed here");
        for (place, _) in others.iter().take(SHOWN_VARIABLES) {
            diagnostic = diagnostic.also(*place, "and here");
        }
        if let Some(near) = nearest(variable, self.environment.keys().map(String::as_str)) {
            diagnostic = diagnostic.help(format!("did you mean `{near}`, which is set?"));
        }
        let all: Vec<String> = [variable]
            .into_iter()
            .chain(others.iter().map(|(_, name)| *name))
            .map(|name| format!("{name}=…"))
            .collect();
        let (it, lines) = if others.is_empty() { ("it", "a line") } else { ("them", "lines") };
        diagnostic
            .help(format!("set {it} before you run maestro: `export {}`", all.join(" ")))
            .help(format!(
                "or write {it} as {lines} `NAME=value` into a file, and name it with `--env-file FILE`"
            ))
            .help(format!("or give a value to fall back to: `{{{{ env.{variable} | default('…') }}}}`"))
    }

    /// The other variables that are not set and that expressions need which nothing leaves out, each where it is first
    /// needed.
    fn unset_variables(&self, known: &str) -> Vec<(Span, &str)> {
        let text = self.text();
        let mut found: Vec<(Span, &str)> = Vec::new();
        let mut conditions = 0_usize;
        let mut at = 0;
        while let Some(open) = text[at..].find("{{").into_iter().chain(text[at..].find("{%")).min() {
            let start = at + open;
            let is_statement = text[start..].starts_with("{%");
            let closing = if is_statement { "%}" } else { "}}" };
            let Some(end) = text[start..].find(closing).map(|end| start + end) else { break };
            let inside = &text[start + 2..end];
            let word = inside.trim_start_matches(['-', '+', ' ']).split(' ').next().unwrap_or_default();
            match word {
                "if" | "raw" | "macro" | "for" if is_statement => conditions += 1,
                "endif" | "endraw" | "endmacro" | "endfor" if is_statement => {
                    conditions = conditions.saturating_sub(1);
                }
                _ => {}
            }
            if !is_statement && conditions == 0 {
                for (place, name) in variables(inside) {
                    let is_new = name != known && found.iter().all(|(_, other)| *other != name);
                    if is_new && !self.environment.contains_key(name) {
                        let place = start + 2 + place.start..start + 2 + place.end;
                        found.push((Span::new(self.span.file, place), name));
                    }
                }
            }
            at = end + closing.len();
        }
        found
    }

    /// The engine points at the operation that failed; people look for the name in it.
    fn find_name(&self, name: &str) -> Span {
        let text = self.text();
        let tag = text[..self.span.start].rfind("{{").max(text[..self.span.start].rfind("{%")).unwrap_or(0);
        let end = text[self.span.end..].find('\n').map_or(text.len(), |at| self.span.end + at);
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
        let tags = self.text().split("{%").skip(1).filter_map(|tag| tag.split("%}").next());
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
        GLOBALS.iter().copied().chain(defined.filter(move |word| !keywords.contains(word)))
    }

    fn unknown(&self, what: &str, code: &'static str, known: &str) -> Diagnostic {
        let name = self.sources.text(self.span).split('(').next().unwrap_or("").trim();
        let diagnostic = self.plain(code, format!("there is no {what} `{name}`"));
        match nearest(name, known.split(' ')) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None => diagnostic.help(format!("those that exist: {}", known.replace(' ', ", "))),
        }
    }

    fn unknown_function(&self) -> Diagnostic {
        let name = self.sources.text(self.span).split('(').next().unwrap_or("").trim();
        let diagnostic = self.plain("unknown-function", format!("there is no function `{name}`"));
        if FILTERS.split(' ').any(|filter| filter == name) {
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
        let method =
            self.sources.text(self.span).trim_start_matches('.').split('(').next().unwrap_or("").trim();
        if let Some(name) = self.detail.split('`').nth(1).filter(|_| self.detail.contains("is undefined")) {
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
        let diagnostic =
            self.plain("unknown-method", format!("a {owner} has no method `{method}` in these templates"));
        match method {
            _ if self.imports(self.span.start) => {
                Diagnostic::error("unknown-macro", format!("the imported file has no macro `{method}`"))
                    .at(self.span, "")
                    .help("macros are defined by `{% macro … %}`, outside of any loop or condition")
            }
            "append" | "extend" | "insert" | "pop" | "remove" | "sort" if owner == "list" => diagnostic
                .note("this list is one that cannot be changed, as a tuple in Python")
                .help("make one of it that can: `{% set list = … | list %}`"),
            _ => {
                let known = METHODS.iter().find(|(kind, _)| *kind == owner).map_or("", |(_, names)| *names);
                let synonym = METHOD_SYNONYMS.iter().find(|(other, _)| *other == method).map(|&(_, own)| own);
                let synonym = synonym.filter(|own| known.split(' ').any(|name| name == *own));
                match synonym.or_else(|| nearest(method, known.split(' '))) {
                    Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
                    None if known.is_empty() => diagnostic.help("a filter may do it: `{{ value | … }}`"),
                    None => diagnostic.help(format!("its methods are {}", known.replace(' ', ", "))),
                }
            }
        }
    }

    /// Whether the name in front of `at` is that of an imported file.
    fn imports(&self, at: usize) -> bool {
        let name =
            self.text()[..at].rsplit(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or("");
        !name.is_empty() && self.text().contains(&format!(" as {name} "))
    }
}

/// So many other variables that are not set are shown.
const SHOWN_VARIABLES: usize = 5;

/// The variables that an expression needs, each with its place: of one with a value to fall back to, or with a condition,
/// none.
fn variables(expression: &str) -> Vec<(Range<usize>, &str)> {
    if ["default", "|d(", "| d(", " if ", " or ", "get("].iter().any(|word| expression.contains(word)) {
        return Vec::new();
    }
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let found = expression.match_indices("env").filter_map(|(at, word)| {
        let rest = &expression[at + word.len()..];
        let opening = ["['", "[\"", "."].into_iter().find(|opening| rest.starts_with(opening))?;
        let name = &rest[opening.len()..];
        let name = &name[..name.find(|c| !is_word(c)).unwrap_or(name.len())];
        let closing = if opening == "." { 0 } else { 2 };
        let end = at + word.len() + opening.len() + name.len() + closing;
        let is_whole = !expression[..at].ends_with(|c| is_word(c) || c == '.') && end <= expression.len();
        let is_called = expression[end.min(expression.len())..].starts_with('(');
        (is_whole && !name.is_empty() && !is_called).then_some((at..end, name))
    });
    found.collect()
}

/// The variable that `env.NAME`, `env['NAME']` or `env["NAME"]` asks for.
fn environment_variable(name: &str) -> Option<&str> {
    let name = name.strip_prefix("env")?;
    let quoted = || name.strip_prefix('[')?.strip_suffix(']').map(|name| name.trim_matches(['\'', '"']));
    name.strip_prefix('.').or_else(quoted).filter(|name| !name.contains('.'))
}

#[cfg(test)]
mod tests {
    use super::variables;

    #[test]
    fn variables_that_an_expression_cannot_do_without_are_found() {
        for (expression, names) in [
            (" env.A ", &["A"][..]),
            (" env['A'] ~ env[\"B\"] ", &["A", "B"]),
            (" env.A | upper ", &["A"]),
            (" env.A | default('x') ", &[]),
            (" env.A or 'x' ", &[]),
            (" env.get('A') ", &[]),
            (" environment.A ~ my.env.B ", &[]),
            (" env[name] ", &[]),
        ] {
            let found: Vec<&str> = variables(expression).into_iter().map(|(_, name)| name).collect();
            assert_eq!(found, names, "{expression}");
        }
    }
}
