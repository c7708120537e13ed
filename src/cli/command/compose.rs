//! `config` of Compose files: the project in its canonical form, as `docker compose config` prints it.

use std::{
    env,
    io::{self, IsTerminal as _, Write as _},
    path::{Path, PathBuf},
};

use crate::cli::{
    args::{ConfigArgs, Global, Output},
    error::{End, Problem},
    file::{DEFAULT_FILE, read, text_variables},
    session::{Session, colour},
};
use maestro_file::compose::{CanonicalFormat, DEFAULT_NAMES, FilesOnDisk, ProjectRequest, is_compose, load};
use maestro_report::{diagnostics, problem::CommandProblem};

/// Whether the files are Compose files.
pub(in crate::cli) fn is_meant(global: &Global) -> bool {
    if is_default(global) {
        return !Path::new(DEFAULT_FILE).exists()
            && (env::var_os("COMPOSE_FILE").is_some()
                || DEFAULT_NAMES.iter().any(|name| Path::new(name).exists()));
    }
    // A pipe can be read once only, and whoever asks for `config` of one means a file of Maestro.
    let is_named =
        |file: &Path| file.is_file() && read(file).is_ok_and(|(_, bytes, _)| is_compose(file, &bytes));
    global.files.iter().any(|file| is_named(file))
}

fn is_default(global: &Global) -> bool {
    matches!(&global.files[..], [] | [_]) && global.file() == Path::new(DEFAULT_FILE)
}

pub(in crate::cli) fn run(global: &Global, args: &ConfigArgs) -> Result<End, Problem> {
    let texts = |paths: &[PathBuf]| paths.iter().map(|path| path.display().to_string()).collect();
    let request = ProjectRequest {
        working_directory: env::current_dir()?.display().to_string(),
        variables: text_variables(env::vars_os()),
        files: if is_default(global) { Vec::new() } else { texts(&global.files) },
        directory: args.compose.project_directory.as_ref().map(|directory| directory.display().to_string()),
        env_files: texts(&args.compose.env_file),
        name: args.compose.project_name.clone(),
        profiles: args.compose.profile.clone(),
    };
    let loaded = load(&request, &FilesOnDisk);
    let colour = colour(global, io::stderr().is_terminal());
    let Some(project) = &loaded.project else {
        let drawn = diagnostics::draw(&loaded.diagnostics, &loaded.sources, colour);
        let problems = diagnostics::json(&loaded.diagnostics, &loaded.sources);
        return Err(Problem::File { drawn: drawn.trim_end().to_owned(), problems });
    };
    if let Some(thing) = args.things.first() {
        return Err(Problem::bad_input(
            CommandProblem::new(format!("`config {thing}` cannot select a service of a Compose file"))
                .help("leave the name out: `config` prints the whole project"),
        ));
    }
    if !loaded.diagnostics.is_empty() {
        let drawn = diagnostics::draw(&loaded.diagnostics, &loaded.sources, colour);
        writeln!(io::stderr(), "{}", drawn.trim_end())?;
    }
    let format = match global.output {
        Output::Json => CanonicalFormat::Json,
        Output::Text | Output::Markdown => CanonicalFormat::Yaml,
    };
    let text =
        if args.show_secrets { project.canonical(format) } else { project.canonical_without_secrets(format) };
    Session::print_whole(&text)?;
    Ok(End::Done)
}
