//! What `ssh` says, and what that means. It is read as OpenSSH has said it for many years; of what is not known its own
//! last words are told.

use crate::transport::NotConnected;
use maestro_core::{
    endpoint::{Remote, SshLogin},
    fault::{ConnectionFault, KnownKey, LoginFault, LoginRefusal, SshFault, TunnelFault},
};

/// Why nobody could log in, from all that `ssh` said at its level DEBUG1.
pub(super) fn not_logged_in(login: &SshLogin, said: &str) -> NotConnected {
    let lines: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let said = Said { login, lines };
    let fault = said
        .configuration()
        .or_else(|| said.proxy())
        .or_else(|| said.host_key())
        .or_else(|| said.permission())
        .or_else(|| said.network());
    NotConnected {
        refused: said.lines.iter().any(|line| line.ends_with("Connection refused")),
        fault: login_fault(login, fault.unwrap_or_else(|| said.otherwise())).into(),
    }
}

/// Why nobody could log in, with the way there.
pub(super) fn login_fault(login: &SshLogin, fault: LoginFault) -> SshFault {
    SshFault::Login { login: login.to_string(), command: command(login), fault }
}

/// How a user would call `ssh` to get to the same machine.
fn command(SshLogin { user, host, port, .. }: &SshLogin) -> String {
    let port = port.map(|port| format!("-p {port} ")).unwrap_or_default();
    let user = user.as_ref().map(|user| format!("{user}@")).unwrap_or_default();
    format!("ssh {port}{user}{host}")
}

/// What `ssh` writes before a key that the server would accept.
const ACCEPTED: &str = "Server accepts key: ";
/// What it writes before a key that it offers.
const OFFERED: &str = "Offering public key: ";

struct Said<'a> {
    login: &'a SshLogin,
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
        let (who, methods) = denied.split_once(": Permission denied (")?;
        let user = who.rsplit_once('@').map_or(who, |(user, _)| user).to_owned();
        let reason = self.refusal(methods.trim_end_matches(['.', ')']));
        Some(LoginFault::Refused { user, reason })
    }

    /// Why a server that allows these methods did not accept the user.
    fn refusal(&self, methods: &str) -> LoginRefusal {
        if let Some(accepted) = self.keys(ACCEPTED).next() {
            let unusable = self.unloadable().filter(|refusal| match refusal {
                LoginRefusal::TooOpen { key, .. } => *key == accepted,
                // A passphrase that nobody was asked for counts as a wrong one.
                LoginRefusal::Unloadable { key, words } => *key == accepted && !words.contains("passphrase"),
                _ => false,
            });
            return unusable.or_else(|| self.not_signed(&accepted)).unwrap_or(LoginRefusal::Locked(accepted));
        }
        if let Some(unusable) = self.unloadable().or_else(|| self.missing()) {
            return unusable;
        }
        let old = self.lines.iter().find(|line| line.contains("no mutual signature"));
        match (old, self.keys(OFFERED).collect::<Vec<_>>()) {
            (Some(_), keys) => LoginRefusal::OldSignature(keys.into_iter().next().unwrap_or_default()),
            (None, keys) if keys.is_empty() && !methods.contains("publickey") => {
                LoginRefusal::OtherMethods(methods.to_owned())
            }
            (None, keys) => LoginRefusal::NoneAccepted(keys),
        }
    }

    /// The files of the keys in lines with these words.
    fn keys(&self, before: &'a str) -> impl Iterator<Item = String> {
        self.lines.iter().filter_map(move |line| {
            let (_, rest) = line.split_once(before)?;
            // A path, a kind, a fingerprint and where it is from; the path may have spaces.
            let at = rest.find(" SHA256:").and_then(|at| rest[..at].rfind(' ')).unwrap_or(rest.len());
            Some(rest[..at].trim().to_owned())
        })
    }

    /// The first key that `ssh` could not load: `Load key "/k": bad permissions`.
    fn unloadable(&self) -> Option<LoginRefusal> {
        if let Some((mode, rest)) =
            self.between("Permissions ", "").and_then(|rest| rest.split_once(" for '"))
            && let Some((key, _)) = rest.rsplit_once("' are too open")
        {
            return Some(LoginRefusal::TooOpen { key: key.to_owned(), mode: Some(mode.to_owned()) });
        }
        let load = self.lines.iter().find_map(|line| line.strip_prefix("Load key \""))?;
        let (key, words) = load.rsplit_once("\": ")?;
        let key = key.to_owned();
        Some(match words {
            "bad permissions" => LoginRefusal::TooOpen { key, mode: None },
            words => LoginRefusal::Unloadable { key, words: words.to_owned() },
        })
    }

    /// The first file of a key that does not exist.
    fn missing(&self) -> Option<LoginRefusal> {
        let older = self.between("Identity file ", " not accessible: No such file");
        let newer = self.between("no such identity: ", ": No such file");
        older.or(newer).map(|key| LoginRefusal::Missing(key.to_owned()))
    }

    /// Why the agent or the device that has the key did not sign.
    fn not_signed(&self, key: &str) -> Option<LoginRefusal> {
        let failed = self.between("signing failed for ", "")?;
        let words = failed.rsplit_once(": ").map_or(failed, |(_, why)| why);
        Some(LoginRefusal::NotSigned { key: key.to_owned(), words: words.to_owned() })
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
                "Connection timed out" | "Operation timed out" => LoginFault::ServerTimeout(place),
                _ => LoginFault::ServerUnreachable { place, words },
            });
        }
        if self.has("during banner exchange") || self.has("timed out") || self.has(" not responding.") {
            return Some(LoginFault::ServerSilent);
        }
        self.handshake().or_else(|| self.hung_up())
    }

    /// What went wrong before anybody could say who they are.
    fn handshake(&self) -> Option<LoginFault> {
        let not_ssh = [
            "banner line contains invalid characters",
            "Bad remote protocol version identification",
            "no version string",
        ];
        if let Some(line) = self.lines.iter().find(|line| not_ssh.iter().any(|words| line.contains(words))) {
            return Some(LoginFault::NotSsh((*line).to_owned()));
        }
        if let Some((what, offer)) =
            self.between(": no matching ", "").and_then(|rest| rest.split_once(" found. Their offer: "))
        {
            return Some(LoginFault::NothingInCommon { what: what.to_owned(), offer: offer.to_owned() });
        }
        let certificate = self.between("Certificate invalid: ", "")?;
        Some(LoginFault::HostCertificate(certificate.to_owned()))
    }

    /// How the host ended the connection.
    fn hung_up(&self) -> Option<LoginFault> {
        // `Received disconnect from 10.0.0.5 port 22:2: Too many authentication failures`
        if let Some((_, said)) =
            self.between("Received disconnect from ", "").and_then(|rest| rest.split_once(": "))
        {
            return Some(match said {
                said if said.contains("Too many authentication failures") => LoginFault::TooManyKeys,
                said => LoginFault::Disconnected(said.to_owned()),
            });
        }
        let exchange = ["kex_exchange_identification: ", "ssh_exchange_identification: "];
        let words = exchange.iter().find_map(|before| self.between(before, ""));
        let closed = ["Connection closed by ", "Connection reset by "];
        let line = || self.lines.iter().find(|line| closed.iter().any(|begins| line.starts_with(begins)));
        words.or_else(|| line().copied()).map(|words| LoginFault::ServerHungUp(words.to_owned()))
    }

    /// What is wrong with the configuration of `ssh`, which ends it before it connects.
    fn configuration(&self) -> Option<LoginFault> {
        if let Some(file) = self.between("Bad owner or permissions on ", "") {
            return Some(LoginFault::ConfigurationOpen(file.to_owned()));
        }
        // `/home/me/.ssh/config: line 3: Bad configuration option: colour`, and `…: terminating, 1 bad … options` behind it.
        let is_place = |line: &&&str| {
            let place = line.split_once(": line ").or_else(|| line.split_once(" line "));
            let number = place.and_then(|(_, rest)| rest.split_once(':'));
            number.is_some_and(|(number, _)| number.parse::<u32>().is_ok()) && !is_noise(line)
        };
        let unreadable = |line: &&&str| line.starts_with("Can't open user config file ");
        let line = self.lines.iter().find(|line| is_place(line) || unreadable(line))?;
        Some(LoginFault::Configuration((*line).to_owned()))
    }

    /// What the command that leads to the host said, if it led nowhere.
    fn proxy(&self) -> Option<LoginFault> {
        let command = self.between("Executing proxy command: ", "")?;
        // Then the host itself has answered.
        if self.has("Remote protocol version ") {
            return None;
        }
        let command = command.trim_start_matches("exec ").to_owned();
        let is_ours = |line: &str| {
            line.contains("exchange_identification: ")
                || line.contains(" by UNKNOWN port ")
                || line.contains("stdio forwarding failed")
        };
        let mut lines = self.lines.iter().filter(|line| !is_noise(line) && !is_ours(line));
        Some(LoginFault::Proxy { command, words: lines.next_back().map(|line| (*line).to_owned()) })
    }

    fn otherwise(&self) -> LoginFault {
        let last = self.lines.iter().rev().find(|line| !is_noise(line));
        LoginFault::Other(last.map(|line| (*line).to_owned()))
    }
}

/// Whether a line says how `ssh` works, not what went wrong.
fn is_noise(line: &str) -> bool {
    let begins =
        ["debug", "OpenSSH_", "Authenticated to ", "Warning: Permanently added ", "Pseudo-terminal "];
    begins.iter().any(|begins| line.starts_with(begins))
}

/// Why connections were not opened, in the log of a login that worked.
pub(super) fn failures(log: &str) -> impl Iterator<Item = &str> {
    log.lines().filter_map(|line| line.split_once(": open failed: ").map(|(_, why)| why.trim()))
}

/// Whether a server forwards nothing, by its words for a connection that it did not open.
pub(super) fn is_prohibited(why: &str) -> bool {
    why.contains("administratively prohibited")
}

/// Why the engine at `address` is not reached though the login works.
pub(super) fn fault(address: &str, fault: TunnelFault) -> ConnectionFault {
    SshFault::Tunnel { address: address.to_owned(), fault }.into()
}

/// The login worked, but the connection was not opened.
pub(super) fn not_opened(remote: &Remote, why: &str) -> TunnelFault {
    match remote {
        Remote::Port(port) if why.contains("Connection refused") => TunnelFault::PortRefused(*port),
        Remote::Port(port) => TunnelFault::PortUnreachable { port: *port, words: why.to_owned() },
        Remote::Socket(path) => TunnelFault::SocketUnreachable(path.display().to_string()),
    }
}

/// What shells say of a command that does not exist: `sh: 1: docker: not found`, `zsh:1: command not found: docker`.
const NO_COMMAND: [&str; 5] = [
    "docker: not found",
    "docker: command not found",
    "command not found: docker",
    "Unknown command: docker",
    "'docker' is not recognized",
];

/// Docker's own command on the ship gave no connection, and said that.
pub(super) fn session_failed(remote: &Remote, said: &str) -> TunnelFault {
    if NO_COMMAND.iter().any(|words| said.contains(words)) {
        return TunnelFault::NoDockerCommand;
    }
    let has = |words: &[&str]| words.iter().any(|words| said.contains(words));
    if let Remote::Socket(path) = remote {
        let path = || path.display().to_string();
        if has(&["permission denied while trying to connect", "connect: permission denied"]) {
            return TunnelFault::NotPermitted(path());
        }
        if has(&["connect: no such file or directory"]) {
            return TunnelFault::NoSocket(path());
        }
    }
    if has(&["Cannot connect to the Docker daemon", "connection refused"]) {
        return not_opened(remote, "Connection refused");
    }
    TunnelFault::DockerCommand(last_words(said).map(str::to_owned))
}

/// What Docker's own command says is wrong. `See 'docker --help'` stands behind it.
fn last_words(said: &str) -> Option<&str> {
    said.lines().map(str::trim).rfind(|line| !line.is_empty() && !line.starts_with("See '"))
}

/// Why Docker's own command did not connect to a port, from what it said: `… dial tcp 172.18.0.2:80: connect: connection
/// refused`.
pub(super) fn port_failed(said: &str) -> Option<String> {
    let words = last_words(said)?;
    let why = words.rsplit_once(": connect: ").map_or(words, |(_, why)| why);
    Some(why.to_owned())
}

#[cfg(test)]
mod tests;
