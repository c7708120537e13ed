//! Where the deaths of containers are heard of that this run starts.

use std::collections::BTreeMap;

use super::Run;
use crate::lifecycle::Deaths;
use maestro_core::{
    model::ShipId,
    plan::action::{Action, WaitAction},
};

/// Listens on the engines on which containers without checks are started: these have to stay up for a while. Each engine
/// is listened to once, though several ships lead to it.
pub(super) struct Watched {
    /// By number of the engine.
    deaths: BTreeMap<usize, Deaths>,
}

impl Watched {
    /// Begins to listen, for the steps of a run.
    pub(super) fn by(run: &Run) -> Self {
        let settling = run.plan.steps.iter().filter(|step| settles(&step.action));
        let mut deaths = BTreeMap::new();
        for ship in settling.map(|step| step.ship) {
            if let Some(engine) = &run.engines[ship.0] {
                deaths.entry(run.same_engine[ship.0]).or_insert_with(|| Deaths::on(engine.clone()));
            }
        }
        Self { deaths }
    }

    /// Those on the engine of a ship, if it is listened to.
    pub(super) fn on(&self, run: &Run, ship: ShipId) -> Option<&Deaths> {
        self.deaths.get(&run.same_engine[ship.0])
    }
}

/// Whether a step waits for a container without checks to stay up.
fn settles(action: &Action) -> bool {
    matches!(action, Action::Wait(WaitAction::Ready { checks, .. }) if checks.is_empty())
}
