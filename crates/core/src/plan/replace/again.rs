//! A restart in batches of containers that are stopped and started as they are.

use super::{
    roll_out::RollOuts,
    steps::{Parts, ready, start_of, stop, wait_to_start},
};
use crate::{
    model::{InstanceId, check::LifecycleState},
    plan::{StepId, Wait, builder::Builder, reason::Reason},
};

impl<'a> RollOuts<'a> {
    /// Plans the stop and start of an instance's own container in its batch. Tells the step behind which it is ready.
    pub(in crate::plan) fn start_again(
        &mut self,
        builder: &mut Builder<'a>,
        id: InstanceId,
        mut parts: Parts<'a>,
    ) -> StepId {
        let instance = builder.environment.instance(id);
        let update = builder.environment.service(instance.service).update;
        let roll_out = self.of(instance.service);
        parts.before.waits.extend(roll_out.batch(builder, id, update));
        let mut after = parts.before.waits.clone();
        after.extend(parts.first.iter().copied().map(Wait::Step));
        let stopped = stop(builder, id, &parts, after);
        let started_after = wait_to_start(builder, id, &parts, stopped);
        let checked = builder.checks(id, LifecycleState::PreStart, Some(&parts.old.id), [started_after]);
        let action = start_of(builder, id, &parts.old.name);
        let started = builder.step(id, action, Reason::Reused, [checked.map_or(started_after, Wait::Step)]);
        let ready = ready(builder, id, &parts.old.name, started);
        roll_out.next_waits_for(Wait::Step(ready));
        ready
    }
}
