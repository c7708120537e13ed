//! Instances that a start leaves alone: those that run, and jobs that have done their work.

use super::Start;
use crate::{
    model::{InstanceId, graph::Direction},
    observed::{ConfigComparison, Container},
    plan::{
        Wait,
        action::{Action, WaitAction},
        builder::{Builder, NodeResult},
        command::Command,
        moves::Predecessor,
        reason::{Note, Reason, UnchangedReason},
        running::{Compared, left_alone},
        take_back::complete,
    },
};

impl<'a> Start<'_, 'a> {
    /// Whether nothing is started for an instance with that container.
    pub(super) fn is_left_alone(&self, builder: &Builder<'_>, id: InstanceId, container: &Container) -> bool {
        let is_up = container.state.is_up() && !self.stopped.contains_key(&id);
        !builder.is_foreign(id) && (is_up || self.is_completed(builder, id, container))
    }

    /// What is done for an instance that runs, or has run to its end. `left` is what an ended run has left of a move.
    pub(super) fn leave_alone(
        &self,
        builder: &mut Builder<'a>,
        id: InstanceId,
        container: &Container,
        left: Option<Predecessor<'a>>,
        before: NodeResult,
    ) -> NodeResult {
        if !container.state.is_up() {
            builder.unchanged(id, UnchangedReason::Completed, None);
            return builder.pass_on(id, before, Direction::NeedsFirst);
        }
        self.remove_from_swarm(builder, id);
        if let Some(left) = left.filter(|_| builder.plan.command == Command::Apply) {
            return left.complete(builder, id, before);
        }
        self.running(builder, id, container, before)
    }

    /// Whether it is a job that has done its work, and is made of the same as it was then.
    fn is_completed(&self, builder: &Builder<'_>, id: InstanceId, container: &Container) -> bool {
        let instance = builder.environment.instance(id);
        let is_same = self.replacing.kept.contains(&id)
            || (builder.plan.command == Command::Start
                && container.made(&instance.container) != ConfigComparison::Otherwise);
        is_same && container.has_completed(instance) && !builder.is_foreign(id)
    }

    /// An instance that runs already: left alone, but told about if it is not what the file says.
    fn running(
        &self,
        builder: &mut Builder<'_>,
        id: InstanceId,
        container: &Container,
        mut before: NodeResult,
    ) -> NodeResult {
        let instance = builder.environment.instance(id);
        let name = instance.container_name();
        let is_compared = builder.plan.command == Command::Apply;
        let has_other_peers = self.replacing.other_peers.contains(&id);
        let compared = match (is_compared, has_other_peers) {
            (false, _) => Compared::ByLabels,
            (true, _) if self.replacing.waiting.contains(&id) => Compared::Waits,
            (true, false) => Compared::Same,
            (true, true) => Compared::OtherPeers,
        };
        let (reason, note) = left_alone(instance, container, compared);
        let is_left_over = is_compared && !builder.spares(id).is_empty();
        if has_other_peers && (self.replacing.renamed.contains(&id) || is_left_over) {
            builder.remark(id, Note::NotReplacedForPeers);
        }
        let named = self.replacing.renames.named.get(&id).copied().map(Wait::Step);
        before.waits.extend(named);
        if is_left_over {
            let action = Action::Wait(WaitAction::Ready {
                container: name.to_owned(),
                checks: instance.lifecycle.running.clone(),
            });
            let ready = builder.step(id, action, Reason::LeftoversBeside, before.waits);
            complete(builder, id, vec![ready]);
            return NodeResult { waits: vec![Wait::Step(ready)], ..NodeResult::default() };
        }
        if named.is_some() {
            let renamed = Container { name: name.to_owned(), ..container.clone() };
            return builder.verify(id, &renamed, before);
        }
        builder.unchanged(id, reason, note);
        builder.verify(id, container, before)
    }
}
