//! Containers that a plan makes, for those that can be made only when others exist.

use std::collections::HashMap;

use super::{StepId, targets::targets};
use crate::model::container::ContainerSpec;

/// By instance, the step behind which a new container exists.
#[derive(Debug, Default)]
pub(super) struct Created(HashMap<String, StepId>);

impl Created {
    pub(super) fn insert(&mut self, name: String, step: StepId) {
        self.0.insert(name, step);
    }

    /// Containers that must exist before one like this can be created: Docker looks at them at once.
    pub(super) fn needed_for(&self, spec: &ContainerSpec) -> Vec<StepId> {
        let mut steps: Vec<StepId> = targets(spec).filter_map(|name| self.0.get(name).copied()).collect();
        steps.sort_unstable();
        steps.dedup();
        steps
    }
}
