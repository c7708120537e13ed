//! How a service's instances are replaced when what they are made of has changed.

use std::{num::NonZeroUsize, time::Duration};

use serde::Serialize;

pub use crate::value::update::{OnFailure, OnPeerChange, Order};

/// `update` of a service: its instances are replaced in turns, each turn once the one before it is ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Update {
    /// What comes first.
    pub order: Order,
    /// How many instances one turn replaces.
    pub parallel: NonZeroUsize,
    /// How many instances of one ship a turn replaces at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_per_ship: Option<NonZeroUsize>,
    /// How many instances are replaced first, alone, until a run is told to go on with the others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub canary: Option<NonZeroUsize>,
    /// How long to wait between a turn that is ready and the next.
    pub delay: Duration,
    /// What becomes of the roll-out when more than [`Update::max_failures`] fail.
    pub on_failure: OnFailure,
    /// How many instances may fail before [`Update::on_failure`] counts.
    pub max_failures: usize,
    /// Whether other peers alone are a reason to replace a container.
    #[serde(skip_serializing_if = "OnPeerChange::is_default")]
    pub on_peer_change: OnPeerChange,
}

impl Update {
    /// Whether a turn that has `taken` instances, `here` of them on the ship of the next one, has no room for that.
    #[must_use]
    pub fn is_full(&self, taken: usize, here: usize) -> bool {
        taken >= self.parallel.get() || self.max_per_ship.is_some_and(|most| here >= most.get())
    }
}

impl Default for Update {
    fn default() -> Self {
        Self {
            order: Order::default(),
            parallel: NonZeroUsize::MIN,
            max_per_ship: None,
            canary: None,
            delay: Duration::ZERO,
            on_failure: OnFailure::default(),
            max_failures: 0,
            on_peer_change: OnPeerChange::default(),
        }
    }
}
