//! Why a step is done.

use std::borrow::Cow;

use super::{desired, is_rollback, orphan};
use maestro_core::{
    model::check::LifecycleState,
    plan::{
        command::Command,
        reason::{Doubt, Flag, Reason, Requested},
    },
    value::pull::{self, PullPolicy},
};

/// Why a step is done, as a clause: `container does not exist`. `command` is the plan's.
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
        Reason::Moved => format!("{} places it on another ship", goal()),
        Reason::Drained { ship } => format!("ship {ship} is drained"),
        Reason::Spread { service } => format!("service {service} is placed over its ships again"),
        Reason::RunsElsewhere { here, there } => {
            format!("it is running on ship {here}; {} places it on ship {there}", goal())
        }
        Reason::MoveLeftOld => {
            format!("it runs where {} says, and an interrupted run left its old container", goal())
        }
        Reason::LeftoversBeside => {
            format!("it runs as {} says, and an interrupted run left other containers", goal())
        }
        Reason::Orphan { orphan, requested } => {
            let why = orphan::sentence(orphan, command);
            match requested {
                Requested::Prune if is_rollback(command) => why,
                Requested::Prune => format!("{why}, and --prune was given"),
                Requested::Orphans => format!("{why}, and --orphans was given"),
                Requested::Name => format!("{why}, and it was named"),
                Requested::FewerReplicas | Requested::Moves => why,
            }
        }
        Reason::TooManyRevisions => format!("the newest {} are kept", Reason::KEPT),
        Reason::Checked(state) => return checked(*state).into(),
        Reason::Doubted(doubt) => return self::doubt(*doubt).into(),
        Reason::Flag(flag) => return self::flag(*flag).into(),
        Reason::NoContainer => return "container does not exist".into(),
        Reason::NeverStarted => return "its old container never started".into(),
        Reason::MayLackFiles => return "it never started, so it may lack files".into(),
        Reason::Dead => return "its old container is dead".into(),
        Reason::IsPaused => return "it is paused".into(),
        Reason::IsRunning => return "it is running".into(),
        Reason::HasOtherName => return "its name differs from the instance's name".into(),
        Reason::ContainerIsNew => return "its container is new".into(),
        Reason::RestartedAnew => return "restart was requested; it gets a new container".into(),
        Reason::Restarted => return "it is restarted".into(),
        Reason::ImageChanged => return "the ship's image of this name differs or is missing".into(),
        Reason::ImageOld { age } => {
            format!(
                "the image was not pulled in the last {} (`pull_policy` is `{}`)",
                pull::written(*age),
                PullPolicy::After(*age)
            )
        }
        Reason::PullsAlways => return "`pull_policy` is `always`".into(),
        Reason::ImageMissing => return "the image is not on the ship".into(),
        Reason::PullRequested => return "pull was requested".into(),
        Reason::NetworkMissing => return "the environment's network does not exist on the ship".into(),
        Reason::VolumeMissing => return "the volume does not exist on the ship".into(),
        Reason::EnvironmentGone => return "the ship has no containers of this environment".into(),
        Reason::Reused => return "its container exists and --reuse was given".into(),
        Reason::Adopted => return "it is unmanaged, and --adopt was given".into(),
        Reason::ReplacesUnmanaged => {
            return "it replaces an unmanaged container, and --adopt was given".into();
        }
        Reason::AwaitsReady => return "its dependants start when it is ready".into(),
        Reason::BeforeUpdate(service) => return format!("it runs before each update of {service}").into(),
        Reason::AfterUpdate(service) => return format!("it runs after each update of {service}").into(),
        Reason::UpdateDelay => return "`update.delay` is set".into(),
        Reason::DrainsRequests => return "open requests to the previous container finish".into(),
        Reason::IsReady => return "it is ready".into(),
        Reason::SuccessorInPlace => return "the new container has replaced it".into(),
        Reason::KeptUntilReady => return "it is kept until the new container is ready".into(),
        Reason::TakesPlace => return "it replaces the previous container".into(),
        Reason::SuccessorReady => return "the new container is ready".into(),
        Reason::MovedAndReady => return "the new container on the other ship is ready".into(),
        Reason::Leftover => return "an interrupted run left it".into(),
        Reason::LeftoverRuns => return "an interrupted run left it running".into(),
        Reason::NotReplaced => return "it did not replace the previous container".into(),
        Reason::TakesPlaceAgain => return "the previous container is restored".into(),
        Reason::RanBefore => return "it ran before".into(),
        Reason::LeftBehind => {
            return "its container was removed, and --volumes was given".into();
        }
        Reason::DownRequested => return "down was requested".into(),
        Reason::VolumesRequested => return "--volumes was given".into(),
        Reason::ImageUnneeded => {
            return "no container and no kept revision needs it, and --images was given".into();
        }
        Reason::ContainerGone => return "its container does not exist any more".into(),
        Reason::FirstRecord => return "no revision exists, so the running state is recorded first".into(),
        Reason::Recorded => return "the new state is recorded for rollback".into(),
        Reason::RevisionDiffers => return "the running state differs from the last revision".into(),
    };
    text.into()
}

fn checked(state: LifecycleState) -> &'static str {
    match state {
        LifecycleState::PreStart => "it starts only if these checks pass",
        LifecycleState::Running => "its dependants start when it is ready",
        LifecycleState::PreStop => "it is stopped only if these checks pass",
        LifecycleState::Stopped => "what it requires stops when these checks pass",
    }
}

/// Why a running container may not be ready, as a clause.
#[must_use]
pub fn doubt(doubt: Doubt) -> &'static str {
    match doubt {
        Doubt::Restarting => "its program exits, and the engine restarts it",
        Doubt::TasksMissing => "not all of its tasks run",
        Doubt::Paused => "the container is paused",
        Doubt::Unhealthy => "the health check reports it unhealthy",
        Doubt::HasChecks => "its checks decide whether it is ready",
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
