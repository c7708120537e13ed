//! What is known of a process of this machine.

/// When a process was started, in ticks of its machine.
pub type Started = String;

/// A process, looked after by its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Process {
    /// There is none, or it has ended and nobody has asked for its exit code yet.
    None,
    /// It runs, started then.
    Since(Started),
    /// There is one, but more is not known.
    Unknown,
}
