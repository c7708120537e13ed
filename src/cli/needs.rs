//! What each command needs of its file.

use super::{
    args::{Command, GraphArgs, LinksArgs, ShipArgs, ShipCommand, VolumeArgs, VolumeCommand},
    understood::Needs,
};

/// What a command needs of its file.
pub(super) fn needs(command: &Command) -> Needs<'static> {
    match command {
        Command::Status(_) => Needs::ValidPart("status"),
        Command::Logs(_) => Needs::ValidPart("logs"),
        Command::History(_) => Needs::ValidPart("history"),
        Command::Timeline(_) => Needs::ValidPart("timeline"),
        Command::Stats(_) => Needs::ValidPart("stats"),
        Command::Top(_) => Needs::ValidPart("top"),
        Command::Images(_) => Needs::ValidPart("images"),
        Command::Outdated(_) => Needs::ValidPart("outdated"),
        Command::Events(_) => Needs::ValidPart("events"),
        Command::Ship(ShipArgs { command: ShipCommand::Ls(_) }) => Needs::ValidPart("ship ls"),
        Command::Stop { .. } => Needs::ValidPart("stop"),
        Command::Start { .. }
        | Command::Apply(_)
        | Command::Scale { .. }
        | Command::Plan(_)
        | Command::Diff(_)
        | Command::Why(_)
        | Command::Ui(_)
        | Command::Dash(_)
        | Command::Watch(_)
        | Command::Restart { .. }
        | Command::Run(_)
        | Command::Build(_)
        | Command::Rollback(_)
        | Command::Ship(ShipArgs { command: ShipCommand::Drain(_) | ShipCommand::Check(_) })
        | Command::Volume(VolumeArgs { command: VolumeCommand::Move(_) }) => Needs::Contents,
        Command::Kill { .. }
        | Command::Clean { .. }
        | Command::Down { .. }
        | Command::Pause { .. }
        | Command::Unpause { .. }
        | Command::Inspect(_)
        | Command::Wait(_)
        | Command::Pull { .. }
        | Command::Push(_)
        | Command::Volume(_)
        | Command::Cp(_)
        | Command::PortForward(_)
        | Command::Config(_)
        | Command::Dump(_)
        | Command::Graph(_)
        | Command::Deptree(_)
        | Command::Links(_)
        | Command::Unlock(_)
        | Command::Exec(_)
        | Command::Attach(_)
        | Command::Guest(_)
        | Command::Completions(_)
        | Command::Man(_)
        | Command::Init(_)
        | Command::Import(_)
        | Command::Complete(_) => Needs::Declarations,
    }
}

/// Whether there may be something to put in order at a signal. Other commands end on the spot.
pub(super) fn talks_to_engines(command: &Command) -> bool {
    !matches!(
        command,
        Command::Config(_)
            | Command::Graph(GraphArgs { observe: false, .. })
            | Command::Deptree(_)
            | Command::Dump(_)
            | Command::Links(LinksArgs { check: false, .. })
    )
}
