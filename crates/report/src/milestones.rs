//! Which steps of a change are worth a line in a log, and what has happened to the instance then.

use std::collections::HashMap;

use super::{labels, text::harmless};
use maestro_core::{
    model::update::Order,
    plan::{
        Plan, StepId,
        action::{Action, ActionKind, ImageAction},
        changes::{Change, ChangeKind},
    },
};

/// The milestones of all changes.
pub(super) fn milestones(plan: &Plan, changes: &[Change<'_>]) -> HashMap<StepId, String> {
    let mut milestones = HashMap::new();
    for change in changes {
        let last = |kind| change.steps.iter().rev().find(|id| plan.step(**id).action.kind() == kind).copied();
        for id in &change.steps {
            if let Action::Image(ImageAction::Pull { image }) = &plan.step(*id).action {
                milestones.insert(*id, format!("image {}", harmless(image)));
            }
        }
        let word = labels::changed(change.kind);
        let ready = last(ActionKind::Ready);
        match change.kind {
            ChangeKind::Create
            | ChangeKind::Start { .. }
            | ChangeKind::Replace
            | ChangeKind::Restart { .. }
            | ChangeKind::Move { .. } => {
                if change.order == Some(Order::StartFirst) {
                    milestones.extend(ready.map(|id| (id, "new container ready".to_owned())));
                    milestones.extend(last(ActionKind::Stop).map(|id| (id, word.to_owned())));
                } else if let Some(ready) = ready {
                    milestones.insert(ready, format!("{word}, ready"));
                } else {
                    milestones.extend(last(ActionKind::Start).map(|id| (id, word.to_owned())));
                }
            }
            ChangeKind::Rename => milestones.extend(last(ActionKind::Rename).map(|id| (id, word.to_owned()))),
            ChangeKind::Stop => milestones.extend(last(ActionKind::Stop).map(|id| (id, word.to_owned()))),
            ChangeKind::Kill => milestones.extend(last(ActionKind::Kill).map(|id| (id, word.to_owned()))),
            ChangeKind::Remove | ChangeKind::RemoveLeftovers => {
                milestones.extend(last(ActionKind::Remove).map(|id| (id, word.to_owned())));
            }
            ChangeKind::Pull | ChangeKind::Check => {}
        }
    }
    milestones
}
