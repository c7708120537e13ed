//! Why a step is done.

use std::borrow::Cow;

use super::{desired, is_rollback, orphan};
use crate::{
    model::check::State,
    plan::{
        command::Command,
        reason::{Doubt, Flag, Reason, Requested},
    },
};

/// Why a step is done, as a clause: `there is no container of this name`. `command` is the plan's.
#[must_use]
#[expect(clippy::too_many_lines, reason = "a line for each fact")]
pub fn sentence(reason: &Reason, command: Command) -> Cow<'static, str> {
    let goal = || desired(command);
    let text = match reason {
        Reason::OldIsDown(status) => format!("its old container is down ({status})"),
        Reason::IsDown(status) => format!("it is down ({status})"),
        Reason::DownAsDeclared(status) => {
            format!("it is down ({status}), and its container is as {} says", goal())
        }
        Reason::Differs { fields, more } => {
            let more = if *more == 0 { String::new() } else { format!(" and {more} more") };
            format!("it differs from {}: {}{more}", goal(), fields.join(", "))
        }
        Reason::NameDiffers => format!("it is as {} says, but for its name", goal()),
        Reason::Moved => format!("{} has it on another ship", goal()),
        Reason::RunsElsewhere { here, there } => {
            format!("it is running on ship {here}; {} has it on ship {there}", goal())
        }
        Reason::MoveLeftOld => {
            format!("it runs where {} says, and a run that was ended has left its old container", goal())
        }
        Reason::LeftoversBeside => {
            format!("it runs as {} says, and a run that was ended has left others beside it", goal())
        }
        Reason::Orphan { orphan, requested } => {
            let why = orphan::sentence(orphan, command);
            match requested {
                Requested::Prune if is_rollback(command) => why,
                Requested::Prune => format!("{why}, and --prune was given"),
                Requested::Name => format!("{why}, and it was named"),
            }
        }
        Reason::TooManyRevisions => format!("the newest {} are kept", Reason::KEPT),
        Reason::Checked(state) => return checked(*state).into(),
        Reason::Doubted(doubt) => return self::doubt(*doubt).into(),
        Reason::Flag(flag) => return self::flag(*flag).into(),
        Reason::NoContainer => return "there is no container of this name".into(),
        Reason::NeverStarted => return "its old container never started".into(),
        Reason::Dead => return "its old container is dead".into(),
        Reason::IsRunning => return "it is running".into(),
        Reason::HasOtherName => return "it has another name than its instance".into(),
        Reason::ContainerIsNew => return "its container is new".into(),
        Reason::RestartedAnew => return "it is restarted with a new container".into(),
        Reason::Restarted => return "it is restarted".into(),
        Reason::ImageChanged => return "its ship has another image by that name, or none".into(),
        Reason::ImageMissing => return "the image is not on the ship".into(),
        Reason::PullRequested => return "pull was asked for".into(),
        Reason::NetworkMissing => return "the ship has no network for this environment yet".into(),
        Reason::EnvironmentGone => return "no container of this environment is left on the ship".into(),
        Reason::Reused => return "its container is there and --reuse was given".into(),
        Reason::Adopted => return "it is not this environment's, and --adopt was given".into(),
        Reason::ReplacesUnmanaged => return "its place is taken by a container that --adopt gives up".into(),
        Reason::AwaitsReady => return "it counts as started when it is ready".into(),
        Reason::UpdateDelay => return "`update.delay` asks for it".into(),
        Reason::DrainsRequests => return "requests that found its predecessor come to their end".into(),
        Reason::IsReady => return "it is ready".into(),
        Reason::SuccessorInPlace => return "its successor has its place".into(),
        Reason::KeptUntilReady => return "it is kept until its successor is ready".into(),
        Reason::TakesPlace => return "it takes its predecessor's place".into(),
        Reason::SuccessorReady => return "its successor is ready".into(),
        Reason::MovedAndReady => return "its successor on another ship is ready".into(),
        Reason::Leftover => return "a run that was ended has left it".into(),
        Reason::LeftoverRuns => return "a run that was ended has left it running".into(),
        Reason::NotReplaced => return "it did not take its predecessor's place".into(),
        Reason::TakesPlaceAgain => return "it takes its place again".into(),
        Reason::RanBefore => return "it ran before".into(),
        Reason::LeftBehind => {
            return "a removed container has left it behind, and --volumes was given".into();
        }
        Reason::FirstRecord => return "nothing was recorded yet, so what runs is written down first".into(),
        Reason::Recorded => return "what runs then can be brought back".into(),
        Reason::RevisionDiffers => return "what runs is not what the last revision says".into(),
    };
    text.into()
}

fn checked(state: State) -> &'static str {
    match state {
        State::PreStart => "it is started only if these pass",
        State::Running => "it counts as started when it is ready",
        State::PreStop => "it is stopped only if these pass",
        State::Stopped => "it counts as stopped when these pass",
    }
}

/// Why a running container may not be ready, as a clause.
#[must_use]
pub fn doubt(doubt: Doubt) -> &'static str {
    match doubt {
        Doubt::Restarting => "its program ends, and the engine restarts it",
        Doubt::Paused => "somebody paused it",
        Doubt::Unhealthy => "its image's HEALTHCHECK finds it unhealthy",
        Doubt::HasChecks => "its checks tell whether it is ready",
        Doubt::New => "it was started less than a second ago",
        Doubt::Young => "it was started less than a minute ago",
    }
}

fn flag(flag: Flag) -> &'static str {
    match flag {
        Flag::RefreshImages => "--refresh-images was given",
        Flag::StepDelay => "--step-delay was given",
        Flag::StopStartDelay => "--stop-start-delay was given",
    }
}
