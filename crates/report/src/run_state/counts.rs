//! How many steps came to an end, and how.

/// Steps that came to an end, without verifications and compensations: their sum and what was not started is the number of
/// steps that was told before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// All.
    pub total: usize,
    /// Those that succeeded.
    pub done: usize,
    /// Those that failed.
    pub failed: usize,
    /// Those whose engine was unreachable.
    pub unreachable: usize,
    /// Those whose outcome is unknown.
    pub unknown: usize,
    /// Those that only waited and were cancelled by an interrupt.
    pub cancelled: usize,
    /// Checks of unchanged instances that did not pass.
    pub not_verified: usize,
    /// Steps of compensations that did not succeed.
    pub not_restored: usize,
}

impl Counts {
    /// Steps that did not start.
    #[must_use]
    pub fn not_started(&self) -> usize {
        let ended = self.done + self.failed + self.unreachable + self.unknown + self.cancelled;
        self.total.saturating_sub(ended)
    }
}
