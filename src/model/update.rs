//! How a service's instances are replaced when what they are made of has changed.

use std::{num::NonZeroUsize, time::Duration};

pub use crate::value::update::{OnFailure, Order};

/// `update` of a service: its instances are replaced in turns, each turn once the one before it is ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Update {
    /// What comes first.
    pub order: Order,
    /// How many instances one turn replaces.
    pub parallel: NonZeroUsize,
    /// How long to wait between a turn that is ready and the next.
    pub delay: Duration,
    /// What becomes of the roll-out when more than [`Update::max_failures`] fail.
    pub on_failure: OnFailure,
    /// How many instances may fail before [`Update::on_failure`] counts.
    pub max_failures: usize,
}

impl Default for Update {
    fn default() -> Self {
        Self {
            order: Order::default(),
            parallel: NonZeroUsize::MIN,
            delay: Duration::ZERO,
            on_failure: OnFailure::default(),
            max_failures: 0,
        }
    }
}
