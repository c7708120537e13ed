//! Which instance a name of a container stands for.

use super::Drift;
use crate::{
    model::container::{LABEL_ENVIRONMENT, LABEL_INSTANCE},
    observed::Container,
};

impl Drift<'_> {
    /// `NAME:ro` with the name of the instance that the container of that name is of, as files name it.
    pub(super) fn by_instance(&self, from: &str) -> String {
        let (name, mode) = from.split_at(from.find(':').unwrap_or(from.len()));
        let ship = self.instance.ship;
        let mut declared = self.environment.instances.iter().filter(|other| other.ship == ship);
        let declared = declared.find(|other| other.container_name() == name);
        let labels = || {
            let named = |container: &&Container| container.name == name;
            let labels = &self.running.containers.values().find(named)?.labels;
            let of = labels.get(LABEL_ENVIRONMENT).filter(|of| **of == self.environment.name);
            of.and_then(|_| labels.get(LABEL_INSTANCE))
        };
        let instance = declared.map(|other| &other.name).or_else(labels);
        format!("{}{mode}", instance.map_or(name, String::as_str))
    }
}
