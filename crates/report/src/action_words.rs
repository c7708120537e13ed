//! The words for the kinds of actions: before, while and after a step does one.

use super::text::harmless;
use maestro_core::{model::check::LifecycleState, plan::action::ActionKind};

/// What a step does: `create network`.
pub(crate) fn doing(action: ActionKind) -> &'static str {
    match action {
        ActionKind::CreateNetwork => "create network",
        ActionKind::RemoveNetwork => "remove network",
        ActionKind::CreateVolume => "create volume",
        ActionKind::CopyVolume => "copy volume",
        ActionKind::TakeVolume => "complete the copy of a volume",
        ActionKind::KeepVolume => "keep volume",
        ActionKind::Pull => "pull image",
        ActionKind::RemoveImage => "remove image",
        ActionKind::Carry => "carry image",
        ActionKind::Copy => "copy files",
        ActionKind::Record => "record revision",
        ActionKind::Forget => "forget revision",
        ActionKind::Ready => "wait until ready",
        ActionKind::Verify => "check readiness",
        ActionKind::Pause => "wait",
        ActionKind::PauseContainer => "pause",
        ActionKind::Check(LifecycleState::PreStart) => "check before start",
        ActionKind::Check(LifecycleState::PreStop) => "check before stop",
        ActionKind::Check(LifecycleState::Stopped) => "check after stop",
        ActionKind::Check(LifecycleState::Running)
        | ActionKind::Create
        | ActionKind::Update
        | ActionKind::Reload
        | ActionKind::Rename
        | ActionKind::Discard
        | ActionKind::Rejoin
        | ActionKind::Start
        | ActionKind::Stop
        | ActionKind::Kill
        | ActionKind::Unpause
        | ActionKind::Remove
        | ActionKind::RemoveVolume => action.word(),
    }
}

/// What others wait for that wait for such a step of `whom`.
pub(crate) fn awaited(action: ActionKind, whom: Option<&str>, ship: &str) -> String {
    let ship = harmless(ship);
    match action {
        ActionKind::CreateNetwork | ActionKind::RemoveNetwork => format!("the network of ship {ship}"),
        ActionKind::CreateVolume => format!("the volumes of ship {ship}"),
        ActionKind::Record | ActionKind::Forget => format!("the records of ship {ship}"),
        ActionKind::Pull | ActionKind::Carry | ActionKind::RemoveImage => "the image".to_owned(),
        ActionKind::Create
        | ActionKind::Update
        | ActionKind::Copy
        | ActionKind::Reload
        | ActionKind::Rename
        | ActionKind::Discard
        | ActionKind::Rejoin
        | ActionKind::Start
        | ActionKind::Stop
        | ActionKind::Kill
        | ActionKind::PauseContainer
        | ActionKind::Unpause
        | ActionKind::Remove
        | ActionKind::RemoveVolume
        | ActionKind::CopyVolume
        | ActionKind::TakeVolume
        | ActionKind::KeepVolume
        | ActionKind::Ready
        | ActionKind::Verify
        | ActionKind::Check(_)
        | ActionKind::Pause => {
            whom.map_or_else(|| format!("ship {ship}"), |instance| harmless(instance).into_owned())
        }
    }
}

/// The state of an instance while a step of it runs: `creating…`, without the ellipsis.
pub(crate) fn running(action: ActionKind) -> &'static str {
    match action {
        ActionKind::CreateNetwork => "creating network",
        ActionKind::RemoveNetwork => "removing network",
        ActionKind::CreateVolume => "creating volume",
        ActionKind::CopyVolume => "copying volume",
        ActionKind::TakeVolume => "completing the copy of a volume",
        ActionKind::KeepVolume => "keeping volume",
        ActionKind::Pull => "pulling image",
        ActionKind::RemoveImage => "removing image",
        ActionKind::Carry => "carrying image",
        ActionKind::Record => "recording revision",
        ActionKind::Forget => "forgetting revision",
        ActionKind::Create => "creating",
        ActionKind::Update => "updating",
        ActionKind::Copy => "copying files",
        ActionKind::Reload => "reloading",
        ActionKind::Rename => "renaming",
        ActionKind::Discard => "rolling back",
        ActionKind::Start => "starting",
        ActionKind::Ready => "waiting until ready",
        ActionKind::Verify => "checking readiness",
        ActionKind::Stop => "stopping",
        ActionKind::Kill => "killing",
        ActionKind::PauseContainer => "pausing",
        ActionKind::Unpause => "unpausing",
        ActionKind::Remove => "removing",
        ActionKind::Pause => "waiting",
        ActionKind::Check(LifecycleState::PreStart) => "checking before start",
        ActionKind::Check(LifecycleState::PreStop) => "checking before stop",
        ActionKind::Check(LifecycleState::Stopped) => "checking after stop",
        ActionKind::Check(LifecycleState::Running) | ActionKind::Rejoin | ActionKind::RemoveVolume => {
            action.word()
        }
    }
}

/// The state of an instance when a step of it has succeeded.
pub(crate) fn done(action: ActionKind) -> &'static str {
    match action {
        ActionKind::CreateNetwork => "network created",
        ActionKind::RemoveNetwork => "network removed",
        ActionKind::CreateVolume => "volume created",
        ActionKind::CopyVolume => "volume copied",
        ActionKind::TakeVolume => "copy completed",
        ActionKind::KeepVolume => "volume kept",
        ActionKind::Pull => "image pulled",
        ActionKind::RemoveImage => "image removed",
        ActionKind::Carry => "image carried",
        ActionKind::Record => "revision recorded",
        ActionKind::Forget => "revision forgotten",
        ActionKind::Create => "created",
        ActionKind::Update => "updated",
        ActionKind::Copy => "files copied",
        ActionKind::Reload => "reloaded",
        ActionKind::Rename => "renamed",
        ActionKind::Discard => "rolled back",
        ActionKind::Rejoin => "links switched",
        ActionKind::Start => "started",
        ActionKind::Verify => "ready",
        ActionKind::Stop => "stopped",
        ActionKind::Kill => "killed",
        ActionKind::PauseContainer => "paused",
        ActionKind::Unpause => "unpaused",
        ActionKind::Remove => "removed",
        ActionKind::Pause => "waited",
        ActionKind::Check(LifecycleState::PreStart | LifecycleState::PreStop) => "checked",
        ActionKind::Check(LifecycleState::Running | LifecycleState::Stopped)
        | ActionKind::Ready
        | ActionKind::RemoveVolume => action.word(),
    }
}

/// What a step that failed did not do.
pub(crate) fn failed(action: ActionKind) -> &'static str {
    match action {
        ActionKind::CreateNetwork => "network not created",
        ActionKind::RemoveNetwork => "network not removed",
        ActionKind::CreateVolume => "volume not created",
        ActionKind::CopyVolume => "volume not copied",
        ActionKind::TakeVolume => "copy not completed",
        ActionKind::KeepVolume => "volume not recorded as kept",
        ActionKind::Pull => "image not pulled",
        ActionKind::RemoveImage => "image not removed",
        ActionKind::Carry => "image not carried",
        ActionKind::Record => "revision not recorded",
        ActionKind::Forget => "revision not forgotten",
        ActionKind::Create => "not created",
        ActionKind::Update => "not updated",
        ActionKind::Copy => "files not copied",
        ActionKind::Reload => "not reloaded",
        ActionKind::Rename => "not renamed",
        ActionKind::Discard => "new container not removed",
        ActionKind::Rejoin => "links not switched",
        ActionKind::Start => "did not start",
        ActionKind::Ready => "did not become ready",
        ActionKind::Verify => "not ready",
        ActionKind::Stop => "did not stop",
        ActionKind::Kill => "not killed",
        ActionKind::PauseContainer => "not paused",
        ActionKind::Unpause => "not unpaused",
        ActionKind::Remove => "not removed",
        ActionKind::RemoveVolume => "volume not removed",
        ActionKind::Pause => "wait failed",
        ActionKind::Check(LifecycleState::PreStart) => "check before start did not pass",
        ActionKind::Check(LifecycleState::PreStop) => "check before stop did not pass",
        ActionKind::Check(LifecycleState::Stopped) => "check after stop did not pass",
        ActionKind::Check(LifecycleState::Running) => "check did not pass",
    }
}
