//! Why there is no lease, or why it is not known what killed runs have left.

/// Why there is no lease, or why it is not known what killed runs have left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeaseFault {
    /// The volumes of dead runs stand for each other without end.
    Ring,
    /// Other runs took the lease again and again.
    ChangedHands,
    /// A killed run's creation of a container has not finished.
    Creating {
        /// The environment.
        environment: String,
        /// The container's name.
        container: String,
    },
    /// It is not known whether a killed run's stop of a container is over: the engine killed the program and has not
    /// seen it end.
    Killing {
        /// The environment.
        environment: String,
        /// The container's name.
        container: String,
    },
    /// A killed run's stop may still be in progress: it was not waited for.
    Stopping,
}
