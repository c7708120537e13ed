//! Which action it is, without what it is done to.

use std::fmt;

use serde::{Serialize, Serializer};

use super::{
    Action, ContainerAction, ImageAction, NetworkAction, RecordAction, ServiceAction, VolumeAction,
    WaitAction,
};
use crate::model::check::LifecycleState;

/// Which action a step does. Displayed and serialised as its [word](Self::word).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ActionKind {
    /// [`ContainerAction::Create`], [`ServiceAction::Create`]
    Create,
    /// [`ServiceAction::Update`]
    Update,
    /// [`ContainerAction::Copy`]
    Copy,
    /// [`ContainerAction::Reload`]
    Reload,
    /// [`ContainerAction::Rename`]
    Rename,
    /// [`ContainerAction::Discard`]
    Discard,
    /// [`ContainerAction::Start`]
    Start,
    /// [`ContainerAction::Stop`]
    Stop,
    /// [`ContainerAction::Kill`]
    Kill,
    /// [`ContainerAction::Pause`]
    PauseContainer,
    /// [`ContainerAction::Unpause`]
    Unpause,
    /// [`ContainerAction::Remove`]
    Remove,
    /// [`ImageAction::Pull`]
    Pull,
    /// [`ImageAction::Remove`]
    RemoveImage,
    /// [`ImageAction::Carry`]
    Carry,
    /// [`NetworkAction::Create`]
    CreateNetwork,
    /// [`NetworkAction::Remove`]
    RemoveNetwork,
    /// [`NetworkAction::Rejoin`]
    Rejoin,
    /// [`VolumeAction::Create`]
    CreateVolume,
    /// [`VolumeAction::Remove`], [`VolumeAction::RemoveNamed`], [`VolumeAction::RemoveLeftover`],
    /// [`VolumeAction::DiscardCopy`]
    RemoveVolume,
    /// [`VolumeAction::Copy`]
    CopyVolume,
    /// [`VolumeAction::TakeCopy`], [`VolumeAction::Reuse`]
    TakeVolume,
    /// [`VolumeAction::Keep`]
    KeepVolume,
    /// [`RecordAction::Write`]
    Record,
    /// [`RecordAction::Forget`]
    Forget,
    /// [`WaitAction::Ready`]
    Ready,
    /// [`WaitAction::Verify`]
    Verify,
    /// [`WaitAction::Check`], with the state that its checks belong to.
    Check(LifecycleState),
    /// [`WaitAction::Pause`]
    Pause,
}

impl ActionKind {
    /// A stable word, as in JSON output and in saved plans.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Copy => "copy",
            Self::Reload => "reload",
            Self::Rename => "rename",
            Self::Discard => "discard",
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Kill => "kill",
            Self::PauseContainer => "pause-container",
            Self::Unpause => "unpause",
            Self::Remove => "remove",
            Self::Pull => "pull",
            Self::RemoveImage => "remove-image",
            Self::Carry => "carry",
            Self::CreateNetwork => "create-network",
            Self::RemoveNetwork => "remove-network",
            Self::Rejoin => "rejoin",
            Self::CreateVolume => "create-volume",
            Self::RemoveVolume => "remove-volume",
            Self::CopyVolume => "copy-volume",
            Self::TakeVolume => "take-volume",
            Self::KeepVolume => "keep-volume",
            Self::Record => "record",
            Self::Forget => "forget",
            Self::Ready => "ready",
            Self::Verify => "verify",
            Self::Check(state) => state.word(),
            Self::Pause => "pause",
        }
    }
}

impl fmt::Display for ActionKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word())
    }
}

impl Serialize for ActionKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

impl Action {
    /// Which action it is.
    #[must_use]
    pub fn kind(&self) -> ActionKind {
        match self {
            Self::Container(action) => match action {
                ContainerAction::Create { .. } => ActionKind::Create,
                ContainerAction::Copy { .. } => ActionKind::Copy,
                ContainerAction::Reload { .. } => ActionKind::Reload,
                ContainerAction::Rename { .. } => ActionKind::Rename,
                ContainerAction::Discard { .. } => ActionKind::Discard,
                ContainerAction::Start { .. } => ActionKind::Start,
                ContainerAction::Stop { .. } => ActionKind::Stop,
                ContainerAction::Kill { .. } => ActionKind::Kill,
                ContainerAction::Pause { .. } => ActionKind::PauseContainer,
                ContainerAction::Unpause { .. } => ActionKind::Unpause,
                ContainerAction::Remove { .. } => ActionKind::Remove,
            },
            Self::Service(ServiceAction::Create { .. }) => ActionKind::Create,
            Self::Service(ServiceAction::Update { .. }) => ActionKind::Update,
            Self::Image(ImageAction::Pull { .. }) => ActionKind::Pull,
            Self::Image(ImageAction::Remove { .. }) => ActionKind::RemoveImage,
            Self::Image(ImageAction::Carry { .. }) => ActionKind::Carry,
            Self::Network(action) => match action {
                NetworkAction::Create { .. } => ActionKind::CreateNetwork,
                NetworkAction::Remove { .. } => ActionKind::RemoveNetwork,
                NetworkAction::Rejoin { .. } => ActionKind::Rejoin,
            },
            Self::Volume(action) => match action {
                VolumeAction::Create { .. } => ActionKind::CreateVolume,
                VolumeAction::Remove { .. }
                | VolumeAction::RemoveNamed { .. }
                | VolumeAction::RemoveLeftover { .. }
                | VolumeAction::DiscardCopy { .. } => ActionKind::RemoveVolume,
                VolumeAction::Copy { .. } => ActionKind::CopyVolume,
                VolumeAction::TakeCopy { .. } | VolumeAction::Reuse { .. } => ActionKind::TakeVolume,
                VolumeAction::Keep { .. } => ActionKind::KeepVolume,
            },
            Self::Record(action) => match action {
                RecordAction::Write { .. } => ActionKind::Record,
                RecordAction::Forget { .. } => ActionKind::Forget,
            },
            Self::Wait(action) => match action {
                WaitAction::Ready { .. } => ActionKind::Ready,
                WaitAction::Verify { .. } => ActionKind::Verify,
                WaitAction::Check { state, .. } => ActionKind::Check(*state),
                WaitAction::Pause { .. } => ActionKind::Pause,
            },
        }
    }
}
