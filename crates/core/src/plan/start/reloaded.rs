//! Instances whose containers get other files and a signal: as many of a service at once as `update` says.

use super::Start;
use crate::{
    model::InstanceId,
    plan::{
        BlockedReason, StepId, Wait,
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
        let update = builder.environment.service(instance.service).update;
        let earlier = self.reloaded.entry(instance.service).or_default();
        let here: Vec<StepId> =
            earlier.iter().filter(|(ship, _)| *ship == instance.ship).map(|(_, step)| *step).collect();
        let before_it = |count: usize, most: usize| count.checked_sub(most);
        let turn = before_it(earlier.len(), update.parallel.get()).map(|at| earlier[at].1);
        let turn_here =
            update.max_per_ship.and_then(|most| before_it(here.len(), most.get())).map(|at| here[at]);
        let turn_here = turn_here.filter(|step| Some(*step) != turn);
        before.waits.extend(turn.into_iter().chain(turn_here).map(Wait::Step));
        let reloaded = builder.step(id, action, reason, before.waits);
        let ready = ready(builder, id, instance.container_name(), reloaded);
        earlier.push((instance.ship, ready));
        if !builder.spares(id).is_empty() {
            complete(builder, id, vec![reloaded, ready]);
        }
        NodeResult { waits: vec![Wait::Step(ready)], ..NodeResult::default() }
    }
}
