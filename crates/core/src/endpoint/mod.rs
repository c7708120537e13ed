//! Where an engine answers, and with what it is reached: a socket, a port, TLS, SSH; and how Docker's own command says
//! the same, in its variables and contexts.

pub mod tls;

use std::path::{Path, PathBuf};

use self::tls::Tls;
use crate::value::is_loopback;

/// Where a Docker engine listens unless it is told otherwise.
pub const DEFAULT_SOCKET: &str = "/var/run/docker.sock";
/// The port on which engines answer without TLS.
pub const PLAIN_PORT: u16 = 2375;
/// The port on which engines answer over TLS.
pub const TLS_PORT: u16 = 2376;

/// Where an engine answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// The engine that `DOCKER_HOST`, the Docker context or the default sockets name.
    Local,
    /// A Unix socket on this machine.
    Unix(PathBuf),
    /// Plain TCP.
    Tcp {
        /// Host name or IP address.
        host: String,
        /// TCP port.
        port: u16,
    },
    /// TLS over TCP.
    Tls {
        /// Host name or IP address; the certificate has to name it.
        host: String,
        /// TCP port.
        port: u16,
        /// Whom to trust, and as whom to appear.
        tls: Tls,
    },
    /// A socket or a port of another machine, through SSH.
    Ssh {
        /// The way to that machine.
        login: SshLogin,
        /// Where the engine answers there.
        remote: Remote,
        /// TLS inside of the tunnel.
        tls: Option<Tls>,
    },
}

impl Endpoint {
    /// Whether the engine is on this machine, as far as its address tells.
    #[must_use]
    pub fn is_on_this_machine(&self) -> bool {
        match self {
            Self::Local | Self::Unix(_) => true,
            Self::Tcp { host, .. } | Self::Tls { host, .. } => is_loopback(host),
            Self::Ssh { .. } => false,
        }
    }
}

/// How to log in to a machine through SSH. Ships with the same login share one connection.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SshLogin {
    /// The user; otherwise `~/.ssh/config` says it, or it is the one who runs this.
    pub user: Option<String>,
    /// Host name, IP address, or a name that `~/.ssh/config` knows.
    pub host: String,
    /// TCP port; otherwise `~/.ssh/config` says it, or it is 22.
    pub port: Option<u16>,
    /// File of the private key; otherwise `ssh` tries those that it knows.
    pub key: Option<PathBuf>,
}

impl std::fmt::Display for SshLogin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ssh://")?;
        if let Some(user) = &self.user {
            write!(f, "{user}@")?;
        }
        match self.port {
            Some(port) => f.write_str(&authority(&self.host, port)),
            None => f.write_str(&self.host),
        }
    }
}

/// Where an engine answers on the machine that SSH leads to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Remote {
    /// A Unix socket there.
    Socket(PathBuf),
    /// A TCP port of its loopback address.
    Port(u16),
}

impl std::fmt::Display for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Local => f.write_str("the local engine"),
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
            Self::Tcp { host, port } => write!(f, "tcp://{}", authority(host, *port)),
            Self::Tls { host, port, .. } => write!(f, "https://{}", authority(host, *port)),
            Self::Ssh { login, remote: Remote::Socket(path), .. } if path == Path::new(DEFAULT_SOCKET) => {
                login.fmt(f)
            }
            Self::Ssh { login, remote: Remote::Socket(path), .. } => write!(f, "{login}{}", path.display()),
            Self::Ssh { login, remote: Remote::Port(port), tls } => {
                let with = if tls.is_some() { " with TLS" } else { "" };
                write!(f, "{login} to port {port}{with}")
            }
        }
    }
}

/// `host:port`, with brackets where the host is an IPv6 address.
fn authority(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_written_as_a_user_would() {
        let login = |port| SshLogin { user: Some("ops".into()), host: "ship".into(), port, key: None };
        let ssh = |port, remote| Endpoint::Ssh { login: login(port), remote, tls: None }.to_string();
        assert_eq!(ssh(None, Remote::Socket(DEFAULT_SOCKET.into())), "ssh://ops@ship");
        assert_eq!(ssh(Some(22), Remote::Socket("/run/d.sock".into())), "ssh://ops@ship:22/run/d.sock");
        assert_eq!(ssh(None, Remote::Port(4243)), "ssh://ops@ship to port 4243");
        let tls = Tls { trust: tls::Trust::System, identity: None };
        let endpoint = Endpoint::Tls { host: "::1".into(), port: 2376, tls };
        assert_eq!(endpoint.to_string(), "https://[::1]:2376");
    }
}
