//! Turns for logins: a server drops connections at random when more than ten are not logged in yet (sshd's `MaxStartups`,
//! 10:30:100 by default), and many ships may be behind one server that `ssh` jumps through.

use std::{
    collections::HashMap,
    process::Stdio,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    process::Command,
    sync::{OwnedSemaphorePermit, Semaphore, oneshot},
    time::timeout,
};

use maestro_core::endpoint::SshLogin;

/// So many logins begin without a look at which server they go to. Few ships need no more.
const UNASKED: usize = 4;
/// So many more go to one server at once. Together they are less than ten: others log in as well.
const PER_SERVER: usize = 4;
/// A turn ends after this time at the latest: a ship that drops packets keeps no other waiting for long.
const LONGEST: Duration = Duration::from_secs(3);
/// How long `ssh` may take to read its configuration.
const CONFIGURATION: Duration = Duration::from_secs(3);

/// Who may log in now.
pub(super) struct Turns {
    unasked: Arc<Semaphore>,
    servers: Mutex<HashMap<String, Arc<Semaphore>>>,
}

/// A login may be under way as long as this is kept.
#[derive(Debug)]
pub(super) struct Turn {
    _end: oneshot::Sender<()>,
}

impl Default for Turns {
    fn default() -> Self {
        Self { unasked: Arc::new(Semaphore::new(UNASKED)), servers: Mutex::default() }
    }
}

impl Turns {
    /// Waits for the turn of that login; `options` are those that `ssh` gets for it.
    pub(super) async fn wait(&self, login: &SshLogin, options: &[String]) -> Option<Turn> {
        if let Ok(permit) = Arc::clone(&self.unasked).try_acquire_owned() {
            return Some(turn(permit));
        }
        let server = match timeout(CONFIGURATION, configuration(login, options)).await {
            Ok(Some(text)) => server(&text),
            Ok(None) | Err(_) => None,
        };
        let lane = self.lane(server.unwrap_or_else(|| login.host.clone()))?;
        // It is never closed.
        lane.acquire_owned().await.ok().map(turn)
    }

    fn lane(&self, server: String) -> Option<Arc<Semaphore>> {
        let mut servers = self.servers.lock().ok()?;
        Some(Arc::clone(servers.entry(server).or_insert_with(|| Arc::new(Semaphore::new(PER_SERVER)))))
    }
}

/// Keeps a permit until the turn is dropped or has lasted long enough.
fn turn(permit: OwnedSemaphorePermit) -> Turn {
    let (end, ended) = oneshot::channel::<()>();
    tokio::spawn(async move {
        // Either is an end.
        timeout(LONGEST, ended).await.ok();
        drop(permit);
    });
    Turn { _end: end }
}

/// What `ssh` would do for that login, as `ssh -G` tells it.
async fn configuration(login: &SshLogin, options: &[String]) -> Option<String> {
    let mut ssh = Command::new("ssh");
    ssh.arg("-G").args(options).args(["--", &login.host]);
    ssh.stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let output = ssh.output().await.ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The server that is connected to first: the first one that is jumped through, or the host itself. Of a command that
/// connects it is not known where it leads to, so all logins through the same command are taken as one server's.
fn server(configuration: &str) -> Option<String> {
    let value = |key: &str| {
        let values = configuration.lines().filter_map(|line| line.split_once(' '));
        values.filter(|(name, value)| *name == key && *value != "none").map(|(_, value)| value).next()
    };
    if let Some(jumps) = value("proxyjump") {
        let first = jumps.split(',').next().unwrap_or(jumps);
        return Some(first.rsplit_once('@').map_or(first, |(_, host)| host).to_owned());
    }
    let command = value("proxycommand").map(str::to_owned);
    command.or_else(|| Some(format!("{}:{}", value("hostname")?, value("port")?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_that_is_connected_to_first_is_found() {
        let own = "user me\nhostname 10.0.0.1\nport 22\nproxycommand none\n";
        assert_eq!(server(own).as_deref(), Some("10.0.0.1:22"));
        let jumped = format!("{own}proxyjump me@gate:2222,other\n");
        assert_eq!(server(&jumped).as_deref(), Some("gate:2222"));
        let command = "hostname a\nport 22\nproxycommand nc -x proxy %h %p\n";
        assert_eq!(server(command).as_deref(), Some("nc -x proxy %h %p"));
        assert_eq!(server(""), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_turn_that_nobody_ends_ends_by_itself() {
        let turns = Turns::default();
        let login = SshLogin { user: None, host: "a".to_owned(), port: None, key: None };
        let mut kept = Vec::new();
        for _ in 0..UNASKED {
            kept.push(turns.wait(&login, &[]).await);
        }
        assert_eq!(turns.unasked.available_permits(), 0);
        tokio::time::sleep(LONGEST * 2).await;
        assert_eq!(turns.unasked.available_permits(), UNASKED);
        drop(kept);
    }
}
