//! An instance of a roll-out: what it is taken back to, and what goes when all is well.

use crate::{
    model::InstanceId,
    observed::Container,
    plan::{
        CompensationId, StepId, Wait,
        builder::Builder,
        moves::Predecessor,
        reason::Reason,
        take_back::{Back, remove_spares, runs_again},
        volumes::removal,
    },
};

/// An instance that is replaced.
pub(super) struct Member<'a> {
    pub id: InstanceId,
    /// The steps whose failure brings the old one back.
    pub of: Vec<StepId>,
    /// Its last step: the new one is in place and ready, the old one is down.
    pub placed: StepId,
    pub way: ReplaceMethod<'a>,
    /// What has taken it back by itself, if that is the roll-out's way.
    pub taken_back: Option<StepId>,
}

/// How its container is replaced.
pub(super) enum ReplaceMethod<'a> {
    /// On its ship.
    Here {
        old: &'a Container,
        /// Under which name the old container is while it is aside.
        aside: String,
        /// Under which name the new one is made.
        beside: String,
        /// Whether both may run at a time.
        beside_each_other: bool,
    },
    /// By one on another ship.
    Moved {
        old: Predecessor<'a>,
        /// The id of what an ended run has made for the move.
        left: Option<String>,
    },
}

impl Member<'_> {
    /// Brings the old container back.
    pub(super) fn steps_back(&self, builder: &mut Builder<'_>, compensation: CompensationId) -> StepId {
        match &self.way {
            ReplaceMethod::Here { old, aside, beside, beside_each_other } => {
                let was_up = runs_again(builder.environment.instance(self.id), old);
                let back = Back {
                    id: self.id,
                    keep: &old.id,
                    aside,
                    beside,
                    left: Vec::new(),
                    was_up,
                    beside_each_other: *beside_each_other,
                };
                back.steps(builder, compensation, self.taken_back)
            }
            ReplaceMethod::Moved { old, left } => {
                old.steps_back(builder, self.id, left.as_ref(), compensation, self.taken_back)
            }
        }
    }

    /// Removes the old container.
    pub(super) fn remove_old(&self, builder: &mut Builder<'_>, after: &[Wait]) {
        match &self.way {
            ReplaceMethod::Here { old, aside, .. } => {
                let action = removal(builder, builder.environment.instance(self.id).ship, old, aside);
                builder.step(self.id, action, Reason::SuccessorReady, after.iter().copied());
                remove_spares(builder, self.id, after, |_| true);
            }
            ReplaceMethod::Moved { old, .. } => old.remove(builder, self.id, after),
        }
    }
}
