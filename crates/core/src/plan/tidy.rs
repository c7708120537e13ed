//! `clean` removes what is stopped; `pull` fetches images.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    BlockedReason, Orphan, Plan, Step, StepId, Wait,
    action::{Action, ContainerAction, NetworkAction, VolumeAction},
    builder::{Builder, NodeResult, Treatment},
    command::Command,
    leftover_files,
    reason::{Note, Reason, Requested, UnchangedReason},
    take_back::remove_spares,
    volumes::{has, is_named, removal},
};
use crate::{
    model::{
        Environment, InstanceId, ShipId, container::LABEL_ENVIRONMENT, graph::Direction,
        network::is_of_environment,
    },
    observed::{Container, Observed, left_behind::LeftBehind},
};

/// What `clean` was asked for beside the instances.
#[derive(Debug, Clone, Copy, Default)]
pub struct CleanOptions<'a> {
    /// Remove containers that this environment did not make as well (`--adopt`).
    pub adopt: bool,
    /// Orphans that were named.
    pub orphans: &'a [Orphan],
    /// Which anonymous volumes are removed that containers have left behind (`--volumes`).
    pub volumes: VolumeScope,
    /// The instances that were named, if any were named or filtered: of jobs that have completed, only these are removed.
    pub named: Option<&'a BTreeSet<InstanceId>>,
}

/// Which anonymous volumes a `clean` removes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum VolumeScope {
    /// None of them.
    #[default]
    Stay,
    /// Those of the selected instances and of the orphans that were named.
    OfSelected,
    /// All of the environment.
    All,
}

impl VolumeScope {
    /// The volumes that are meant if they are asked for, of everything or of what is selected.
    #[must_use]
    pub fn of(is_asked: bool, is_all: bool) -> Self {
        match (is_asked, is_all) {
            (false, _) => Self::Stay,
            (true, false) => Self::OfSelected,
            (true, true) => Self::All,
        }
    }
}

/// Plans the removal of the selected instances' stopped containers, and of a network that nothing is left on.
#[must_use]
pub fn plan_clean(
    environment: &Environment,
    observed: &Observed,
    selected: &BTreeSet<InstanceId>,
    adopt: bool,
) -> Plan {
    plan_clean_with(environment, observed, selected, CleanOptions { adopt, ..CleanOptions::default() })
}

/// Plans the same, and the removal of these orphans as far as they are stopped.
#[must_use]
pub fn plan_clean_with(
    environment: &Environment,
    observed: &Observed,
    selected: &BTreeSet<InstanceId>,
    options: CleanOptions<'_>,
) -> Plan {
    let observed = observed.by_label(environment);
    let environment = &*observed.on_its_networks(environment);
    let mut builder = Builder::new(Command::Clean, environment, &observed, options.adopt);
    let mut removed: Vec<Removal> = Vec::new();
    let kept = kept_jobs(&builder, selected, options.named);
    builder.walk(selected, Direction::DependantsFirst, false, |builder, id, _| {
        let instance = builder.environment.instance(id);
        let spares = remove_spares(builder, id, &[], |spare| !spare.state.is_up());
        let spares = spares.into_iter().map(|(spare, step)| (spare.id.clone(), step));
        removed.extend(spares.map(|(container, step)| Removal { ship: instance.ship, container, step }));
        match builder.treatment(id) {
            Treatment::Blocked(reason) => return builder.hold(id, reason),
            Treatment::Absent => builder.unchanged(id, UnchangedReason::Absent, None),
            Treatment::Present(container) if container.state.is_up() => {
                builder.unchanged(id, UnchangedReason::RunsOn, None);
            }
            Treatment::Present(_) if kept.contains(&id) => {
                builder.unchanged(id, UnchangedReason::Completed, Some(Note::WouldRunAgain));
            }
            Treatment::Present(container) => {
                let action = removal(builder, instance.ship, container, &container.name);
                let step = builder.step(id, action, Reason::IsDown(container.status.clone()), []);
                removed.push(Removal { ship: instance.ship, container: container.id.clone(), step });
            }
        }
        NodeResult::default()
    });
    removed.extend(options.orphans.iter().filter_map(|orphan| remove_orphan(&mut builder, orphan)));
    remove_volumes(&mut builder, selected, options.volumes, options.orphans, &removed);
    leftover_files::remove(&mut builder);
    for ship in environment.ship_ids() {
        for name in environment.networks() {
            remove_network(&mut builder, ship, &name, selected, &removed);
        }
    }
    builder.plan
}

/// The jobs that have completed and stay: `apply` would run them again. Where nothing runs any more, all is removed.
fn kept_jobs(
    builder: &Builder<'_>,
    selected: &BTreeSet<InstanceId>,
    named: Option<&BTreeSet<InstanceId>>,
) -> BTreeSet<InstanceId> {
    let has_completed = |id: InstanceId| match builder.treatment(id) {
        Treatment::Present(container) => container.has_completed(builder.environment.instance(id)),
        Treatment::Blocked(_) | Treatment::Absent => false,
    };
    let is_up =
        |id| matches!(builder.treatment(id), Treatment::Present(container) if container.state.is_up());
    if named.is_none() && !builder.environment.instance_ids().any(is_up) {
        return BTreeSet::new();
    }
    let is_named = |id: &InstanceId| named.is_some_and(|named| named.contains(id));
    selected.iter().copied().filter(|id| has_completed(*id) && !is_named(id)).collect()
}

/// A container that is going to be removed.
pub(super) struct Removal {
    pub ship: ShipId,
    /// Its id.
    pub container: String,
    pub step: StepId,
}

/// Removes the anonymous volumes that containers have left behind, or leave behind now, and that no container has.
pub(super) fn remove_volumes(
    builder: &mut Builder<'_>,
    selected: &BTreeSet<InstanceId>,
    scope: VolumeScope,
    orphans: &[Orphan],
    removed: &[Removal],
) {
    let environment = builder.environment;
    let is_meant = |left: &LeftBehind| match scope {
        VolumeScope::Stay => false,
        VolumeScope::All => true,
        VolumeScope::OfSelected => {
            selected.iter().any(|id| environment.instance(*id).name == left.instance)
                || orphans.iter().any(|orphan| orphan.container == left.instance)
        }
    };
    // Two ships may be one engine.
    let mut planned = BTreeSet::new();
    for ship in environment.ship_ids() {
        let Some(holdings) = builder.holdings(ship) else { continue };
        let here: Vec<&Removal> =
            removed.iter().filter(|removal| builder.is_same_engine(removal.ship, ship)).collect();
        let leaves = here.iter().flat_map(|removal| {
            let action = &builder.plan.step(removal.step).action;
            let Action::Container(ContainerAction::Remove { leaves, .. }) = action else { return Vec::new() };
            leaves.clone()
        });
        let mut all: Vec<LeftBehind> = leaves.chain(holdings.left_behind.iter().cloned()).collect();
        all.sort();
        all.dedup_by(|one, other| one.volume == other.volume);
        for left in all.into_iter().filter(is_meant) {
            let users = holdings.containers.values().filter(|container| has(container, &left.volume));
            let is_gone = |container: &Container| here.iter().find(|one| one.container == container.id);
            let gone: Option<Vec<Wait>> =
                users.map(|user| is_gone(user).map(|one| Wait::Step(one.step))).collect();
            let Some(after) = gone.filter(|_| !is_named(environment, &left.volume)) else { continue };
            if planned.insert(left.volume.clone()) {
                builder.add(Step {
                    ship,
                    instance: None,
                    action: Action::Volume(VolumeAction::Remove { left }),
                    reason: Reason::LeftBehind,
                    after,
                    compensation: None,
                });
            }
        }
    }
}

/// Removes an orphan if it is still there and does not run.
fn remove_orphan(builder: &mut Builder<'_>, orphan: &Orphan) -> Option<Removal> {
    let ship = orphan.ship;
    let mut containers = builder.holdings(ship)?.containers.values();
    let container = containers.find(|container| container.id == orphan.id)?;
    if container.state.is_up() {
        return None;
    }
    let action = removal(builder, ship, container, &container.name);
    let step = builder.add(Step {
        ship,
        instance: None,
        action,
        reason: Reason::Orphan { orphan: orphan.reason.clone(), requested: Requested::Name },
        after: Vec::new(),
        compensation: None,
    });
    Some(Removal { ship, container: container.id.clone(), step })
}

/// Removes a network of the environment's where the removals leave none of its containers behind. It stays if an
/// unmanaged container is connected to it, which would not start again without it.
pub(super) fn remove_network(
    builder: &mut Builder<'_>,
    ship: ShipId,
    name: &str,
    selected: &BTreeSet<InstanceId>,
    removed: &[Removal],
) {
    let environment = builder.environment;
    let Some(holdings) = builder.holdings(ship) else { return };
    let ours = |labels: &BTreeMap<String, String>| {
        labels.get(LABEL_ENVIRONMENT).is_some_and(|of| *of == environment.name)
    };
    // docker compose may have made it for the same project.
    let declared = environment.declared_networks.iter().find(|network| network.name == name);
    let no_labels = BTreeMap::new();
    let own = declared.map_or(&no_labels, |network| &network.options.labels);
    let is_removed = |found: &BTreeMap<String, String>| {
        declared.is_none_or(|network| !network.external) && is_of_environment(found, own, &environment.name)
    };
    let networks = holdings.networks.as_ref();
    if !networks.and_then(|networks| networks.get(name)).is_some_and(is_removed) {
        return;
    }
    // Two ships may be one engine: what goes through either counts, and its network is removed once.
    let here: Vec<&Removal> =
        removed.iter().filter(|removal| builder.is_same_engine(removal.ship, ship)).collect();
    let gone: BTreeSet<&str> = here.iter().map(|removal| removal.container.as_str()).collect();
    let left = holdings.containers.values().any(|c| ours(&c.labels) && !gone.contains(c.id.as_str()));
    let planned = builder.plan.steps.iter().any(|step| {
        matches!(&step.action, Action::Network(NetworkAction::Remove { name: other, .. }) if other == name)
            && builder.is_same_engine(step.ship, ship)
    });
    if left || planned {
        return;
    }
    let connected = holdings.containers.values().filter(|container| !gone.contains(container.id.as_str()));
    let connected = connected.filter(|container| container.networks.iter().any(|network| network == name));
    if let Some(other) = connected.map(|container| &container.name).min() {
        let mut here = selected.iter().filter(|id| environment.instance(**id).ship == ship);
        if let Some(&id) = here.next() {
            let note = Note::NetworkStays { network: name.to_owned(), container: other.clone() };
            builder.remark(id, note);
        }
        return;
    }
    builder.add(Step {
        ship,
        instance: None,
        action: Action::Network(NetworkAction::Remove {
            name: name.to_owned(),
            environment: environment.name.clone(),
        }),
        reason: Reason::EnvironmentGone,
        after: here.iter().map(|removal| Wait::Step(removal.step)).collect(),
        compensation: None,
    });
}

/// Plans a fetch of the selected instances' images, each once a ship.
#[must_use]
pub fn plan_pull(environment: &Environment, observed: &Observed, selected: &BTreeSet<InstanceId>) -> Plan {
    let mut builder = Builder::new(Command::Pull, environment, observed, true);
    builder.walk(selected, Direction::NeedsFirst, false, |builder, id, _| {
        match builder.treatment(id) {
            Treatment::Blocked(reason @ BlockedReason::Unreachable { .. }) => {
                return builder.hold(id, reason);
            }
            Treatment::Blocked(_) | Treatment::Absent | Treatment::Present(_)
                if builder.environment.instance(id).swarm.is_some() =>
            {
                builder.unchanged(id, UnchangedReason::NodesPull, None);
            }
            Treatment::Blocked(_) | Treatment::Absent | Treatment::Present(_)
                if builder.is_only_built(id) =>
            {
                builder.unchanged(id, UnchangedReason::ImageIsBuilt, None);
            }
            Treatment::Blocked(_) | Treatment::Absent | Treatment::Present(_) => {
                let step = builder.image(id, Some(Reason::PullRequested));
                let first =
                    step.and_then(|step| builder.plan.step(step).instance).filter(|first| *first != id);
                if let Some(first) = first {
                    builder.unchanged(id, UnchangedReason::SharesPull(first), None);
                }
            }
        }
        NodeResult::default()
    });
    builder.plan
}
