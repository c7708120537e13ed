//! Why a container is an orphan.

use super::{desired, is_rollback};
use crate::labels::count;
use maestro_core::plan::{command::Command, reason::OrphanReason};

/// Why it is one, as a clause: `the file does not declare it`.
#[must_use]
pub fn sentence(reason: &OrphanReason, command: Command) -> String {
    let desired = desired(command);
    match reason {
        OrphanReason::NotDeclared if is_rollback(command) => format!("{desired} does not have it"),
        OrphanReason::NotDeclared => format!("{desired} does not declare it"),
        OrphanReason::Surplus { service, replicas } if is_rollback(command) => {
            format!("{desired} has {} of {service}", count(*replicas, "instance"))
        }
        // The file may say another number than the command line.
        OrphanReason::Surplus { service, replicas } => {
            format!("{service} is to have {}", count(*replicas, "instance"))
        }
        OrphanReason::OneOff { instance, runs: true } => {
            format!("it runs a command of `maestro run {instance}`")
        }
        OrphanReason::OneOff { instance, runs: false } => {
            format!("it has run a command of `maestro run {instance}`")
        }
        OrphanReason::OnSwarm { service, ship } => {
            format!("{desired} has service {service} on Swarm {ship}")
        }
        OrphanReason::BesideSwarm { service } => {
            format!("a plain container of a manager; {desired} has service {service} on the Swarm")
        }
        OrphanReason::OffSwarm { service } => format!("{desired} has service {service} on other ships"),
        OrphanReason::OnOtherShip { instance, ship } => format!("{desired} has {instance} on ship {ship}"),
    }
}
