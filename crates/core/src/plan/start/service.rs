//! Services on a Swarm: made, or updated where they are. The Swarm replaces their tasks and rolls back what fails, so
//! nothing here does.

use super::Start;
use crate::{
    model::{
        InstanceId,
        graph::Direction,
        swarm::{ServiceRequest, SwarmSpec},
    },
    observed::{ConfigComparison, Container},
    plan::{
        BlockedReason, Wait,
        action::{Action, ServiceAction},
        builder::{Builder, NodeResult, Treatment},
        command::Command,
        reason::{Reason, UnchangedReason},
        replace::ready,
        running::{Compared, left_alone},
        service_moves::OldContainers,
    },
};

impl<'a> Start<'_, 'a> {
    /// What is done for an instance that is a service on a Swarm.
    pub(super) fn service(
        &self,
        builder: &mut Builder<'a>,
        id: InstanceId,
        swarm: &SwarmSpec,
        before: NodeResult,
    ) -> NodeResult {
        let old = match builder.treatment(id) {
            Treatment::Blocked(reason) => return builder.hold(id, reason),
            Treatment::Absent => None,
            Treatment::Present(service) => Some(service),
        };
        let reason = match (old, self.replacing.reasons.get(&id)) {
            (None, _) => Reason::NoContainer,
            (Some(_), Some(reason)) => reason.clone(),
            // It is updated where it is, so its tasks are replaced as the file says.
            (Some(_), None) if builder.is_foreign(id) => Reason::Adopted,
            (Some(old), None) if old.state.is_up() => return self.leave_service(builder, id, old, before),
            (Some(old), None) if has_done_its_work(builder, id, old) => {
                return self.leave_job(builder, id, before);
            }
            (Some(old), None) => Reason::IsDown(old.status.clone()),
        };
        let moved = self.replacing.strays.map(|strays| OldContainers::of(builder, id, strays));
        let is_new = old.is_none();
        let refusal =
            moved.as_ref().filter(|_| is_new && !self.options.moves).and_then(OldContainers::refusal);
        if let Some(refusal) = refusal.or_else(|| builder.unusable_resource(id)) {
            return builder.hold(id, refusal);
        }
        if let Some(other) = before.blocked {
            return builder.hold(id, BlockedReason::Behind { other });
        }
        self.remark_on_missing(builder, id);
        let instance = builder.environment.instance(id);
        let name = instance.container_name().to_owned();
        let request = Box::new(ServiceRequest::of(instance, swarm, &builder.environment.volumes));
        let files = swarm.contents(instance);
        let action = match old {
            None => ServiceAction::Create { name: name.clone(), request, files },
            Some(old) => {
                let force = builder.plan.command == Command::Restart;
                ServiceAction::Update { name: name.clone(), id: old.id.clone(), request, files, force }
            }
        };
        let mut after: Vec<Wait> = builder.resources(id).into_iter().map(Wait::Step).collect();
        let stopped = moved.map(|moved| moved.take_over(builder, id, (&before, None))).unwrap_or_default();
        after.extend(stopped.into_iter().map(Wait::Step));
        after.extend(self.replacing.first.get(&id).into_iter().flatten().copied().map(Wait::Step));
        after.extend(before.waits);
        let made = builder.step(id, Action::Service(action), reason, after);
        let ready = ready(builder, id, &name, made);
        NodeResult { waits: vec![Wait::Step(ready)], started: Some(vec![Wait::Step(made)]), blocked: None }
    }

    fn leave_job(&self, builder: &mut Builder<'a>, id: InstanceId, before: NodeResult) -> NodeResult {
        if let Some(strays) = self.replacing.strays {
            OldContainers::of(builder, id, strays).remove();
        }
        builder.unchanged(id, UnchangedReason::Completed, None);
        builder.pass_on(id, before, Direction::NeedsFirst)
    }

    /// One that is up is left alone, and waited for until it has all its tasks.
    fn leave_service(
        &self,
        builder: &mut Builder<'a>,
        id: InstanceId,
        old: &Container,
        before: NodeResult,
    ) -> NodeResult {
        if self.stopped.contains_key(&id) {
            return builder.pass_on(id, before, Direction::NeedsFirst);
        }
        if let Some(strays) = self.replacing.strays {
            // A run that was ended has left them.
            OldContainers::of(builder, id, strays).remove();
        }
        let instance = builder.environment.instance(id);
        let compared = match builder.plan.command {
            Command::Apply => Compared::Same,
            _ => Compared::ByLabels,
        };
        let (reason, note) = left_alone(instance, old, compared);
        builder.unchanged(id, reason, note);
        builder.verify(id, old, before)
    }
}

/// Whether it is a job that has done its work, and is made of the same as it was then.
fn has_done_its_work(builder: &Builder<'_>, id: InstanceId, old: &Container) -> bool {
    let instance = builder.environment.instance(id);
    let is_same = builder.plan.command == Command::Apply
        || (builder.plan.command == Command::Start
            && old.made(&instance.container) != ConfigComparison::Otherwise);
    is_same && old.has_completed(instance)
}
