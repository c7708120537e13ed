//! Why there is no connection to an engine.

use std::time::Duration;

use super::{Greeting, SshFault, TlsFault};

/// Why there is no connection to an engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConnectionFault {
    /// The address is not valid; what is wrong with it, and what helps.
    InvalidAddress(String),
    /// Nothing was opened in time.
    Timeout {
        /// The engine's address.
        address: String,
        /// The time.
        within: Duration,
    },
    /// The engine was asked a moment ago, and said nothing in time: it is not asked again.
    Silent {
        /// The engine's address.
        address: String,
        /// The time.
        within: Duration,
    },
    /// There is no such Unix socket.
    NoSocket {
        /// The engine's address.
        address: String,
    },
    /// No program listens on the Unix socket.
    SocketRefused {
        /// The engine's address.
        address: String,
    },
    /// The user may not use the Unix socket.
    NotPermitted {
        /// The engine's address.
        address: String,
    },
    /// No program listens on the TCP port.
    PortRefused {
        /// The engine's address.
        address: String,
    },
    /// A host name is not known.
    Unresolved {
        /// The host name.
        host: String,
        /// The system's words.
        words: String,
    },
    /// The system opens no connection for another reason.
    Failed {
        /// The engine's address.
        address: String,
        /// The system's words.
        words: String,
    },
    /// All files that this process may have open are in use.
    TooManyFiles {
        /// How many it may have open.
        limit: u64,
    },
    /// TLS is not set up.
    Tls(Box<TlsFault>),
    /// There is no way through SSH.
    Ssh(Box<SshFault>),
    /// The port speaks TLS, and the ship's endpoint does not.
    NeedsTls {
        /// The engine's address.
        address: String,
    },
    /// What answers is no Docker engine.
    OtherServer {
        /// The address.
        address: String,
        /// What answers there.
        greeting: Greeting,
    },
    /// The engine speaks no version of the API that Maestro speaks.
    TooOld {
        /// The engine's address.
        address: String,
        /// The newest version that the engine speaks.
        version: String,
        /// The oldest version that Maestro speaks.
        oldest: String,
    },
    /// The engine does not speak the version of the API that the file asks for.
    VersionRefused {
        /// The engine's address.
        address: String,
        /// That version.
        version: String,
        /// The engine's words.
        words: String,
    },
    /// A path of the API cannot be written into a request.
    InvalidPath {
        /// The path, cut.
        path: String,
        /// What is wrong with it, in words of the parser.
        words: String,
    },
    /// A login cannot be written into a header.
    InvalidLogin,
    /// The ship was not connected to.
    NotConnected,
    /// The ship of this name was not connected to, and a step on another ship needs it.
    OtherShip(String),
}

impl ConnectionFault {
    /// Whether nothing answered. All other faults have a cause of their own.
    #[must_use]
    pub fn is_silence(&self) -> bool {
        match self {
            Self::Timeout { .. } | Self::Silent { .. } => true,
            Self::Tls(fault) => matches!(**fault, TlsFault::Timeout { .. }),
            Self::Ssh(fault) => fault.is_silence(),
            Self::InvalidAddress(_)
            | Self::NoSocket { .. }
            | Self::SocketRefused { .. }
            | Self::NotPermitted { .. }
            | Self::PortRefused { .. }
            | Self::Unresolved { .. }
            | Self::Failed { .. }
            | Self::NeedsTls { .. }
            | Self::OtherServer { .. }
            | Self::TooOld { .. }
            | Self::VersionRefused { .. }
            | Self::InvalidPath { .. }
            | Self::InvalidLogin
            | Self::NotConnected
            | Self::TooManyFiles { .. }
            | Self::OtherShip(_) => false,
        }
    }
}

impl From<TlsFault> for ConnectionFault {
    fn from(fault: TlsFault) -> Self {
        Self::Tls(Box::new(fault))
    }
}

impl From<SshFault> for ConnectionFault {
    fn from(fault: SshFault) -> Self {
        Self::Ssh(Box::new(fault))
    }
}
