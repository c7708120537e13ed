//! What a step does, and what holds after it has failed.

use crate::{carried, labels::count};
use maestro_core::{
    model::{check::LifecycleState, swarm::without_digest},
    plan::action::{
        Action, ContainerAction, ImageAction, NetworkAction, RecordAction, ServiceAction, VolumeAction,
        WaitAction,
    },
};

/// What a step does, in words that follow `failed to`.
pub(super) fn phrase(action: &Action) -> String {
    match action {
        Action::Container(action) => match action {
            ContainerAction::Create { .. } => "create its container".to_owned(),
            ContainerAction::Copy { files, .. } => {
                format!("copy {} into its container", count(files.iter().len(), "file"))
            }
            ContainerAction::Reload { files, signals, .. } => {
                let files = count(files.iter().len(), "file");
                format!("copy {files} into its running container and send {}", signals.join(", "))
            }
            ContainerAction::Rename { container, to, .. } => format!("rename {container} to {to}"),
            ContainerAction::Discard { .. } => "remove its new container".to_owned(),
            ContainerAction::Start { .. } => "start its container".to_owned(),
            ContainerAction::Stop { .. } => "stop its container".to_owned(),
            ContainerAction::Kill { .. } => "kill its container".to_owned(),
            ContainerAction::Pause { .. } => "pause its container".to_owned(),
            ContainerAction::Unpause { .. } => "unpause its container".to_owned(),
            ContainerAction::Remove { .. } => "remove its old container".to_owned(),
        },
        Action::Service(ServiceAction::Create { .. }) => "create its service".to_owned(),
        Action::Service(ServiceAction::Update { .. }) => "update its service".to_owned(),
        Action::Image(ImageAction::Pull { image, .. }) => format!("pull image {image}"),
        Action::Image(action @ ImageAction::Remove { .. }) => format!("remove image {}", action.name()),
        Action::Image(ImageAction::Carry { image, from, .. }) => {
            format!("carry image {image} from {}", carried::source(from))
        }
        Action::Network(action) => match action {
            NetworkAction::Create { name, .. } => format!("create network {name}"),
            NetworkAction::Remove { name, .. } => format!("remove network {name}"),
            NetworkAction::Rejoin { membership, .. } => {
                format!("move its network aliases on network {}", membership.network)
            }
        },
        Action::Volume(VolumeAction::Create { name, .. }) => format!("create volume {name}"),
        Action::Volume(VolumeAction::Remove { left }) => format!("remove volume {}", left.volume),
        Action::Volume(VolumeAction::RemoveNamed { name, .. }) => format!("remove volume {name}"),
        Action::Volume(VolumeAction::RemoveLeftover { name, .. }) => {
            format!("remove volume {}", without_digest(name).unwrap_or(name))
        }
        Action::Volume(VolumeAction::Copy { name, .. }) => format!("copy volume {name}"),
        Action::Volume(VolumeAction::DiscardCopy { name, .. }) => format!("remove the copy of volume {name}"),
        Action::Volume(VolumeAction::TakeCopy { name, .. }) => {
            format!("record that the copy of volume {name} is complete")
        }
        Action::Volume(VolumeAction::Reuse { name, .. }) => {
            format!("record that volume {name} is used again")
        }
        Action::Volume(VolumeAction::Keep { name, .. }) => format!("record that volume {name} is kept"),
        Action::Record(RecordAction::Write { record }) => format!("record revision {}", record.number),
        Action::Record(RecordAction::Forget { revision, .. }) => format!("forget revision {revision}"),
        Action::Wait(action) => match action {
            WaitAction::Ready { .. } => "become ready".to_owned(),
            WaitAction::Verify { .. } => "be ready".to_owned(),
            WaitAction::Check { state, .. } => format!("pass its {} checks", state.word()),
            WaitAction::Pause { .. } => "wait".to_owned(),
        },
    }
}

/// What is known to hold after a step has failed.
pub(super) fn holds(action: &Action) -> String {
    match action {
        Action::Container(action) => holds_of_container(action),
        Action::Service(_) => "the Swarm's services are as they were".to_owned(),
        Action::Image(ImageAction::Pull { .. } | ImageAction::Carry { .. }) => {
            "its container, if there is one, was not changed".to_owned()
        }
        Action::Image(action @ ImageAction::Remove { .. }) => {
            format!("the image {} may still exist", action.name())
        }
        Action::Network(NetworkAction::Create { .. }) | Action::Volume(VolumeAction::Create { .. }) => {
            "this step changed nothing".to_owned()
        }
        Action::Network(NetworkAction::Remove { name, .. }) => format!("the network {name} still exists"),
        Action::Network(NetworkAction::Rejoin { container, membership, .. }) => format!(
            "the container {container} may be disconnected from network {}, where others cannot reach it",
            membership.network
        ),
        Action::Volume(VolumeAction::Remove { left }) => {
            format!("the volume {} may still exist", left.volume)
        }
        Action::Volume(VolumeAction::RemoveNamed { name, .. }) => {
            format!("the volume {name} may still exist")
        }
        Action::Volume(VolumeAction::RemoveLeftover { name, .. }) => {
            format!("the volume {} may still exist", without_digest(name).unwrap_or(name))
        }
        Action::Volume(VolumeAction::Copy { name, .. }) => {
            format!("the copy of volume {name} is not used; the volume itself was not changed")
        }
        Action::Volume(VolumeAction::DiscardCopy { name, .. }) => {
            format!("an incomplete copy of volume {name} may still exist, which nothing uses")
        }
        Action::Volume(VolumeAction::TakeCopy { name, .. } | VolumeAction::Keep { name, .. }) => {
            format!("volume {name} is copied, and its instance runs with the copy")
        }
        Action::Volume(VolumeAction::Reuse { name, .. }) => {
            format!("its instance runs with volume {name}, which `volume ls` still shows as kept by a move")
        }
        Action::Record(RecordAction::Write { record }) => {
            format!("revision {} is not recorded on this ship", record.number)
        }
        Action::Record(RecordAction::Forget { revision, .. }) => {
            format!("the record of revision {revision} still exists")
        }
        Action::Wait(action) => holds_of_wait(action),
    }
}

fn holds_of_container(action: &ContainerAction) -> String {
    match action {
        ContainerAction::Create { spec, .. } => format!("no container was created for {}", spec.name),
        ContainerAction::Copy { container, .. } => {
            format!("the container {container} is created, may lack files and is not running")
        }
        ContainerAction::Reload { container, .. } => {
            format!("the container {container} was not replaced; it may have new files without their signal")
        }
        ContainerAction::Rename { container, .. } => format!("the container {container} keeps its name"),
        ContainerAction::Discard { names, .. } => {
            format!("a new container may still exist, as {}", names.join(" or "))
        }
        ContainerAction::Start { container, .. } => {
            format!("the container {container} is created and not running")
        }
        ContainerAction::Stop { container, .. }
        | ContainerAction::Kill { container, .. }
        | ContainerAction::Pause { container, .. }
        | ContainerAction::Unpause { container, .. } => {
            format!("the container {container} was not changed")
        }
        ContainerAction::Remove { container, .. } => {
            format!("the container {container} still exists and is not running")
        }
    }
}

fn holds_of_wait(action: &WaitAction) -> String {
    match action {
        WaitAction::Ready { container, .. }
        | WaitAction::Check { container, state: LifecycleState::Running, .. } => {
            format!("the container {container} exists and was started")
        }
        WaitAction::Verify { container, .. } => format!("the container {container} was not changed"),
        WaitAction::Check { container, state: LifecycleState::PreStart, .. } => {
            format!("{container} was not started")
        }
        WaitAction::Check { container, state: LifecycleState::PreStop, .. } => {
            format!(
                "the container {container} was not stopped; it keeps running, and so does all that it requires"
            )
        }
        WaitAction::Check { container, state: LifecycleState::Stopped, .. } => {
            format!("the container {container} is stopped; what it requires was not stopped")
        }
        WaitAction::Pause { .. } => "this step changed nothing".to_owned(),
    }
}
