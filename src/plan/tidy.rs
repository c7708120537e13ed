//! `clean` removes what is stopped; `pull` fetches images.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    HeldReason, Orphan, Plan, Step, StepId, Wait,
    action::Action,
    builder::{Builder, Outcome, Treatment},
    take_back::remove_spares,
};
use crate::{
    model::{Environment, InstanceId, ShipId, container::LABEL_ENVIRONMENT, graph::Direction},
    observed::Observed,
};

/// What `clean` was asked for beside the instances.
#[derive(Debug, Clone, Copy, Default)]
pub struct CleanOptions<'a> {
    /// Remove containers that this environment did not make as well (`--adopt`).
    pub adopt: bool,
    /// Orphans that were named.
    pub orphans: &'a [Orphan],
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
    let mut builder = Builder::new("clean", environment, &observed, options.adopt);
    let mut removed: Vec<Removal> = Vec::new();
    builder.walk(selected, Direction::DependantsFirst, false, |builder, id, _| {
        let instance = builder.environment.instance(id);
        let spares = remove_spares(builder, id, &[], |spare| !spare.state.is_up());
        let spares = spares.into_iter().map(|(spare, step)| (spare.id.clone(), step));
        removed.extend(spares.map(|(container, step)| Removal { ship: instance.ship, container, step }));
        match builder.treatment(id) {
            Treatment::Held(reason) => return builder.hold(id, reason),
            Treatment::Absent => builder.unchanged(id, "absent", None),
            Treatment::Present(container) if container.state.is_up() => {
                builder.unchanged(id, "running, so it is left alone", None);
            }
            Treatment::Present(container) => {
                let action = Action::Remove { container: container.name.clone(), id: container.id.clone() };
                let step = builder.step(id, action, format!("it is down ({})", container.status), []);
                removed.push(Removal { ship: instance.ship, container: container.id.clone(), step });
            }
        }
        Outcome::default()
    });
    removed.extend(options.orphans.iter().filter_map(|orphan| remove_orphan(&mut builder, orphan)));
    for ship in environment.ship_ids() {
        for name in environment.networks() {
            remove_network(&mut builder, ship, &name, selected, &removed);
        }
    }
    builder.plan
}

/// A container that is going to be removed.
struct Removal {
    ship: ShipId,
    container: String,
    step: StepId,
}

/// Removes an orphan if it is still there and does not run.
fn remove_orphan(builder: &mut Builder<'_>, orphan: &Orphan) -> Option<Removal> {
    let ship = orphan.ship;
    let mut containers = builder.holdings(ship)?.containers.values();
    let container = containers.find(|container| container.id == orphan.id)?;
    if container.state.is_up() {
        return None;
    }
    let step = builder.add(Step {
        ship,
        instance: None,
        action: Action::Remove { container: container.name.clone(), id: container.id.clone() },
        cause: format!("{}, and it was named", orphan.because),
        after: Vec::new(),
        rescue: None,
    });
    Some(Removal { ship, container: container.id.clone(), step })
}

/// Removes a network of the environment's where the removals leave none of its containers behind. It stays if an
/// unmanaged container is connected to it, which would not start again without it.
fn remove_network(
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
    let networks = holdings.networks.as_ref();
    if !networks.and_then(|networks| networks.get(name)).is_some_and(ours) {
        return;
    }
    // Two ships may be one engine: what goes through either counts, and its network is removed once.
    let here: Vec<&Removal> =
        removed.iter().filter(|removal| builder.is_same_engine(removal.ship, ship)).collect();
    let gone: BTreeSet<&str> = here.iter().map(|removal| removal.container.as_str()).collect();
    let left = holdings.containers.values().any(|c| ours(&c.labels) && !gone.contains(c.id.as_str()));
    let planned = builder.plan.steps.iter().any(|step| {
        matches!(&step.action, Action::RemoveNetwork { name: other, .. } if other == name)
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
            let text =
                format!("network {name} stays: container {other}, which is unmanaged, is connected to it");
            builder.remark(id, text);
        }
        return;
    }
    builder.add(Step {
        ship,
        instance: None,
        action: Action::RemoveNetwork { name: name.to_owned(), environment: environment.name.clone() },
        cause: "no container of this environment is left on the ship".to_owned(),
        after: here.iter().map(|removal| Wait::Step(removal.step)).collect(),
        rescue: None,
    });
}

/// Plans a fetch of the selected instances' images, each once a ship.
#[must_use]
pub fn plan_pull(environment: &Environment, observed: &Observed, selected: &BTreeSet<InstanceId>) -> Plan {
    let mut builder = Builder::new("pull", environment, observed, true);
    builder.walk(selected, Direction::NeedsFirst, false, |builder, id, _| {
        match builder.treatment(id) {
            Treatment::Held(reason @ HeldReason::Unreachable { .. }) => return builder.hold(id, reason),
            Treatment::Held(_) | Treatment::Absent | Treatment::Present(_) => {
                let step = builder.image(id, Some("pull was asked for"));
                let first =
                    step.and_then(|step| builder.plan.step(step).instance).filter(|first| *first != id);
                if let Some(first) = first {
                    let first = &builder.environment.instance(first).name;
                    builder.unchanged(id, format!("shares the image that is fetched for {first}"), None);
                }
            }
        }
        Outcome::default()
    });
    builder.plan
}
