//! Why an engine is not reached through SSH.

/// Why an engine is not reached through SSH.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SshFault {
    /// Nobody could log in.
    Login {
        /// The way to the engine's machine: `ssh://ops@ship`.
        login: String,
        /// What a user types to log in there: `ssh ops@ship`.
        command: String,
        /// Why not.
        fault: LoginFault,
    },
    /// The login works, and the engine behind it is not reached.
    Tunnel {
        /// The engine's address.
        address: String,
        /// Why not.
        fault: TunnelFault,
    },
}

impl SshFault {
    /// Whether nothing answered. All other faults have a cause of their own.
    #[must_use]
    pub fn is_silence(&self) -> bool {
        match self {
            Self::Login { fault, .. } => {
                matches!(fault, LoginFault::ServerSilent | LoginFault::ServerTimeout(_))
            }
            Self::Tunnel { .. } => false,
        }
    }
}

/// Why nobody could log in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoginFault {
    /// There is no directory for the connection; the system's words.
    NoDirectory(String),
    /// This machine has no `ssh`.
    NotInstalled,
    /// `ssh` cannot be run; the system's words.
    NotRunnable(String),
    /// The host's key is revoked.
    KeyRevoked {
        /// The key's kind and fingerprint, where `ssh` tells them.
        key: Option<String>,
    },
    /// The host has another key than the known one.
    KeyChanged {
        /// The key that the host sent.
        key: Option<String>,
        /// Where the known key is.
        known: Option<KnownKey>,
        /// The command that removes the known key.
        remove: String,
    },
    /// The host's key is not known.
    KeyUnknown {
        /// The key that the host sent.
        key: Option<String>,
        /// The command that stores it.
        scan: String,
    },
    /// The host does not accept the user.
    Refused {
        /// The user.
        user: String,
        /// Why.
        reason: LoginRefusal,
    },
    /// The host's name is not known.
    Unresolved {
        /// The host name.
        host: String,
        /// The words of `ssh`.
        words: String,
    },
    /// No program listens where the SSH server should be: this host and port.
    ServerRefused(String),
    /// There was no connection to this host and port in time.
    ServerTimeout(String),
    /// The SSH server is not reached for another reason.
    ServerUnreachable {
        /// The host and port.
        place: String,
        /// The words of `ssh`.
        words: String,
    },
    /// The host accepts connections, and no SSH server answers.
    ServerSilent,
    /// The host closed the connection before the login; the words of `ssh`.
    ServerHungUp(String),
    /// The host ended the login and said why.
    Disconnected(String),
    /// The host ended the login, because too many keys were offered.
    TooManyKeys,
    /// What answers does not speak SSH; the words of `ssh`.
    NotSsh(String),
    /// Client and server have no algorithm in common.
    NothingInCommon {
        /// What for: `host key type`.
        what: String,
        /// What the server offers.
        offer: String,
    },
    /// The host's certificate is not valid; the words of `ssh`.
    HostCertificate(String),
    /// `ssh` does not read its configuration; its words.
    Configuration(String),
    /// Others may change this file of the configuration.
    ConfigurationOpen(String),
    /// The command that leads to the host failed: a jump host, or a proxy command.
    Proxy {
        /// The command.
        command: String,
        /// The last words of that command, if it said any.
        words: Option<String>,
    },
    /// Another reason; the last words of `ssh`, if it said any.
    Other(Option<String>),
}

/// Why an engine is not reached though the login works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TunnelFault {
    /// The connection broke; the system's words.
    Broken(String),
    /// No command could be started on the host; the words of `ssh`, none if the command has no pipes.
    NoSession(Option<String>),
    /// Nothing is forwarded; the words of `ssh`.
    NotForwarded(String),
    /// No program listens on the engine's port there.
    PortRefused(u16),
    /// The engine's port there is not reached.
    PortUnreachable {
        /// The port.
        port: u16,
        /// The server's words.
        words: String,
    },
    /// This socket there is not reached.
    SocketUnreachable(String),
    /// There is no such socket.
    NoSocket(String),
    /// The user may not use this socket.
    NotPermitted(String),
    /// The server forwards nothing, and the host has no `docker` command.
    NoDockerCommand,
    /// The `docker` command there gives no connection; its last words, if it said any.
    DockerCommand(Option<String>),
}

/// Where a known host key is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownKey {
    /// The file.
    pub file: String,
    /// The line.
    pub line: String,
}

/// Why a host does not accept a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoginRefusal {
    /// It would accept this key, which is locked with a passphrase.
    Locked(String),
    /// Others may read the key's file, so `ssh` does not use it.
    TooOpen {
        /// The file.
        key: String,
        /// Its permissions: `0644`.
        mode: Option<String>,
    },
    /// A key cannot be loaded.
    Unloadable {
        /// The key's file.
        key: String,
        /// The words of `ssh`.
        words: String,
    },
    /// There is no such file of a key.
    Missing(String),
    /// It would accept this key, and the agent or the device that has it did not sign.
    NotSigned {
        /// The key's file.
        key: String,
        /// The words of `ssh`.
        words: String,
    },
    /// The server accepts no kind of signature that this key makes.
    OldSignature(String),
    /// It accepts no keys at all, but these methods: `password`.
    OtherMethods(String),
    /// It accepts none of the keys that were offered, which are in these files.
    NoneAccepted(Vec<String>),
}
