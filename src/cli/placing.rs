//! Where instances run is looked at before they are placed, by every command that contacts engines.

use std::mem::ManuallyDrop;

use tokio::runtime::Runtime;

use super::{
    args::{Apply, Cli, Command, Global, ShipArgs, ShipCommand, VolumeArgs, VolumeCommand},
    error::{End, Problem},
    file::Choice,
    needs::{needs, talks_to_engines},
    session::Session,
    signals,
    understood::Needs,
};
use maestro_core::model::placement::{DataMoves, Whereabouts};
use maestro_run::operations::whereabouts::{Located, locate};

/// A session whose instances are placed, or how the command ended before.
pub(super) enum Opened {
    Session(Box<Session>),
    Ended(End),
}

/// Opens the file. If a service has a choice of ships, its instances are looked for first, and stay where they are as far as
/// the file lets them.
pub(super) fn open(cli: &Cli, choice: Choice, runtime: &Runtime) -> Result<Opened, Problem> {
    let asked = asked(&cli.command);
    let choice = choice.placing(asked.clone());
    let session = Session::open(&cli.global, &choice, needs(&cli.command))?;
    if !talks_to_engines(&cli.command) || session.environment.choices().is_empty() {
        return Ok(Opened::Session(Box::new(session)));
    }
    let located = runtime.block_on(async {
        let routes = session.routes();
        tokio::select! {
            located = locate(&session.environment, &routes) => Ok(located),
            number = signals::uncared_for() => Err(number),
        }
    });
    let located = match located {
        Ok(located) => located,
        Err(number) => return Ok(Opened::Ended(End::Signal(number?))),
    };
    placed((&cli.global, choice, needs(&cli.command)), session, located, asked)
        .map(|session| Opened::Session(Box::new(session)))
}

/// Opens the file anew for a command that goes on, with its instances where they are now.
pub(super) async fn reopen(global: &Global, choice: &Choice, needs: Needs<'_>) -> Result<Session, Problem> {
    let session = Session::open(global, choice, needs)?;
    if session.environment.choices().is_empty() {
        return Ok(session);
    }
    let located = locate(&session.environment, &session.routes()).await;
    placed((global, choice.clone(), needs), session, located, Whereabouts::default())
}

/// The session, opened once more if instances are elsewhere than the file alone would place them.
fn placed(
    (global, choice, needs): (&Global, Choice, Needs<'_>),
    session: Session,
    located: Located,
    asked: Whereabouts,
) -> Result<Session, Problem> {
    let Whereabouts { found, begun, recorded, silent, .. } = located.whereabouts;
    let whereabouts = Whereabouts { found, begun, recorded, silent, ..asked };
    let session = if whereabouts.agrees(&session.environment) {
        session
    } else {
        // To take a large environment apart piece by piece is work for nobody.
        let _placed_by_file = ManuallyDrop::new(session);
        Session::open(global, &choice.placing(whereabouts), needs)?
    };
    session.hand_over(located.connections);
    Ok(session)
}

/// What a command asks of placement.
fn asked(command: &Command) -> Whereabouts {
    let mut asked = Whereabouts::default();
    let moves = match command {
        Command::Apply(Apply { args, .. }) => {
            asked.rebalances = args.rebalance;
            args.new.moves
        }
        Command::Plan(args) => {
            asked.rebalances = args.apply.rebalance;
            args.apply.new.moves
        }
        Command::Scale { args, .. } => args.new.moves,
        Command::Start { args, .. } => args.new.moves,
        Command::Restart { args, .. } => args.new.moves,
        Command::Volume(VolumeArgs { command: VolumeCommand::Move(args) }) => {
            asked.data_moves = DataMoves::Of(args.instance.clone());
            false
        }
        Command::Ship(ShipArgs { command: ShipCommand::Drain(args) }) => {
            asked.drained.insert(args.ship.clone());
            false
        }
        _ => false,
    };
    if moves {
        asked.data_moves = DataMoves::All;
    }
    asked
}
