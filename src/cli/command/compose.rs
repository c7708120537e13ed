//! `config` of Compose files: the project in its canonical form, as `docker compose config` prints it.

use std::io::{self, IsTerminal as _, Write as _};

use crate::cli::{
    args::{ConfigArgs, Global, Output},
    error::{End, Problem},
    file::{Choice, text_variables},
    session::{Session, colour},
    understood::{Needs, Reading, Understood},
};
use maestro_file::compose::CanonicalFormat;
use maestro_report::{diagnostics, problem::CommandProblem};

/// Prints the project. Does nothing and returns none if it has a site: then it is more than a project of Compose.
///
/// A project that cannot run is told as by other commands. For people it is printed all the same, as docker compose does.
pub(in crate::cli) fn run(
    global: &Global,
    choice: &Choice,
    args: &ConfigArgs,
) -> Result<Option<End>, Problem> {
    let variables = text_variables(std::env::vars_os());
    let allow_outside = global.file.allow_outside;
    let reading = Reading { variables: &variables, allow_outside, needs: Needs::ValidPart("config") };
    let Understood { sources, project, diagnostics, .. } = reading.understood(choice)?;
    let draw = || {
        let colour = colour(global, io::stderr().is_terminal());
        diagnostics::draw(&diagnostics, &sources, colour).trim_end().to_owned()
    };
    let mistakes = || Problem::File { drawn: draw(), problems: diagnostics::json(&diagnostics, &sources) };
    let Some(project) = project else { return Err(mistakes()) };
    if project.has_site() {
        return Ok(None);
    }
    if let Some(thing) = args.things.first() {
        return Err(Problem::bad_input(
            CommandProblem::new(format!("`config {thing}` cannot select a service of a Compose file"))
                .help("leave the name out: `config` prints the whole project"),
        ));
    }
    let (format, for_people) = match global.output {
        Output::Json => (CanonicalFormat::Json, false),
        Output::Text | Output::Markdown => (CanonicalFormat::Yaml, true),
    };
    let is_refused = diagnostics.has_errors();
    if !is_refused && !diagnostics.is_empty() {
        writeln!(io::stderr(), "{}", draw())?;
    }
    if !is_refused || for_people {
        let text = if args.show_secrets {
            project.canonical(format)
        } else {
            project.canonical_without_secrets(format)
        };
        Session::print_whole(&text)?;
    }
    if is_refused { Err(mistakes()) } else { Ok(Some(End::Done)) }
}
