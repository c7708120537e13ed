//! `start`: what is down is made anew and started, what runs is left alone.

mod from_swarm;
mod left_alone;
mod missing;
mod names;
mod old;
mod reloaded;
mod replacing;
mod service;

pub(super) use replacing::Replacing;

use std::collections::{BTreeSet, HashMap};

use super::{
    BlockedReason, Plan, StepId, Wait,
    action::{Action, ContainerAction},
    builder::{Builder, NodeResult, Treatment},
    command::Command,
    created::Created,
    maybe_twice::MaybeTwice,
    move_reason::reason_of_new,
    move_refusal,
    moves::{Moves, Predecessor},
    reason::{Flag, Note, Reason},
    replace::{Parts, RollOuts, ready, start_of},
    service_moves,
    take_back::{complete, remove_spares},
    volume_move, volumes,
};
use crate::{
    model::{
        Environment, InstanceId, ServiceId, ShipId, check::LifecycleState, graph::Direction, name::NEXT,
    },
    observed::{Container, ContainerState, Observed},
};

/// What `start` was asked for beside the names.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line, and any set of them is valid"
)]
#[derive(Debug, Clone, Copy, Default)]
pub struct StartOptions {
    /// Fetch every image anew (`--refresh-images`).
    pub refresh_images: bool,
    /// Start a container that is there rather than making it anew (`--reuse`).
    pub reuse: bool,
    /// Take over containers that this environment did not make (`--adopt`).
    pub adopt: bool,
    /// Start everything at once (`--ignore-dependencies`).
    pub ignore_dependencies: bool,
    /// Give new containers new anonymous volumes (`--renew-anonymous-volumes`).
    pub renew_volumes: bool,
    /// Move instances whose data stays on their old ship (`--move`).
    pub moves: bool,
    /// Do not watch whether containers without checks stay up (`--detach`).
    pub detach: bool,
    /// Do not hold what requires an instance on a ship that does not answer (`--skip-unreachable`).
    pub skip_unreachable: bool,
}

/// Plans a start of the selected instances.
#[must_use]
pub fn plan(
    environment: &Environment,
    observed: &Observed,
    selected: &BTreeSet<InstanceId>,
    options: StartOptions,
) -> Plan {
    let observed = observed.by_label(environment);
    let environment = &*observed.on_its_networks(environment);
    let mut builder = Builder::new(Command::Start, environment, &observed, options.adopt);
    let strays = service_moves::strays(environment, &observed);
    let replacing = Replacing { strays: strays.as_ref(), ..Replacing::default() };
    add_starts(&mut builder, selected, options, &HashMap::new(), &replacing);
    service_moves::remove(&mut builder, strays.as_ref());
    builder.plan
}

/// Adds the steps of a start. `stopped` names the step behind which an instance that runs now will be down.
pub(super) fn add_starts(
    builder: &mut Builder<'_>,
    selected: &BTreeSet<InstanceId>,
    options: StartOptions,
    stopped: &HashMap<InstanceId, StepId>,
    replacing: &Replacing<'_>,
) {
    builder.renews_volumes = options.renew_volumes;
    builder.detach = options.detach;
    builder.skips_unreachable = options.skip_unreachable;
    let missing = builder.not_selected(selected, |builder, id| match builder.treatment(id) {
        Treatment::Absent => true,
        Treatment::Present(container) => {
            !container.state.is_up() && !container.has_completed(builder.environment.instance(id))
        }
        Treatment::Blocked(_) => false,
    });
    let roll_outs = RollOuts::default();
    let moves = Moves::find(builder.environment, builder.observed);
    let maybe_twice = MaybeTwice::default();
    let mut start = Start {
        options,
        stopped,
        replacing,
        missing,
        created: Created::default(),
        roll_outs,
        moves,
        maybe_twice,
        reloaded: HashMap::new(),
    };
    builder.walk(selected, Direction::NeedsFirst, !options.ignore_dependencies, |builder, id, before| {
        match &builder.environment.instance(id).swarm {
            Some(swarm) => start.service(builder, id, swarm, before),
            None => start.visit(builder, id, before),
        }
    });
    start.roll_outs.finish(builder);
    start.maybe_twice.remark(builder);
}

struct Start<'o, 'a> {
    options: StartOptions,
    stopped: &'o HashMap<InstanceId, StepId>,
    replacing: &'o Replacing<'o>,
    /// Instances that are down and not part of this start.
    missing: BTreeSet<InstanceId>,
    /// By name, the step behind which an instance's new container exists.
    created: Created,
    roll_outs: RollOuts<'a>,
    /// Instances whose container is on another ship.
    moves: Moves<'a>,
    /// Instances whose container may be on a ship that does not answer.
    maybe_twice: MaybeTwice,
    /// Of each service the steps behind which its instances are ready again that were reloaded, and the ship of each.
    reloaded: HashMap<ServiceId, Vec<(ShipId, StepId)>>,
}

impl<'a> Start<'_, 'a> {
    fn visit(&mut self, builder: &mut Builder<'a>, id: InstanceId, before: NodeResult) -> NodeResult {
        if builder.is_held(id) {
            // The stop of a restart has told why.
            return NodeResult { blocked: Some(id), ..NodeResult::default() };
        }
        let old = match builder.treatment(id) {
            Treatment::Blocked(reason) => return builder.hold(id, reason),
            Treatment::Absent => None,
            Treatment::Present(container) => Some(container),
        };
        if let Some(reason) = self.name_taken(builder, id, old) {
            return builder.hold(id, reason);
        }
        let moved = self.moves.get(id);
        // Beside a container that runs it is what an ended run has left of a move.
        let (left, moved) =
            if old.is_some_and(|old| old.state.is_up()) { (moved, None) } else { (None, moved) };
        if let Some(old) = old
            && let Some(reason) = self.replacing.reasons.get(&id)
            && moved.is_none()
            && !old.is_of_ended_job(builder.environment.instance(id))
        {
            return self.replace(builder, id, old, reason.clone(), before);
        }
        if let Some((action, reason)) = self.replacing.reloads.get(&id) {
            return self.reload(builder, id, (action.clone(), reason.clone()), before);
        }
        if let Some(container) = old
            && self.runs_again(builder, id).is_none()
            && self.is_left_alone(builder, id, container)
        {
            return self.leave_alone(builder, id, container, left, before);
        }
        if let Some(other) = before.blocked {
            return builder.hold(id, BlockedReason::Behind { other });
        }
        if let Some(reason) = self.refusal(builder, id, old, moved) {
            return builder.hold(id, reason);
        }
        let before = self.in_batch(builder, id, old, moved, before);
        let pre_start = self.pre_start(builder, id, old, &before);
        let old_one = old.filter(|_| !builder.is_foreign(id));
        let (made, reason) = self.made(builder, id, old, (pre_start, &before));
        let (container, named) = self.name(builder, id, old_one);
        let first = self.replacing.first.get(&id).into_iter().flatten().copied().chain(named);
        let copied = old_one.filter(|_| made.is_none()).and_then(|old| builder.copy_into_old(id, old));
        let startable = made.or(copied);
        let down = self.stop_moved(builder, id, moved, startable.or(pre_start), &before);
        let steps = startable.into_iter().chain(pre_start).chain(first).chain(down.last().copied());
        let after: Vec<Wait> = steps.map(Wait::Step).chain(before.waits).collect();
        self.remark_on_missing(builder, id);
        let action = start_of(builder, id, &container);
        let start = builder.step(id, action, reason, after);
        let ready = ready_and_taken(builder, id, old, &container, start);
        if old_one.is_some() && made.is_none() && builder.plan.command == Command::Apply {
            complete(builder, id, vec![start, ready]);
        }
        if let Some(moved) = moved {
            let of = down.into_iter().chain([start, ready]).collect();
            self.roll_outs.moved(builder, id, moved, old, of);
        }
        NodeResult { waits: vec![Wait::Step(ready)], started: Some(vec![Wait::Step(start)]), blocked: None }
    }

    /// What an instance that is started waits for: if it moves, its batch or the stop of its service on a Swarm as well.
    fn in_batch(
        &mut self,
        builder: &mut Builder<'a>,
        id: InstanceId,
        old: Option<&Container>,
        moved: Option<Predecessor<'a>>,
        mut before: NodeResult,
    ) -> NodeResult {
        if old.is_none() && moved.is_none() {
            self.maybe_twice.note(builder, id);
        }
        before.waits.extend(moved.and_then(|moved| self.roll_outs.turn_to_move(builder, id, moved)));
        let stopped = self.stop_on_swarm(builder, id, &before);
        before.waits.extend(stopped);
        before
    }

    /// Why an instance that is down must not be started, if it must not.
    fn refusal(
        &self,
        builder: &Builder<'a>,
        id: InstanceId,
        old: Option<&Container>,
        moved: Option<Predecessor<'a>>,
    ) -> Option<BlockedReason> {
        let is_made = old.is_none_or(|old| !self.stays(builder, id, old)) || builder.is_foreign(id);
        let resource = builder.unusable_resource(id).filter(|_| is_made);
        let resource = resource
            .or_else(|| move_refusal::left_running(builder, id))
            .or_else(|| service_moves::on_unknown_swarm(builder, id).filter(|_| old.is_none()))
            .or_else(|| volume_move::not_taken(builder, id, old));
        let data = move_refusal::data(builder, id, old, moved).or_else(|| self.data_on_swarm(builder, id));
        resource.or_else(|| data.filter(|_| !self.options.moves))
    }

    /// Whether a container that is there is started as it is.
    fn stays(&self, builder: &Builder<'_>, id: InstanceId, old: &Container) -> bool {
        let is_kept = self.replacing.kept.contains(&id) || self.options.reuse;
        is_kept && !builder.lacks_other_files(id, old)
    }

    /// Why a job that is over runs again, if `apply` says so.
    fn runs_again(&self, builder: &Builder<'_>, id: InstanceId) -> Option<&Reason> {
        self.replacing.reasons.get(&id).filter(|_| builder.environment.instance(id).is_job())
    }

    /// The step behind which there is a container to start, and why it is started.
    fn made(
        &mut self,
        builder: &mut Builder<'a>,
        id: InstanceId,
        old: Option<&Container>,
        (pre_start, before): (Option<StepId>, &NodeResult),
    ) -> (Option<StepId>, Reason) {
        // A job whose turn does not come keeps its old container.
        let turn = self.runs_again(builder, id).map(|_| before.waits.as_slice()).unwrap_or_default();
        let first: Vec<Wait> = pre_start.map(Wait::Step).into_iter().chain(turn.iter().copied()).collect();
        match old.filter(|_| !builder.is_foreign(id)) {
            Some(old) if self.replacing.kept.contains(&id) => {
                (None, Reason::DownAsDeclared(old.status.clone()))
            }
            Some(old) if self.stays(builder, id, old) => (self.stopped.get(&id).copied(), Reason::Reused),
            Some(_) | None => (Some(self.make(builder, id, old, &first)), Reason::ContainerIsNew),
        }
    }

    /// A new container in the place of one that differs.
    fn replace(
        &mut self,
        builder: &mut Builder<'a>,
        id: InstanceId,
        old: &'a Container,
        reason: Reason,
        mut before: NodeResult,
    ) -> NodeResult {
        if let Some(refusal) = builder.unusable_resource(id) {
            return builder.hold(id, refusal);
        }
        if let Some(other) = before.blocked {
            return builder.hold(id, BlockedReason::Behind { other });
        }
        if let Some(refusal) = volumes::shared(builder, id, old).filter(|_| !self.replacing.again.reuse) {
            return builder.hold(id, refusal);
        }
        if old.state.is_up() {
            self.remove_from_swarm(builder, id);
        }
        self.remark_on_missing(builder, id);
        let first = self.replacing.first.get(&id).into_iter().flatten().copied().collect();
        before.waits.extend(self.replacing.renames.freed.get(&id).copied().map(Wait::Step));
        let created = self.created.needed_for(&builder.environment.instance(id).container);
        let again = self.replacing.again.clone();
        let parts = Parts { old, reason, before, first, created, again };
        if self.replacing.again.reuse {
            let ready = self.roll_outs.start_again(builder, id, parts);
            return NodeResult { waits: vec![Wait::Step(ready)], ..NodeResult::default() };
        }
        let replaced = self.roll_outs.replace(builder, id, parts);
        self.created.insert(builder.environment.instance(id).name.clone(), replaced.named);
        NodeResult { waits: vec![Wait::Step(replaced.ready)], ..NodeResult::default() }
    }

    /// The checks before its start: when all that it requires is ready, and after its own stop in a restart.
    fn pre_start(
        &self,
        builder: &mut Builder<'_>,
        id: InstanceId,
        old: Option<&Container>,
        before: &NodeResult,
    ) -> Option<StepId> {
        let stopped = self.stopped.get(&id).copied().map(Wait::Step);
        let after: Vec<Wait> = before.waits.iter().copied().chain(stopped).collect();
        builder.checks(id, LifecycleState::PreStart, old.map(|old| old.id.as_str()), after)
    }

    /// The steps up to a new container: image, network, create, the old one's removal, which comes after `first`. Tells the
    /// step behind which the new one has the name of the instance's container.
    fn make(
        &mut self,
        builder: &mut Builder<'_>,
        id: InstanceId,
        old: Option<&Container>,
        first: &[Wait],
    ) -> StepId {
        let force = self.options.refresh_images.then_some(Reason::Flag(Flag::RefreshImages));
        let pull = builder.image(id, force);
        let instance = builder.environment.instance(id);
        let freed = self.replacing.renames.freed.get(&id).copied();
        let resources = builder.resources(id);
        let mut after: Vec<Wait> = pull.into_iter().chain(resources).chain(freed).map(Wait::Step).collect();
        after.extend(
            self.created.needed_for(&builder.environment.instance(id).container).into_iter().map(Wait::Step),
        );
        let (mut name, spec) = (instance.container_name().to_owned(), instance.container.clone());
        let volumes = old.map(|old| volumes::take_over(builder, id, old, pull.is_some())).unwrap_or_default();
        let reason = match old {
            None => reason_of_new(builder, id, self.moves.get(id).map(|moved| moved.ship)),
            Some(old) if volumes.is_empty() => {
                let first = pull.map(Wait::Step).into_iter().chain(first.iter().copied());
                let removed = self.remove(builder, id, old, first);
                after.push(Wait::Step(removed));
                self.old_state(builder, id, old)
            }
            Some(old) => {
                // Until the new one has its volumes, the old container alone tells which ones these are.
                name = builder.name_beside(id, NEXT, "");
                self.old_state(builder, id, old)
            }
        };
        let has_volumes = !volumes.is_empty();
        let names = builder.names_for(id, &name, false);
        let action = ContainerAction::Create { name: name.clone(), spec, volumes, names };
        let mut made = builder.step(id, Action::Container(action), reason, after);
        made = builder.copy_into_new(id, &name, made).unwrap_or(made);
        if let Some(old) = old.filter(|_| has_volumes) {
            let first = [Wait::Step(made)].into_iter().chain(first.iter().copied());
            let removed = self.remove(builder, id, old, first);
            let action = Action::Container(ContainerAction::Rename {
                container: name,
                id: None,
                to: instance.container_name().to_owned(),
            });
            made = builder.step(id, action, Reason::TakesPlace, [Wait::Step(removed)]);
            remove_spares(builder, id, &[Wait::Step(made)], |spare| spare.state == ContainerState::Created);
        }
        self.created.insert(instance.name.clone(), made);
        made
    }
}

/// The wait for an instance, behind which volumes that a move had kept are its own again.
fn ready_and_taken(
    builder: &mut Builder<'_>,
    id: InstanceId,
    old: Option<&Container>,
    container: &str,
    start: StepId,
) -> StepId {
    let ready = ready(builder, id, container, start);
    volume_move::use_again(builder, id, old, ready);
    ready
}
