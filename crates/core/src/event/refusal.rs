//! Why an engine refused a step, as far as its words tell.

/// Why an engine refused a step. Names and paths are taken from the engine's words: untrusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The disk of the engine's data directory is full.
    DiskFull,
    /// All of the engine's address pools are in use, so it cannot create another network.
    NoAddressPool,
    /// A network's subnet is, in part, that of another network or of the ship itself.
    SubnetTaken,
    /// The address that the file gives the container is another one's, or the gateway's.
    AddressTaken,
    /// The ship does not have what a container, a volume or a network needs.
    Lacks(Lack),
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
    /// The value of a key is none that the engine or its kernel accepts.
    Value {
        /// The key in `maestro.yaml`.
        field: &'static str,
        /// The engine's words.
        words: String,
    },
    /// The engine is in no Swarm, which the driver of a network takes.
    NotInSwarm,
    /// The container's first process ended before it became the container's program: often killed because the
    /// memory limit is too low even for the runtime's own setup.
    EndedInSetup,
}

/// What a ship does not have. Names and paths are taken from the engine's words: untrusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lack {
    /// A plugin for a volume or a network.
    Plugin(String),
    /// A device.
    Device(String),
    /// A runtime.
    Runtime(String),
    /// A driver for the devices that are asked for, as for `gpus`.
    DeviceDriver,
    /// An image of the platform that the file asks for.
    Platform {
        /// The platform of the image that it has.
        has: String,
        /// The one that the file asks for.
        asked: String,
    },
    /// A parameter of the kernel, or one that is a container's own.
    Sysctl(String),
    /// The options of the memory at this path inside.
    TmpfsOptions(String),
}

impl Lack {
    fn map_texts(&mut self, map: &dyn Fn(&str) -> String) {
        match self {
            Self::Plugin(words)
            | Self::Device(words)
            | Self::Runtime(words)
            | Self::Sysctl(words)
            | Self::TmpfsOptions(words) => *words = map(words),
            Self::Platform { has, asked } => (*has, *asked) = (map(has), map(asked)),
            Self::DeviceDriver => {}
        }
    }
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
            | Self::Value { words, .. } => *words = map(words),
            Self::FileOverDirectory { source, target } => {
                (*source, *target) = (map(source), map(target));
            }
            Self::Lacks(lack) => lack.map_texts(map),
            Self::DiskFull
            | Self::SubnetTaken
            | Self::AddressTaken
            | Self::NoAddressPool
            | Self::UlimitTooHigh
            | Self::CapabilityNotPermitted
            | Self::NotInSwarm
            | Self::EndedInSetup => {}
        }
        self
    }
}
