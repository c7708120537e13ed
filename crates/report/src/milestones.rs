//! Which steps of a change are worth a line in a log, and what has happened to the instance then.

use std::collections::HashMap;

use super::text::harmless;
use maestro_core::{
    model::update::Order,
    plan::{
        Plan, StepId,
        action::{Action, ActionKind},
        changes::{Change, ChangeKind},
    },
};

/// The milestones of all changes.
pub(super) fn milestones(plan: &Plan, changes: &[Change<'_>]) -> HashMap<StepId, String> {
    let mut milestones = HashMap::new();
    for change in changes {
        let last = |kind| change.steps.iter().rev().find(|id| plan.step(**id).action.kind() == kind).copied();
        for id in &change.steps {
            if let Action::Image(action) = &plan.step(*id).action {
                milestones.insert(*id, format!("image {}", harmless(action.name())));
            }
        }
        let word = changed(change.kind);
        let mut at = |kind, what: String| milestones.extend(last(kind).map(|id| (id, what)));
        match change.kind {
            ChangeKind::Create
            | ChangeKind::Start { .. }
            | ChangeKind::Replace
            | ChangeKind::Restart { .. }
            | ChangeKind::Move { .. } => {
                if change.order == Some(Order::StartFirst) {
                    at(ActionKind::Ready, "new container ready".to_owned());
                    at(ActionKind::Stop, word.to_owned());
                } else if last(ActionKind::Ready).is_some() {
                    at(ActionKind::Ready, format!("{word}, ready"));
                } else {
                    at(ActionKind::Start, word.to_owned());
                }
            }
            ChangeKind::Update | ChangeKind::Reload if last(ActionKind::Ready).is_some() => {
                at(ActionKind::Ready, format!("{word}, ready"));
            }
            ChangeKind::Update => at(ActionKind::Update, word.to_owned()),
            ChangeKind::Reload => at(ActionKind::Reload, word.to_owned()),
            ChangeKind::Rename => at(ActionKind::Rename, word.to_owned()),
            ChangeKind::Stop => at(ActionKind::Stop, word.to_owned()),
            ChangeKind::Kill => at(ActionKind::Kill, word.to_owned()),
            ChangeKind::Pause => at(ActionKind::PauseContainer, word.to_owned()),
            ChangeKind::Unpause => at(ActionKind::Unpause, word.to_owned()),
            ChangeKind::Remove | ChangeKind::RemoveLeftovers => at(ActionKind::Remove, word.to_owned()),
            ChangeKind::Pull | ChangeKind::Check => {}
        }
    }
    milestones
}

/// What happened to an instance when all steps of a change are done.
pub(crate) fn changed(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Create => "created",
        ChangeKind::Start { .. } => "started",
        ChangeKind::Replace => "replaced",
        ChangeKind::Update => "updated",
        ChangeKind::Restart { .. } => "restarted",
        ChangeKind::Move { .. } => "moved",
        ChangeKind::Reload => "reloaded",
        ChangeKind::Rename => "renamed",
        ChangeKind::Pull => "image pulled",
        ChangeKind::Check => "checked",
        ChangeKind::Stop => "stopped",
        ChangeKind::Kill => "killed",
        ChangeKind::Pause => "paused",
        ChangeKind::Unpause => "unpaused",
        ChangeKind::Remove => "removed",
        ChangeKind::RemoveLeftovers => "leftovers removed",
    }
}
