//! What came of trying links from their consumers, as facts.

use crate::{
    fault::EngineFault,
    model::{InstanceId, ShipId},
};

/// What came of one link of one instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkCheck {
    /// It was tried from within the consumer's network: each address and port.
    Tried(Vec<LinkTry>),
    /// The name has no address there.
    UnknownName,
    /// The consumer does not run, so there is no network to try it from.
    ConsumerDown,
    /// The consumer's ship does not answer.
    Unreachable(ShipId),
    /// It could not be tried.
    NotTried(LinkProbeFault),
}

/// What came of one address, at one port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkTry {
    /// The address. Untrusted.
    pub address: String,
    /// The port that was connected to; none if the targets declare no TCP port.
    pub port: Option<u16>,
    /// The instance that has the address, if that is known.
    pub target: Option<InstanceId>,
    /// What came of it.
    pub outcome: LinkOutcome,
}

/// What came of one connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkOutcome {
    /// The name is known; there is no port to connect to.
    Known,
    /// A program answers.
    Answers,
    /// No program answers, for this cause.
    Fails {
        /// How it was noticed.
        how: ConnectFailure,
        /// Why.
        why: LinkFault,
    },
}

/// How a connection fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectFailure {
    /// It is refused.
    Refused,
    /// It is accepted and closed at once, as by a proxy with no program behind it.
    Closed,
    /// There is no answer in time.
    Silent,
    /// The network says that there is no way.
    NoRoute,
}

/// Why a connection fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkFault {
    /// The target does not run.
    TargetDown,
    /// No program of the target listens at the port.
    NotListening,
    /// The target's program listens on its loopback address alone.
    LoopbackOnly,
    /// The target's ship does not publish the port.
    NotPublished,
    /// The target listens and its ship publishes the port: something between the two ships stops the connection.
    Firewall {
        /// The consumer's ship.
        from: ShipId,
        /// The target's ship.
        to: ShipId,
    },
    /// The target's ship does not answer.
    Unreachable(ShipId),
    /// The target listens at the port, so the cause is elsewhere.
    Listening,
    /// That is not known.
    Unknown,
}

/// Why a link could not be tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkProbeFault {
    /// There is no static program for the platform of the consumer's image.
    NoProgram(String),
    /// The engine does not have the consumer's image any more.
    NoImage,
    /// The engine refused a container beside the consumer, or its program. Untrusted.
    Refused(EngineFault),
    /// The program said something else than what was asked. Untrusted.
    Garbled(String),
    /// It did not end in time.
    Timeout,
    /// A signal ended the check first.
    Interrupted,
}

/// The verdict on a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LinkVerdict {
    /// It leads to its target.
    Good,
    /// Nobody needs it now: its consumer does not run.
    Unused,
    /// A ship does not answer, so that is not known.
    Unreachable,
    /// It does not lead to its target, or could not be tried.
    Bad,
}

impl LinkCheck {
    /// Whether the link leads to its targets.
    #[must_use]
    pub fn verdict(&self) -> LinkVerdict {
        match self {
            Self::Tried(tries) => {
                tries.iter().map(|one| one.outcome.verdict()).max().unwrap_or(LinkVerdict::Good)
            }
            Self::ConsumerDown => LinkVerdict::Unused,
            Self::Unreachable(_) => LinkVerdict::Unreachable,
            Self::UnknownName | Self::NotTried(_) => LinkVerdict::Bad,
        }
    }
}

impl LinkOutcome {
    fn verdict(&self) -> LinkVerdict {
        match self {
            Self::Known | Self::Answers => LinkVerdict::Good,
            Self::Fails { why: LinkFault::Unreachable(_), .. } => LinkVerdict::Unreachable,
            Self::Fails { .. } => LinkVerdict::Bad,
        }
    }
}
