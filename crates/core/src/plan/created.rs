//! Containers that a plan makes, for those that can be made only when others exist.

use std::collections::HashMap;

use super::{StepId, volumes::sources};
use crate::model::container::{ContainerSpec, Network};

/// By name, the step behind which a new container exists.
#[derive(Debug, Default)]
pub(super) struct Created(HashMap<String, StepId>);

impl Created {
    pub(super) fn insert(&mut self, name: String, step: StepId) {
        self.0.insert(name, step);
    }

    /// Containers that must exist before one like this can be created: Docker looks at them at once.
    pub(super) fn needed_for(&self, spec: &ContainerSpec) -> Vec<StepId> {
        let (mode, legacy) = match &spec.network {
            Network::Mode { mode, links } => (mode.strip_prefix("container:"), links.as_slice()),
            Network::Environment { .. } => (None, &[][..]),
        };
        let names = sources(spec).chain(legacy.iter().map(|(to, _)| to.as_str())).chain(mode);
        let mut steps: Vec<StepId> = names.filter_map(|name| self.0.get(name).copied()).collect();
        steps.sort_unstable();
        steps.dedup();
        steps
    }
}
