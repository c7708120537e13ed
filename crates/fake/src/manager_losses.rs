//! What became of the managers of a Swarm in memory.

use std::collections::BTreeMap;

use super::call::InjectedFault;
use maestro_engine::SwarmRole;

/// Calls that an engine answers whatever part it plays in a Swarm.
const OF_ANY_ENGINE: [&str; 10] = [
    "role",
    "clock",
    "info",
    "identity",
    "image_store",
    "containers",
    "inspect",
    "stop",
    "remove",
    "remove_volume",
];

/// What became of a manager.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ManagerLoss {
    /// Nothing answers.
    Gone,
    /// It is a worker.
    Demoted,
    /// It is in no Swarm.
    Left,
}

/// The managers, by their numbers.
#[derive(Default)]
pub(super) struct Managers {
    /// How many there are, if there are several.
    pub(super) several: usize,
    pub(super) lost: BTreeMap<usize, ManagerLoss>,
    /// How many calls they got.
    pub(super) calls: usize,
    /// The call during which the manager that gets it is lost, and whether it does what was asked.
    pub(super) dies: Option<(usize, bool)>,
}

impl Managers {
    /// What goes wrong with a call because of the manager that gets it.
    pub(super) fn fault(&mut self, manager: Option<usize>, method: &str) -> Option<InjectedFault> {
        let manager = manager?;
        match self.lost.get(&manager) {
            Some(ManagerLoss::Gone) => return Some(InjectedFault::Unreachable),
            Some(ManagerLoss::Demoted | ManagerLoss::Left) if !OF_ANY_ENGINE.contains(&method) => {
                return Some(InjectedFault::Refused("This node is not a swarm manager.".to_owned()));
            }
            Some(ManagerLoss::Demoted | ManagerLoss::Left) | None => {}
        }
        self.calls += 1;
        let (_, is_done) = self.dies.filter(|(at, _)| *at == self.calls)?;
        self.lost.insert(manager, ManagerLoss::Gone);
        Some(if is_done { InjectedFault::AnswerLost } else { InjectedFault::RequestLost })
    }

    /// The part that a manager plays in the Swarm if it is none any more.
    pub(super) fn lost_role(&self, manager: Option<usize>) -> Option<SwarmRole> {
        match self.lost.get(&manager?)? {
            ManagerLoss::Gone => None,
            ManagerLoss::Demoted => Some(SwarmRole::Worker),
            ManagerLoss::Left => Some(SwarmRole::None),
        }
    }
}
