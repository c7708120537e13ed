//! `down`: what the environment has on its ships is stopped and removed, dependants first.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Orphan, Plan, Step, StepId, Wait,
    action::{Action, ContainerAction, StopMethod, VolumeAction},
    builder::{Builder, NodeResult, Treatment},
    command::Command,
    leftover_files,
    moves::Moves,
    orphan_scope::OrphanScope,
    orphans,
    reason::{Note, Reason, Requested, UnchangedReason},
    stop::{StopOptions, add_stops},
    take_back::remove_spares,
    tidy::{Removal, VolumeScope, remove_network, remove_volumes},
    volumes::{has, removal},
};
use crate::{
    model::{
        Environment, InstanceId, ShipId, graph::Direction, network::is_of_environment,
        volume::EnvironmentVolume,
    },
    observed::{Container, Observed, mounts::Source},
};

/// What `down` was asked for beside the instances.
#[derive(Debug, Clone, Copy, Default)]
pub struct DownOptions<'a> {
    /// Stop everything at once (`--ignore-dependencies`).
    pub ignore_dependencies: bool,
    /// Orphans that were named.
    pub orphans: &'a [Orphan],
    /// Remove all orphans (`--orphans`).
    pub all_orphans: bool,
    /// Which volumes are removed (`--volumes`): anonymous ones, and those that the file declares.
    pub volumes: VolumeScope,
}

/// Plans the stop and the removal of the selected instances' containers, and of the networks that nothing is left on.
#[must_use]
pub fn plan(
    environment: &Environment,
    observed: &Observed,
    selected: &BTreeSet<InstanceId>,
    options: DownOptions<'_>,
) -> Plan {
    let observed = observed.by_label(environment);
    let environment = &*observed.on_its_networks(environment);
    let moves = Moves::find(environment, &observed);
    let mut builder = Builder::new(Command::Down, environment, &observed, false);
    let stop =
        StopOptions { how: StopMethod::Stop, adopt: false, ignore_dependencies: options.ignore_dependencies };
    add_stops(&mut builder, selected, stop, &Reason::IsRunning, |_, _| Vec::new());
    let stopped = last_steps(&builder.plan);
    builder.walk(selected, Direction::DependantsFirst, false, |builder, id, _| {
        let after: Vec<Wait> = stopped.get(&id).copied().map(Wait::Step).into_iter().collect();
        remove_instance(builder, id, &moves, &after);
        NodeResult::default()
    });
    remove_orphans(&mut builder, options);
    let removed = removals(&builder.plan);
    remove_volumes(&mut builder, selected, options.volumes, options.orphans, &removed);
    remove_named_volumes(&mut builder, selected, options.volumes, &removed);
    leftover_files::remove(&mut builder);
    for ship in environment.ship_ids() {
        for name in environment.networks() {
            remove_network(&mut builder, ship, &name, selected, &removed);
        }
    }
    builder.plan
}

/// The step behind which an instance is down, by instance.
fn last_steps(plan: &Plan) -> BTreeMap<InstanceId, StepId> {
    let each = plan.steps.iter().enumerate();
    each.filter_map(|(at, step)| Some((step.instance?, StepId(at)))).collect()
}

/// Removes the containers of an instance, wherever they are. One that is blocked keeps them all.
fn remove_instance(builder: &mut Builder<'_>, id: InstanceId, moves: &Moves<'_>, after: &[Wait]) {
    if builder.is_held(id) {
        return;
    }
    let ship = builder.environment.instance(id).ship;
    let mut is_there = !remove_spares(builder, id, after, |_| true).is_empty();
    if let Treatment::Present(container) = builder.treatment(id) {
        let action = removal(builder, ship, container, &container.name);
        builder.step(id, action, reason(container), after.iter().copied());
        is_there = true;
        let named = container.mounts.iter().filter_map(|mounted| match &mounted.source {
            Source::Volume(name) if !name.is_empty() => Some(name.clone()),
            Source::Volume(_) | Source::Path(_) | Source::Other(_) => None,
        });
        let named: Vec<String> = named.collect();
        if builder.environment.ship(ship).swarm && !named.is_empty() {
            builder.remark(id, Note::VolumesOnNodes(named));
        }
    }
    if let Some(old) = moves.get(id) {
        let action = removal(builder, old.ship, old.container, &old.container.name);
        builder.add(Step {
            ship: old.ship,
            instance: Some(id),
            action,
            reason: reason(old.container),
            after: after.to_vec(),
            compensation: None,
        });
        is_there = true;
    }
    if !is_there {
        builder.unchanged(id, UnchangedReason::Absent, None);
    }
}

/// Why a container is removed: its state, if it was down before.
fn reason(container: &Container) -> Reason {
    if container.state.is_up() { Reason::DownRequested } else { Reason::IsDown(container.status.clone()) }
}

/// Stops and removes the orphans that are meant, when all else is done.
fn remove_orphans(builder: &mut Builder<'_>, options: DownOptions<'_>) {
    let names: Vec<String> = options.orphans.iter().map(|orphan| orphan.container.clone()).collect();
    let (scope, requested) = match options.all_orphans {
        true => (OrphanScope::with_commands(), Requested::Orphans),
        false if names.is_empty() => return,
        false => (OrphanScope::named(&names), Requested::Name),
    };
    let strays = orphans::find(builder.environment, builder.observed, Some(&scope));
    strays.say(requested);
    orphans::remove(builder, &strays);
    builder.plan.orphans = strays.into_orphans();
    builder.plan.orphans.retain(|orphan| orphan.removed);
}

/// The containers that a plan removes.
fn removals(plan: &Plan) -> Vec<Removal> {
    let each = plan.steps.iter().enumerate().filter_map(|(at, step)| {
        let Action::Container(ContainerAction::Remove { id, .. }) = &step.action else {
            return None;
        };
        Some(Removal { ship: step.ship, container: id.clone(), step: StepId(at) })
    });
    each.collect()
}

/// Removes volumes that the file declares and the environment made, where no container is left that has them. Of selected
/// instances only those that no other instance mounts.
fn remove_named_volumes(
    builder: &mut Builder<'_>,
    selected: &BTreeSet<InstanceId>,
    scope: VolumeScope,
    removed: &[Removal],
) {
    let environment = builder.environment;
    let mounts = |id: InstanceId, volume: &EnvironmentVolume| {
        environment.instance(id).container.mounts.iter().any(|mount| mount.source == volume.name)
    };
    let is_meant = |volume: &EnvironmentVolume| match scope {
        VolumeScope::Stay => false,
        VolumeScope::All => true,
        VolumeScope::OfSelected => {
            let mut users = environment.instance_ids().filter(|id| mounts(*id, volume)).peekable();
            users.peek().is_some() && users.all(|id| selected.contains(&id))
        }
    };
    // Two ships may be one engine.
    let mut planned: Vec<(ShipId, &str)> = Vec::new();
    for ship in environment.ship_ids() {
        let Some(holdings) = builder.holdings(ship) else { continue };
        let Some(known) = &holdings.volumes else { continue };
        for volume in environment.volumes.iter().filter(|volume| !volume.external && is_meant(volume)) {
            let is_own = known
                .get(&volume.name)
                .is_some_and(|labels| is_of_environment(labels, &volume.options.labels, &environment.name));
            let is_planned = planned
                .iter()
                .any(|(other, name)| *name == volume.name && builder.is_same_engine(*other, ship));
            let users = holdings.containers.values().filter(|container| has(container, &volume.name));
            let removal_of = |user: &Container| {
                removed.iter().find(|one| one.container == user.id && builder.is_same_engine(one.ship, ship))
            };
            let gone: Option<Vec<Wait>> =
                users.map(|user| removal_of(user).map(|one| Wait::Step(one.step))).collect();
            let Some(mut after) = gone.filter(|_| is_own && !is_planned) else { continue };
            // Containers come in any order.
            after.sort_unstable();
            planned.push((ship, &volume.name));
            builder.add(Step {
                ship,
                instance: None,
                action: Action::Volume(VolumeAction::RemoveNamed {
                    name: volume.name.clone(),
                    environment: environment.name.clone(),
                }),
                reason: Reason::VolumesRequested,
                after,
                compensation: None,
            });
        }
    }
}

/// The named volumes of containers that a plan removes, by ship, as far as it does not remove them.
#[must_use]
pub fn volumes_that_stay(
    plan: &Plan,
    environment: &Environment,
    observed: &Observed,
) -> BTreeSet<(ShipId, String)> {
    let removed = removals(plan);
    let is_removed = |name: &str| {
        plan.steps.iter().any(|step| {
            matches!(&step.action, Action::Volume(VolumeAction::RemoveNamed { name: one, .. }) if one == name)
        })
    };
    let mut stay = BTreeSet::new();
    // Of a service, the nodes that ran its tasks have the volumes.
    let here = removed.iter().filter(|removal| !environment.ship(removal.ship).swarm);
    for Removal { ship, container, .. } in here {
        let holdings = observed.holdings(*ship).into_iter();
        let containers = holdings.flat_map(|holdings| holdings.containers.values());
        for mounted in containers.filter(|one| one.id == *container).flat_map(|one| &one.mounts) {
            let Source::Volume(name) = &mounted.source else { continue };
            let is_declared = environment.volume_named(name).is_none_or(|volume| !volume.external);
            if mounted.anonymous().is_none() && is_declared && !is_removed(name) {
                stay.insert((*ship, name.clone()));
            }
        }
    }
    stay
}
