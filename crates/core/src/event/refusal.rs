//! Why an engine refused a step, as far as its words tell.

/// Why an engine refused a step. Names and paths are taken from the engine's words: untrusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The disk of the engine's data directory is full.
    DiskFull,
    /// All of the engine's address pools are in use, so it cannot create another network.
    NoAddressPool,
    /// There is no network of this name.
    NoNetwork(String),
    /// The container to join, link to or take volumes from does not exist.
    NoContainer(String),
    /// The image has no such user in its `/etc/passwd`.
    NoUser(String),
    /// The image has no such group in its `/etc/group`.
    NoGroup(String),
    /// The working directory is a file.
    WorkdirIsFile(String),
    /// A bind mount's source does not exist on the ship.
    NoBindSource(String),
    /// One end of a bind mount is a file and the other a directory.
    FileOverDirectory {
        /// The path on the ship.
        source: String,
        /// The path inside.
        target: String,
    },
    /// The engine has no log driver of this name.
    NoLogDriver(String),
    /// The log driver does not know an option.
    UnknownLogOption(String),
    /// The log driver cannot start, for example because its server does not answer; the engine's words.
    LogDriverFailed(String),
    /// The ship may not set a process limit (`ulimits`) this high.
    UlimitTooHigh,
    /// The engine's own privileges do not allow what the container asks for.
    CapabilityNotPermitted,
    /// The ship has no such address to publish a port on.
    NoAddress(String),
    /// The memory limits are none that the engine accepts; the engine's words.
    InvalidMemoryLimit(String),
    /// The container's first process ended before it became the container's program: often killed because the
    /// memory limit is too low even for the runtime's own setup.
    EndedInSetup,
}

impl Refusal {
    /// The same with other texts where it has an engine's own words.
    #[must_use]
    pub fn map_texts(mut self, map: &dyn Fn(&str) -> String) -> Self {
        match &mut self {
            Self::NoNetwork(words)
            | Self::NoContainer(words)
            | Self::NoUser(words)
            | Self::NoGroup(words)
            | Self::WorkdirIsFile(words)
            | Self::NoBindSource(words)
            | Self::NoLogDriver(words)
            | Self::UnknownLogOption(words)
            | Self::LogDriverFailed(words)
            | Self::NoAddress(words)
            | Self::InvalidMemoryLimit(words) => *words = map(words),
            Self::FileOverDirectory { source, target } => {
                (*source, *target) = (map(source), map(target));
            }
            Self::DiskFull
            | Self::NoAddressPool
            | Self::UlimitTooHigh
            | Self::CapabilityNotPermitted
            | Self::EndedInSetup => {}
        }
        self
    }
}
