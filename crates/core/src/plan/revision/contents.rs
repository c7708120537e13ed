//! Contents of files for a rollback: no record holds them, so the file has to give them.

use super::missing::Missing;
use crate::{
    model::{Environment, carried::CarriedFiles, container::ContainerSpec},
    plan::{
        Plan,
        action::{Action, ContainerAction},
    },
};

/// The files of a specification whose contents the file still gives: to the instance, or to another of its service.
pub(super) fn files_of(environment: &Environment, spec: &ContainerSpec) -> CarriedFiles {
    if spec.files.is_empty() {
        return CarriedFiles::default();
    }
    let own = environment.instance_named(&spec.name);
    let service = environment.services.iter().find(|service| service.name == spec.owner.service);
    let first = || service?.instances.first().map(|id| environment.instance(*id));
    own.or_else(first).map(|instance| instance.files.filled(&spec.files)).unwrap_or_default()
}

/// The files that a plan would copy, and whose contents are missing.
pub(super) fn missing_files(environment: &Environment, plan: &Plan) -> Vec<Missing> {
    let missing = plan.steps.iter().filter_map(|step| {
        let Action::Container(ContainerAction::Create { spec, .. }) = &step.action else { return None };
        let instance = environment.instance(step.instance?);
        let files = instance.files.lacking(&spec.files);
        let (ship, name) = (step.ship, instance.name.clone());
        (!files.is_empty()).then_some(Missing::Files { ship, instance: name, files })
    });
    missing.collect()
}
