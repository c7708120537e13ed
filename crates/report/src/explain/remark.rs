//! What the user should know about an instance.

use super::{desired, is_of_compose};
use crate::overview::names;
use maestro_core::{
    event::Remark,
    model::Environment,
    plan::{
        command::Command,
        reason::Note,
        volumes::{VolumeFate, VolumeOutcome},
    },
};

/// What a file calls the time that a program has to stop.
#[must_use]
pub fn stop_timeout(environment: &Environment) -> &'static str {
    if is_of_compose(environment) { "stop_grace_period" } else { "stop_timeout" }
}

/// What to know about an instance of this name, in a sentence; `stop_timeout` is what the file calls that time.
#[must_use]
pub fn sentence(name: &str, remark: &Remark, command: Command, stop_timeout: &str) -> String {
    match remark {
        Remark::Planned(note) => planned(name, note, command),
        Remark::Killed { timeout } => {
            let seconds = timeout.as_secs_f64();
            format!(
                "it did not stop within {seconds} s, so the engine killed it; handle SIGTERM in its program or raise `{stop_timeout}`"
            )
        }
        Remark::EngineWarns(words) => format!("the engine warns: {words}"),
        Remark::Ended => "ended with exit code 0, which counts as done".to_owned(),
        Remark::MoreWarnings(more) => format!("the engine gave {more} more warnings"),
        Remark::VolumeStays { volume, path } => {
            stays_behind(volume, path, "the image no longer declares a volume there")
        }
        Remark::NoLogin(problem) => super::registry::login_problem(problem),
        Remark::RolledBack { other: None, .. } => "rolled back: the previous container runs again".to_owned(),
        Remark::RolledBack { other: Some(other), was_replaced: true } => {
            format!("rolled back: {other} failed, and the previous container runs again")
        }
        Remark::RolledBack { other: Some(other), was_replaced: false } => {
            format!("not replaced: {other} failed; its container stays")
        }
    }
}

/// What the plan knows about an instance, in a sentence. `name` is what is typed for it.
#[must_use]
pub fn planned(name: &str, note: &Note, command: Command) -> String {
    match note {
        Note::CanBeUnpaused { container } => format!("`docker unpause {container}` resumes it"),
        Note::LogTellsWhy => format!("`logs {name}` shows why"),
        Note::WouldRunAgain => {
            format!("kept, so that `apply` does not run it again; `clean {name}` removes it")
        }
        Note::ContinueReplacesIt => "`apply --continue` replaces it when the canary works".to_owned(),
        Note::PeersReplaceIt => format!("`apply --peers {name}` replaces it"),
        Note::PeersChanged => format!(
            "its peers changed after its container was created; `diff {name}` shows how, `apply --peers {name}` \
             replaces it"
        ),
        Note::FileChanged => format!(
            "the file differs from its container's configuration; `diff {name}` shows what, `apply {name}` \
             replaces it"
        ),
        Note::NotReplacedForPeers => {
            "it is not replaced: only its peer variables differ; `apply --peers` replaces it".to_owned()
        }
        Note::RequiresDown(names) => {
            format!("it requires {}, which is down and not selected; `-d` includes it", names.join(", "))
        }
        Note::OrphanHasPort(orphan) => format!(
            "{orphan}, which {} does not declare, uses one of its ports; `--prune` removes it first",
            desired(command)
        ),
        Note::VolumesOnNodes(volumes) => format!(
            "the nodes that ran its tasks keep {}; `docker volume rm` there removes a volume with its data",
            names(volumes.iter().cloned()).join(", ")
        ),
        Note::NetworkStays { network, container } => {
            format!("network {network} stays: container {container}, which is unmanaged, is connected to it")
        }
        Note::MayRunOnSilentShip { ship, instances } => format!(
            "ship {ship} is unreachable; if {} had {} there before, the old container may still run there beside the \
             new one. The next `apply` that reaches the ship reports it as an orphan, and `--prune` removes it",
            desired(command),
            names(instances.iter().cloned()).join(", ")
        ),
        Note::StaysOnDrained { ship, has_choice, data } => stays_on_drained(name, ship, *has_choice, data),
        Note::Moves { from, to, data } => moves(from, to, data),
        Note::Volume(fate) => volume(fate),
        Note::DataStays { source, path, instead } => data_stays(source, path, instead.as_deref()),
        Note::Differs { difference, place } => super::difference::line(difference, place.as_ref()),
    }
}

/// Why an instance stays on a drained ship, and what moves it.
fn stays_on_drained(name: &str, ship: &str, has_choice: bool, data: &[String]) -> String {
    if !has_choice {
        return format!(
            "stays on ship {ship}, which is drained: the file names no other ship for it; name one"
        );
    }
    if data.is_empty() {
        return format!("stays on ship {ship}, which is drained, because the ship does not answer");
    }
    format!(
        "stays on ship {ship}, which is drained, with its data: {}; `volume move {name}` moves it with named volumes, \
         `apply --move {name}` without data",
        data.join(", ")
    )
}

fn moves(from: &str, to: &str, data: &[String]) -> String {
    let stays = match data {
        [] => String::new(),
        data => format!("; stays on ship {from} and is not copied: {}", data.join(", ")),
    };
    format!("moves from ship {from} to ship {to}{stays}")
}

fn volume(VolumeFate { volume, path, fate, .. }: &VolumeFate) -> String {
    match fate {
        VolumeOutcome::Carried => format!("the new container takes over volume {volume} at {path}"),
        VolumeOutcome::CarriedIfDeclared => format!(
            "the new container takes over volume {volume} at {path} if its image still has a volume there"
        ),
        VolumeOutcome::Renewed => stays_behind(volume, path, "--renew-anonymous-volumes was given"),
        VolumeOutcome::Covered(source) => {
            stays_behind(volume, path, &format!("the file mounts {source} there"))
        }
        VolumeOutcome::Undeclared => {
            stays_behind(volume, path, "neither the file nor the image still declares a volume there")
        }
    }
}

/// A named volume or a path of the ship that an instance used, and its new container does not mount.
fn data_stays(source: &str, path: &str, instead: Option<&str>) -> String {
    let kind = if source.starts_with('/') { "directory" } else { "volume" };
    let instead = match instead {
        Some(instead) => format!("the new container mounts {instead} there"),
        None => "the new container does not mount it".to_owned(),
    };
    format!("{kind} {source}, mounted at {path}, stays on the ship with its data; {instead}")
}

fn stays_behind(volume: &str, path: &str, reason: &str) -> String {
    format!("volume {volume}, mounted at {path}, is left behind: {reason}; `clean --volumes` removes it")
}
