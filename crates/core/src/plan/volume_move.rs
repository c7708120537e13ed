//! `volume move`: an instance goes to the ship that the file names, and the data of its named volumes with it.
//!
//! It is stopped, its volumes are copied and the copies verified, and a new container starts with them. If that fails, the
//! new container and the copies are removed and the old one runs again. The old volumes are kept.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    BlockedReason, Compensation, CompensationId, Plan, StepId, VolumeRefusal, Wait,
    action::{Action, ContainerAction, VolumeAction},
    builder::{Builder, NodeResult, Treatment},
    command::Command,
    move_reason::{move_reason, reason_of_new},
    moves::{Move, Moves, Predecessor},
    reason::{CompensationKind, Reason, UnchangedReason},
    replace::{ready, start_of},
    volumes::{has, removal},
};
use crate::{
    model::{Environment, InstanceId, ShipId, check::LifecycleState, container::MountKind},
    observed::{
        Container, ContainerState, Observed,
        copy_mark::{CopyMark, KeptVolume},
        restore_mark::RestoreMark,
    },
};

/// Plans the move of an instance. Volumes must have been asked for. `leaves_others` says that other data than that of named
/// volumes may stay.
#[must_use]
pub fn plan(environment: &Environment, observed: &Observed, id: InstanceId, leaves_others: bool) -> Plan {
    let observed = observed.by_label(environment);
    let environment = &*observed.on_its_networks(environment);
    let mut builder = Builder::new(Command::MoveVolumes, environment, &observed, false);
    let moved = Moves::find(environment, &observed).get(id);
    match (builder.treatment(id), moved) {
        (Treatment::Blocked(reason), _) => drop(builder.hold(id, reason)),
        (Treatment::Present(own), Some(moved)) if own.state.is_up() => {
            moved.complete(&mut builder, id, NodeResult::default());
        }
        (Treatment::Present(_), None) => builder.unchanged(id, UnchangedReason::RunsAsDeclared, None),
        (Treatment::Absent, None) => builder.unchanged(id, UnchangedReason::Absent, None),
        (Treatment::Absent, Some(moved)) => {
            Moving::new(&builder, id, moved, None).plan(&mut builder, leaves_others);
        }
        (Treatment::Present(own), Some(moved)) => {
            Moving::new(&builder, id, moved, Some(own)).plan(&mut builder, leaves_others);
        }
    }
    builder.plan
}

/// The sources of an instance's volumes.
fn sources<'b>(builder: &Builder<'b>, id: InstanceId) -> impl Iterator<Item = &'b String> {
    let mounts = builder.environment.instance(id).container.mounts.iter();
    mounts.filter(|mount| mount.kind() == MountKind::Volume).map(|mount| &mount.source)
}

/// The volumes of an instance's ship, with their labels; none once a container of it was started there, which made those
/// that it has its own.
fn before_start<'b>(
    builder: &Builder<'b>,
    id: InstanceId,
    old: Option<&Container>,
) -> Option<&'b BTreeMap<String, BTreeMap<String, String>>> {
    if old.is_some_and(|old| old.state != ContainerState::Created) {
        return None;
    }
    builder.holdings(builder.environment.instance(id).ship)?.volumes.as_ref()
}

/// Why an instance may not be started with a volume: it is a copy that an interrupted move has left.
pub(super) fn not_taken(
    builder: &Builder<'_>,
    id: InstanceId,
    old: Option<&Container>,
) -> Option<BlockedReason> {
    let there = before_start(builder, id, old)?;
    let copy = |volume: &String| CopyMark::among(there, &builder.environment.name, volume);
    let CopyMark { mark, from } = sources(builder, id).find_map(copy)?;
    Some(BlockedReason::Volume(VolumeRefusal::CopyNotTaken { volume: mark.volume, from }))
}

/// The volumes of an instance that are only kept on its ship, since it has moved to another one with copies of them, and
/// that ship.
fn kept(builder: &Builder<'_>, id: InstanceId, old: Option<&Container>) -> Vec<KeptVolume> {
    let Some(there) = before_start(builder, id, old) else { return Vec::new() };
    let kept = |volume: &String| KeptVolume::among(there, &builder.environment.name, volume);
    sources(builder, id).filter(|volume| there.contains_key(*volume)).filter_map(kept).collect()
}

/// Why an instance may not be started with a volume: what it has written since is in the copy on another ship.
pub(super) fn moved_away(
    builder: &Builder<'_>,
    id: InstanceId,
    old: Option<&Container>,
) -> Option<BlockedReason> {
    let kept = kept(builder, id, old).into_iter().next()?;
    Some(BlockedReason::Volume(VolumeRefusal::Kept { volume: kept.volume, to: kept.to }))
}

/// Plans that the volumes which an instance is started with are not recorded as kept any more, once it is ready.
pub(super) fn use_again(builder: &mut Builder<'_>, id: InstanceId, old: Option<&Container>, ready: StepId) {
    for KeptVolume { volume: name, environment, .. } in kept(builder, id, old) {
        let reuse = Action::Volume(VolumeAction::Reuse { name, environment });
        builder.step(id, reuse, Reason::IsReady, [Wait::Step(ready)]);
    }
}

impl Predecessor<'_> {
    /// Plans that the copies of its volumes are taken and the volumes themselves kept. Tells the steps.
    pub(super) fn take_copies(
        &self,
        builder: &mut Builder<'_>,
        id: InstanceId,
        ready: StepId,
    ) -> Vec<StepId> {
        let environment = builder.environment;
        let to = environment.instance(id).ship;
        let there = builder.holdings(to).and_then(|holdings| holdings.volumes.as_ref());
        let is_copied = |name: &String| {
            builder.copied.contains(name)
                || there.is_some_and(|there| CopyMark::among(there, &environment.name, name).is_some())
        };
        let named: Vec<String> = named(builder, id, self.container).into_iter().filter(is_copied).collect();
        let mut steps = Vec::new();
        for name in named {
            let environment = environment.name.clone();
            let keep = VolumeAction::Keep { name: name.clone(), environment: environment.clone(), to };
            let step = self.step(id, Action::Volume(keep), Reason::MovedAndReady, vec![Wait::Step(ready)]);
            let kept = builder.add(step);
            // Until the old one is recorded as kept, the copy counts as one that is not taken.
            let take = Action::Volume(VolumeAction::TakeCopy { name, environment });
            steps.push(builder.step(id, take, Reason::MovedAndReady, [Wait::Step(kept)]));
        }
        steps
    }
}

/// The named volumes that a container has and its successor is to have: those whose data goes with the instance.
fn named(builder: &Builder<'_>, id: InstanceId, old: &Container) -> BTreeSet<String> {
    let environment = builder.environment;
    let is_own = |source: &&String| environment.volume_named(source).is_none_or(|volume| !volume.external);
    sources(builder, id).filter(is_own).filter(|source| has(old, source)).cloned().collect()
}

/// A move with its volumes.
struct Moving<'a> {
    id: InstanceId,
    old: Predecessor<'a>,
    /// What an interrupted move has created.
    left: Option<&'a Container>,
    /// The volumes that are copied.
    volumes: BTreeSet<String>,
    to: ShipId,
    /// Whether the old container comes back if the move fails: it runs, or an interrupted move has stopped it.
    comes_back: bool,
}

impl<'a> Moving<'a> {
    fn new(builder: &Builder<'a>, id: InstanceId, old: Predecessor<'a>, left: Option<&'a Container>) -> Self {
        let volumes = named(builder, id, old.container);
        let to = builder.environment.instance(id).ship;
        let there = builder.holdings(to).and_then(|holdings| holdings.volumes.as_ref());
        let is_copy = |name: &String| {
            there.is_some_and(|there| CopyMark::among(there, &builder.environment.name, name).is_some())
        };
        let comes_back = old.container.state.is_up() || volumes.iter().any(is_copy);
        Self { id, old, left, volumes, to, comes_back }
    }

    fn plan(self, builder: &mut Builder<'a>, leaves_others: bool) {
        let id = self.id;
        let others = self.old.data_beside(&self.volumes);
        let is_left = !others.is_empty() && !leaves_others;
        let others_stay = is_left.then(|| BlockedReason::Moved { from: self.old.ship, data: others.clone() });
        let taken = builder.name_taken(id);
        if let Some(reason) = taken
            .or_else(|| builder.unusable_resource(id))
            .or_else(|| self.refusal(builder).map(BlockedReason::Volume))
            .or(others_stay)
        {
            builder.hold(id, reason);
            return;
        }
        builder.copied.clone_from(&self.volumes);
        let container = self.old.container.id.clone();
        builder.plan.moves.push(Move { instance: id, from: self.old.ship, container, data: others });
        let first = self.first(builder);
        let stopped = self.stop(builder, &first);
        let copies = self.copies(builder, if stopped.is_empty() { &first } else { &stopped });
        let made = self.create(builder, copies.last().copied().into_iter().chain(first).collect());
        let name = builder.environment.instance(id).container_name().to_owned();
        let action = start_of(builder, id, &name);
        let after = made.last().copied().map(Wait::Step);
        let started = builder.step(id, action, Reason::ContainerIsNew, after);
        let ready = ready(builder, id, &name, started);
        let of: Vec<StepId> = stopped.into_iter().chain(copies).chain(made).collect();
        self.before_start(builder, of);
        self.after_start(builder, (started.0..=ready.0).map(StepId).collect());
        let mut after: Vec<Wait> =
            self.old.take_copies(builder, id, ready).into_iter().map(Wait::Step).collect();
        after.push(Wait::Step(ready));
        self.old.remove(builder, id, &after);
    }

    /// Why a volume may not be copied.
    fn refusal(&self, builder: &Builder<'_>) -> Option<VolumeRefusal> {
        let environment = &builder.environment.name;
        let (from, to) = (builder.holdings(self.old.ship)?, builder.holdings(self.to)?);
        let there = to.volumes.as_ref()?;
        self.volumes.iter().find_map(|volume| {
            let volume = volume.clone();
            let mark = RestoreMark { environment: environment.clone(), volume: volume.clone() };
            let is_incomplete = from.volumes.as_ref().is_some_and(|all| all.contains_key(&mark.record()));
            if is_incomplete {
                return Some(VolumeRefusal::Incomplete { volume, ship: self.old.ship });
            }
            if there.contains_key(&volume) && CopyMark::among(there, environment, &volume).is_none() {
                return Some(VolumeRefusal::Exists { volume });
            }
            for (ship, holdings) in [(self.old.ship, from), (self.to, to)] {
                let is_other = |one: &&Container| {
                    one.id != self.old.container.id
                        && self.left.is_none_or(|left| left.id != one.id)
                        && one.state.is_up()
                        && has(one, &volume)
                };
                let others = holdings.containers.values().filter(is_other);
                let mut containers: Vec<String> = others.map(|one| one.name.clone()).collect();
                containers.sort();
                if !containers.is_empty() {
                    return Some(VolumeRefusal::InUse { volume, containers, ship });
                }
            }
            None
        })
    }

    /// What can be done while the instance still runs.
    fn first(&self, builder: &mut Builder<'a>) -> Vec<StepId> {
        let id = self.id;
        let pull = builder.image(id, None);
        let mut first: Vec<StepId> = pull.into_iter().chain(builder.resources(id)).collect();
        if let Some(left) = self.left {
            let action = removal(builder, self.to, left, &left.name);
            first.push(builder.step(id, action, Reason::NeverStarted, []));
        }
        first
    }

    /// The stop of the old container, if it runs.
    fn stop(&self, builder: &mut Builder<'a>, first: &[StepId]) -> Vec<StepId> {
        if !self.old.container.state.is_up() {
            return Vec::new();
        }
        let after = first.iter().copied().map(Wait::Step).collect();
        let reason = move_reason(builder, self.id, self.old.ship);
        self.old.bring_down(builder, self.id, super::stop::StopMethod::Stop, &reason, after)
    }

    /// The copies, one after the other.
    fn copies(&self, builder: &mut Builder<'a>, first: &[StepId]) -> Vec<StepId> {
        let environment = builder.environment;
        let mut after: Vec<Wait> = first.iter().copied().map(Wait::Step).collect();
        let mut copies = Vec::new();
        for name in &self.volumes {
            let declared = environment.volume_named(name).map(|volume| volume.options.clone());
            let action = Action::Volume(VolumeAction::Copy {
                name: name.clone(),
                environment: environment.name.clone(),
                options: Box::new(declared.unwrap_or_default()),
                from: self.old.ship,
            });
            let step = builder.step(self.id, action, Reason::Moved, std::mem::take(&mut after));
            after.push(Wait::Step(step));
            copies.push(step);
        }
        copies
    }

    /// The new container, with its files and after the checks before its start.
    fn create(&self, builder: &mut Builder<'a>, first: Vec<StepId>) -> Vec<StepId> {
        let id = self.id;
        let instance = builder.environment.instance(id);
        let (name, spec) = (instance.container_name().to_owned(), instance.container.clone());
        let names = builder.names_for(id, &name, false);
        let create = Action::Container(ContainerAction::Create {
            name: name.clone(),
            spec,
            volumes: Vec::new(),
            names,
        });
        let created = builder.step(
            id,
            create,
            reason_of_new(builder, id, Some(self.old.ship)),
            first.into_iter().map(Wait::Step),
        );
        let mut made = vec![created];
        made.extend(builder.copy_into_new(id, &name, created));
        let after = made.last().copied().map(Wait::Step);
        made.extend(builder.checks(id, LifecycleState::PreStart, None, after));
        made
    }

    /// What a failure restores before the new container starts: the old one need not wait for the new ship.
    fn before_start(&self, builder: &mut Builder<'a>, of: Vec<StepId>) {
        let kind = CompensationKind::Instance(self.id);
        let compensation = builder.compensation(Compensation { kind, of, tolerates: 0 });
        if self.comes_back {
            self.old.start_again(builder, self.id, compensation, None);
        }
        self.discard(builder, compensation);
    }

    /// What a failure restores once the new container may run.
    fn after_start(&self, builder: &mut Builder<'a>, of: Vec<StepId>) {
        let kind = CompensationKind::Instance(self.id);
        let compensation = builder.compensation(Compensation { kind, of, tolerates: 0 });
        let discarded = self.discard(builder, compensation);
        if self.comes_back {
            self.old.start_again(builder, self.id, compensation, Some(discarded));
        }
    }

    /// The removal of the new container and of the copies. Tells the first step.
    fn discard(&self, builder: &mut Builder<'a>, compensation: CompensationId) -> StepId {
        let discarded = self.old.discard(builder, self.id, None, compensation, None);
        for name in &self.volumes {
            let environment = builder.environment.name.clone();
            let action = Action::Volume(VolumeAction::DiscardCopy { name: name.clone(), environment });
            let step = builder.step(self.id, action, Reason::NotReplaced, [Wait::Step(discarded)]);
            builder.plan.steps[step.0].compensation = Some(compensation);
        }
        discarded
    }
}
