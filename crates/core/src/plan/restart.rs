//! `restart`: dependants go down first and come up last, and nothing goes down before its image is on its ship.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use super::{
    Plan, StepId, Wait,
    action::{Action, WaitAction},
    builder::{Builder, Treatment},
    command::Command,
    orphans::Strays,
    reason::{Flag, Note, Reason, UnchangedReason},
    replace::Again,
    service_moves,
    start::{Replacing, StartOptions, add_starts},
    stop::{StopMethod, StopOptions, add_stops},
};
use crate::{
    model::{Environment, InstanceId},
    observed::{ConfigComparison, Observed},
};

/// What `restart` was asked for beside the names.
#[derive(Debug, Clone, Copy, Default)]
pub struct RestartOptions {
    /// As for `start`.
    pub start: StartOptions,
    /// Time before each instance is stopped (`--step-delay`).
    pub step_delay: Duration,
    /// Time between an instance's stop and its start (`--stop-start-delay`).
    pub stop_start_delay: Duration,
    /// Leave alone what runs the very image that its ship has under the name (`--only-if-changed`).
    pub only_if_changed: bool,
    /// Replace instances in batches, as `update` of their service says, instead of all at once.
    pub in_batches: bool,
}

/// Plans a restart of the selected instances.
#[must_use]
pub fn plan(
    environment: &Environment,
    observed: &Observed,
    selected: &BTreeSet<InstanceId>,
    options: RestartOptions,
) -> Plan {
    let observed = observed.by_label(environment);
    let environment = &*observed.on_its_networks(environment);
    let mut builder = Builder::new(Command::Restart, environment, &observed, options.start.adopt);
    let stop = StopOptions {
        how: StopMethod::Stop,
        adopt: options.start.adopt,
        ignore_dependencies: options.start.ignore_dependencies,
    };
    let force = options.start.refresh_images.then_some(Reason::Flag(Flag::RefreshImages));
    let changed;
    let (reason, stopped) = if options.only_if_changed {
        changed = without_unchanged(&mut builder, selected);
        (Reason::ImageChanged, &changed)
    } else {
        (Reason::Restarted, selected)
    };
    if !options.start.reuse {
        hold_unusable(&mut builder, selected);
    }
    let strays = service_moves::strays(environment, &observed);
    let strays = strays.as_ref();
    if options.in_batches {
        in_batches(&mut builder, selected, options, (&reason, strays));
        service_moves::remove(&mut builder, strays);
        return builder.plan;
    }
    let (services, stopped): (BTreeSet<InstanceId>, BTreeSet<InstanceId>) =
        stopped.iter().partition(|id| environment.instance(**id).swarm.is_some());
    let mut delayed = None;
    let stopped = add_stops(&mut builder, &stopped, stop, &reason, |builder, id| {
        let mut first: Vec<Wait> = Vec::new();
        if !options.start.reuse {
            first.extend(builder.image(id, force.clone()).map(Wait::Step));
        }
        if !options.step_delay.is_zero() {
            let delay = pause(builder, id, options.step_delay, Reason::Flag(Flag::StepDelay), delayed);
            delayed = Some(delay);
            first.push(Wait::Step(delay));
        }
        first
    });
    let stopped = if options.stop_start_delay.is_zero() {
        stopped
    } else {
        delay_starts(&mut builder, stopped, options.stop_start_delay)
    };
    // A Swarm replaces the tasks of a service by itself.
    let reasons = services.into_iter().map(|id| (id, reason.clone())).collect();
    let replacing = Replacing { reasons, strays, ..Replacing::default() };
    add_starts(&mut builder, selected, options.start, &stopped, &replacing);
    service_moves::remove(&mut builder, strays);
    builder.plan
}

/// What cannot be made anew is not stopped.
fn hold_unusable(builder: &mut Builder<'_>, selected: &BTreeSet<InstanceId>) {
    for &id in selected {
        if let Some(refusal) = builder.unusable_resource(id) {
            builder.hold(id, refusal);
        }
    }
}

/// Replaces what runs as `apply` does; what is down is made anew and started.
fn in_batches(
    builder: &mut Builder<'_>,
    selected: &BTreeSet<InstanceId>,
    options: RestartOptions,
    (reason, strays): (&Reason, Option<&Strays>),
) {
    let is_up = |id: &InstanceId| {
        matches!(builder.treatment(*id), Treatment::Present(old) if old.state.is_up())
            && !builder.is_foreign(*id)
    };
    let running = selected.iter().copied().filter(is_up);
    let again = Again {
        reuse: options.start.reuse,
        refresh: options.start.refresh_images.then_some(Reason::Flag(Flag::RefreshImages)),
        before_stop: options.step_delay,
        before_start: options.stop_start_delay,
    };
    let reasons = running.map(|id| (id, reason.clone())).collect();
    let replacing = Replacing { reasons, strays, again, ..Replacing::default() };
    add_starts(builder, selected, options.start, &HashMap::new(), &replacing);
}

/// The selected instances without those that run the image that their ship has; these are told as unchanged.
fn without_unchanged(builder: &mut Builder<'_>, selected: &BTreeSet<InstanceId>) -> BTreeSet<InstanceId> {
    let mut changed = selected.clone();
    for &id in selected {
        let Treatment::Present(container) = builder.treatment(id) else { continue };
        let instance = builder.environment.instance(id);
        let holdings = builder.holdings(instance.ship);
        let image = holdings.and_then(|holdings| holdings.image_id(&instance.container.image));
        let is_same = !container.image_id.is_empty() && image == Some(container.image_id.as_str());
        if !is_same || !container.state.is_up() || builder.is_foreign(id) {
            continue;
        }
        changed.remove(&id);
        let note =
            (container.made(&instance.container) == ConfigComparison::Otherwise).then_some(Note::FileChanged);
        builder.unchanged(id, UnchangedReason::RunsShipsImage, note);
    }
    changed
}

fn delay_starts(
    builder: &mut Builder<'_>,
    stopped: HashMap<InstanceId, StepId>,
    delay: Duration,
) -> HashMap<InstanceId, StepId> {
    let mut in_order: Vec<_> = stopped.into_iter().collect();
    in_order.sort_unstable_by_key(|&(_, step)| step);
    in_order
        .into_iter()
        .map(|(id, step)| (id, pause(builder, id, delay, Reason::Flag(Flag::StopStartDelay), Some(step))))
        .collect()
}

fn pause(
    builder: &mut Builder<'_>,
    id: InstanceId,
    duration: Duration,
    reason: Reason,
    after: Option<StepId>,
) -> StepId {
    builder.step(id, Action::Wait(WaitAction::Pause { duration }), reason, after.map(Wait::Step))
}
