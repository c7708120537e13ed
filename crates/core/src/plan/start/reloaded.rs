//! Instances whose containers get other files and a signal: as many of a service at once as `update` says.

use super::Start;
use crate::{
    model::InstanceId,
    plan::{
        BlockedReason, Wait,
        action::Action,
        builder::{Builder, NodeResult},
        reason::Reason,
        replace::ready,
        take_back::complete,
    },
};

impl<'a> Start<'_, 'a> {
    /// Reloads a container, and waits until it is ready again.
    pub(super) fn reload(
        &mut self,
        builder: &mut Builder<'a>,
        id: InstanceId,
        (action, reason): (Action, Reason),
        mut before: NodeResult,
    ) -> NodeResult {
        if let Some(other) = before.blocked {
            return builder.hold(id, BlockedReason::Behind { other });
        }
        let instance = builder.environment.instance(id);
        let parallel = builder.environment.service(instance.service).update.parallel.get();
        let earlier = self.reloaded.entry(instance.service).or_default();
        let turn = earlier.len().checked_sub(parallel).and_then(|at| earlier.get(at));
        before.waits.extend(turn.copied().map(Wait::Step));
        let reloaded = builder.step(id, action, reason, before.waits);
        let ready = ready(builder, id, instance.container_name(), reloaded);
        earlier.push(ready);
        if !builder.spares(id).is_empty() {
            complete(builder, id, vec![reloaded, ready]);
        }
        NodeResult { waits: vec![Wait::Step(ready)], ..NodeResult::default() }
    }
}
