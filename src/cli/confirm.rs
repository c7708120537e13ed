//! Asks before data is removed.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use super::{
    error::{End, Problem},
    session::Session,
    typed::typed,
};
use maestro_report::{problem::CommandProblem, text::harmless};

/// Asks whether to do what `text` says, unless the user said so before. Without a terminal nobody can be asked.
///
/// # Errors
/// If the user says no or cannot be asked: the command is refused.
pub(super) async fn confirm(session: &Session, yes: bool, text: &str) -> Result<(), Problem> {
    if yes || session.variables.get("MAESTRO_YES").is_some_and(|yes| !yes.is_empty()) {
        return Ok(());
    }
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        let problem = CommandProblem::new(format!("{}; this needs `--yes`", harmless(text)))
            .note("there is no terminal on which to ask")
            .help(format!("`{} --yes`", typed()));
        return Err(Problem::ended(problem, End::Refused));
    }
    write!(io::stderr(), "{}. Continue? [y/N] ", harmless(text))?;
    io::stderr().flush()?;
    // A thread of its own waits for the line: signals are heeded.
    let (sender, answer) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        let read = io::stdin().lock().read_line(&mut line);
        sender.send(read.map(|_| line)).ok();
    });
    let line = answer.await.unwrap_or_else(|_| Ok(String::new()))?;
    if matches!(line.trim().to_lowercase().as_str(), "y" | "yes") {
        return Ok(());
    }
    Err(Problem::ended(CommandProblem::new("not confirmed; nothing was changed"), End::Refused))
}
