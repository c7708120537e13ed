//! Fills in templates: Jinja2 as `MaestroNG` used it, each byte of the result tied to the place that wrote it.
//!
//! `env` is the process environment; includes and imports come from the file's own directory. An undefined value is
//! an error unless `default` or `is defined` handles it, because an empty image tag at night helps nobody.

mod calls;
mod guard;
mod limits;
mod methods;
mod mutable;
mod python;
mod recovery;
mod rendered;
mod tags;
mod words;

use maestro_core::diagnostic::{Diagnostic, Diagnostics};
use maestro_core::source::{FileId, Sources, Span};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Kwargs, Rest};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, State, UndefinedBehavior, Value, functions};
use minijinja_contrib::{filters, globals};
use python::Rewritten;
pub use rendered::Rendered;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// Work that a template may do: one step is an operation or 64 bytes written.
pub const MAX_STEPS: u64 = 1_000_000;
/// How deep includes and macros may call each other; well below what a thread's stack holds.
pub const MAX_CALLS: usize = 100;
/// Bytes of text that a template may produce.
pub const MAX_OUTPUT: usize = 16 << 20;

/// What is said of a mistake behind which nothing is read.
pub(super) const MORE_MAY_SHOW: &str = "more mistakes may show once this is corrected";

const TOO_LONG: &str = "this expression, or chain of `elif`, is too long for a template";

/// The main file's name inside the engine; no include can have it.
const MAIN: &str = "\0main";

/// Fills in the templates of `file`. A file without `{{`, `{%` and `{#` is taken as it is.
///
/// `None` after an error, which is then in `diagnostics`. Files that were included are added to `sources`.
pub fn render(
    sources: &mut Sources,
    file: FileId,
    directory: &Path,
    environment: &BTreeMap<String, String>,
    diagnostics: &mut Diagnostics,
) -> Option<Rendered> {
    render_with(sources, file, Includes::Inside(directory), environment, diagnostics)
}

/// Where files that templates include may be. Their names count from this directory.
#[derive(Debug, Clone, Copy)]
pub enum Includes<'a> {
    /// In the directory or below it, also where a link leads.
    Inside(&'a Path),
    /// Anywhere.
    Anywhere(&'a Path),
}

impl<'a> Includes<'a> {
    fn directory(self) -> &'a Path {
        match self {
            Self::Inside(directory) | Self::Anywhere(directory) => directory,
        }
    }
}

/// As [`render`], with includes from there.
pub fn render_with(
    sources: &mut Sources,
    file: FileId,
    includes: Includes<'_>,
    environment: &BTreeMap<String, String>,
    diagnostics: &mut Diagnostics,
) -> Option<Rendered> {
    let text = sources.file(file).text.clone();
    if !["{{", "{%", "{#"].iter().any(|opening| text.contains(opening)) {
        return Some(Rendered::as_written(file, text));
    }
    if let Some(place) = limits::overlong(&text) {
        let problem =
            Diagnostic::error("template-too-long", TOO_LONG).at(Span::new(file, place), "up to here");
        diagnostics.push(problem.help("split it with `{% set %}`, or leave it to several files"));
        return None;
    }
    let mut recovery = recovery::Recovery::new(file, text);
    loop {
        // What is included is read again in each round.
        let mut read = sources.clone();
        match filled_in(&mut read, (file, recovery.text()), includes, environment) {
            Ok(rendered) => {
                *sources = read;
                let is_patched = recovery.is_patched();
                diagnostics.quiet_at(recovery.values());
                return Some(if is_patched { rendered.patched() } else { rendered });
            }
            Err(problem) => {
                let goes_on = recovery.leave_out(&problem);
                diagnostics.push(if goes_on { *problem } else { problem.note(MORE_MAY_SHOW) });
                if !goes_on {
                    *sources = read;
                    return None;
                }
            }
        }
    }
}

/// Fills in the templates of a text in the place of the file's own.
fn filled_in(
    sources: &mut Sources,
    (file, text): (FileId, &str),
    includes: Includes<'_>,
    environment: &BTreeMap<String, String>,
) -> Result<Rendered, Box<Diagnostic>> {
    let library = Library::default();
    let engine = engine(includes, &library);
    let globals = minijinja::context! { env => environment.clone() };
    let rewritten = Rewritten::new(text);
    let result = guard::guarded(|| {
        let template = engine.template_from_named_str(MAIN, &rewritten.text)?;
        template.render_with_spans(globals)
    });
    let places = Places::new(sources, (file, rewritten), &library);
    match result {
        None => Err(Box::new(guard::explain(sources, &places))),
        Some(Ok((output, _))) if output.len() > MAX_OUTPUT => {
            Err(Box::new(too_much_output(Span::new(file, 0..0))))
        }
        Some(Ok((output, spans))) => Ok(Rendered::new(output, &spans, &places, sources)),
        Some(Err(error)) => {
            let problem = words::explain(&error, sources, &places, environment);
            if !calls::is_in_block(&problem, sources) {
                return Err(Box::new(problem));
            }
            let calls = calls_before(&error, text, includes, environment);
            let file = |name: &str| {
                let name = if name.is_empty() { MAIN } else { name };
                places.files.get(name).map(|&(file, _)| file)
            };
            Err(Box::new(calls.shown_in(problem, sources, file)))
        }
    }
}

/// The calls that were reached before the same error comes again.
fn calls_before(
    error: &Error,
    text: &str,
    includes: Includes<'_>,
    environment: &BTreeMap<String, String>,
) -> calls::Calls {
    let calls = calls::Calls::default();
    let library = Library { notes_calls: true, ..Library::default() };
    let mut engine = engine(includes, &library);
    let noted = calls.clone();
    engine.add_function(calls::NOTE, move |template: String, at: usize, iteration: u64, all: u64| {
        noted.note(template, at, iteration, all);
    });
    let rewritten = Rewritten::new(&calls::noted(MAIN, text));
    let globals = minijinja::context! { env => environment.clone() };
    let again = guard::guarded(|| {
        engine.template_from_named_str(MAIN, &rewritten.text)?.render_with_spans(globals).map(drop)
    });
    let place = |error: &Error| (error.kind(), error.name().map(str::to_owned), error.line());
    match again {
        Some(Err(again)) if place(&again) == place(error) => calls,
        _ => calls::Calls::default(),
    }
}

fn too_much_output(span: Span) -> Diagnostic {
    Diagnostic::error(
        "template-too-large",
        format!("the templates of this file write more than {} MiB of YAML", MAX_OUTPUT >> 20),
    )
    .at(span, "")
    .help("look for a loop that goes over more than you meant, or split the environment into several files")
}

/// Files that templates asked for, in the order in which they were read, and why some were refused.
#[derive(Default, Clone)]
struct Library {
    shelf: Arc<Mutex<Shelf>>,
    /// Whether files get a note in front of each call.
    notes_calls: bool,
}

#[derive(Default)]
struct Shelf {
    files: Vec<(String, String, Rewritten)>,
    refusals: BTreeMap<String, String>,
}

impl Library {
    fn with<T>(&self, act: impl FnOnce(&mut Shelf) -> T) -> T {
        act(&mut self.shelf.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the file `name`; `None` if there is none.
    fn read(&self, includes: Includes<'_>, name: &str) -> Result<Option<String>, Error> {
        match read_include(includes, name) {
            Ok(Some(text)) => {
                let noted = if self.notes_calls { calls::noted(name, &text) } else { text.clone() };
                let rewritten = Rewritten::new(&noted);
                let said = rewritten.text.clone();
                self.with(|shelf| shelf.files.push((name.to_owned(), text, rewritten)));
                Ok(Some(said))
            }
            Ok(None) => Ok(None),
            Err(reason) => {
                self.with(|shelf| shelf.refusals.insert(name.to_owned(), reason.clone()));
                Err(Error::new(ErrorKind::InvalidOperation, reason))
            }
        }
    }
}

/// Includes stay in the directory of the file, as they did in `MaestroNG`, and so do files that links lead to.
pub(super) fn read_include(includes: Includes<'_>, name: &str) -> Result<Option<String>, String> {
    let path = includes.directory().join(name);
    if let Includes::Inside(directory) = includes {
        if name.starts_with('/') || name.split(['/', '\\']).any(|part| part == "..") {
            return Err(OUTSIDE.into());
        }
        // What cannot be looked up is told of below.
        let real = directory.canonicalize().and_then(|folder| Ok((folder, path.canonicalize()?)));
        if real.is_ok_and(|(folder, file)| !file.starts_with(folder)) {
            return Err(format!("{OUTSIDE}: this is a link to a file elsewhere"));
        }
    }
    let told = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound | std::io::ErrorKind::InvalidInput => Ok(None),
        _ => Err(format!("this file cannot be read: {error}")),
    };
    match std::fs::metadata(&path) {
        Ok(about) if !about.is_file() => return Err("this is not a file".into()),
        Ok(about) if about.len() > super::limits::MAX_BYTES as u64 => {
            return Err("this file is too large".into());
        }
        Ok(_) => {}
        Err(error) => return told(error),
    }
    match std::fs::read(&path).map(String::from_utf8) {
        Ok(Ok(text)) if limits::overlong(&text).is_some() => Err(format!("in this file: {TOO_LONG}")),
        Ok(Ok(text)) => Ok(Some(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))),
        Ok(Err(_)) => Err("this file is not UTF-8 text".into()),
        Err(error) => told(error),
    }
}

/// Why an include is refused that lies elsewhere.
const OUTSIDE: &str = "an include must lie in the directory of the file, or below it";

fn engine(includes: Includes<'_>, library: &Library) -> Environment<'static> {
    let mut engine = Environment::new();
    engine.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    engine.set_auto_escape_callback(|_| AutoEscape::None);
    engine.set_debug(true);
    engine.set_fuel(Some(MAX_STEPS));
    engine.set_recursion_limit(MAX_CALLS);
    engine.set_unknown_method_callback(methods::call);
    add_python(&mut engine);
    if let Ok(syntax) = SyntaxConfig::builder().keep_trailing_newline(true).build() {
        engine.set_syntax(syntax);
    }
    let (directory, library) = (includes.directory().to_owned(), library.clone());
    let is_inside = matches!(includes, Includes::Inside(_));
    engine.set_loader(move |name| {
        let includes = if is_inside { Includes::Inside(&directory) } else { Includes::Anywhere(&directory) };
        library.read(includes, name)
    });
    engine
}

/// What Jinja2 has in Python and the engine has not.
fn add_python(engine: &mut Environment<'_>) {
    engine.add_function(python::LIST, |state: &State, items: Value| mutable::list(state, &items));
    engine.add_function(python::DICT, |state: &State, mapping: Value| mutable::dict(state, &mapping));
    engine.add_function(python::OWNED, mutable::owned);
    engine.add_function("dict", |state: &State, value: Option<Value>, more: Kwargs| {
        mutable::dict(state, &functions::dict(value, more)?)
    });
    engine.add_function("cycler", |items: Rest<Value>| globals::cycler(items.0));
    engine.add_function("joiner", globals::joiner);
    engine.add_filter("center", |state: &State, text: String, width: Option<Value>| {
        methods::center(state, &text, width.as_ref())
    });
    engine.add_filter("wordcount", |text: String| methods::word_count(&text));
    engine.add_filter("truncate", methods::truncate);
    engine.add_filter("filesizeformat", filters::filesizeformat);
    engine.add_filter("striptags", filters::striptags);
}

/// Finds the file behind the name of a template, and the place in it.
struct Places {
    files: BTreeMap<String, (FileId, Rewritten)>,
    main: FileId,
    refusals: BTreeMap<String, String>,
}

impl Places {
    /// Adds all files that were read to `sources`, beside the main file.
    fn new(sources: &mut Sources, (main, rewritten): (FileId, Rewritten), library: &Library) -> Self {
        let beside = Path::new(&sources.file(main).name).parent().unwrap_or(Path::new("")).to_owned();
        let mut files = BTreeMap::from([(MAIN.to_owned(), (main, rewritten))]);
        library.with(|shelf| {
            for (name, text, rewritten) in std::mem::take(&mut shelf.files) {
                files.entry(name).or_insert_with_key(|name| {
                    (sources.add(beside.join(name).to_string_lossy(), text), rewritten)
                });
            }
            Self { files, main, refusals: std::mem::take(&mut shelf.refusals) }
        })
    }

    fn file(&self, template: Option<&str>) -> FileId {
        template.and_then(|name| self.files.get(name)).map_or(self.main, |&(file, _)| file)
    }

    /// A place in the text that the engine was given.
    fn span(&self, template: Option<&str>, place: Range<usize>) -> Span {
        let (file, rewritten) =
            &self.files[template.filter(|name| self.files.contains_key(*name)).unwrap_or(MAIN)];
        Span::new(*file, rewritten.written(place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rendered_beside(files: &[(&str, &str)], text: &str) -> (Option<Rendered>, Sources, Diagnostics) {
        let directory = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(directory.path().join(name), text).unwrap();
        }
        let environment =
            BTreeMap::from([("TAG".to_owned(), "1.2".to_owned()), ("LIST".to_owned(), "a,b".to_owned())]);
        let (mut sources, mut diagnostics) = Default::default();
        let file = Sources::add(&mut sources, "conf/maestro.yaml", text);
        let rendered = render(&mut sources, file, directory.path(), &environment, &mut diagnostics);
        (rendered, sources, diagnostics)
    }

    fn filled(text: &str) -> String {
        let (rendered, _, diagnostics) = rendered_beside(&[], text);
        assert!(rendered.is_some(), "{diagnostics:?}");
        rendered.unwrap().text().to_owned()
    }

    fn code(text: &str) -> &'static str {
        let (rendered, _, diagnostics) = rendered_beside(&[], text);
        assert!(rendered.is_none());
        diagnostics.sorted()[0].code
    }

    #[test]
    fn templates_are_filled_in_as_jinja2_does() {
        let table = [
            ("{{ env.TAG }}{{ env['TAG'] }}\n", "1.21.2\n"),
            (
                "{{ env.get('NOPE', 'x') }} {{ env.NOPE | default('y') }} {{ env.NOPE is defined }}",
                "x y False",
            ),
            ("{% if env.NOPE %}a{% else %}b{% endif %}{{ env.NOPE or 'c' }}", "bc"),
            ("{% for k, v in env.iteritems() %}{{ k }}={{ v }};{% endfor %}", "LIST=a,b;TAG=1.2;"),
            (
                "{{ env.items() | length }}{{ env.keys() | join('+') }}{{ env.has_key('TAG') }}",
                "2LIST+TAGTrue",
            ),
            ("{{ env.LIST.split(',') }}{{ '-'.join(['a', 'b']) }}", "['a', 'b']a-b"),
            ("{{ ' a '.strip().upper().replace('A', 'b') }}{{ '{}:{}'.format('h', 80) }}", "bh:80"),
            (
                "{{ 'web1'.startswith('web') }} {{ none }} {{ 1.0 }} {{ '%02d' | format(7) }}",
                "True None 1.0 07",
            ),
            ("{% set x = 1 %}{% macro m(a) %}<{{ a }}>{% endmacro %}{{ m(x) }}{# no #}", "<1>"),
            (
                "{% set ns = namespace(list=[]) %}{% for i in [1, 2] %}{% set ns.list = ns.list + [i] %}{% endfor %}{{ ns.list }}",
                "[1, 2]",
            ),
            ("{{ '<&>' }}{% raw %}{{ kept }}{% endraw %}", "<&>{{ kept }}"),
            ("{{ {'a': [1, 2.0, true, none]} | tojson }}", r#"{"a": [1, 2.0, true, null]}"#),
        ];
        for (template, text) in table {
            assert_eq!(filled(template), text, "{template}");
        }
    }

    #[test]
    fn what_the_engine_panics_at_is_a_mistake_like_others() {
        assert_eq!(code("{% import 'macros' as m('x') %}"), "template-syntax");
    }

    #[test]
    fn endless_templates_end() {
        for text in [
            "{% for a in range(9999) %}{% for b in range(9999) %}{{ a }}{% endfor %}{% endfor %}",
            "{{ 'x' * 1000000000 }}",
            "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        ] {
            assert_eq!(code(text), "template-endless");
        }
        let long = format!("{{% for i in range(200) %}}{}{{% endfor %}}", "x".repeat(100_000));
        assert_eq!(code(&long), "template-too-large");
    }

    #[test]
    fn lists_and_dictionaries_cannot_be_nested_without_end() {
        for deeper in
            ["[ns.x]", "{'a': ns.x}", "(ns.x,)", "([ns.x],)", "ns.x.copy()] + [[ns.x]", "[] + [ns.x]"]
        {
            let text = format!(
                "{{% set ns = namespace(x=[]) %}}{{% for i in range(9999) %}}{{% set ns.x = [{deeper}][0] %}}{{% endfor %}}"
            );
            assert_eq!(code(&text), "template-error", "{deeper}");
        }
        for put in
            ["ns.x.append(n)", "ns.x.insert(0, n)", "ns.x.extend([n])", "ns.x.append((n,))", "n.append(ns.x)"]
        {
            let text = format!(
                "{{% set top = [] %}}{{% set ns = namespace(x=top) %}}{{% for i in range(9999) %}}\
                 {{% set n = [] %}}{{% set _ = {put} %}}{{% set ns.x = n %}}{{% endfor %}}{{{{ top }}}}"
            );
            assert_eq!(code(&text), "template-error", "{put}");
        }
        for itself in
            ["l.append(l)", "l.append([l])", "l.append((l,))", "l.extend([{'a': l}])", "l.append(l + [l])"]
        {
            assert_eq!(
                code(&format!("{{% set l = [1] %}}{{% set _ = {itself} %}}{{{{ l }}}}")),
                "template-error"
            );
        }
        assert_eq!(filled("{% set l = [1] %}{% set _ = l.append(l + [2]) %}{{ l }}"), "[1, [1, 2]]");
    }

    #[test]
    fn templates_that_are_nested_too_deep_are_refused() {
        // Some are refused before the engine sees them, and some are just short enough to show that it bears them.
        for text in [290, 20_000].into_iter().flat_map(nested) {
            let _ = rendered_beside(&[], &text);
        }
    }

    /// Expressions and statements nested or chained `many` times.
    fn nested(many: usize) -> Vec<String> {
        vec![
            format!("{{{{ {}1{} }}}}", "(".repeat(many), ")".repeat(many)),
            format!("{{{{ {} }}}}", "[".repeat(many)),
            format!("{{{{ {}1 }}}}", "not ".repeat(many)),
            format!("{{{{ {}1 }}}}", "-".repeat(many)),
            format!("{{{{ 1{} }}}}", " + 1".repeat(many)),
            format!("{{{{ 1{} }}}}", " if 1 else 1".repeat(many)),
            format!("{{{{ 1{} }}}}", " | int".repeat(many)),
            format!("{{{{ env{} }}}}", ".x".repeat(many)),
            format!("{{{{ 1{} }}}}", " ~ 1".repeat(many)),
            format!("{{{{ 1{} }}}}", " and 1".repeat(many)),
            format!("{{{{ 1{} }}}}", " ** 1".repeat(many)),
            "{% if 1 %}".repeat(many),
            format!("{{% if 1 %}}{}{{% endif %}}", "{% elif 1 %}".repeat(many)),
        ]
    }

    #[test]
    fn text_of_a_template_maps_back_exactly_also_through_includes_and_loops() {
        let files = [("ships.yaml", "  node: {ip: 10.0.0.{{ n }}}\n")];
        let text = "ships:\n{% for n in [1, 2] %}{% include 'ships.yaml' %}{% endfor %}image: é:{{ env.TAG }} # ok\n";
        let (rendered, sources, _) = rendered_beside(&files, text);
        let rendered = rendered.unwrap();
        let place = |what: &str, nth: usize| {
            let at = rendered.text().match_indices(what).nth(nth).unwrap().0;
            let span = rendered.span(at..at + what.len());
            (
                sources.location(span).to_string(),
                sources.text(span).to_owned(),
                rendered.produced(at..at + what.len()),
            )
        };
        let found = |place: &str, text: &str, produced| (place.to_owned(), text.to_owned(), produced);
        assert_eq!(place("ships", 0), found("conf/maestro.yaml:1:1", "ships", false));
        assert_eq!(place("node", 0), found("conf/ships.yaml:1:3", "node", false));
        assert_eq!(place("node", 1), found("conf/ships.yaml:1:3", "node", false));
        assert_eq!(place("10.0.0.2", 0), found("conf/ships.yaml:1:14", "10.0.0.{{ n }}", true));
        assert_eq!(place("1.2", 0), found("conf/maestro.yaml:2:69", "{{ env.TAG }}", true));
        assert_eq!(place("# ok", 0), found("conf/maestro.yaml:2:83", "# ok", false));
    }

    #[test]
    fn what_a_macro_writes_maps_to_its_call() {
        let text = "{% macro m() %}a: 1\n{% endmacro %}{{ m() }}b: 2\n";
        let (rendered, sources, _) = rendered_beside(&[], text);
        let rendered = rendered.unwrap();
        assert_eq!(rendered.text(), "a: 1\nb: 2\n");
        assert_eq!(sources.text(rendered.span(0..1)), "{{ m() }}");
        assert_eq!(sources.text(rendered.span(5..6)), "b");
    }

    #[test]
    fn links_out_of_the_directory_are_refused_unless_includes_may_be_anywhere() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("in");
        std::fs::create_dir_all(inside.join("below")).unwrap();
        std::fs::write(folder.path().join("out.yaml"), "out").unwrap();
        std::fs::write(inside.join("below/x.yaml"), "in").unwrap();
        std::os::unix::fs::symlink("../out.yaml", inside.join("out.yaml")).unwrap();
        std::os::unix::fs::symlink("..", inside.join("up")).unwrap();
        std::os::unix::fs::symlink("below/x.yaml", inside.join("x.yaml")).unwrap();
        let read = |name: &str| read_include(Includes::Inside(&inside), name);
        for name in ["out.yaml", "up/out.yaml", "../out.yaml", "up/in/../out.yaml"] {
            assert!(read(name).is_err_and(|why| why.starts_with(OUTSIDE)), "{name}");
            let anywhere = read_include(Includes::Anywhere(&inside), name);
            assert_eq!(anywhere, Ok(Some("out".to_owned())), "{name}");
        }
        for name in ["x.yaml", "below/x.yaml", "up/in/x.yaml"] {
            assert_eq!(read(name), Ok(Some("in".to_owned())), "{name}");
        }
        assert_eq!(read("nope.yaml"), Ok(None));
    }

    #[test]
    fn includes_stay_in_their_directory() {
        assert_eq!(code("{% include '../etc/passwd' %}"), "bad-include");
        assert_eq!(code("{% include '/etc/passwd' %}"), "bad-include");
        assert_eq!(code("{% include 'a/../../b' %}"), "bad-include");
        assert_eq!(code("{% include '.' %}"), "bad-include");
        assert_eq!(filled("a{% include 'nope' ignore missing %}"), "a");
    }

    const FRAGMENTS: &str = "(\\{\\{ |\\}\\}|\\{% | %\\}|\\{#|#\\}|if |endif|for x in |endfor|set y = |'|\"|env|\\.TAG|x|é|\n|: |\\(|\\)|\\[|\\]| \\| |upper|1|raw|endraw|macro m\\(\\)|endmacro|include |set y = \\[x\\]|\\.append\\(y\\)|'%d' % x|\\{'a': y\\}|\\.update\\(y\\)){0,24}";

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn any_template_is_filled_in_or_complained_about(text in FRAGMENTS, cut in 0..80_usize, length in 0..20_usize) {
            let (rendered, sources, diagnostics) = rendered_beside(&[], &text);
            for problem in diagnostics.sorted() {
                for label in problem.primary.iter().chain(&problem.secondary) {
                    prop_assert_eq!(sources.clamp(label.span), label.span);
                }
            }
            match rendered {
                None => prop_assert!(diagnostics.has_errors()),
                Some(rendered) => {
                    let span = rendered.span(cut..cut + length);
                    let file = &sources.file(span.file).text;
                    prop_assert!(span.start <= span.end && span.end <= file.len());
                    for (at, character) in rendered.text().char_indices() {
                        let range = at..at + character.len_utf8();
                        let span = rendered.span(range.clone());
                        prop_assert_eq!(sources.clamp(span), span);
                        prop_assert!(rendered.produced(range) || sources.text(span) == character.to_string());
                    }
                }
            }
        }
    }
}
