//! `volume`: the volumes of the environment, on all its ships.

mod backup;
mod copy;
mod find;
mod ls;
mod moving;
mod restore;
mod rm;

use std::sync::Arc;

use crate::cli::{
    args::{VolumeArgs, VolumeCommand},
    error::{End, Problem},
    session::Session,
};

pub(in crate::cli) async fn run(session: &Arc<Session>, args: &VolumeArgs) -> Result<End, Problem> {
    match &args.command {
        VolumeCommand::Ls(args) => ls::run(session, args).await,
        VolumeCommand::Rm(args) => rm::run(session, args).await,
        VolumeCommand::Backup(args) => backup::run(session, args).await,
        VolumeCommand::Restore(args) => restore::run(session, args).await,
        VolumeCommand::Move(args) => moving::run(session, args).await,
    }
}
