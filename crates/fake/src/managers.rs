//! Several managers of a Swarm in memory. All of them are the same engine, until one is lost.

use std::sync::Arc;

use super::{Fake, manager_losses::ManagerLoss};
use maestro_engine::swarm::Manager;

impl Fake {
    /// Lets it have so many managers from now on, `manager-1` and so on.
    pub fn have_managers(&self, number: usize) {
        self.inside().cluster.managers.several = number;
    }

    /// Loses a manager, by its number from 1.
    pub fn lose_manager(&self, number: usize, loss: ManagerLoss) {
        self.inside().cluster.managers.lost.insert(number, loss);
    }

    /// Loses the manager that gets the call of that number from now, from 1, which is done or not.
    pub fn lose_manager_at(&self, call: usize, is_done: bool) {
        let managers = &mut self.inside().cluster.managers;
        managers.dies = Some((managers.calls + call, is_done));
    }

    /// How many calls its managers got, if they are several.
    #[must_use]
    pub fn manager_calls(&self) -> usize {
        self.inside().cluster.managers.calls
    }

    /// All managers, if they are several.
    pub(super) fn managers(&self) -> Vec<Manager> {
        let several = self.inside().cluster.managers.several;
        let manager = |number: usize| {
            let engine = Arc::new(Self { manager: Some(number), ..self.clone() });
            Manager { address: format!("manager-{number}"), engine: engine.clone(), services: engine }
        };
        (1..=several).map(manager).collect()
    }
}
