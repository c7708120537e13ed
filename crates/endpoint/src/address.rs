//! Addresses of engines as `DOCKER_HOST` writes them.

use std::path::PathBuf;

use maestro_core::endpoint::SshLogin;
use maestro_core::value::secret::without_passwords;

/// The schemes that addresses begin with.
pub const SCHEMES: &[&str] = &["unix", "tcp", "http", "https", "ssh"];

/// An address that was understood. A host may be empty, and a port may be missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// `unix:///path`
    Unix(PathBuf),
    /// `tcp://host:port` or `http://host:port`
    Tcp {
        /// Host name or IP address.
        host: String,
        /// TCP port.
        port: Option<u16>,
    },
    /// `https://host:port`
    Https {
        /// Host name or IP address.
        host: String,
        /// TCP port.
        port: Option<u16>,
    },
    /// `ssh://user@host:port/path/to/socket`
    Ssh {
        /// The way to the machine.
        login: SshLogin,
        /// The engine's socket there.
        socket: Option<PathBuf>,
    },
}

/// Why a text is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misread {
    /// There is no `://` in it.
    #[error("expected `ssh://…`, `tcp://…`, `https://…` or `unix://…`")]
    NoScheme,
    /// Nothing is known that begins like this.
    #[error("`{0}://` is unknown")]
    Scheme(String),
    /// What follows the scheme is wrong, for this reason.
    #[error("{0}")]
    Rest(String),
}

/// Reads an address.
///
/// # Errors
/// [`Misread`] if it is none.
pub fn parse(text: &str) -> Result<Address, Misread> {
    let (scheme, rest) = text.split_once("://").ok_or(Misread::NoScheme)?;
    let wrong = |why: String| Misread::Rest(why);
    match scheme {
        "unix" if rest.starts_with('/') => Ok(Address::Unix(PathBuf::from(rest))),
        "unix" => Err(wrong("the path must begin with `/`".to_owned())),
        "tcp" | "http" => {
            let (host, port) = host_and_port(rest.trim_end_matches('/')).map_err(wrong)?;
            Ok(Address::Tcp { host, port })
        }
        "https" => {
            let (host, port) = host_and_port(rest.trim_end_matches('/')).map_err(wrong)?;
            Ok(Address::Https { host, port })
        }
        "ssh" => ssh(rest).map_err(wrong),
        other => Err(Misread::Scheme(other.to_owned())),
    }
}

fn ssh(rest: &str) -> Result<Address, String> {
    let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, _)) if user.contains(':') => {
            return Err("a password cannot be given here; log in with a key".to_owned());
        }
        Some((user, host)) => (Some(user), host),
        None => (None, authority),
    };
    let (host, port) = host_and_port(host)?;
    if let Some(user) = user {
        check_user(user)?;
    }
    if host.is_empty() {
        return Err("there is no host in it".to_owned());
    }
    let socket = (path.len() > 1).then(|| PathBuf::from(path));
    Ok(Address::Ssh { login: SshLogin { user: user.map(str::to_owned), host, port, key: None }, socket })
}

/// An address to be shown: what looks like a password in it is hidden.
#[must_use]
pub fn shown(text: &str) -> String {
    if text.contains("://") {
        without_passwords(text)
    } else {
        without_passwords(&format!("://{text}"))[3..].to_owned()
    }
}

/// Whether that can be the user of an SSH login: `ssh` must not take it for an option.
///
/// # Errors
/// Why it cannot.
pub fn check_user(user: &str) -> Result<(), String> {
    let bad = |c: char| c.is_whitespace() || c.is_control() || "'`\"$\\;&<>|(){}".contains(c);
    if user.is_empty() || user.starts_with('-') || user.contains(bad) {
        return Err(format!("`{user}` cannot be a user's name"));
    }
    Ok(())
}

/// `host`, `host:port`, `:port`, `[::1]:port`.
fn host_and_port(text: &str) -> Result<(String, Option<u16>), String> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']').ok_or("`[` is never closed")?;
            (host, port.strip_prefix(':').unwrap_or(port))
        }
        None => text.rsplit_once(':').unwrap_or((text, "")),
    };
    let port = match port {
        "" => None,
        port => match port.parse() {
            Ok(0) | Err(_) => return Err(format!("`{port}` is not a port")),
            Ok(port) => Some(port),
        },
    };
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._:%".contains(c);
    if host.starts_with('-') || !host.chars().all(allowed) {
        return Err(format!("`{host}` is neither an address nor a host name"));
    }
    Ok((host.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(user: Option<&str>, host: &str, port: Option<u16>) -> SshLogin {
        SshLogin { user: user.map(str::to_owned), host: host.to_owned(), port, key: None }
    }

    #[test]
    fn addresses_are_read_as_docker_reads_them() {
        let tcp = |host: &str, port| Ok(Address::Tcp { host: host.to_owned(), port });
        assert_eq!(parse("tcp://10.0.0.5:4243"), tcp("10.0.0.5", Some(4243)));
        assert_eq!(parse("tcp://ship/"), tcp("ship", None));
        assert_eq!(parse("http://[::1]:1"), tcp("::1", Some(1)));
        assert_eq!(parse("https://ship:2"), Ok(Address::Https { host: "ship".into(), port: Some(2) }));
        assert_eq!(parse("unix:///run/d.sock"), Ok(Address::Unix("/run/d.sock".into())));
        let ssh = |login, socket: Option<&str>| Ok(Address::Ssh { login, socket: socket.map(PathBuf::from) });
        assert_eq!(parse("ssh://ship"), ssh(login(None, "ship", None), None));
        assert_eq!(parse("ssh://ops@[::1]:2222/"), ssh(login(Some("ops"), "::1", Some(2222)), None));
        assert_eq!(
            parse("ssh://ops@ship/run/user/1000/docker.sock"),
            ssh(login(Some("ops"), "ship", None), Some("/run/user/1000/docker.sock"))
        );
    }

    #[test]
    fn a_password_is_not_shown() {
        assert_eq!(shown("ssh://a:b:c@d@ship:22/s"), "ssh://a:***@ship:22/s");
        assert_eq!(shown("ssh://a@ship:22"), "ssh://a@ship:22");
        assert_eq!(shown("tcp://ship:22"), "tcp://ship:22");
    }

    #[test]
    fn what_is_no_address_says_why() {
        for (text, why) in [
            ("10.0.0.1", "expected `ssh://…`, `tcp://…`, `https://…` or `unix://…`"),
            ("shh://a", "`shh://` is unknown"),
            ("unix://d.sock", "the path must begin with `/`"),
            ("tcp://a:http", "`http` is not a port"),
            ("tcp://a:0", "`0` is not a port"),
            ("tcp://a b", "`a b` is neither an address nor a host name"),
            ("tcp://[::1", "`[` is never closed"),
            ("ssh://", "there is no host in it"),
            ("ssh://-oProxyCommand=x", "`-oProxyCommand=x` is neither an address nor a host name"),
            ("ssh://-l@a", "`-l` cannot be a user's name"),
            ("ssh://a:b@c", "a password cannot be given here; log in with a key"),
        ] {
            assert_eq!(parse(text).unwrap_err().to_string(), why, "{text}");
        }
    }
}
