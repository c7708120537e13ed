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
    /// A key cannot be loaded.
    Unloadable {
        /// The words of `ssh`, with the key's file.
        words: String,
        /// Whether others may read the file.
        is_readable_by_others: bool,
    },
    /// It accepts none of the keys that were offered, which are in these files.
    NoneAccepted(Vec<String>),
}
