//! Files that declare no instance.

use super::{args::Command, error::Problem, orphans, session::Session};

/// Whether there is nothing that the command could act on or show, which is told then. A file that declares nothing any
/// more may have left orphans.
pub(super) async fn has_nothing(session: &Session, command: &Command) -> Result<bool, Problem> {
    match command {
        Command::Status(_)
        | Command::Stop { .. }
        | Command::Kill { .. }
        | Command::Apply(_)
        | Command::Plan(_)
        | Command::Diff(_)
        | Command::Clean { .. }
        | Command::Down { .. }
        | Command::Events(_)
        | Command::Stats(_)
        | Command::Top(_)
        | Command::Images(_)
        | Command::Outdated(_)
        | Command::Logs(_)
        | Command::Exec(_)
        | Command::Attach(_) => Ok(!orphans::may_be_left(session).await && session.has_nothing()?),
        _ => session.has_nothing(),
    }
}
