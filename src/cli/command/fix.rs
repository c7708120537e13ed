//! `config --fix`: makes the changes of the file that can only be meant in one way.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    path::{Path, PathBuf},
};

use crate::cli::{
    args::{ConfigArgs, Global},
    error::{End, Problem},
    file::{Choice, ChosenFile, STANDARD_INPUT, shown as shown_path, text_variables},
};
use maestro_core::{
    diagnostic::{Diagnostics, Edit, replaced},
    source::Sources,
    value::{
        file,
        secret::{Known, text::known},
    },
};
use maestro_file::{
    document::{self, template::Includes},
    resolve::{Surroundings, resolve},
};
use maestro_report::{diagnostics, problem::CommandProblem, text::harmless, text_diff};

/// Changes that show only once others are made are made too, so often at most.
const MOST_ROUNDS: usize = 20;

/// A file with what is wrong with it.
struct Checked {
    sources: Sources,
    diagnostics: Diagnostics,
}

/// Where a file is read from.
struct FileSource<'a> {
    global: &'a Global,
    name: String,
    directory: PathBuf,
    variables: BTreeMap<String, String>,
}

impl<'a> FileSource<'a> {
    /// The file that is meant, with its bytes.
    fn open(global: &'a Global, choice: &Choice) -> Result<(Self, Vec<u8>), Problem> {
        let (name, bytes, directory) = choice.read()?;
        Ok((Self { global, name, directory, variables: text_variables(std::env::vars_os()) }, bytes))
    }

    /// The text with all changes that can only be meant in one way, and what is wrong with it then.
    fn corrected(&self, text: &str, mut checked: Checked) -> (String, Checked) {
        let mut changed = text.to_owned();
        for _ in 0..MOST_ROUNDS {
            let edits = checked.safe_edits(&self.name);
            let ranges: Vec<_> = edits
                .iter()
                .map(|edit| (edit.span.start..edit.span.end, edit.replacement.as_str()))
                .collect();
            let next = replaced(&changed, &ranges);
            if next == changed {
                break;
            }
            changed = next;
            checked = self.check(changed.as_bytes());
        }
        (changed, checked)
    }

    fn check(&self, bytes: &[u8]) -> Checked {
        let directory = &self.directory;
        let includes = if self.global.file.allow_outside {
            Includes::Anywhere(directory)
        } else {
            Includes::Inside(directory)
        };
        let document::Loaded { mut sources, yaml, mut diagnostics } =
            document::load::load_with(&self.name, bytes.to_vec(), includes, &self.variables);
        let document = yaml.and_then(|yaml| document::file::read(&yaml, &mut diagnostics));
        if let Some(document) = document {
            let read = |path: &Path| file::read(&directory.join(path));
            let surroundings = Surroundings::new(directory, &self.variables);
            resolve(&document, &mut sources, &read, surroundings, &mut diagnostics);
        }
        Checked { sources, diagnostics }
    }
}

impl Checked {
    /// The replacements in the file `name` that can only be meant in this way.
    fn safe_edits(&self, name: &str) -> Vec<Edit> {
        let problems = self.diagnostics.sorted();
        let mut edits: Vec<Edit> = Vec::new();
        for suggestion in problems.iter().filter_map(|problem| problem.safe_suggestion()) {
            let exact: Vec<Edit> = suggestion.edits.iter().map(|edit| edit.exact(&self.sources)).collect();
            let is_of_file = |edit: &Edit| self.sources.file(edit.span.file).name == name;
            let meets = |edit: &Edit| {
                edits.iter().any(|made| edit.span.start <= made.span.end && made.span.start <= edit.span.end)
            };
            // Of two changes of one place the second waits for the next round.
            if exact.iter().all(|edit| is_of_file(edit) && !meets(edit)) {
                edits.extend(exact);
            }
        }
        edits
    }
}

/// What is wrong with the text of a file that is about to be written here; none if nothing is.
pub(super) fn mistakes(global: &Global, name: &str, text: &str) -> Option<(Sources, Diagnostics)> {
    let variables = text_variables(std::env::vars_os());
    let directory = std::env::current_dir().unwrap_or_default();
    let source = FileSource { global, name: name.to_owned(), directory, variables };
    let Checked { sources, diagnostics } = source.check(text.as_bytes());
    diagnostics.has_errors().then_some((sources, diagnostics))
}

/// Several files are not changed at once.
fn of_several() -> Problem {
    let problem = CommandProblem::new("`--fix` changes one file, and several are named");
    Problem::bad_input(problem.help("name one of them with `-f FILE`"))
}

/// How many problems are left once the changes are made; none if the file cannot be read again.
pub(in crate::cli) fn left(global: &Global, choice: &Choice) -> Option<usize> {
    if choice.path() == Path::new(STANDARD_INPUT) {
        return None;
    }
    let (place, bytes) = FileSource::open(global, choice).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let (_, checked) = place.corrected(text, place.check(text.as_bytes()));
    Some(checked.diagnostics.sorted().len())
}

/// Makes the changes, or with `--dry-run` only shows them, and tells what is still wrong.
pub(in crate::cli) fn run(global: &Global, choice: &Choice, args: &ConfigArgs) -> Result<End, Problem> {
    let path = match &choice.file {
        ChosenFile::Maestro(files) if !files.later.is_empty() => return Err(of_several()),
        ChosenFile::Maestro(files) => &files.first,
        ChosenFile::Compose { first, .. } => return Err(of_compose(first)),
    };
    if path == Path::new(STANDARD_INPUT) {
        return Err(Problem::bad_input(
            CommandProblem::new("`--fix` changes a file, and standard input is none")
                .help("name the file with `-f FILE`"),
        ));
    }
    let (place, bytes) = FileSource::open(global, choice)?;
    let checked = place.check(&bytes);
    let Ok(original) = String::from_utf8(bytes) else {
        return shown(&checked);
    };
    let (mark, text) = match original.strip_prefix('\u{feff}') {
        Some(rest) => ("\u{feff}", rest),
        None => ("", original.as_str()),
    };
    let (changed, checked) = place.corrected(text, checked);
    if changed == text {
        writeln!(io::stderr(), "{}: nothing that can be fixed safely", harmless(&place.name))?;
        return shown(&checked);
    }
    let hidden = known(checked.diagnostics.secrets(), checked.sources.texts().chain([text]));
    print_diff((text, &changed), &hidden)?;
    write_unless_dry(path, &place.name, &format!("{mark}{changed}"), args)?;
    shown(&checked)
}

/// Refuses to change a Compose file.
fn of_compose(file: &Path) -> Problem {
    let name = shown_path(file);
    let name = harmless(&name);
    let problem =
        CommandProblem::new(format!("`--fix` changes files of Maestro, and {name} is a Compose file"));
    Problem::bad_input(problem.help("`maestro config` tells each mistake and what to write"))
}

/// Tells what is wrong; 2 if the file cannot be used.
fn shown(checked: &Checked) -> Result<End, Problem> {
    let drawn = diagnostics::draw(&checked.diagnostics, &checked.sources, false);
    if !drawn.is_empty() {
        writeln!(io::stderr(), "{}", drawn.trim_end())?;
    }
    Ok(if checked.diagnostics.has_errors() { End::BadInput } else { End::Done })
}

/// Prints the changed lines of a file without secrets.
pub(super) fn print_diff((before, after): (&str, &str), hidden: &Known) -> io::Result<()> {
    let diff = text_diff::diff(before, after, |line| hidden.hide(line).into_owned());
    write!(io::stdout(), "{diff}")
}

/// Writes the changed file, unless it is only to be shown, and says which.
pub(super) fn write_unless_dry(
    path: &Path,
    name: &str,
    text: &str,
    args: &ConfigArgs,
) -> Result<(), Problem> {
    let name = harmless(name);
    let outcome = if args.dry_run {
        "not changed, as `--dry-run` says"
    } else {
        write(path, text.as_bytes()).map_err(|error| {
            Problem::bad_input(CommandProblem::new(format!("{name} cannot be written: {error}")))
        })?;
        "changed"
    };
    Ok(writeln!(io::stderr(), "{name}: {outcome}")?)
}

/// Replaces the file at once, with the permissions that it had; a link stays a link.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = path.canonicalize()?;
    let directory = path.parent().ok_or(io::ErrorKind::NotFound)?;
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(bytes)?;
    file.as_file().set_permissions(path.metadata()?.permissions())?;
    file.as_file().sync_all()?;
    file.persist(&path).map(drop).map_err(|error| error.error)
}
