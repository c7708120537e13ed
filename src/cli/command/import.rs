//! `import`: a Compose project as a file of Maestro. Contacts nothing.

use std::{
    fs::OpenOptions,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use crate::cli::{
    args::{FileOptions, Global, ImportArgs},
    error::{End, Problem},
    file::{Choice, ChosenFile, choose, shown},
    session::Session,
    understood::Needs,
};
use maestro_file::export::{compose_file, maestro_file};
use maestro_report::{problem::CommandProblem, text::harmless};

/// What stands for standard output.
pub(super) const STANDARD_OUTPUT: &str = "-";
/// The file that is written if nothing else is said.
pub(super) const USUAL_FILE: &str = "maestro.yaml";

/// Writes the file; refuses to write over another one.
pub(in crate::cli) fn run(global: &Global, args: &ImportArgs) -> Result<End, Problem> {
    let mut global = global.clone();
    if !args.imported.is_empty() {
        global.file = FileOptions { files: args.imported.clone(), ..global.file };
    }
    let choice = choose(&global.file)?;
    project(&global, &choice, args.out.as_deref())
}

/// Prints the file: `config --format maestro`.
pub(in crate::cli) fn print(global: &Global, choice: &Choice) -> Result<End, Problem> {
    project(global, choice, Some(Path::new(STANDARD_OUTPUT)))
}

/// Prints an environment as a Compose file: `config --format compose`.
pub(in crate::cli) fn print_compose(global: &Global, choice: &Choice) -> Result<End, Problem> {
    let session = Session::open(global, choice, Needs::Declarations)?;
    session.show_diagnostics()?;
    let exported = compose_file(&session.environment);
    session.print(&exported.text)?;
    session.notes(&exported.notes())?;
    Ok(End::Done)
}

/// Writes the file of Maestro that a Compose project becomes.
pub(super) fn project(global: &Global, choice: &Choice, out: Option<&Path>) -> Result<End, Problem> {
    if let ChosenFile::Maestro(files) = &choice.file {
        let text = format!("{} is a file of Maestro already", harmless(&shown(&files.first)));
        return Err(Problem::bad_input(
            CommandProblem::new(text).help("name a Compose file: `maestro import compose.yaml`"),
        ));
    }
    // Services without an active profile are written too, unless they are wrong: then they are told.
    let needs = Needs::Declarations;
    let session = match Session::open(global, &choice.clone().with_all_profiles(), needs) {
        Ok(session) => session,
        Err(_) => Session::open(global, choice, needs)?,
    };
    session.show_diagnostics()?;
    let exported = maestro_file(&session.environment);
    write_new(out.unwrap_or(Path::new(USUAL_FILE)), &exported.text)?;
    session.notes(&exported.notes())?;
    Ok(End::Done)
}

/// Writes a file that is not there yet; `-` is standard output.
pub(super) fn write_new(out: &Path, text: &str) -> Result<(), Problem> {
    if out == Path::new(STANDARD_OUTPUT) {
        return Session::print_whole(text);
    }
    let name = harmless(&shown(out)).into_owned();
    let written = OpenOptions::new().write(true).create_new(true).open(out).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    match written {
        Ok(()) => {
            writeln!(io::stdout(), "wrote {name}; `maestro -f {name} plan` shows what it would do")?;
            Ok(())
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(Problem::bad_input(
            CommandProblem::new(format!("there is a file {name} already"))
                .help("name another one with `-o FILE`; `-o -` prints the text"),
        )),
        Err(error) => Err(Problem::bad_input(
            CommandProblem::new(format!("{name} cannot be written: {error}"))
                .help("name another file with `-o FILE`; `-o -` prints the text"),
        )),
    }
}

/// The directory that a new file belongs to, by its name: the name of the environment in it.
pub(super) fn environment_name(here: &Path) -> String {
    let name = here.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let allowed: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || "_-".contains(c) { c } else { '-' }).collect();
    let trimmed = allowed.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    if trimmed.len() < 2 { "my-environment".to_owned() } else { trimmed.to_owned() }
}

/// Where a first file is written.
pub(super) fn out(out: Option<&PathBuf>) -> PathBuf {
    out.cloned().unwrap_or_else(|| PathBuf::from(USUAL_FILE))
}
