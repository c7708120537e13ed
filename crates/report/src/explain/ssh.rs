//! Why an engine is not reached through SSH, and what to do about it.

use maestro_core::{
    fault::{KnownKey, LoginFault, LoginRefusal, SshFault, TunnelFault},
    value::shell::quoted,
};

/// Why an engine is not reached through SSH, and what to do about it, as a clause.
#[must_use]
pub fn sentence(fault: &SshFault) -> String {
    match fault {
        SshFault::Login { login, command, fault } => Login { login, command }.sentence(fault),
        SshFault::Tunnel { address, fault } => tunnel(address, fault),
    }
}

/// A way to an engine's machine, and what a user types to go it.
struct Login<'a> {
    login: &'a str,
    command: &'a str,
}

impl Login<'_> {
    #[expect(clippy::too_many_lines, reason = "one arm a fault, each a sentence")]
    fn sentence(&self, fault: &LoginFault) -> String {
        let Self { login, command } = self;
        match fault {
            LoginFault::NoDirectory(words) => {
                format!("no SSH connection to {login}: no folder for it: {words}")
            }
            LoginFault::NotInstalled => {
                format!("{login} needs the program `ssh`, and this machine has none; install openssh-client")
            }
            LoginFault::NotRunnable(words) => {
                format!("no SSH connection to {login}: `ssh` cannot be run: {words}")
            }
            LoginFault::KeyRevoked { key } => {
                format!("nobody logged in at {login}: its host key is revoked: {}", sent(key.as_ref()))
            }
            LoginFault::KeyChanged { key, known, remove } => {
                self.key_changed(key.as_ref(), known.as_ref(), remove)
            }
            LoginFault::KeyUnknown { key, scan } => format!(
                "the host key of {login} is not known here, so nobody logged in: it sends {}; if that is the ship's, \
                 type `{command} true` and say yes, or `{scan}`",
                sent(key.as_ref())
            ),
            LoginFault::Refused { user, reason } => self.refused(user, reason),
            LoginFault::Unresolved { host, words } => {
                format!("the host name {host} of {login} cannot be resolved: {words}")
            }
            LoginFault::ServerRefused(place) => {
                format!("nothing listens on {place}, where {login} should be; does an SSH server run there?")
            }
            LoginFault::ServerUnreachable { place, words } => {
                format!("no connection to {place} for {login}: {words}")
            }
            LoginFault::ServerSilent => format!(
                "{login} accepts connections, but no SSH server answers there; does the machine hang?"
            ),
            LoginFault::ServerHungUp(words) => format!(
                "{login} hung up before the login ({words}); is that an SSH server, and does it let this machine in?"
            ),
            LoginFault::ServerTimeout(place) => {
                format!(
                    "no connection to {place} for {login}: no answer in time; is the machine up, and the port open?"
                )
            }
            LoginFault::Disconnected(words) => format!("{login} ended the login: {words}"),
            LoginFault::TooManyKeys => format!(
                "{login} ended the login: too many keys were offered; name the right one with `key` of the ship's \
                 `ssh_tunnel`, or with `IdentityFile` and `IdentitiesOnly yes` in ~/.ssh/config"
            ),
            LoginFault::NotSsh(words) => {
                format!("what answers at {login} is not an SSH server ({words}); check the port")
            }
            LoginFault::NothingInCommon { what, offer } => format!(
                "{login} and this machine's ssh have no {what} in common: the server offers {offer}; update the server, \
                 or allow one of these for this host in ~/.ssh/config"
            ),
            LoginFault::HostCertificate(words) => {
                format!("the host certificate of {login} is not valid, so nobody logged in: {words}")
            }
            LoginFault::Configuration(words) => {
                format!("ssh cannot read its configuration, so nobody logged in at {login}: {words}")
            }
            LoginFault::ConfigurationOpen(file) => format!(
                "ssh does not read {file}, which others may change, so nobody logged in at {login}; type `chmod 600 {}`",
                quoted(file)
            ),
            LoginFault::Proxy { command: proxy, words } => {
                let words = words.as_deref().unwrap_or("it does not say why");
                format!("the way to {login} (`{proxy}`) failed: {words}; `{command} true` shows more")
            }
            LoginFault::Other(words) => {
                let words = words.as_deref().unwrap_or("it does not say why");
                format!("no SSH connection to {login}: {words}; `{command} true` shows more")
            }
        }
    }

    fn key_changed(&self, key: Option<&String>, known: Option<&KnownKey>, remove: &str) -> String {
        let known = match known {
            Some(KnownKey { file, line }) => format!("line {line} of {file} has another"),
            None => "another one is known".to_owned(),
        };
        format!(
            "the host key of {} has changed, so nobody logged in: it sends {}, but {known}; somebody may stand in \
             between; only if you know that the ship was set up again, type `{remove}`, then `{} true` to take the new \
             one",
            self.login,
            sent(key),
            self.command
        )
    }

    fn refused(&self, user: &str, reason: &LoginRefusal) -> String {
        let start = format!("{} does not let the user {user} in", self.login);
        match reason {
            LoginRefusal::Locked(key) => format!(
                "{start} yet: it would accept the key {key}, but that is locked with a passphrase, which nobody is \
                 asked for; type `ssh-add {}` first",
                quoted(key)
            ),
            LoginRefusal::TooOpen { key, mode } => {
                let mode = mode.as_ref().map(|mode| format!(" (permissions {mode})")).unwrap_or_default();
                format!(
                    "{start}: others may read the key {key}{mode}, so ssh does not use it; type `chmod 600 {}`",
                    quoted(key)
                )
            }
            LoginRefusal::Unloadable { key, words } => {
                format!("{start}: ssh cannot load the key {key}: {words}; {}", unloadable(key, words))
            }
            LoginRefusal::Missing(key) => {
                format!(
                    "{start}: there is no key {key}; correct its path (`key` of the ship's `ssh_tunnel`, or `IdentityFile`)"
                )
            }
            LoginRefusal::NotSigned { key, words } => format!(
                "{start}: it would accept the key {key}, but the agent or device that holds the key did not sign: {words}; \
                 `ssh-add -l` lists the agent's keys, `{} true` tries the login",
                self.command
            ),
            LoginRefusal::OldSignature(key) => format!(
                "{start}: the server and this ssh have no signature algorithm in common for the key {key}; make a key of \
                 a current type: `ssh-keygen -t ed25519`"
            ),
            LoginRefusal::OtherMethods(methods) => format!(
                "{start}: it accepts no keys, only {methods}, and Maestro never asks for a password; set \
                 `PubkeyAuthentication yes` in its sshd_config"
            ),
            LoginRefusal::NoneAccepted(keys) => {
                let (offered, public) = match keys.as_slice() {
                    [] => ("there was no key to offer".to_owned(), "~/.ssh/id_ed25519.pub".to_owned()),
                    [first, ..] => (
                        format!("it accepts none of the keys that were offered: {}", keys.join(", ")),
                        quoted(&format!("{first}.pub")),
                    ),
                };
                let there = self.command.trim_start_matches("ssh ");
                format!("{start}: {offered}; `ssh-copy-id -i {public} {there}` makes it accept one")
            }
        }
    }
}

/// What to do about a key that cannot be loaded.
fn unloadable(key: &str, words: &str) -> String {
    let key = quoted(key);
    if words.contains("Permission denied") {
        return format!("`ls -l {key}` shows who may read it");
    }
    if words.contains("passphrase") {
        return format!("type `ssh-add {key}` first");
    }
    format!("is that a private key? `ssh-keygen -y -f {key}` tries to read it")
}

/// The key that a host sent.
fn sent(key: Option<&String>) -> &str {
    key.map_or("a key of unknown kind", String::as_str)
}

fn tunnel(address: &str, fault: &TunnelFault) -> String {
    match fault {
        TunnelFault::Broken(words) => format!("the SSH connection of {address} broke off: {words}"),
        TunnelFault::NoSession(words) => {
            format!("no session with {address}: {}", words.as_deref().unwrap_or("it has no pipes"))
        }
        TunnelFault::NotForwarded(words) => {
            format!("the SSH connection of {address} does not forward: {words}")
        }
        TunnelFault::PortRefused(port) => format!(
            "the SSH login of {address} works, but nothing listens on the port {port} there; does Docker run, and \
             listen on it?"
        ),
        TunnelFault::PortUnreachable { port, words } => {
            format!("the SSH login of {address} works, but the port {port} there is not reached: {words}")
        }
        TunnelFault::SocketUnreachable(path) => format!(
            "the SSH login of {address} works, but the socket {path} there is not reached; does Docker run there?"
        ),
        TunnelFault::NoSocket(path) => format!(
            "the SSH login of {address} works, but there is no socket {path} there; does Docker run there?"
        ),
        TunnelFault::NotPermitted(path) => format!(
            "the SSH login of {address} works, but that user may not use the socket {path}; on the ship, add the user \
             to the group docker (`sudo usermod -aG docker USER`)"
        ),
        TunnelFault::NoDockerCommand => format!(
            "the SSH server of {address} forwards no connections, and there is no `docker` command there to stand in; \
             allow AllowStreamLocalForwarding and AllowTcpForwarding in its sshd_config"
        ),
        TunnelFault::DockerCommand(Some(words)) => {
            format!("the `docker` command at {address} gives no connection: {words}")
        }
        TunnelFault::DockerCommand(None) => format!("the `docker` command at {address} hung up"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(fault: LoginFault) -> String {
        let (login, command) = ("ssh://ops@ship:2222".to_owned(), "ssh -p 2222 ops@ship".to_owned());
        sentence(&SshFault::Login { login, command, fault })
    }

    fn tunnel(fault: TunnelFault) -> String {
        sentence(&SshFault::Tunnel { address: "ssh://ship".to_owned(), fault })
    }

    #[test]
    fn a_host_key_is_shown_with_what_to_type() {
        let key = || Some("ed25519 SHA256:PN5I".to_owned());
        let scan = "ssh-keyscan -p 2222 10.0.0.5 >> ~/.ssh/known_hosts".to_owned();
        insta::assert_snapshot!(login(LoginFault::KeyUnknown { key: key(), scan }), @"the host key of ssh://ops@ship:2222 is not known here, so nobody logged in: it sends ed25519 SHA256:PN5I; if that is the ship's, type `ssh -p 2222 ops@ship true` and say yes, or `ssh-keyscan -p 2222 10.0.0.5 >> ~/.ssh/known_hosts`");
        let known = Some(KnownKey { file: "/home/me/.ssh/known_hosts".into(), line: "3".into() });
        let remove = "ssh-keygen -f /home/me/.ssh/known_hosts -R '[10.0.0.5]:2222'".to_owned();
        insta::assert_snapshot!(login(LoginFault::KeyChanged { key: key(), known, remove }), @"the host key of ssh://ops@ship:2222 has changed, so nobody logged in: it sends ed25519 SHA256:PN5I, but line 3 of /home/me/.ssh/known_hosts has another; somebody may stand in between; only if you know that the ship was set up again, type `ssh-keygen -f /home/me/.ssh/known_hosts -R '[10.0.0.5]:2222'`, then `ssh -p 2222 ops@ship true` to take the new one");
        insta::assert_snapshot!(login(LoginFault::KeyRevoked { key: None }), @"nobody logged in at ssh://ops@ship:2222: its host key is revoked: a key of unknown kind");
    }

    #[test]
    fn a_refused_user_is_told_with_the_keys_that_were_tried() {
        let refused = |reason| login(LoginFault::Refused { user: "ops".into(), reason });
        let key = || "/home/me/my keys/id".to_owned();
        insta::assert_snapshot!(refused(LoginRefusal::NoneAccepted(vec![key()])), @"ssh://ops@ship:2222 does not let the user ops in: it accepts none of the keys that were offered: /home/me/my keys/id; `ssh-copy-id -i '/home/me/my keys/id.pub' -p 2222 ops@ship` makes it accept one");
        insta::assert_snapshot!(refused(LoginRefusal::NoneAccepted(Vec::new())), @"ssh://ops@ship:2222 does not let the user ops in: there was no key to offer; `ssh-copy-id -i ~/.ssh/id_ed25519.pub -p 2222 ops@ship` makes it accept one");
        insta::assert_snapshot!(refused(LoginRefusal::Locked(key())), @"ssh://ops@ship:2222 does not let the user ops in yet: it would accept the key /home/me/my keys/id, but that is locked with a passphrase, which nobody is asked for; type `ssh-add '/home/me/my keys/id'` first");
        let told: Vec<String> = [
            LoginRefusal::TooOpen { key: key(), mode: Some("0644".into()) },
            LoginRefusal::TooOpen { key: key(), mode: None },
            LoginRefusal::Unloadable { key: key(), words: "error in libcrypto".into() },
            LoginRefusal::Unloadable { key: key(), words: "Permission denied".into() },
            LoginRefusal::Missing(key()),
            LoginRefusal::NotSigned { key: key(), words: "agent refused operation".into() },
            LoginRefusal::OldSignature(key()),
            LoginRefusal::OtherMethods("password".into()),
        ]
        .into_iter()
        .map(refused)
        .collect();
        insta::assert_snapshot!(told.join("\n"));
    }

    #[test]
    fn what_ends_a_login_is_told() {
        let proxy = "ssh -W '[ship]:22' bastion".to_owned();
        let told: Vec<String> = [
            LoginFault::ServerTimeout("10.0.0.5 port 22".into()),
            LoginFault::Disconnected("Maintenance".into()),
            LoginFault::TooManyKeys,
            LoginFault::NotSsh("banner line contains invalid characters".into()),
            LoginFault::NothingInCommon { what: "host key type".into(), offer: "ssh-rsa".into() },
            LoginFault::HostCertificate("expired".into()),
            LoginFault::Configuration("/c: line 3: Bad configuration option: colour".into()),
            LoginFault::ConfigurationOpen("/home/me/.ssh/config".into()),
            LoginFault::Proxy {
                command: proxy.clone(),
                words: Some("ops@bastion: Permission denied (publickey).".into()),
            },
            LoginFault::Proxy { command: proxy, words: None },
        ]
        .into_iter()
        .map(login)
        .collect();
        insta::assert_snapshot!(told.join("\n"));
    }

    #[test]
    fn a_machine_that_is_not_reached_is_told() {
        let place = || "10.0.0.5 port 2222".to_owned();
        let unreachable = LoginFault::ServerUnreachable { place: place(), words: "No route to host".into() };
        insta::assert_snapshot!(login(LoginFault::ServerRefused(place())), @"nothing listens on 10.0.0.5 port 2222, where ssh://ops@ship:2222 should be; does an SSH server run there?");
        insta::assert_snapshot!(login(unreachable), @"no connection to 10.0.0.5 port 2222 for ssh://ops@ship:2222: No route to host");
        let words = "Name or service not known".to_owned();
        insta::assert_snapshot!(login(LoginFault::Unresolved { host: "ship".into(), words }), @"the host name ship of ssh://ops@ship:2222 cannot be resolved: Name or service not known");
        insta::assert_snapshot!(login(LoginFault::ServerSilent), @"ssh://ops@ship:2222 accepts connections, but no SSH server answers there; does the machine hang?");
        insta::assert_snapshot!(login(LoginFault::ServerHungUp("Connection closed by remote host".into())), @"ssh://ops@ship:2222 hung up before the login (Connection closed by remote host); is that an SSH server, and does it let this machine in?");
        insta::assert_snapshot!(login(LoginFault::Other(Some("Bad configuration option: colour".into()))), @"no SSH connection to ssh://ops@ship:2222: Bad configuration option: colour; `ssh -p 2222 ops@ship true` shows more");
    }

    #[test]
    fn what_the_server_did_not_open_is_told() {
        let socket = || "/run/d.sock".to_owned();
        let words = "administratively prohibited: open failed".to_owned();
        insta::assert_snapshot!(tunnel(TunnelFault::PortRefused(4243)), @"the SSH login of ssh://ship works, but nothing listens on the port 4243 there; does Docker run, and listen on it?");
        insta::assert_snapshot!(tunnel(TunnelFault::PortUnreachable { port: 4243, words }), @"the SSH login of ssh://ship works, but the port 4243 there is not reached: administratively prohibited: open failed");
        insta::assert_snapshot!(tunnel(TunnelFault::SocketUnreachable(socket())), @"the SSH login of ssh://ship works, but the socket /run/d.sock there is not reached; does Docker run there?");
        insta::assert_snapshot!(tunnel(TunnelFault::NoSocket(socket())), @"the SSH login of ssh://ship works, but there is no socket /run/d.sock there; does Docker run there?");
        insta::assert_snapshot!(tunnel(TunnelFault::NotPermitted(socket())), @"the SSH login of ssh://ship works, but that user may not use the socket /run/d.sock; on the ship, add the user to the group docker (`sudo usermod -aG docker USER`)");
        insta::assert_snapshot!(tunnel(TunnelFault::NoDockerCommand), @"the SSH server of ssh://ship forwards no connections, and there is no `docker` command there to stand in; allow AllowStreamLocalForwarding and AllowTcpForwarding in its sshd_config");
    }
}
