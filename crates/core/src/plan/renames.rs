//! Renames: containers that are as the file says but for their names. A name that another container has is given when that
//! one has its own.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use super::{
    StepId, Wait,
    action::{Action, ContainerAction, NetworkAction},
    builder::{Builder, Treatment},
    reason::Reason,
};
use crate::{
    model::{Instance, InstanceId, ShipId, membership::Membership, name::PREVIOUS},
    observed::Container,
};

/// The renames of a plan.
#[derive(Debug, Default)]
pub(super) struct Renames {
    /// The steps behind which containers have the names that the file says.
    pub named: HashMap<InstanceId, StepId>,
    /// The steps behind which nothing else has the name of an instance's container.
    pub freed: HashMap<InstanceId, StepId>,
}

/// A container that gets another name.
struct Pending<'a> {
    container: &'a Container,
    /// The name that it has by then.
    now: String,
    to: String,
    /// The step that gave it that.
    last: Option<StepId>,
}

/// Plans the renames of these instances' containers, and of others that have names which are needed. An instance whose
/// name stays taken is left out.
pub(super) fn plan(
    builder: &mut Builder<'_>,
    selected: &BTreeSet<InstanceId>,
    renamed: &BTreeSet<InstanceId>,
) -> Renames {
    let mut pending = pending(builder, selected, renamed);
    if pending.is_empty() {
        return Renames::default();
    }
    let mut planned = Renames::default();
    let ship = |builder: &Builder<'_>, id: InstanceId| builder.environment.instance(id).ship;
    let mut holders: HashSet<(ShipId, String)> =
        pending.iter().map(|(id, one)| (ship(builder, *id), one.now.clone())).collect();
    let mut freed: HashMap<(ShipId, String), StepId> = HashMap::new();
    let mut waiting: VecDeque<InstanceId> = pending.keys().copied().collect();
    // So many were looked at since the last rename.
    let mut passed_over = 0;
    while let Some(id) = waiting.pop_front() {
        let Some(one) = pending.get_mut(&id) else { continue };
        let ship = ship(builder, id);
        let is_free = !holders.contains(&(ship, one.to.clone()));
        if !is_free && passed_over < waiting.len() {
            passed_over += 1;
            waiting.push_back(id);
            continue;
        }
        passed_over = 0;
        // In a ring one of them steps aside first.
        let to = if is_free { one.to.clone() } else { builder.name_beside(id, PREVIOUS, &one.container.id) };
        let after = freed.get(&(ship, to.clone())).copied();
        let before = one.now.clone();
        let step = one.rename(builder, id, to, after);
        holders.remove(&(ship, before.clone()));
        freed.insert((ship, before), step);
        if is_free {
            planned.named.insert(id, step);
        } else {
            waiting.push_back(id);
        }
    }
    for &id in selected {
        let instance = builder.environment.instance(id);
        if let Some(&step) = freed.get(&(instance.ship, instance.container_name().to_owned())) {
            planned.freed.insert(id, step);
        }
    }
    planned
}

impl Pending<'_> {
    /// Adds the step that gives it a name.
    fn rename(
        &mut self,
        builder: &mut Builder<'_>,
        id: InstanceId,
        to: String,
        after: Option<StepId>,
    ) -> StepId {
        let found = if self.last.is_none() { found(builder, id, self.container) } else { Vec::new() };
        let found = found.into_iter().fold(None, |last: Option<StepId>, action| {
            Some(builder.step(id, action, Reason::NameDiffers, last.map(Wait::Step)))
        });
        let after: Vec<Wait> = found.into_iter().chain(after).chain(self.last).map(Wait::Step).collect();
        let action = Action::Container(ContainerAction::Rename {
            container: std::mem::replace(&mut self.now, to.clone()),
            id: Some(self.container.id.clone()),
            to,
        });
        let step = builder.step(id, action, Reason::NameDiffers, after);
        self.last = Some(step);
        step
    }
}

/// The containers that get other names.
fn pending<'a>(
    builder: &Builder<'a>,
    selected: &BTreeSet<InstanceId>,
    renamed: &BTreeSet<InstanceId>,
) -> BTreeMap<InstanceId, Pending<'a>> {
    let mut pending = BTreeMap::new();
    for &id in selected {
        let instance = builder.environment.instance(id);
        let Treatment::Present(container) = builder.treatment(id) else { continue };
        if builder.is_foreign(id) || container.name == instance.container_name() {
            continue;
        }
        let to = if renamed.contains(&id) {
            instance.container_name().to_owned()
        } else if !builder.is_wanted(instance.ship, &container.name) {
            continue;
        } else if container.state.is_up() {
            instance.container_name().to_owned()
        } else {
            // Its successor gets its name.
            builder.name_beside(id, PREVIOUS, &container.id)
        };
        pending.insert(id, Pending { container, now: container.name.clone(), to, last: None });
    }
    loop {
        let stays = |(id, one): (&InstanceId, &Pending<'_>)| {
            let ship = builder.environment.instance(*id).ship;
            let holder = builder.holder(ship, &one.to)?;
            let is_moved = pending.values().any(|other| other.container.id == holder.id);
            (!is_moved && holder.id != one.container.id).then_some(*id)
        };
        let Some(stays) = pending.iter().find_map(stays) else { return pending };
        pending.remove(&stays);
    }
}

/// What lets a container be found under its instance's names when it does not have its own name any more.
fn found(builder: &Builder<'_>, id: InstanceId, container: &Container) -> Vec<Action> {
    let instance: &Instance = builder.environment.instance(id);
    let description =
        builder.holdings(instance.ship).and_then(|holdings| holdings.descriptions.get(&container.id));
    let Some(description) = description.filter(|_| instance.container_name.is_some()) else {
        return Vec::new();
    };
    let lacks_aliases = |membership: &Membership| {
        let Some(endpoint) = description.networks.get(&membership.network) else { return false };
        // The first one is the instance's name on its first network: containers of older releases lack it.
        let alias = membership.attachment.aliases.first();
        alias.is_some_and(|alias| *alias != description.hostname && !endpoint.aliases.contains(alias))
    };
    let rejoin =
        |membership| Action::Network(NetworkAction::rejoin(&container.name, Some(&container.id), membership));
    instance.memberships().into_iter().filter(lacks_aliases).map(rejoin).collect()
}
