//! All that is needed to carry out a plan.

use std::{collections::BTreeMap, sync::Arc};

use maestro_core::{
    event::Event,
    model::Environment,
    observed::carriable::CarrySource,
    plan::{Plan, StepId},
};
use maestro_engine::{Engine, credentials::Credentials};
use tokio::{
    sync::{mpsc::UnboundedSender, watch},
    time::Instant,
};

use super::{carry::Carrying, guard::Guard, made::CreatedContainers};
use crate::lease::Owner;

/// All that is needed to carry out a plan.
pub struct Run {
    /// The environment that the plan is for.
    pub environment: Arc<Environment>,
    /// What is to be done.
    pub plan: Arc<Plan>,
    /// The engine of each ship, by [`ShipId`]; none for ships that the plan has no step on.
    pub engines: Vec<Option<Arc<dyn Engine>>>,
    /// For each ship the number of its engine: ships with the same number are one engine and share one bound.
    pub same_engine: Vec<usize>,
    /// Who one is to the registries that images come from.
    pub credentials: Credentials,
    /// How many changes may be under way at once over all ships (`-c`).
    pub concurrency: Option<usize>,
    /// Becomes true when nothing new may begin.
    pub interrupted: watch::Receiver<bool>,
    /// When the command began: the run is said to take the time since then.
    pub begun: Instant,
    /// Takes what happens.
    pub events: UnboundedSender<Event>,
    /// Tells whether this run still holds the lease; none if it holds none.
    pub guard: Option<Arc<dyn Guard>>,
    /// Who carries it out.
    pub me: Arc<Owner>,
    /// Engines that images are carried from and that are none of the plan's ships.
    pub sources: BTreeMap<CarrySource, Arc<dyn Engine>>,
    /// The images that are carried; none yet.
    pub carrying: Carrying,
    /// The containers that it makes; none yet.
    pub made: CreatedContainers,
}

impl Run {
    /// Whether a step is done though the user interrupts: it takes back what the interrupt has ended.
    pub(super) fn outlives_interrupts(&self, id: StepId) -> bool {
        self.plan.is_taken_back_if_interrupted() && self.plan.step(id).compensation.is_some()
    }
}
