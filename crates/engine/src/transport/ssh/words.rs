//! What `ssh` says, and what that means. It is read as OpenSSH has said it for many years; of what is not known its own
//! last words are told.

use crate::transport::NotConnected;
use maestro_core::{
    endpoint::{Login, Remote},
    fault::{KnownKey, LoginFault, LoginRefusal, SshFault, TunnelFault},
};

/// Why nobody could log in, from all that `ssh` said at its level DEBUG1.
pub(super) fn not_logged_in(login: &Login, said: &str) -> NotConnected {
    let lines: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let said = Said { login, lines };
    let fault = said.host_key().or_else(|| said.permission()).or_else(|| said.network());
    NotConnected {
        refused: said.lines.iter().any(|line| line.ends_with("Connection refused")),
        fault: login_fault(login, fault.unwrap_or_else(|| said.otherwise())).into(),
    }
}

/// Why nobody could log in, with the way there.
pub(super) fn login_fault(login: &Login, fault: LoginFault) -> SshFault {
    SshFault::Login { login: login.to_string(), command: command(login), fault }
}

/// How a user would call `ssh` to get to the same machine.
fn command(Login { user, host, port, .. }: &Login) -> String {
    let port = port.map(|port| format!("-p {port} ")).unwrap_or_default();
    let user = user.as_ref().map(|user| format!("{user}@")).unwrap_or_default();
    format!("ssh {port}{user}{host}")
}

/// What `ssh` writes before a key that the server would accept.
const ACCEPTED: &str = "Server accepts key: ";
/// What it writes before a key that it offers.
const OFFERED: &str = "Offering public key: ";

struct Said<'a> {
    login: &'a Login,
    lines: Vec<&'a str>,
}

impl<'a> Said<'a> {
    /// What is between these in the first line that has both.
    fn between(&self, before: &str, after: &str) -> Option<&'a str> {
        self.lines.iter().find_map(|line| {
            let (_, rest) = line.split_once(before)?;
            if after.is_empty() { Some(rest) } else { rest.split_once(after).map(|(found, _)| found) }
        })
    }

    fn has(&self, words: &str) -> bool {
        self.lines.iter().any(|line| line.contains(words))
    }

    /// The host's key as it was sent: `ED25519 SHA256:…`.
    fn sent_key(&self) -> Option<String> {
        let key = self.between("Server host key: ", "")?;
        Some(match key.split_once(' ') {
            Some((kind, fingerprint)) => format!("{} {fingerprint}", kind.trim_start_matches("ssh-")),
            None => key.to_owned(),
        })
    }

    fn host_key(&self) -> Option<LoginFault> {
        let key = self.sent_key();
        if self.has("REVOKED HOST KEY") {
            return Some(LoginFault::KeyRevoked { key });
        }
        if self.has("REMOTE HOST IDENTIFICATION HAS CHANGED") {
            let place = self.between("Offending ", "").and_then(|rest| rest.split_once(" key in "));
            let known = place.and_then(|(_, place)| place.rsplit_once(':'));
            let known = known.map(|(file, line)| KnownKey { file: file.to_owned(), line: line.to_owned() });
            let remove = self.lines.iter().find(|line| line.starts_with("ssh-keygen -f "));
            // Older clients quote in one way, newer ones in another.
            let remove =
                remove.and_then(|line| shlex::try_join(shlex::split(line)?.iter().map(String::as_str)).ok());
            let remove = remove.unwrap_or_else(|| format!("ssh-keygen -R {}", self.login.host));
            return Some(LoginFault::KeyChanged { key, known, remove });
        }
        let unknown = self.has("host key is known for ") || self.has("Host key verification failed");
        unknown.then(|| LoginFault::KeyUnknown { key, scan: self.keyscan() })
    }

    /// How a script takes the host's key.
    fn keyscan(&self) -> String {
        // Where the configuration has another name or port for the host, they are here.
        let place = self.between("Connecting to ", " port ").zip(self.between("Connecting to ", "."));
        let (host, port) = match place {
            Some((host, _)) => {
                let port = self.lines.iter().find(|line| line.contains("Connecting to "));
                let port = port
                    .and_then(|line| line.rsplit_once(" port "))
                    .map(|(_, port)| port.trim_end_matches('.'));
                (host.split(' ').next().unwrap_or(host).to_owned(), port.and_then(|port| port.parse().ok()))
            }
            None => (self.login.host.clone(), self.login.port),
        };
        let port = port.filter(|&port| port != 22).map(|port: u16| format!("-p {port} ")).unwrap_or_default();
        format!("ssh-keyscan {port}{host} >> ~/.ssh/known_hosts")
    }

    fn permission(&self) -> Option<LoginFault> {
        let denied = self.lines.iter().rev().find(|line| line.contains(": Permission denied ("))?;
        let (who, _) = denied.split_once(": Permission denied")?;
        let user = who.rsplit_once('@').map_or(who, |(user, _)| user).to_owned();
        let key = |line: &&'a str, before: &str| {
            let (_, rest) = line.split_once(before)?;
            // A path, a kind, a fingerprint and where it is from; the path may have spaces.
            let at = rest.find(" SHA256:").and_then(|at| rest[..at].rfind(' ')).unwrap_or(rest.len());
            Some(rest[..at].trim().to_owned())
        };
        let keys = |before: &'a str| self.lines.iter().filter_map(move |line| key(line, before));
        let unloadable = self.lines.iter().find_map(|line| line.strip_prefix("Load key "));
        let reason = match (keys(ACCEPTED).next(), unloadable) {
            (Some(locked), _) => LoginRefusal::Locked(locked),
            (None, Some(words)) => LoginRefusal::Unloadable {
                words: words.to_owned(),
                is_readable_by_others: words.contains("bad permissions"),
            },
            (None, None) => LoginRefusal::NoneAccepted(keys(OFFERED).collect()),
        };
        Some(LoginFault::Refused { user, reason })
    }

    fn network(&self) -> Option<LoginFault> {
        if let Some(line) = self.lines.iter().find(|line| line.contains("Could not resolve hostname ")) {
            let (host, words) = line.split_once("hostname ")?.1.split_once(": ")?;
            return Some(LoginFault::Unresolved { host: host.to_owned(), words: words.to_owned() });
        }
        if let Some(failed) = self.between("connect to host ", "") {
            let (place, words) = failed.split_once(": ").unwrap_or((failed, ""));
            let (place, words) = (place.to_owned(), words.to_owned());
            return Some(match words.as_str() {
                "Connection refused" => LoginFault::ServerRefused(place),
                _ => LoginFault::ServerUnreachable { place, words },
            });
        }
        if self.has("during banner exchange") || self.has("timed out") {
            return Some(LoginFault::ServerSilent);
        }
        let hung_up = self.lines.iter().find(|line| line.contains("kex_exchange_identification: "))?;
        let words = hung_up.rsplit_once("kex_exchange_identification: ").map_or(*hung_up, |(_, why)| why);
        Some(LoginFault::ServerHungUp(words.to_owned()))
    }

    fn otherwise(&self) -> LoginFault {
        let is_noise = |line: &str| line.starts_with("debug") || line.starts_with("OpenSSH_");
        let last = self.lines.iter().rev().find(|line| !is_noise(line));
        LoginFault::Other(last.map(|line| (*line).to_owned()))
    }
}

/// Why connections were not opened, in the log of a login that worked.
pub(super) fn failures(log: &str) -> impl Iterator<Item = &str> {
    log.lines().filter_map(|line| line.split_once(": open failed: ").map(|(_, why)| why.trim()))
}

/// The login worked, but the connection was not opened.
pub(super) fn not_opened(remote: &Remote, why: &str) -> TunnelFault {
    match remote {
        Remote::Port(port) if why.contains("Connection refused") => TunnelFault::PortRefused(*port),
        Remote::Port(port) => TunnelFault::PortUnreachable { port: *port, words: why.to_owned() },
        Remote::Socket(path) => TunnelFault::SocketUnreachable(path.display().to_string()),
    }
}

/// Docker's own command on the ship gave no connection, and said that.
pub(super) fn session_failed(remote: &Remote, said: &str) -> TunnelFault {
    if said.contains("not found") {
        return TunnelFault::NoDockerCommand;
    }
    match said.lines().last() {
        Some(_)
            if said.contains("Cannot connect to the Docker daemon")
                || said.contains("connection refused") =>
        {
            not_opened(remote, "Connection refused")
        }
        last => TunnelFault::DockerCommand(last.map(str::to_owned)),
    }
}

#[cfg(test)]
mod tests;
