//! `config` of Compose files: the project in its canonical form, as `docker compose config` prints it.

use std::io::{self, IsTerminal as _, Write as _};

use crate::cli::{
    args::{ConfigArgs, Global, Output},
    error::{End, Problem},
    session::{Session, colour},
};
use maestro_file::compose::{CanonicalFormat, ProjectFiles, ProjectRequest, load};
use maestro_report::{diagnostics, problem::CommandProblem};

/// Prints the project. Does nothing and returns none if it has a site: then it is more than a project of Compose.
pub(in crate::cli) fn run(
    global: &Global,
    request: &ProjectRequest,
    files: &dyn ProjectFiles,
    args: &ConfigArgs,
) -> Result<Option<End>, Problem> {
    let loaded = load(request, files);
    let colour = colour(global, io::stderr().is_terminal());
    let Some(project) = &loaded.project else {
        let drawn = diagnostics::draw(&loaded.diagnostics, &loaded.sources, colour);
        let problems = diagnostics::json(&loaded.diagnostics, &loaded.sources);
        return Err(Problem::File { drawn: drawn.trim_end().to_owned(), problems });
    };
    if project.has_site() {
        return Ok(None);
    }
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
    Ok(Some(End::Done))
}
