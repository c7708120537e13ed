//! Roll-outs: the instances of a service are replaced in batches; each batch waits for the one before.

use std::collections::BTreeMap;

use super::member::{Member, ReplaceMethod};
use crate::{
    model::{
        InstanceId, ServiceId, ShipId,
        update::{OnFailure, Update},
    },
    observed::Container,
    plan::{
        Barrier, BarrierId, Compensation, StepId, Tolerance, Wait,
        action::{Action, WaitAction},
        builder::Builder,
        moves::Predecessor,
        reason::{BarrierKind, CompensationKind, Reason},
    },
};

/// The roll-outs of all services.
#[derive(Default)]
pub(in crate::plan) struct RollOuts<'a> {
    services: BTreeMap<ServiceId, RollOut<'a>>,
}

/// The roll-out of one service.
#[derive(Default)]
pub(super) struct RollOut<'a> {
    members: Vec<Member<'a>>,
    /// How many batches have begun.
    batches: usize,
    /// The ships of the instances in the last batch.
    taken: Vec<ShipId>,
    /// What the last batch waits for, and the barrier of it.
    opens: Option<(Wait, BarrierId)>,
    /// What the next batch waits for: the ends of the last one.
    ends: Vec<Wait>,
}

impl<'a> RollOuts<'a> {
    /// The roll-out of a service.
    pub(super) fn of(&mut self, service: ServiceId) -> &mut RollOut<'a> {
        self.services.entry(service).or_default()
    }

    /// Plans what comes after the replacements: the old containers go, or come back.
    pub(in crate::plan) fn finish(self, builder: &mut Builder<'a>) {
        for (service, roll_out) in self.services {
            roll_out.finish(builder, service);
        }
    }

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
        is_up.then(|| self.of(service).batch(builder, id, update)).flatten()
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
        let way = ReplaceMethod::Moved { old, left: left.map(|one| one.id.clone()) };
        let is_up = old.container.state.is_up();
        let roll_out = self.of(builder.environment.instance(id).service);
        roll_out.join(builder, Member { id, of, placed, way, taken_back: None }, is_up);
    }
}

impl<'a> RollOut<'a> {
    /// Takes part in a batch, and tells what that waits for.
    pub(super) fn batch(
        &mut self,
        builder: &mut Builder<'_>,
        id: InstanceId,
        update: Update,
    ) -> Option<Wait> {
        let ship = builder.environment.instance(id).ship;
        let here = self.taken.iter().filter(|other| **other == ship).count();
        if self.batches == 0 || update.is_full(self.taken.len(), here) {
            if self.batches > 0 {
                self.opens = Some(self.next_batch(builder, id, update));
            }
            self.batches += 1;
            self.taken.clear();
        }
        self.taken.push(ship);
        self.opens.map(|(wait, _)| wait)
    }

    fn next_batch(&mut self, builder: &mut Builder<'_>, id: InstanceId, update: Update) -> (Wait, BarrierId) {
        let service = builder.environment.instance(id).service;
        let failures = match update.on_failure {
            OnFailure::Continue => usize::MAX,
            OnFailure::Rollback | OnFailure::Pause => update.max_failures,
        };
        let kind = BarrierKind::Batch { service, number: self.batches, failures };
        let tolerance = Some(Tolerance { failures, counted: self.opens.map(|(_, barrier)| barrier) });
        let barrier = builder.barrier(Barrier { kind, after: std::mem::take(&mut self.ends), tolerance });
        if update.delay.is_zero() {
            return (Wait::Barrier(barrier), barrier);
        }
        let action = Action::Wait(WaitAction::Pause { duration: update.delay });
        let step = builder.step(id, action, Reason::UpdateDelay, [Wait::Barrier(barrier)]);
        (Wait::Step(step), barrier)
    }

    /// The next batch waits for this too.
    pub(super) fn next_waits_for(&mut self, end: Wait) {
        self.ends.push(end);
    }

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

    fn finish(self, builder: &mut Builder<'a>, service: ServiceId) {
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
