//! An instance of a roll-out: what it is taken back to, and what goes when all is well.

use super::{Back, Wait, remove_spares};
use crate::{
    model::{InstanceId, ServiceId, update::OnFailure},
    observed::{Container, State},
    plan::{
        Barrier, Compensation, CompensationId, StepId, Tolerance,
        builder::Builder,
        moves::Predecessor,
        reason::{BarrierKind, CompensationKind, Reason},
        volumes::removal,
    },
};

use super::{RollOut, RollOuts};

/// An instance that is replaced.
pub(super) struct Member<'a> {
    pub id: InstanceId,
    /// The steps whose failure brings the old one back.
    pub of: Vec<StepId>,
    /// Its last step: the new one is in place and ready, the old one is down.
    pub placed: StepId,
    pub way: Way<'a>,
    /// What has taken it back by itself, if that is the roll-out's way.
    pub taken_back: Option<StepId>,
}

/// How its container is replaced.
pub(super) enum Way<'a> {
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

impl<'a> RollOuts<'a> {
    /// What an instance that moves has to wait for, if it runs: its batch among those of its service.
    pub(in crate::plan) fn turn_to_move(
        &mut self,
        builder: &mut Builder<'a>,
        id: InstanceId,
        old: Predecessor<'_>,
    ) -> Option<Wait> {
        let service = builder.environment.instance(id).service;
        let update = builder.environment.service(service).update;
        let is_up = old.container.state.is_up();
        is_up.then(|| self.services.entry(service).or_default().batch(builder, id, update)).flatten()
    }

    /// Takes in an instance that moves: the old one is removed when all is well, or comes back if one of these steps
    /// fails, the last of which is the successor's being ready. `left` is what an ended run has made for the move.
    pub(in crate::plan) fn moved(
        &mut self,
        builder: &mut Builder<'a>,
        id: InstanceId,
        old: Predecessor<'a>,
        left: Option<&Container>,
        of: Vec<StepId>,
    ) {
        let Some(&placed) = of.last() else { return };
        let way = Way::Moved { old, left: left.map(|one| one.id.clone()) };
        let is_up = old.container.state.is_up();
        let roll_out = self.services.entry(builder.environment.instance(id).service).or_default();
        roll_out.join(builder, Member { id, of, placed, way, taken_back: None }, is_up);
    }
}

impl<'a> RollOut<'a> {
    /// Takes in an instance. The next batch waits for its end if it runs.
    pub(super) fn join(&mut self, builder: &mut Builder<'a>, mut member: Member<'a>, is_up: bool) {
        let instance = builder.environment.instance(member.id);
        let update = builder.environment.service(instance.service).update;
        let mut end = Wait::Step(member.placed);
        if update.on_failure != OnFailure::Rollback || update.max_failures > 0 {
            let of = member.of.clone();
            let kind = CompensationKind::Instance(member.id);
            let compensation = builder.compensation(Compensation { kind, of, tolerates: 0 });
            let back = member.steps_back(builder, compensation);
            member.taken_back = Some(back);
            let kind = BarrierKind::Replaced(member.id);
            let after = vec![Wait::Step(member.placed), Wait::Step(back)];
            let tolerance = Some(Tolerance { failures: 0, counted: None });
            end = Wait::Barrier(builder.barrier(Barrier { kind, after, tolerance }));
        }
        if is_up {
            self.ends.push(end);
        }
        self.members.push(member);
    }

    pub(super) fn finish(self, builder: &mut Builder<'a>, service: ServiceId) {
        let update = builder.environment.service(service).update;
        let mut all = None;
        if self.members.is_empty() {
            return;
        }
        if update.on_failure == OnFailure::Rollback {
            let of: Vec<StepId> = self.members.iter().flat_map(|member| member.of.iter().copied()).collect();
            let kind = match &self.members[..] {
                [only] => CompensationKind::Instance(only.id),
                _ => CompensationKind::Service(service),
            };
            let compensation =
                builder.compensation(Compensation { kind, of, tolerates: update.max_failures });
            for member in &self.members {
                member.steps_back(builder, compensation);
            }
            if self.members.len() > 1 {
                let after = self.members.iter().map(|member| Wait::Step(member.placed)).collect();
                let kind = BarrierKind::ServiceReplaced(service);
                let tolerance = Some(Tolerance { failures: update.max_failures, counted: None });
                all = Some(Wait::Barrier(builder.barrier(Barrier { kind, after, tolerance })));
            }
        }
        for member in &self.members {
            let after: Vec<Wait> = std::iter::once(Wait::Step(member.placed)).chain(all).collect();
            member.remove_old(builder, &after);
        }
    }
}

impl Member<'_> {
    /// Brings the old container back.
    fn steps_back(&self, builder: &mut Builder<'_>, compensation: CompensationId) -> StepId {
        match &self.way {
            Way::Here { old, aside, beside, beside_each_other } => {
                // What is down now may be so because of a run that was ended; what never ran is not tried.
                let was_up = !matches!(old.state, State::Created | State::Dead);
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
            Way::Moved { old, left } => {
                old.steps_back(builder, self.id, left.as_ref(), compensation, self.taken_back)
            }
        }
    }

    /// Removes the old container.
    fn remove_old(&self, builder: &mut Builder<'_>, after: &[Wait]) {
        match &self.way {
            Way::Here { old, aside, .. } => {
                let action = removal(builder, builder.environment.instance(self.id).ship, old, aside);
                builder.step(self.id, action, Reason::SuccessorReady, after.iter().copied());
                remove_spares(builder, self.id, after, |_| true);
            }
            Way::Moved { old, .. } => old.remove(builder, self.id, after.to_vec()),
        }
    }
}
