//! An SSH server of a test's own, with keys, users' files and a client configuration that are nobody else's.

use std::{
    fs::{self, File, Permissions},
    net::TcpStream,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use super::site::{PROGRAM, Site, until};

const SSHD: &str = "/usr/sbin/sshd";

/// The server. It ends when it is dropped.
pub struct Sshd {
    folder: tempfile::TempDir,
    server: Child,
    port: u16,
}

impl Sshd {
    /// Starts a server with these lines in its configuration as well.
    ///
    /// # Panics
    /// If sshd is not installed.
    pub fn new(configuration: &str) -> Self {
        assert!(Path::new(SSHD).exists(), "there is no {SSHD}: install openssh-server");
        let folder = tempfile::tempdir().unwrap();
        for name in ["host", "id", "stranger"] {
            make_key(&folder.path().join(name));
        }
        fs::copy(folder.path().join("id.pub"), folder.path().join("authorized_keys")).unwrap();
        // The server wants a folder that only root can make; without root it needs none.
        fs::create_dir_all("/run/sshd").ok();
        let (server, port) = start(folder.path(), configuration);
        let sshd = Self { folder, server, port };
        sshd.write_client_configuration();
        sshd.know(&sshd.host_key());
        sshd
    }

    /// Where its files are.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Its port, on 127.0.0.1. `harbour` is a name for it in the client's configuration.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its public key.
    pub fn host_key(&self) -> String {
        fs::read_to_string(self.path("host.pub")).unwrap()
    }

    /// Makes this key, and none beside it, the one that is known.
    pub fn know(&self, key: &str) {
        let known = if key.is_empty() { String::new() } else { format!("[127.0.0.1]:{} {key}", self.port) };
        fs::write(self.path("known_hosts"), known).unwrap();
    }

    /// How often somebody logged in.
    pub fn logins(&self) -> usize {
        fs::read_to_string(self.path("log")).unwrap().matches("Accepted publickey").count()
    }

    /// Lets commands at a site use this server, and puts what they leave for a while into a folder of their own.
    pub fn serve(&self, site: &mut Site) {
        let path = std::env::var("PATH").unwrap_or_default();
        let program = Path::new(PROGRAM).parent().unwrap().display();
        site.set("PATH", &format!("{}:{program}:{path}", self.path("bin").display()));
        fs::create_dir_all(self.path("tmp")).unwrap();
        site.set("TMPDIR", self.path("tmp").to_str().unwrap());
    }

    /// Waits until nothing of a client is left: no process, no folder.
    pub fn nothing_is_left(&self) {
        until("an SSH connection still exists", || self.clients().is_empty().then_some(()));
        let folders: Vec<_> =
            fs::read_dir(self.path("tmp")).unwrap().flatten().map(|entry| entry.path()).collect();
        assert!(folders.is_empty(), "{folders:?}");
    }

    /// Processes of clients, by their command line.
    fn clients(&self) -> Vec<String> {
        let configuration = self.path("config").display().to_string();
        let processes = fs::read_dir("/proc").unwrap().flatten();
        let lines = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
        lines
            .map(|line| String::from_utf8_lossy(&line).replace('\0', " "))
            .filter(|line| line.contains(&configuration))
            .collect()
    }

    fn write_client_configuration(&self) {
        let user = Command::new("id").arg("-un").output().unwrap().stdout;
        let user = String::from_utf8(user).unwrap();
        let text = format!(
            "Host harbour\n  HostName 127.0.0.1\n  Port {}\n  User {}\nHost *\n  UserKnownHostsFile {}\n  \
             GlobalKnownHostsFile /dev/null\n  IdentityFile {}\n  IdentitiesOnly yes\n  IdentityAgent none\n",
            self.port,
            user.trim(),
            self.path("known_hosts").display(),
            self.path("id").display(),
        );
        fs::write(self.path("config"), text).unwrap();
        // ssh does not look for its configuration in HOME, but in the home directory that the system knows.
        fs::create_dir(self.path("bin")).unwrap();
        let ssh = self.path("bin").join("ssh");
        fs::write(
            &ssh,
            format!("#!/bin/sh\nexec /usr/bin/ssh -F {} \"$@\"\n", self.path("config").display()),
        )
        .unwrap();
        fs::set_permissions(ssh, Permissions::from_mode(0o755)).unwrap();
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.server.kill().ok();
        self.server.wait().ok();
    }
}

fn make_key(path: &Path) {
    let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(path).status();
    assert!(made.unwrap().success());
}

/// Starts it on a free port; another program may take the port meanwhile, so several are tried.
fn start(folder: &Path, configuration: &str) -> (Child, u16) {
    until("an SSH server", || {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let at = |name: &str| folder.join(name).display().to_string();
        let text = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\n\
             StrictModes no\nUsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n\
             LogLevel VERBOSE\n{configuration}\n",
            at("host"),
            at("authorized_keys"),
        );
        fs::write(folder.join("sshd_config"), text).unwrap();
        let log = File::create(folder.join("log")).unwrap();
        let mut server = Command::new(SSHD)
            .args(["-D", "-e", "-f"])
            .arg(folder.join("sshd_config"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let answers = until("an answer of the SSH server", || match server.try_wait().unwrap() {
            Some(_) => Some(false),
            None => TcpStream::connect(("127.0.0.1", port)).is_ok().then_some(true),
        });
        answers.then_some((server, port))
    })
}
