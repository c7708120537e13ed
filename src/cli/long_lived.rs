//! Commands that go on until they are ended, and read their file again.

use std::sync::Arc;

use super::{
    args::{Cli, Command},
    command::{dash, ui, watch},
    error::{End, Problem},
    file::Choice,
    session::Session,
};

/// Refuses a command that cannot do its work here.
pub(super) fn check(cli: &Cli) -> Result<(), Problem> {
    if matches!(cli.command, Command::Dash(_)) { dash::check(cli.global.output) } else { Ok(()) }
}

/// Runs one.
pub(super) async fn run(cli: &Cli, session: &Arc<Session>, choice: &Choice) -> Result<End, Problem> {
    let reopening = ui::Reopening { global: cli.global.clone(), choice: choice.clone() };
    if let Command::Dash(args) = &cli.command {
        dash::run(session, args, reopening).await
    } else if let Command::Ui(args) = &cli.command {
        ui::run(session, args, reopening).await
    } else if let Command::Watch(args) = &cli.command {
        watch::run(session, args, reopening).await
    } else {
        Ok(End::Done)
    }
}
