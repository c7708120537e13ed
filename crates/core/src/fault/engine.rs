//! Why an engine gave no good answer.

use std::time::Duration;

use super::{ConnectionFault, LeaseFault, SwarmFault};

/// Why an engine gave no good answer, or what it refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EngineFault {
    /// In the engine's own words: untrusted.
    Words(String),
    /// An HTTP status, without words.
    Status(u16),
    /// There is no connection.
    Connection(Box<ConnectionFault>),
    /// The connection broke before the whole answer came.
    Lost {
        /// The engine's address.
        address: String,
        /// How.
        cause: LostAnswer,
    },
    /// The answer is not one that a Docker engine gives.
    Malformed {
        /// The engine's address.
        address: String,
        /// What is wrong with it.
        cause: Malformed,
    },
    /// No answer came in time.
    Silent {
        /// The engine's address.
        address: String,
        /// The time.
        within: Duration,
    },
    /// A pull made no progress for this time.
    NoProgress(Duration),
    /// The container does not exist any more.
    Gone,
    /// The restart policy has a name that the API does not know.
    RestartPolicy(String),
    /// A container of this name was removed as soon as it was created.
    RemovedAtOnce(String),
    /// Each time a container was created, the image's name had been given to another image.
    ImageChanged {
        /// The image's name.
        image: String,
        /// How many times.
        times: usize,
    },
    /// The engine does not say what time it has.
    NoClock,
    /// A volume of this name was created and removed again and again.
    VolumeUnstable(String),
    /// About the lease.
    Lease(LeaseFault),
    /// A step was refused, for what somebody else did meanwhile.
    Step(StepFault),
    /// About a Swarm.
    Swarm(SwarmFault),
    /// None of a Swarm's managers can be asked.
    NoManager(Vec<ManagerFault>),
}

/// Why one of several managers cannot be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagerFault {
    /// Its address.
    pub address: String,
    /// Why.
    pub fault: EngineFault,
}

impl ManagerFault {
    /// Whether its engine answers and is no manager.
    #[must_use]
    pub fn is_no_manager(&self) -> bool {
        matches!(self.fault, EngineFault::Swarm(SwarmFault::NoSwarm | SwarmFault::NotManager))
    }
}

impl EngineFault {
    /// The engine's own words, where it gave some.
    #[must_use]
    pub fn words(&self) -> Option<&str> {
        match self {
            Self::Words(words) => Some(words),
            Self::Status(_)
            | Self::Connection(_)
            | Self::Lost { .. }
            | Self::Malformed { .. }
            | Self::Silent { .. }
            | Self::NoProgress(_)
            | Self::Gone
            | Self::RestartPolicy(_)
            | Self::RemovedAtOnce(_)
            | Self::ImageChanged { .. }
            | Self::NoClock
            | Self::VolumeUnstable(_)
            | Self::Lease(_)
            | Self::Step(_)
            | Self::Swarm(_)
            | Self::NoManager(_) => None,
        }
    }

    /// Whether nothing answered, or the answer was lost. All other faults have a cause of their own.
    #[must_use]
    pub fn is_silence(&self) -> bool {
        match self {
            Self::Silent { .. } => true,
            Self::Connection(fault) => fault.is_silence(),
            Self::NoManager(all) => all.iter().all(|one| one.fault.is_silence()),
            Self::Lost { cause, .. } => match cause {
                LostAnswer::Failed(_)
                | LostAnswer::HungUp
                | LostAnswer::EventsEnded
                | LostAnswer::BuildEnded => true,
                LostAnswer::NoUpgrade | LostAnswer::TooLong(_) | LostAnswer::AllTooLong(_) => false,
            },
            Self::Words(_)
            | Self::Status(_)
            | Self::Malformed { .. }
            | Self::NoProgress(_)
            | Self::Gone
            | Self::RestartPolicy(_)
            | Self::RemovedAtOnce(_)
            | Self::ImageChanged { .. }
            | Self::NoClock
            | Self::VolumeUnstable(_)
            | Self::Lease(_)
            | Self::Step(_)
            | Self::Swarm(_) => false,
        }
    }

    /// The same with other texts where it has an engine's own words.
    #[must_use]
    pub fn map_texts(self, map: &dyn Fn(&str) -> String) -> Self {
        match self {
            Self::Words(words) => Self::Words(map(&words)),
            Self::NoManager(all) => {
                let mapped = |one: ManagerFault| ManagerFault { fault: one.fault.map_texts(map), ..one };
                Self::NoManager(all.into_iter().map(mapped).collect())
            }
            other => other,
        }
    }
}

impl From<String> for EngineFault {
    fn from(words: String) -> Self {
        Self::Words(words)
    }
}

impl From<&str> for EngineFault {
    fn from(words: &str) -> Self {
        Self::Words(words.to_owned())
    }
}

impl From<ConnectionFault> for EngineFault {
    fn from(fault: ConnectionFault) -> Self {
        Self::Connection(Box::new(fault))
    }
}

impl From<LeaseFault> for EngineFault {
    fn from(fault: LeaseFault) -> Self {
        Self::Lease(fault)
    }
}

impl From<StepFault> for EngineFault {
    fn from(fault: StepFault) -> Self {
        Self::Step(fault)
    }
}

impl From<SwarmFault> for EngineFault {
    fn from(fault: SwarmFault) -> Self {
        Self::Swarm(fault)
    }
}

/// How an answer was lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LostAnswer {
    /// The connection failed, in words of the system or of the HTTP client.
    Failed(String),
    /// The engine closed the connection while a container's end was waited for.
    HungUp,
    /// The engine ended its stream of events.
    EventsEnded,
    /// The builder ended without a word about the image.
    BuildEnded,
    /// The connection was not given over to a program's input.
    NoUpgrade,
    /// The answer has more bytes than these.
    TooLong(u64),
    /// All engines together have answered more bytes than these to one command.
    AllTooLong(u64),
}

/// What is wrong with an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Malformed {
    /// Its content is not valid, in words of the parser.
    Content(String),
    /// It is not HTTP, in words of the parser.
    NotHttp(String),
    /// A message in it has more bytes than these.
    LongMessage(usize),
    /// An event has more bytes than these.
    LongEvent(usize),
    /// A log is not made of frames.
    NoFrames,
}

/// A command that runs in a container after its start or before its stop, and failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookFault {
    /// The key of the file: `post_start`.
    pub key: &'static str,
    /// The program.
    pub program: String,
    /// Its exit code.
    pub exit_code: i64,
    /// The last line that it wrote. Untrusted.
    pub last_line: Option<String>,
}

/// Why a step is not done although the engine would do it: somebody else changed what the step is about, or there is more
/// to record than a record holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepFault {
    /// The container that replaces the one to remove does not exist any more.
    SuccessorGone,
    /// The container that the one to discard replaces does not exist any more.
    PredecessorGone,
    /// The network of this name was replaced.
    NetworkReplaced(String),
    /// The volume of this name was replaced.
    VolumeReplaced(String),
    /// An image that is to be removed has got another name.
    ImageNamed {
        /// Its id.
        id: String,
        /// That name.
        name: String,
    },
    /// A volume has the name of the record to write, and another content. Its name.
    OtherRecord(String),
    /// The volume of this name is not recorded as left behind any more.
    NotLeftBehind(String),
    /// A volume is not the record of a revision any more.
    NotRecorded {
        /// The volume's name.
        volume: String,
        /// The revision.
        revision: u64,
    },
    /// There is more to record than a record holds.
    RecordTooLarge {
        /// Its size, in KiB.
        size: usize,
        /// The most, in KiB.
        limit: usize,
    },
    /// The container of the instance of this name was removed or replaced before it was recorded.
    NotAsPlanned(String),
    /// A command in the container failed.
    Hook(HookFault),
    /// The engine keeps the name of a container that does not exist.
    NameKept {
        /// The name.
        name: String,
        /// What the engine said.
        fault: Box<EngineFault>,
    },
}
