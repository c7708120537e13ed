//! What the user should know about an instance.

use super::desired;
use crate::{
    event::Remark,
    plan::{
        command::Command,
        reason::Note,
        volumes::{VolumeFate, VolumeOutcome},
    },
};

/// What to know about an instance of this name, in a sentence.
#[must_use]
pub fn sentence(name: &str, remark: &Remark, command: Command) -> String {
    match remark {
        Remark::Planned(note) => planned(name, note, command),
        Remark::Killed { timeout } => format!(
            "it did not end within {} s of being asked to, so the engine killed it; its program has to heed SIGTERM, or \
             needs a longer `stop_timeout`",
            timeout.as_secs_f64()
        ),
        Remark::EngineWarns(words) => format!("the engine warns: {words}"),
        Remark::MoreWarnings(more) => format!("the engine gave {more} more warnings"),
        Remark::VolumeStays { volume, path } => {
            stays_behind(volume, path, "the image has no volume there any more")
        }
        Remark::NoLogin(problem) => super::registry::login_problem(problem),
        Remark::RolledBack { other: None, .. } => {
            "its successor did not work, so its old container is back".to_owned()
        }
        Remark::RolledBack { other: Some(other), was_replaced: true } => {
            format!("{other}'s successor did not work, so its old container is back too")
        }
        Remark::RolledBack { other: Some(other), was_replaced: false } => {
            format!("{other}'s successor did not work, so its own container stays")
        }
    }
}

/// What the plan knows about an instance of this name, in a sentence.
#[must_use]
pub fn planned(name: &str, note: &Note, command: Command) -> String {
    match note {
        Note::CanBeUnpaused => format!("`docker unpause {name}` lets it go on"),
        Note::LogTellsWhy => format!("`logs {name}` shows why"),
        Note::PeersReplaceIt => format!("`apply --peers {name}` replaces it"),
        Note::PeersChanged => format!(
            "its peers have changed since its container was made; `diff {name}` shows how, `apply --peers {name}` \
             replaces it"
        ),
        Note::FileChanged => format!(
            "the file says something else than its container was made from; `diff {name}` shows what, `apply {name}` \
             replaces it"
        ),
        Note::NotReplacedForPeers => {
            "it is not replaced, since only the list of its peers differs; `apply --peers` replaces it"
                .to_owned()
        }
        Note::RequiresDown(names) => {
            format!("it requires {}, which is down and not part of this; `-d` takes it in", names.join(", "))
        }
        Note::OrphanHasPort(orphan) => format!(
            "{orphan}, which {} does not declare, has a port of it; `--prune` removes it first",
            desired(command)
        ),
        Note::NetworkStays { network, container } => {
            format!("network {network} stays: container {container}, which is unmanaged, is connected to it")
        }
        Note::MayRunOnSilentShip { ship, instances } => format!(
            "ship {ship} does not answer; if {} had {} there before, the old container may still run there beside the \
             new one. The next `apply` that reaches the ship tells it as an orphan, and `--prune` removes it",
            desired(command),
            instances.join(", ")
        ),
        Note::Moves { from, to, data } => moves(from, to, data),
        Note::Volume(fate) => volume(fate),
        Note::Differs { difference, place } => super::difference::line(difference, place.as_ref()),
    }
}

fn moves(from: &str, to: &str, data: &[String]) -> String {
    let stays = match data {
        [] => String::new(),
        data => format!("; what stays on ship {from} and is not copied: {}", data.join(", ")),
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
            stays_behind(volume, path, "neither the file nor the image has a volume there any more")
        }
    }
}

fn stays_behind(volume: &str, path: &str, reason: &str) -> String {
    format!("volume {volume}, mounted at {path}, stays behind: {reason}; `clean --volumes` removes it")
}
