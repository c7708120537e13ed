//! What would go wrong, told before the first step, all at once.

use std::io::{self, IsTerminal as _, Write as _};

use super::{args::Output, fleet::Fleet, session::Session};
use maestro_core::{
    event::Finding,
    model::Environment,
    plan::{Plan, command::Command},
};
use maestro_engine::credentials::Credentials;
use maestro_report::{
    json,
    preflight::{self as report, CommandOutcome, Occasion},
};
use maestro_run::preflight::Verdict;

/// Asks all ships what would stop this plan for the environment of the file.
pub(super) async fn look(session: &Session, fleet: &Fleet, plan: &Plan) -> Vec<Finding> {
    fleet.preflight(&session.environment, plan, &Credentials::new(&session.variables)).await
}

/// Prints what was found.
pub(super) fn print(
    session: &Session,
    verdict: &Verdict,
    command: Command,
    environment: &Environment,
) -> io::Result<()> {
    let outcome = if verdict.is_refused { CommandOutcome::Refused } else { CommandOutcome::GoesOn };
    let of = Occasion { invocation: &session.invocation, command, outcome };
    let (found, sources) = (&verdict.findings, &session.sources);
    match session.output {
        Output::Json => {
            let line = json::line(&session.hidden(report::event(found, environment, sources, of)))?;
            writeln!(io::stdout(), "{line}")
        }
        Output::Text | Output::Markdown => {
            let colour = session.colour && io::stderr().is_terminal();
            let text = report::text(found, environment, sources, of, colour);
            write!(io::stderr(), "{}", session.known().hide(&text))
        }
    }
}
