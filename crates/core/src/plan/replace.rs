//! Replacing: a new container takes the place of an old one, which is set aside until the new one is ready, and comes
//! back if it is not. The instances of a service are replaced in batches.

mod again;
mod member;
mod roll_out;
mod steps;

use std::time::Duration;

use super::{
    StepId, Wait,
    action::{Action, ContainerAction, NetworkAction, WaitAction},
    builder::Builder,
    reason::Reason,
    stop::StopMethod,
    take_back::stop_spares,
    volumes,
};
use crate::model::{
    InstanceId,
    check::LifecycleState,
    name::{NEXT, PREVIOUS},
    update::Order,
};

use member::{Member, ReplaceMethod};
pub(super) use roll_out::RollOuts;
pub(super) use steps::{Again, Parts, ready, start_of};
use steps::{stop, wait_to_start};

/// How long requests that found the old container may take to reach it: a lost packet is sent again after a second.
const IN_FLIGHT: Duration = Duration::from_secs(2);

/// What has been planned of a replacement.
pub(super) struct Replaced {
    /// The step behind which the new container has the name of the instance's container.
    pub named: StepId,
    /// The step behind which it is ready under that name.
    pub ready: StepId,
}

impl<'a> RollOuts<'a> {
    /// Plans the replacement of an instance's container, up to the new one's being ready.
    pub(super) fn replace(
        &mut self,
        builder: &mut Builder<'a>,
        id: InstanceId,
        mut parts: Parts<'a>,
    ) -> Replaced {
        let instance = builder.environment.instance(id);
        let update = builder.environment.service(instance.service).update;
        let roll_out = self.of(instance.service);
        if parts.old.state.is_up() {
            let batch = roll_out.batch(builder, id, update);
            parts.before.waits.extend(batch);
        }
        let beside = builder.name_beside(id, NEXT, "");
        let start_first = update.order == Order::StartFirst && parts.old.state.is_up();
        let created = create(builder, id, &beside, start_first, &mut parts);
        let copied = builder.copy_into_new(id, &beside, created);
        let of = copied.into_iter().collect();
        let created = copied.unwrap_or(created);
        let mut chain = Chain { id, parts, created, beside, aside: String::new(), of };
        chain.put_back(builder);
        chain.alone(builder);
        let (named, ready, placed) =
            if start_first { chain.start_first(builder) } else { chain.stop_first(builder) };
        let Chain { parts: Parts { old, .. }, beside, aside, of, .. } = chain;
        let way = ReplaceMethod::Here { old, aside, beside, beside_each_other: start_first };
        roll_out.join(builder, Member { id, of, placed, way, taken_back: None }, old.state.is_up());
        Replaced { named, ready }
    }
}

/// The new container, made beside the old one: what is wrong with it is told before anything is stopped.
fn create(
    builder: &mut Builder<'_>,
    id: InstanceId,
    beside: &str,
    start_first: bool,
    parts: &mut Parts<'_>,
) -> StepId {
    let pull = builder.image(id, parts.again.refresh.clone());
    let first = pull.into_iter().chain(builder.resources(id)).chain(parts.created.iter().copied());
    let after: Vec<Wait> = first.map(Wait::Step).collect();
    let spec = builder.environment.instance(id).container.clone();
    let volumes = volumes::take_over(builder, id, parts.old, pull.is_some());
    let names = builder.names_for(id, beside, start_first);
    let action = Action::Container(ContainerAction::Create { name: beside.to_owned(), spec, volumes, names });
    builder.step(id, action, parts.reason.clone(), after)
}

/// The steps of one replacement, as they are planned.
struct Chain<'a> {
    id: InstanceId,
    parts: Parts<'a>,
    created: StepId,
    beside: String,
    aside: String,
    of: Vec<StepId>,
}

impl Chain<'_> {
    /// An old container that has another name gets its own back while it runs: that is where others look for it.
    fn put_back(&mut self, builder: &mut Builder<'_>) {
        let old = self.parts.old;
        let name = builder.environment.instance(self.id).container_name().to_owned();
        self.aside = builder.name_beside(self.id, PREVIOUS, &old.id);
        if old.name == name {
            return;
        }
        if !old.state.is_up() {
            self.aside.clone_from(&old.name);
            return;
        }
        let action = Action::Container(ContainerAction::Rename {
            container: old.name.clone(),
            id: Some(old.id.clone()),
            to: name,
        });
        let after = self.parts.before.waits.clone();
        let step = builder.step(self.id, action, Reason::HasOtherName, after);
        self.parts.before.waits.push(Wait::Step(step));
    }

    /// What ended runs have left running beside the old one is stopped when the new one is there.
    fn alone(&mut self, builder: &mut Builder<'_>) {
        let mut after = self.parts.before.waits.clone();
        after.push(Wait::Step(self.created));
        // So that the new one is not a third.
        self.parts.before.waits.extend(stop_spares(
            builder,
            self.id,
            StopMethod::Stop,
            &Reason::Leftover,
            &after,
        ));
    }

    /// Stops the old one, then starts the new one in its place.
    fn stop_first(&mut self, builder: &mut Builder<'_>) -> (StepId, StepId, StepId) {
        let id = self.id;
        let name = builder.environment.instance(id).container_name().to_owned();
        let mut after = self.parts.before.waits.clone();
        after.push(Wait::Step(self.created));
        after.extend(self.parts.first.iter().copied().map(Wait::Step));
        if self.parts.old.state.is_up() {
            let first = builder.plan.steps.len();
            let stopped = stop(builder, id, &self.parts, after);
            // What has been taken back is not stopped any more, and one whose stop fails may be down.
            self.of.extend((first..=stopped.0).map(StepId));
            let first = builder.plan.steps.len();
            after = vec![wait_to_start(builder, id, &self.parts, stopped)];
            self.of.extend((first..builder.plan.steps.len()).map(StepId));
        }
        let named = self.rename(builder, after);
        let after = [Wait::Step(named)];
        let seen = self.parts.old.id.clone();
        let checked = builder.checks(id, LifecycleState::PreStart, Some(&seen), after);
        self.of.extend(checked);
        let action = start_of(builder, id, &name);
        let started =
            builder.step(id, action, Reason::ContainerIsNew, [Wait::Step(checked.unwrap_or(named))]);
        let ready = ready(builder, id, &name, started);
        self.of.extend([started, ready]);
        (named, ready, ready)
    }

    /// Starts the new one beside the old one, and hands over when it is ready.
    fn start_first(&mut self, builder: &mut Builder<'_>) -> (StepId, StepId, StepId) {
        let id = self.id;
        let mut after = self.parts.before.waits.clone();
        after.push(Wait::Step(self.created));
        let seen = self.parts.old.id.clone();
        let checked = builder.checks(id, LifecycleState::PreStart, Some(&seen), after.iter().copied());
        after.extend(checked.map(Wait::Step));
        after.extend(self.parts.first.iter().copied().map(Wait::Step));
        let container = self.beside.clone();
        let action = start_of(builder, id, &container);
        let started = builder.step(id, action, Reason::ContainerIsNew, after);
        let ready = ready(builder, id, &container, started);
        self.of.extend(checked);
        self.of.extend([started, ready]);
        // Now the name leads to both: a container that is renamed loses no alias, so the old one has to be told.
        let handed = self.rejoin(builder, &container, None, true, ready);
        let named = self.rename(builder, vec![Wait::Step(handed)]);
        let (aside, old) = (self.aside.clone(), self.parts.old.id.clone());
        let left = self.rejoin(builder, &aside, Some(&old), false, named);
        let action = Action::Wait(WaitAction::Pause { duration: IN_FLIGHT });
        let paused = builder.step(id, action, Reason::DrainsRequests, [Wait::Step(left)]);
        let stopped = stop(builder, id, &self.parts, vec![Wait::Step(paused)]);
        // Until the old one is down all of it can be taken back, and then has to be over.
        self.of.extend((paused.0..=stopped.0).map(StepId));
        (named, named, stopped)
    }

    /// Lets a container be found under the instance's names on its networks, or no longer: one network after the other,
    /// so that it is on the others meanwhile. Tells the last step.
    fn rejoin(
        &mut self,
        builder: &mut Builder<'_>,
        container: &str,
        id: Option<&str>,
        is_found: bool,
        after: StepId,
    ) -> StepId {
        let memberships = builder.environment.instance(self.id).memberships();
        let reason = if is_found { Reason::IsReady } else { Reason::SuccessorInPlace };
        memberships.into_iter().fold(after, |after, membership| {
            let membership = if is_found { membership } else { membership.without_aliases() };
            let action = Action::Network(NetworkAction::rejoin(container, id, membership));
            let step = builder.step(self.id, action, reason.clone(), [Wait::Step(after)]);
            self.of.push(step);
            step
        })
    }

    /// The old one is set aside, the new one gets its name.
    fn rename(&mut self, builder: &mut Builder<'_>, mut after: Vec<Wait>) -> StepId {
        let name = builder.environment.instance(self.id).container_name().to_owned();
        let old = self.parts.old;
        let is_aside = old.name == self.aside && !old.state.is_up();
        let aside = (!is_aside).then(|| {
            let (container, to) = (name.clone(), self.aside.clone());
            let action =
                Action::Container(ContainerAction::Rename { container, id: Some(old.id.clone()), to });
            builder.step(self.id, action, Reason::KeptUntilReady, after.drain(..))
        });
        after.extend(aside.map(Wait::Step));
        let action =
            Action::Container(ContainerAction::Rename { container: self.beside.clone(), id: None, to: name });
        let named = builder.step(self.id, action, Reason::TakesPlace, after);
        self.of.extend(aside);
        self.of.push(named);
        named
    }
}
