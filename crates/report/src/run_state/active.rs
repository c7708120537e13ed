//! A step that runs.

use std::time::Duration;

use super::transfer::Transfer;
use crate::{labels::running, text::harmless};
use maestro_core::{model::check::LifecycleState, plan::action::ActionKind};

/// A step that runs.
#[derive(Debug, Clone)]
pub(super) struct Active {
    pub(super) step: usize,
    pub(super) action: ActionKind,
    pub(super) progress: String,
    /// Of an image that is fetched, or a volume that is copied.
    pub(super) transfer: Option<Transfer>,
    /// The ship that it is done on.
    pub(super) ship: String,
    /// When it began.
    pub(super) since: Duration,
    /// What it is doing, and what it waits for; empty if no plan says it.
    pub(super) underway: String,
}

impl Active {
    pub(super) fn text(&self, now: Duration) -> String {
        let running = match self.underway.as_str() {
            "" => running(self.action),
            underway => underway,
        };
        if let Some(transfer) = &self.transfer {
            format!("{running}: {}", transfer.text(now))
        } else if self.progress.is_empty() {
            running.to_owned()
        } else {
            format!("{running}: {}", harmless(&self.progress))
        }
    }
}

/// Whether a step with this action, done after an instance became ready, is done to its predecessor: it hands over,
/// stops and goes.
pub(super) fn is_of_predecessor(action: ActionKind) -> bool {
    matches!(
        action,
        ActionKind::Rejoin
            | ActionKind::Rename
            | ActionKind::Pause
            | ActionKind::Check(LifecycleState::PreStop | LifecycleState::Stopped)
            | ActionKind::Stop
            | ActionKind::Kill
            | ActionKind::Remove
            | ActionKind::TakeVolume
            | ActionKind::KeepVolume
            | ActionKind::Record
            | ActionKind::Forget
    )
}

/// Whether an instance serves once a step with this action is done; none if that stays as it is.
pub(super) fn serves_after(action: ActionKind) -> Option<bool> {
    match action {
        ActionKind::Ready | ActionKind::Verify => Some(true),
        // From here on the row is about its predecessor, which comes back.
        ActionKind::Discard => Some(false),
        ActionKind::Create
        | ActionKind::Update
        | ActionKind::Copy
        | ActionKind::Reload
        | ActionKind::Rename
        | ActionKind::Start
        | ActionKind::Stop
        | ActionKind::Kill
        | ActionKind::PauseContainer
        | ActionKind::Unpause
        | ActionKind::Remove
        | ActionKind::Pull
        | ActionKind::RemoveImage
        | ActionKind::Carry
        | ActionKind::CreateNetwork
        | ActionKind::RemoveNetwork
        | ActionKind::Rejoin
        | ActionKind::CreateVolume
        | ActionKind::RemoveVolume
        | ActionKind::CopyVolume
        | ActionKind::TakeVolume
        | ActionKind::KeepVolume
        | ActionKind::Record
        | ActionKind::Forget
        | ActionKind::Check(_)
        | ActionKind::Pause => None,
    }
}
