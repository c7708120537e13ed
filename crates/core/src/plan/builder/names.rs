//! Names of containers: which are free, who has one, and how containers are found under them.

use super::{Builder, unmanaged};
use crate::{
    model::{Instance, InstanceId, ShipId, container::ContainerNames, name::beside},
    observed::Container,
    plan::{BlockedReason, targets::targets},
};

impl<'a> Builder<'a> {
    /// A name beside that of an instance's container that nothing else has on its engine.
    /// `but` is the id of a container that may have it.
    pub(in crate::plan) fn name_beside(&self, id: InstanceId, word: &str, but: &str) -> String {
        let instance = self.environment.instance(id);
        let is_taken = |name: &String| {
            self.declared.contains(name.as_str())
                || self.names.get(&(instance.ship, name.as_str())).is_some_and(|holder| holder.id != but)
        };
        let first = beside(instance.container_name(), word);
        let numbers = (2_u32..).map(|number| format!("{first}-{number}"));
        let mut names = std::iter::once(first.clone()).chain(numbers);
        names.find(|name| !is_taken(name)).unwrap_or_default()
    }

    /// The container that has that name on a ship.
    pub(in crate::plan) fn holder(&self, ship: ShipId, name: &str) -> Option<&'a Container> {
        self.names.get(&(ship, name)).copied()
    }

    /// Whether an instance's container is to have that name on a ship.
    pub(in crate::plan) fn is_wanted(&self, ship: ShipId, name: &str) -> bool {
        let of_it = |one: &Instance| one.ship == ship && one.container_name() == name;
        self.declared.contains(name) && self.environment.instances.iter().any(of_it)
    }

    /// The container that has the name of an instance's container, and is another instance's own.
    pub(in crate::plan) fn name_taken(&self, id: InstanceId) -> Option<BlockedReason> {
        let instance = self.environment.instance(id);
        let holder = self.holder(instance.ship, instance.container_name())?;
        let is_own = holder.belongs_to(&self.environment.name, &instance.name);
        (!is_own).then(|| unmanaged(holder))
    }

    /// How a new container of that name is found, and those are named that its specification names. One that is started
    /// beside a running one is not found under the instance's name yet.
    pub(in crate::plan) fn names_for(
        &self,
        id: InstanceId,
        name: &str,
        beside_running: bool,
    ) -> ContainerNames {
        let instance = self.environment.instance(id);
        // A container that takes the instance's own name later is found under that then.
        let takes_it = instance.container_name.is_none() && name != instance.name;
        let aliases = if beside_running { Vec::new() } else { instance.aliases() };
        let aliases = aliases.into_iter().filter(|alias| !takes_it || *alias != instance.name);
        let targets = targets(&instance.container)
            .filter_map(|target| self.environment.instance_named(target))
            .filter(|target| target.container_name.is_some())
            .map(|target| (target.name.clone(), target.container_name().to_owned()));
        ContainerNames {
            aliases: aliases.collect(),
            without_aliases: beside_running,
            targets: targets.collect(),
        }
    }
}
