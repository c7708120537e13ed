//! The one SSH connection of a login: `ssh` makes it, with the user's own configuration, and keeps it in the background.

use std::{
    collections::HashMap,
    fs::{self, File, Permissions},
    io,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{
        Arc, Mutex as StdMutex, Weak,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use openssh::{ForwardType, Session, Socket};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::UnixStream,
    process::Command,
    sync::{AcquireError, Mutex, OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::{
    routes::{Ports, SESSIONS},
    turns::{Turn, Turns},
    words,
};
use crate::transport::{NotConnected, PART_FOR_CONNECTING};
use maestro_core::{
    endpoint::{Remote, SshLogin},
    fault::{LoginFault, TunnelFault},
};

/// How long a login and a connection may take, if the ship's timeout allows it. Logins are slow where names are looked up.
pub(super) const TIMEOUT: Duration = Duration::from_secs(30);
/// How many seconds the connection outlives a program that was killed and could not end it.
const PERSIST_SECONDS: u32 = 60;
/// How long to wait for a sign that a forwarded connection is refused; an engine that hangs gives none.
const VERDICT: Duration = Duration::from_secs(3);
/// That wait is at most one of so many parts of a login's time, so that it is the engine that is told to hang.
const VERDICT_PARTS: u32 = 3;
/// Leftovers of killed programs are younger than this while somebody could still use them.
const LEFTOVER_AGE: Duration = Duration::from_secs(600);
/// Folders with what belongs to a connection begin like this.
const PREFIX: &str = "maestro-ssh.";
/// A socket's path must be short, and `ssh` makes it longer by 17 bytes at first.
const LONGEST_FOLDER: usize = 60;

/// The connections of all logins.
#[derive(Default)]
pub struct Masters {
    all: StdMutex<HashMap<SshLogin, Weak<Master>>>,
    turns: Arc<Turns>,
}

impl Masters {
    /// The connection of a login, not necessarily made yet; `timeout` is how long a call may take.
    ///
    /// # Panics
    /// If another thread panicked in here.
    pub fn of(&self, login: &SshLogin, timeout: Duration) -> Arc<Master> {
        let mut masters = self.all.lock().expect("no thread panics while it has the lock");
        if let Some(master) = masters.get(login).and_then(Weak::upgrade) {
            return master;
        }
        let timeout = TIMEOUT.min(timeout.mul_f32(PART_FOR_CONNECTING));
        let turns = Arc::clone(&self.turns);
        let (turn, live) = (Mutex::default(), Mutex::default());
        let master = Arc::new(Master { login: login.clone(), timeout, turns, turn, live });
        masters.insert(login.clone(), Arc::downgrade(&master));
        master
    }
}

/// The connection of a login: made when it is needed first, and again when it broke.
pub struct Master {
    login: SshLogin,
    timeout: Duration,
    turns: Arc<Turns>,
    /// The turn of the next login, if it has come already.
    turn: Mutex<Option<Turn>>,
    live: Mutex<Option<Arc<Live>>>,
}

impl Master {
    /// The connection, made now if there is none.
    pub(super) async fn live(&self) -> Result<Arc<Live>, NotConnected> {
        let mut live = self.live.lock().await;
        if let Some(live) = &*live
            && live.session.check().await.is_ok()
        {
            return Ok(Arc::clone(live));
        }
        *live = None;
        let made = Arc::new(self.log_in().await?);
        *live = Some(Arc::clone(&made));
        Ok(made)
    }

    /// Waits until it may log in, if it has not: so the wait for other logins is not part of a call's time.
    pub(super) async fn await_turn(&self) {
        let mut turn = self.turn.lock().await;
        // While somebody has the lock, a login is under way.
        let is_needed = turn.is_none() && self.live.try_lock().is_ok_and(|live| live.is_none());
        if is_needed {
            *turn = self.turns.wait(&self.login, &self.options()).await;
        }
    }

    /// How many connections to `remote` there can be at once, if that is limited. Nobody logs in to find out.
    pub(super) async fn lines(&self, remote: &Remote) -> Option<usize> {
        let live = self.live.lock().await.clone()?;
        let ways = live.ways.lock().await;
        matches!(ways.get(remote)?, SshRoute::Session).then_some(SESSIONS)
    }

    async fn log_in(&self) -> Result<Live, NotConnected> {
        let mut turn = self.turn.lock().await.take();
        if turn.is_none() {
            turn = self.turns.wait(&self.login, &self.options()).await;
        }
        let failed = |fault| NotConnected::because(words::login_fault(&self.login, fault));
        let broken = |error: io::Error| failed(LoginFault::NoDirectory(error.to_string()));
        let folder = folder().map_err(broken)?;
        let errors = File::create(folder.path().join("errors")).map_err(broken)?;
        let mut ssh = Command::new("ssh");
        // Killed with this program until it is through; then it goes to the background.
        ssh.args(self.arguments(folder.path())).stdin(Stdio::null()).stdout(Stdio::null()).stderr(errors);
        let status = ssh.kill_on_drop(true).status().await.map_err(|error| {
            failed(match error.kind() {
                io::ErrorKind::NotFound => LoginFault::NotInstalled,
                _ => LoginFault::NotRunnable(error.to_string()),
            })
        })?;
        drop(turn);
        if status.success() {
            return Ok(Live::new(folder, VERDICT.min(self.timeout / VERDICT_PARTS)));
        }
        let said = |name: &str| fs::read(folder.path().join(name)).unwrap_or_default();
        let said = [said("errors"), said("log")].concat();
        Err(words::not_logged_in(&self.login, &String::from_utf8_lossy(&said)))
    }

    /// What `ssh` is called with. All that could ask somebody, or forward anything else, is off.
    fn arguments(&self, folder: &Path) -> Vec<String> {
        let path = |name: &str| folder.join(name).display().to_string();
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let mut arguments = vec!["-E".to_owned(), path("log"), "-S".to_owned(), percent(&path("master"))];
        arguments.extend(words("-M -f -N -T -a -x"));
        for option in [
            "BatchMode=yes",
            "StrictHostKeyChecking=yes",
            "UpdateHostKeys=no",
            "ConnectionAttempts=1",
            "ServerAliveInterval=10",
            "ServerAliveCountMax=3",
            "ClearAllForwardings=yes",
            "PermitLocalCommand=no",
            "RemoteCommand=none",
            // Fingerprints and the keys that were tried are said at this level only.
            "LogLevel=DEBUG1",
        ] {
            arguments.extend(["-o".to_owned(), option.to_owned()]);
        }
        // A little less than the whole, so that it is ssh that says why.
        let seconds = self.timeout.saturating_sub(Duration::from_millis(500)).as_secs().max(1);
        arguments.extend(["-o".to_owned(), format!("ConnectTimeout={seconds}")]);
        arguments.extend(["-o".to_owned(), format!("ControlPersist={PERSIST_SECONDS}")]);
        arguments.extend(self.options());
        arguments.extend(["--".to_owned(), self.login.host.clone()]);
        arguments
    }

    /// The options of `ssh` that choose user, port and key.
    fn options(&self) -> Vec<String> {
        let SshLogin { user, host: _, port, key } = &self.login;
        let user = user.iter().flat_map(|user| ["-l".to_owned(), user.clone()]);
        let port = port.iter().flat_map(|port| ["-p".to_owned(), port.to_string()]);
        let key = key.iter().flat_map(|key| {
            let only = ["-o", "IdentitiesOnly=yes", "-i"].map(str::to_owned);
            only.into_iter().chain([percent(&key.display().to_string())])
        });
        user.chain(port).chain(key).collect()
    }
}

/// `ssh` expands `%` in paths.
fn percent(path: &str) -> String {
    path.replace('%', "%%")
}

/// A folder that nobody else may look into. Old ones that killed programs left go first.
fn folder() -> io::Result<TempDir> {
    let usual = std::env::temp_dir();
    let parent = if usual.as_os_str().len() > LONGEST_FOLDER { PathBuf::from("/tmp") } else { usual };
    remove_leftovers(&parent);
    tempfile::Builder::new().prefix(PREFIX).permissions(Permissions::from_mode(0o700)).tempdir_in(parent)
}

/// Another user's folders cannot be removed, nor need be.
fn remove_leftovers(parent: &Path) {
    let is_old = |entry: &fs::DirEntry| {
        let age = entry.metadata().and_then(|data| data.modified()).ok().and_then(|at| at.elapsed().ok());
        age.is_some_and(|age| age > LEFTOVER_AGE)
    };
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let is_ours = entry.file_name().to_string_lossy().starts_with(PREFIX);
        let is_dead = || std::os::unix::net::UnixStream::connect(entry.path().join("master")).is_err();
        if is_ours && is_old(&entry) && is_dead() {
            fs::remove_dir_all(entry.path()).ok();
        }
    }
}

/// How connections are opened through a login.
#[derive(Clone)]
pub(super) enum SshRoute {
    /// This socket of ours is forwarded.
    Forwarded(PathBuf),
    /// A session each, since the server forwards nothing.
    Session,
}

/// Why there is no way to an engine though the login worked.
pub(super) enum NoWay {
    /// The forwarding could not be asked for.
    Broken(openssh::Error),
    /// The server did not open it, for this reason.
    NotOpened(String),
    /// There is no such socket.
    NoSocket(String),
    /// The user may not use the socket.
    NotPermitted(String),
}

impl NoWay {
    pub(super) fn fault(self, remote: &Remote) -> TunnelFault {
        match self {
            Self::Broken(error) => TunnelFault::NotForwarded(error.to_string()),
            Self::NotOpened(why) => words::not_opened(remote, &why),
            Self::NoSocket(path) => TunnelFault::NoSocket(path),
            Self::NotPermitted(path) => TunnelFault::NotPermitted(path),
        }
    }
}

/// A connection that was made. It ends, with its folder, when nobody needs it any more.
pub(super) struct Live {
    pub(super) session: Arc<Session>,
    folder: PathBuf,
    ways: Mutex<HashMap<Remote, SshRoute>>,
    /// How ports that the machine reaches are connected to, and to how many at once where each takes a session.
    pub(super) ports: Ports,
    sockets: AtomicUsize,
    sessions: Arc<Semaphore>,
    verdict: Duration,
}

impl Live {
    fn new(folder: TempDir, verdict: Duration) -> Self {
        Self {
            folder: folder.path().to_owned(),
            session: Arc::new(Session::new_native_mux(folder)),
            ways: Mutex::default(),
            ports: Ports::default(),
            sockets: AtomicUsize::new(0),
            sessions: Arc::new(Semaphore::new(SESSIONS)),
            verdict,
        }
    }

    /// One of the sessions that the server allows.
    pub(super) async fn session_permit(&self) -> Result<OwnedSemaphorePermit, AcquireError> {
        Arc::clone(&self.sessions).acquire_owned().await
    }

    /// How connections to `remote` are opened: found out once.
    pub(super) async fn way(&self, remote: &Remote) -> Result<SshRoute, NoWay> {
        let mut ways = self.ways.lock().await;
        if let Some(way) = ways.get(remote) {
            return Ok(way.clone());
        }
        let number = self.sockets.fetch_add(1, Ordering::Relaxed);
        let socket = self.folder.join(format!("{number}.sock"));
        let listen = Socket::UnixSocket { path: socket.as_path().into() };
        let target = match remote {
            Remote::Socket(path) => Socket::UnixSocket { path: path.as_path().into() },
            Remote::Port(port) => Socket::TcpSocket { host: "localhost".into(), port: *port },
        };
        let forward = self.session.request_port_forward(ForwardType::Local, listen.clone(), target.clone());
        forward.await.map_err(NoWay::Broken)?;
        let way = match self.refusal(&socket).await {
            None => Ok(SshRoute::Forwarded(socket)),
            Some(why) => {
                // What is not used is closed; that it stays would harm nobody.
                self.session.close_port_forward(ForwardType::Local, listen, target).await.ok();
                self.instead(remote, why).await
            }
        }?;
        ways.insert(remote.clone(), way.clone());
        Ok(way)
    }

    /// A new socket of ours that leads to an address which the machine reaches, and what closes it.
    pub(super) async fn forward(
        &self,
        host: &str,
        port: u16,
    ) -> Result<(PathBuf, [Socket<'static>; 2]), openssh::Error> {
        let number = self.sockets.fetch_add(1, Ordering::Relaxed);
        let socket = self.folder.join(format!("{number}.sock"));
        let listen = Socket::UnixSocket { path: socket.clone().into() };
        let target = Socket::TcpSocket { host: host.to_owned().into(), port };
        self.session.request_port_forward(ForwardType::Local, listen.clone(), target.clone()).await?;
        Ok((socket, [listen, target]))
    }

    /// Why the server does not open connections, if it says so: they are closed at once.
    pub(super) async fn refusal(&self, socket: &Path) -> Option<String> {
        let before = self.failures();
        let ask = async {
            let mut stream = UnixStream::connect(socket).await.ok()?;
            stream
                .write_all(b"GET /_ping HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n")
                .await
                .ok()?;
            stream.read_u8().await.ok()
        };
        match timeout(self.verdict, ask).await {
            Ok(None) => self.failure_after(before),
            Ok(Some(_)) | Err(_) => None,
        }
    }

    /// What to do where a connection was not opened: sessions, if it is the server that forwards nothing.
    async fn instead(&self, remote: &Remote, why: String) -> Result<SshRoute, NoWay> {
        let prohibited = words::is_prohibited(&why);
        let Remote::Socket(path) = remote else {
            return if prohibited { Ok(SshRoute::Session) } else { Err(NoWay::NotOpened(why)) };
        };
        // Of a socket the server does not say why.
        let socket = path.display().to_string();
        let path = shlex::try_quote(&socket).map_err(|_| NoWay::NoSocket(socket.clone()))?;
        let look = format!("test -e {path} || exit 81; test -r {path} && test -w {path} || exit 82; exit 80");
        let looked = self.session.shell(&look).output().await;
        match looked.ok().and_then(|output| output.status.code()) {
            Some(80) => Ok(SshRoute::Session),
            Some(81) => Err(NoWay::NoSocket(socket)),
            Some(82) => Err(NoWay::NotPermitted(socket)),
            _ => Err(NoWay::NotOpened(why)),
        }
    }

    fn log(&self) -> String {
        fs::read(self.folder.join("log"))
            .map(|log| String::from_utf8_lossy(&log).into_owned())
            .unwrap_or_default()
    }

    /// How many connections the server has not opened so far.
    pub(super) fn failures(&self) -> usize {
        words::failures(&self.log()).count()
    }

    /// Why it did not open one, if it is not only those that were known `before`.
    pub(super) fn failure_after(&self, before: usize) -> Option<String> {
        words::failures(&self.log()).skip(before).last().map(str::to_owned)
    }
}
