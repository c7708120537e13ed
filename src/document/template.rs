//! Fills in templates: Jinja2 as `MaestroNG` used it, each byte of the result tied to the place that wrote it.
//!
//! `env` is the process environment; includes and imports come from the file's own directory. An undefined value is
//! an error unless `default` or `is defined` handles it, because an empty image tag at night helps nobody.

mod rendered;
mod words;

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{FileId, Sources, Span};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::ValueKind;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, State, UndefinedBehavior, Value};
use minijinja_contrib::pycompat;
pub use rendered::Rendered;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// Work that a template may do: one step is an operation or 64 bytes written.
pub const MAX_STEPS: u64 = 1_000_000;
/// How deep includes and macros may call each other; well below what a thread's stack holds.
pub const MAX_CALLS: usize = 100;
/// Bytes of text that a template may produce.
pub const MAX_OUTPUT: usize = 8 << 20;

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
    let text = sources.file(file).text.clone();
    if !["{{", "{%", "{#"].iter().any(|opening| text.contains(opening)) {
        return Some(Rendered::as_written(file, text));
    }
    let library = Library::default();
    let engine = engine(directory, &library);
    let globals = minijinja::context! { env => environment.clone() };
    let result = engine
        .template_from_named_str(MAIN, &text)
        .and_then(|template| template.render_with_spans(globals));
    let places = Places::new(sources, file, &library);
    let problem = match result {
        Ok((output, _)) if output.len() > MAX_OUTPUT => too_much_output(Span::new(file, 0..0)),
        Ok((output, spans)) => return Some(Rendered::new(output, &spans, &places, sources, environment)),
        Err(error) => words::explain(&error, sources, &places, environment),
    };
    diagnostics.push(problem);
    None
}

fn too_much_output(span: Span) -> Diagnostic {
    Diagnostic::error(
        "template-too-large",
        format!(
            "the templates of this file write more than {} MiB of YAML",
            MAX_OUTPUT >> 20
        ),
    )
    .at(span, "")
    .help("look for a loop that goes over more than you meant, or split the environment into several files")
}

/// Files that templates asked for, in the order in which they were read, and why some were refused.
#[derive(Default, Clone)]
struct Library(Arc<Mutex<Shelf>>);

#[derive(Default)]
struct Shelf {
    files: Vec<(String, String)>,
    refusals: BTreeMap<String, String>,
}

impl Library {
    fn with<T>(&self, act: impl FnOnce(&mut Shelf) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the file `name` below `directory`; `None` if there is none.
    fn read(&self, directory: &Path, name: &str) -> Result<Option<String>, Error> {
        match read_include(directory, name) {
            Ok(Some(text)) => {
                self.with(|shelf| shelf.files.push((name.to_owned(), text.clone())));
                Ok(Some(text))
            }
            Ok(None) => Ok(None),
            Err(reason) => {
                self.with(|shelf| shelf.refusals.insert(name.to_owned(), reason.clone()));
                Err(Error::new(ErrorKind::InvalidOperation, reason))
            }
        }
    }
}

/// Includes stay in the directory of the file, as they did in `MaestroNG`.
fn read_include(directory: &Path, name: &str) -> Result<Option<String>, String> {
    if name.starts_with('/') || name.split(['/', '\\']).any(|part| part == "..") {
        return Err("an include must lie in the directory of the file, or below it".into());
    }
    let path = directory.join(name);
    let told = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound | std::io::ErrorKind::InvalidInput => Ok(None),
        _ => Err(format!("this file cannot be read: {error}")),
    };
    match std::fs::metadata(&path) {
        Ok(about) if !about.is_file() => return Err("this is not a file".into()),
        Ok(about) if about.len() > super::load::MAX_BYTES as u64 => {
            return Err("this file is too large".into());
        }
        Ok(_) => {}
        Err(error) => return told(error),
    }
    match std::fs::read(&path).map(String::from_utf8) {
        Ok(Ok(text)) => Ok(Some(
            text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text),
        )),
        Ok(Err(_)) => Err("this file is not UTF-8 text".into()),
        Err(error) => told(error),
    }
}

fn engine(directory: &Path, library: &Library) -> Environment<'static> {
    let mut engine = Environment::new();
    engine.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    engine.set_auto_escape_callback(|_| AutoEscape::None);
    engine.set_debug(true);
    engine.set_fuel(Some(MAX_STEPS));
    engine.set_recursion_limit(MAX_CALLS);
    engine.set_unknown_method_callback(python_method);
    if let Ok(syntax) = SyntaxConfig::builder().keep_trailing_newline(true).build() {
        engine.set_syntax(syntax);
    }
    let (directory, library) = (directory.to_owned(), library.clone());
    engine.set_loader(move |name| library.read(&directory, name));
    engine
}

/// Methods of Python's strings, lists and dictionaries, those of Python 2 that old files call included.
fn python_method(state: &mut State, value: &Value, method: &str, args: &[Value]) -> Result<Value, Error> {
    let is_map = value.kind() == ValueKind::Map;
    let method = match method {
        "iteritems" if is_map => "items",
        "iterkeys" if is_map => "keys",
        "itervalues" if is_map => "values",
        "has_key" if is_map && args.len() == 1 => {
            return Ok(Value::from(!value.get_item(&args[0])?.is_undefined()));
        }
        other => other,
    };
    pycompat::unknown_method_callback(state, value, method, args)
}

/// Finds the file behind the name of a template.
struct Places {
    files: BTreeMap<String, FileId>,
    main: FileId,
    refusals: BTreeMap<String, String>,
}

impl Places {
    /// Adds all files that were read to `sources`, beside the main file.
    fn new(sources: &mut Sources, main: FileId, library: &Library) -> Self {
        let beside = Path::new(&sources.file(main).name)
            .parent()
            .unwrap_or(Path::new(""))
            .to_owned();
        let mut files = BTreeMap::from([(MAIN.to_owned(), main)]);
        library.with(|shelf| {
            for (name, text) in std::mem::take(&mut shelf.files) {
                files
                    .entry(name)
                    .or_insert_with_key(|name| sources.add(beside.join(name).to_string_lossy(), text));
            }
            Self {
                files,
                main,
                refusals: std::mem::take(&mut shelf.refusals),
            }
        })
    }

    fn file(&self, template: Option<&str>) -> FileId {
        template
            .and_then(|name| self.files.get(name))
            .copied()
            .unwrap_or(self.main)
    }
}
