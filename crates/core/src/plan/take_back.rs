//! Taking back: an old container gets its place again, and what ended runs have left is tidied up.

use super::{
    Compensation, CompensationId, StepId, Wait,
    action::{Action, ContainerAction, NetworkAction, StopMethod, WaitAction},
    builder::{Builder, Treatment},
    reason::{CompensationKind, Reason},
    volumes::removal,
};
use crate::{
    model::{Instance, InstanceId, membership::Membership, name::is_successor_name},
    observed::{Container, ContainerState},
};

/// How an old container comes back.
pub(super) struct Back<'a> {
    pub id: InstanceId,
    /// Its id.
    pub keep: &'a str,
    /// Its name while it is aside.
    pub aside: &'a str,
    /// The name of its successor before that takes its place.
    pub beside: &'a str,
    /// The ids of containers that an ended run has left in its place.
    pub left: Vec<String>,
    /// Whether it is to run again.
    pub was_up: bool,
    /// Whether it may run while its successor still does.
    pub beside_each_other: bool,
}

impl Back<'_> {
    /// The steps of a compensation; tells the last one.
    pub(super) fn steps(
        &self,
        builder: &mut Builder<'_>,
        compensation: CompensationId,
        after: Option<StepId>,
    ) -> StepId {
        let instance = builder.environment.instance(self.id);
        let (name, timeout) = (instance.container_name().to_owned(), instance.stop_timeout);
        let names = vec![self.beside.to_owned(), name.clone()];
        let (keep, left) = (self.keep.to_owned(), self.left.clone());
        let discard = Action::Container(ContainerAction::Discard {
            names,
            keep,
            keep_on: instance.ship,
            left,
            timeout,
        });
        let rename = Action::Container(ContainerAction::Rename {
            container: self.aside.to_owned(),
            id: Some(self.keep.to_owned()),
            to: name.clone(),
        });
        let checks = instance.lifecycle.running.clone();
        let mut steps = vec![(discard, Reason::NotReplaced), (rename, Reason::TakesPlaceAgain)];
        if self.was_up {
            // Beside its successor it has another name.
            let container = if self.beside_each_other { self.keep.to_owned() } else { name };
            // Hooks are for what the file declares, which this container may not be.
            let start = (
                Action::Container(ContainerAction::Start { container: container.clone(), hooks: Vec::new() }),
                Reason::RanBefore,
            );
            let ready = (Action::Wait(WaitAction::Ready { container, checks }), Reason::AwaitsReady);
            let at = if self.beside_each_other { 0 } else { steps.len() };
            let found = if self.beside_each_other { rejoin(instance, self.keep) } else { Vec::new() };
            let found = found.into_iter().map(|action| (action, Reason::TakesPlaceAgain));
            steps.splice(at..at, [start, ready].into_iter().chain(found));
        }
        let mut last = after;
        for (action, reason) in steps {
            let step = builder.step(self.id, action, reason, last.map(Wait::Step));
            builder.plan.steps[step.0].compensation = Some(compensation);
            last = Some(step);
        }
        last.expect("there are steps")
    }
}

/// Whether an old container runs again when it comes back. What is down now may be so because of a run that was ended; what
/// never ran is not tried. A job that is over is not run again: what it does may not be done twice.
pub(super) fn runs_again(instance: &Instance, old: &Container) -> bool {
    if instance.is_job() {
        return old.state.is_up();
    }
    !matches!(old.state, ContainerState::Created | ContainerState::Dead)
}

/// Lets an old container be found under its instance's name again, if its own name does not do that.
fn rejoin(instance: &Instance, keep: &str) -> Vec<Action> {
    let memberships = instance.memberships();
    let needs_aliases = |membership: &Membership| {
        membership.attachment.aliases.iter().any(|alias| alias != instance.container_name())
    };
    let memberships = memberships.into_iter().filter(needs_aliases);
    let rejoin = |membership| {
        Action::Network(NetworkAction::rejoin(instance.container_name(), Some(keep), membership))
    };
    memberships.map(rejoin).collect()
}

/// Plans the stop of what ended runs have left running beside an instance's container.
pub(super) fn stop_spares(
    builder: &mut Builder<'_>,
    id: InstanceId,
    how: StopMethod,
    reason: &Reason,
    after: &[Wait],
) -> Vec<Wait> {
    let timeout = builder.environment.instance(id).stop_timeout;
    let mut stops = Vec::new();
    for spare in builder.spares(id).into_iter().filter(|spare| spare.state.is_up()) {
        let action = how.action(spare, timeout, &[]);
        stops.push(Wait::Step(builder.step(id, action, reason.clone(), after.iter().copied())));
    }
    stops
}

/// Plans the removal of what ended runs have left beside an instance's container and is `such`. Tells the containers
/// and the steps.
pub(super) fn remove_spares<'a>(
    builder: &mut Builder<'a>,
    id: InstanceId,
    after: &[Wait],
    such: impl Fn(&Container) -> bool,
) -> Vec<(&'a Container, StepId)> {
    let mut removed = Vec::new();
    for spare in builder.spares(id).into_iter().filter(|spare| such(spare)) {
        let action = removal(builder, builder.environment.instance(id).ship, spare, &spare.name);
        removed.push((spare, builder.step(id, action, Reason::Leftover, after.iter().copied())));
    }
    removed
}

/// Plans what an ended run has left to do for an instance whose new container is in its place: once it is ready, what
/// was set aside goes; if it does not get ready, that comes back. `of` are the steps that may fail, the last one its
/// being ready.
pub(super) fn complete(builder: &mut Builder<'_>, id: InstanceId, of: Vec<StepId>) {
    let spares = builder.spares(id);
    let Some(&ready) = of.last().filter(|_| !spares.is_empty()) else { return };
    let instance = builder.environment.instance(id);
    let name = instance.container_name();
    let previous = spares.iter().find(|spare| !is_successor_name(&spare.name, &instance.name));
    if let Some(previous) = previous {
        let kind = CompensationKind::Instance(id);
        let left = match builder.treatment(id) {
            Treatment::Present(own) => vec![own.id.clone()],
            Treatment::Absent | Treatment::Blocked(_) => Vec::new(),
        };
        let compensation = builder.compensation(Compensation { kind, of, tolerates: 0 });
        let back = Back {
            id,
            keep: &previous.id,
            aside: &previous.name,
            beside: name,
            left,
            was_up: runs_again(builder.environment.instance(id), previous),
            beside_each_other: false,
        };
        back.steps(builder, compensation, None);
    }
    let mut after = vec![Wait::Step(ready)];
    after.extend(stop_spares(builder, id, StopMethod::Stop, &Reason::Leftover, &after));
    remove_spares(builder, id, &after, |_| true);
}
