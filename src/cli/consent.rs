//! Whether the user agrees to what cannot be brought back. On a terminal it is asked; without one, what removes data needs
//! `--yes`.

use std::{
    collections::BTreeSet,
    io::{self, IsTerminal as _, Write as _},
};

use super::{
    args::Output,
    error::{End, Problem},
    session::Session,
    typed::typed,
};
use maestro_core::{model::Environment, plan::Plan};
use maestro_report::{
    labels::count,
    problem::CommandProblem,
    removals::{Removals, removals},
    text::harmless,
};

/// So many things are named.
const SHOWN: usize = 20;

/// Whether the user has agreed beforehand: by `--yes`, or by the variable `MAESTRO_YES`.
pub(super) fn is_given(session: &Session, yes: bool) -> bool {
    let said = |value: &String| !matches!(value.as_str(), "" | "0" | "false" | "no");
    yes || session.variables.get("MAESTRO_YES").is_some_and(said)
}

/// Whether a question can be answered.
pub(super) fn can_be_asked(session: &Session) -> bool {
    session.output == Output::Text && io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks whether to do what `what` says, unless the user has agreed beforehand. Without a terminal nobody can be asked.
///
/// # Errors
/// If the user says no or cannot be asked: the command is refused.
pub(super) async fn agree(session: &Session, yes: bool, what: &str) -> Result<(), Problem> {
    if is_given(session, yes) {
        return Ok(());
    }
    if !can_be_asked(session) {
        let problem = CommandProblem::new(format!("{}; this needs `--yes`", harmless(what)))
            .note("there is no terminal on which to ask")
            .help(format!("`{} --yes`", typed()));
        return Err(refused(problem));
    }
    if says_yes(&format!("{}.", harmless(what))).await? { Ok(()) } else { Err(not_agreed()) }
}

/// Asks on the terminal. Signals are heeded meanwhile.
async fn says_yes(text: &str) -> io::Result<bool> {
    write!(io::stderr(), "{text}\nGo on? [y/N] ")?;
    io::stderr().flush()?;
    let answer = tokio::task::spawn_blocking(|| {
        let mut answer = String::new();
        io::stdin().read_line(&mut answer).map(|_| answer)
    });
    let answer = answer.await.map_err(io::Error::other)??;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

fn refused(problem: CommandProblem) -> Problem {
    Problem::Command { problems: vec![problem], outcome: Some("nothing was changed"), end: End::Refused }
}

fn not_agreed() -> Problem {
    refused(CommandProblem::new("not agreed"))
}

/// What the user agreed to.
#[derive(Debug, Default)]
pub(super) struct Consent {
    agreed: BTreeSet<String>,
}

impl Consent {
    /// Asks whether what a plan removes may go. Data goes with nobody's silence: without a terminal that is refused.
    pub(super) async fn ask(
        session: &Session,
        environment: &Environment,
        plan: &Plan,
    ) -> Result<Self, Problem> {
        let Removals { data, orphans } = removals(plan, environment);
        let command = plan.command;
        if !can_be_asked(session) {
            if data.is_empty() {
                return Ok(Self { agreed: orphans.into_iter().collect() });
            }
            let what = format!("`{command}` would remove {} with all data", count(data.len(), "volume"));
            let problem = CommandProblem::new(what).note(shown(&data).join(", ")).help(
                "to agree, add `--yes` or set the variable MAESTRO_YES=1; `--dry-run` shows the whole plan",
            );
            return Err(refused(problem));
        }
        if data.is_empty() && orphans.is_empty() {
            return Ok(Self::default());
        }
        let mut lines = Vec::new();
        for (head, things) in [("removes with all data", &data), ("removes", &orphans)] {
            if !things.is_empty() {
                lines.push(format!("{command} {head}:"));
                lines.extend(shown(things).iter().map(|line| format!("  {line}")));
            }
        }
        let text = lines.join("\n");
        if says_yes(&session.known().hide(&text)).await? {
            return Ok(Self { agreed: data.into_iter().chain(orphans).collect() });
        }
        Err(not_agreed())
    }

    /// Refuses a plan that removes more than was agreed on.
    pub(super) fn holds(&self, environment: &Environment, plan: &Plan) -> Result<(), Problem> {
        let Removals { data, orphans } = removals(plan, environment);
        let mut more = data.into_iter().chain(orphans).filter(|line| !self.agreed.contains(line));
        let Some(first) = more.next() else { return Ok(()) };
        let problem = CommandProblem::new("meanwhile there is more to remove than you agreed to")
            .note(harmless(&first).into_owned())
            .help("run the command again");
        Err(Problem::Command {
            problems: vec![problem],
            outcome: Some("nothing was changed"),
            end: End::Stale,
        })
    }
}

/// The first things, harmless.
fn shown(things: &[String]) -> Vec<String> {
    let mut lines: Vec<String> = things.iter().take(SHOWN).map(|line| harmless(line).into_owned()).collect();
    if things.len() > SHOWN {
        lines.push(format!("and {} more", things.len() - SHOWN));
    }
    lines
}
