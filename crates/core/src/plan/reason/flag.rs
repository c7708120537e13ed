//! Flags of the command line that are reasons.

/// A flag of the command line that is the reason for a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flag {
    /// `--refresh-images`
    RefreshImages,
    /// `--step-delay`
    StepDelay,
    /// `--stop-start-delay`
    StopStartDelay,
}
