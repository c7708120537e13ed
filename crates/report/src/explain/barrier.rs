//! What steps wait for together, and what a compensation restores.

use super::{desired, is_rollback};
use maestro_core::{
    model::Environment,
    plan::{
        command::Command,
        reason::{BarrierKind, CompensationKind},
    },
};

/// What a barrier stands for, as a clause: `service db is ready`.
#[must_use]
pub fn sentence(kind: BarrierKind, command: Command, environment: &Environment) -> String {
    let service = |id| &environment.service(id).name;
    let instance = |id| &environment.instance(id).name;
    match kind {
        BarrierKind::ServiceReady(id) => format!("service {} is ready", service(id)),
        BarrierKind::RequiredReady(id) => format!("everything that {} requires is ready", instance(id)),
        BarrierKind::ServiceDependantsDown(id) => {
            format!("everything that requires service {} is down", service(id))
        }
        BarrierKind::DependantsDown(id) => format!("everything that requires {} is down", instance(id)),
        BarrierKind::Batch { service: id, number, failures } => {
            let batch = format!("batch {number} of service {}", service(id));
            match failures {
                0 => format!("{batch} is ready"),
                usize::MAX => format!("{batch} is over"),
                most => format!("{batch} is over, with {most} failed at most"),
            }
        }
        BarrierKind::Replaced(id) => {
            format!("{} is replaced or rolled back", instance(id))
        }
        BarrierKind::ServiceReplaced(id) => format!("service {} is replaced", service(id)),
        BarrierKind::AllInPlace if is_rollback(command) => {
            format!("everything of {} is running", desired(command))
        }
        BarrierKind::AllInPlace => format!("everything that {} declares is running", desired(command)),
        BarrierKind::RecordedBefore => "the previous state is recorded".to_owned(),
        BarrierKind::AllDone => "all other steps are done".to_owned(),
    }
}

/// What a compensation does, as a clause: `web-1 rolls back to its previous container`.
#[must_use]
pub fn compensation(kind: CompensationKind, environment: &Environment) -> String {
    match kind {
        CompensationKind::Instance(id) => {
            format!("{} rolls back to its previous container", environment.instance(id).name)
        }
        CompensationKind::Service(id) => {
            format!("all replaced instances of service {} roll back", environment.service(id).name)
        }
    }
}
