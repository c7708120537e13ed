//! Things of an engine that a plan needs.

/// What an engine keeps beside containers and images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ResourceKind {
    /// A network.
    Network,
    /// A volume.
    Volume,
}
