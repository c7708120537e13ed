//! What `ssh` says, in words that say what to do about it. It is read as OpenSSH has said it for many years; of what is
//! not known its own last words are told.

use crate::transport::NotConnected;
use maestro_core::endpoint::{Login, Remote};
use maestro_core::value::shell::quoted;

/// Why nobody could log in, from all that `ssh` said at its level DEBUG1.
pub(super) fn not_logged_in(login: &Login, said: &str) -> NotConnected {
    let lines: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let said = Said { login, lines };
    let reason = said.host_key().or_else(|| said.permission()).or_else(|| said.network());
    NotConnected {
        refused: said.lines.iter().any(|line| line.ends_with("Connection refused")),
        reason: reason.unwrap_or_else(|| said.otherwise()),
    }
}

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

    /// How a user would call `ssh` to get to the same machine.
    fn command(&self) -> String {
        let Login { user, host, port, .. } = self.login;
        let port = port.map(|port| format!("-p {port} ")).unwrap_or_default();
        let user = user.as_ref().map(|user| format!("{user}@")).unwrap_or_default();
        format!("ssh {port}{user}{host}")
    }

    /// The host's key as it was sent: `ED25519 SHA256:…`.
    fn sent_key(&self) -> String {
        let key = self.between("Server host key: ", "").unwrap_or("of unknown kind");
        match key.split_once(' ') {
            Some((kind, fingerprint)) => format!("{} {fingerprint}", kind.trim_start_matches("ssh-")),
            None => key.to_owned(),
        }
    }

    fn host_key(&self) -> Option<String> {
        let (login, key) = (self.login, self.sent_key());
        if self.has("REVOKED HOST KEY") {
            return Some(format!("nobody logged in at {login}: its host key {key} is revoked"));
        }
        if self.has("REMOTE HOST IDENTIFICATION HAS CHANGED") {
            let place = self.between("Offending ", "").and_then(|rest| rest.split_once(" key in "));
            let known = match place.and_then(|(_, place)| place.rsplit_once(':')) {
                Some((file, line)) => format!("line {line} of {file} has another"),
                None => "another one is known".to_owned(),
            };
            let remove = self.lines.iter().find(|line| line.starts_with("ssh-keygen -f "));
            // Older clients quote in one way, newer ones in another.
            let remove =
                remove.and_then(|line| shlex::try_join(shlex::split(line)?.iter().map(String::as_str)).ok());
            let remove = remove.unwrap_or_else(|| format!("ssh-keygen -R {}", login.host));
            return Some(format!(
                "the host key of {login} has changed, so nobody logged in: it sends {key}, but {known}; somebody may \
                 stand in between; only if you know that the ship was set up anew, type `{remove}`, then \
                 `{} true` to take the new one",
                self.command()
            ));
        }
        let unknown = self.has("host key is known for ") || self.has("Host key verification failed");
        unknown.then(|| {
            format!(
                "the host key of {login} is not known here, so nobody logged in: it sends {key}; if that is the \
                 ship's, type `{} true` and say yes, or `{}`",
                self.command(),
                self.keyscan()
            )
        })
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

    fn permission(&self) -> Option<String> {
        let denied = self.lines.iter().rev().find(|line| line.contains(": Permission denied ("))?;
        let (who, _) = denied.split_once(": Permission denied")?;
        let user = who.rsplit_once('@').map_or(who, |(user, _)| user);
        let key = |line: &&'a str, before: &str| {
            let (_, rest) = line.split_once(before)?;
            // A path, a kind, a fingerprint and where it is from; the path may have spaces.
            let at = rest.find(" SHA256:").and_then(|at| rest[..at].rfind(' ')).unwrap_or(rest.len());
            Some(rest[..at].trim())
        };
        let login = self.login;
        let start = format!("{login} does not let the user {user} in");
        if let Some(locked) = self.lines.iter().find_map(|line| key(line, "Server accepts key: ")) {
            return Some(format!(
                "{start} yet: it would accept the key {locked}, but that is locked with a passphrase, which nobody is \
                 asked for; type `ssh-add {}` first",
                quoted(locked)
            ));
        }
        if let Some(problem) = self.lines.iter().find_map(|line| line.strip_prefix("Load key ")) {
            let help = if problem.contains("bad permissions") {
                "nobody but you may be able to read it: `chmod 600` does that"
            } else {
                "is that a private key?"
            };
            return Some(format!("{start}: the key {problem}; {help}"));
        }
        let offered: Vec<&str> =
            self.lines.iter().filter_map(|line| key(line, "Offering public key: ")).collect();
        let (offered, public) = match offered[..] {
            [] => ("there was no key to offer".to_owned(), "~/.ssh/id_ed25519.pub".to_owned()),
            [first, ..] => (
                format!("it accepts none of the keys that were offered: {}", offered.join(", ")),
                quoted(&format!("{first}.pub")),
            ),
        };
        let there = self.command();
        let there = there.trim_start_matches("ssh ");
        Some(format!("{start}: {offered}; `ssh-copy-id -i {public} {there}` makes it accept one"))
    }

    fn network(&self) -> Option<String> {
        let login = self.login;
        if let Some(line) = self.lines.iter().find(|line| line.contains("Could not resolve hostname ")) {
            let (name, why) = line.split_once("hostname ")?.1.split_once(": ")?;
            return Some(format!("the host name {name} of {login} cannot be resolved: {why}"));
        }
        if let Some(failed) = self.between("connect to host ", "") {
            let (place, why) = failed.split_once(": ").unwrap_or((failed, ""));
            return Some(match why {
                "Connection refused" => {
                    format!(
                        "nothing listens on {place}, where {login} should be; does an SSH server run there?"
                    )
                }
                _ => format!("no connection to {place} for {login}: {why}"),
            });
        }
        if self.has("during banner exchange") || self.has("timed out") {
            return Some(format!(
                "{login} accepts connections, but no SSH server answers there; does the machine hang?"
            ));
        }
        let hung_up = self.lines.iter().find(|line| line.contains("kex_exchange_identification: "))?;
        Some(format!(
            "{login} hung up before the login ({}); is that an SSH server, and does it let this machine in?",
            hung_up.rsplit_once("kex_exchange_identification: ").map_or(*hung_up, |(_, why)| why)
        ))
    }

    fn otherwise(&self) -> String {
        let is_noise = |line: &str| line.starts_with("debug") || line.starts_with("OpenSSH_");
        let last = self.lines.iter().rev().find(|line| !is_noise(line));
        let last = last.map_or("it does not say why", |line| *line);
        format!("no SSH connection to {}: {last}; `{} true` shows more", self.login, self.command())
    }
}

/// Why connections were not opened, in the log of a login that worked.
pub(super) fn failures(log: &str) -> impl Iterator<Item = &str> {
    log.lines().filter_map(|line| line.split_once(": open failed: ").map(|(_, why)| why.trim()))
}

/// The login worked, but the connection was not opened.
pub(super) fn not_opened(address: &str, remote: &Remote, why: &str) -> String {
    match remote {
        Remote::Port(port) if why.contains("Connection refused") => format!(
            "the SSH login of {address} works, but nothing listens on the port {port} there; does Docker run, and \
             listen on it?"
        ),
        Remote::Port(port) => {
            format!("the SSH login of {address} works, but the port {port} there is not reached: {why}")
        }
        Remote::Socket(path) => format!(
            "the SSH login of {address} works, but the socket {} there is not reached; does Docker run there?",
            path.display()
        ),
    }
}

/// The login worked, but there is no such socket.
pub(super) fn no_socket(address: &str, remote: &Remote) -> String {
    let Remote::Socket(path) = remote else { return not_opened(address, remote, "there is none") };
    format!(
        "the SSH login of {address} works, but there is no socket {} there; does Docker run there?",
        path.display()
    )
}

/// The login worked, but the user may not use the socket.
pub(super) fn not_allowed(address: &str, remote: &Remote) -> String {
    let Remote::Socket(path) = remote else { return not_opened(address, remote, "it is not allowed") };
    format!(
        "the SSH login of {address} works, but that user may not use the socket {}; on the ship, add the user to the \
         group docker (`sudo usermod -aG docker USER`)",
        path.display()
    )
}

/// Docker's own command on the ship gave no connection, and said that.
pub(super) fn session_failed(address: &str, remote: &Remote, said: &str) -> String {
    if said.contains("not found") {
        return format!(
            "the SSH server of {address} forwards no connections, and there is no `docker` command there to stand in; \
             allow AllowStreamLocalForwarding and AllowTcpForwarding in its sshd_config"
        );
    }
    match said.lines().last() {
        Some(_)
            if said.contains("Cannot connect to the Docker daemon")
                || said.contains("connection refused") =>
        {
            not_opened(address, remote, "Connection refused")
        }
        Some(last) => format!("the `docker` command at {address} gives no connection: {last}"),
        None => format!("the `docker` command at {address} hung up"),
    }
}

#[cfg(test)]
mod tests;
