//! Copying files into containers that never ran.

use super::{Action, Builder, Container, InstanceId, Reason, StepId, Wait};
use crate::{
    model::{carried::CarriedFiles, file_label::labelled},
    observed::ContainerState,
    plan::action::ContainerAction,
};

impl Builder<'_> {
    /// The step that copies an instance's files into its container, which this plan creates; none if it has no files.
    pub(in crate::plan) fn copy_into_new(
        &mut self,
        id: InstanceId,
        container: &str,
        created: StepId,
    ) -> Option<StepId> {
        self.copy(id, (container, None), Reason::ContainerIsNew, vec![Wait::Step(created)])
    }

    /// The step that copies an instance's files into a container that is going to be started as it is. None if it has
    /// run: then it has its files, and may have changed them.
    pub(in crate::plan) fn copy_into_old(&mut self, id: InstanceId, container: &Container) -> Option<StepId> {
        if container.state != ContainerState::Created {
            return None;
        }
        self.copy(id, (&container.name, Some(&container.id)), Reason::MayLackFiles, Vec::new())
    }

    /// Whether a container never ran and is to have other files than the file declares now, whose contents nobody has.
    pub(in crate::plan) fn lacks_other_files(&self, id: InstanceId, container: &Container) -> bool {
        container.state == ContainerState::Created
            && labelled(&container.labels) != self.environment.instance(id).container.files
    }

    fn copy(
        &mut self,
        id: InstanceId,
        (container, container_id): (&str, Option<&str>),
        reason: Reason,
        after: Vec<Wait>,
    ) -> Option<StepId> {
        let files: CarriedFiles = self.environment.instance(id).files.clone();
        if files.is_empty() {
            return None;
        }
        let (container, container_id) = (container.to_owned(), container_id.map(str::to_owned));
        let action = Action::Container(ContainerAction::Copy { container, id: container_id, files });
        Some(self.step(id, action, reason, after))
    }
}
