//! An engine on another machine, through SSH: one login a machine, and every connection through it.

mod master;
mod words;

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::Duration,
};

use async_trait::async_trait;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf},
    net::UnixStream,
};

use self::master::{Live, SshRoute, TIMEOUT};
pub use self::master::{Master, Masters};
use super::{Broken, Dial, NotConnected, Stream, fresh::Fresh};
use maestro_core::{
    endpoint::{DEFAULT_SOCKET, Remote},
    fault::{ConnectionFault, EngineFault, SshFault, TunnelFault},
};

/// How much of what a remote program complains of is kept.
const WORDS_LIMIT: usize = 4096;

/// Runs commands on another machine, through the login that its engine is reached by.
pub struct Shell {
    master: Arc<Master>,
}

impl Shell {
    /// A shell of the machine that `master` leads to.
    #[must_use]
    pub fn new(master: Arc<Master>) -> Self {
        Self { master }
    }

    /// What a command prints.
    ///
    /// # Errors
    /// Why it could not be run to its end.
    pub async fn output(&self, command: &str) -> Result<String, EngineFault> {
        let live = self.master.live().await.map_err(|error| error.fault)?;
        let _permit = live.session_permit().await.map_err(|error| error.to_string())?;
        let ran = live.session.shell(command).stderr(openssh::Stdio::null()).output().await;
        ran.map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
            .map_err(|error| error.to_string().into())
    }
}

/// A connection through a login to an address that the machine reaches.
pub struct Forwarded {
    stream: Box<dyn Stream>,
    live: Arc<Live>,
    before: usize,
}

/// Why a server did not open a connection, if it says so.
pub type SshRefusal = Box<dyn Fn() -> Option<String> + Send + Sync>;

impl Forwarded {
    /// The connection, and what says why the server did not open it: it is closed at once then.
    #[must_use]
    pub fn parts(self) -> (Box<dyn Stream>, SshRefusal) {
        let Self { stream, live, before } = self;
        (stream, Box::new(move || live.failure_after(before)))
    }
}

/// Opens a connection through a login to an address that the machine reaches.
///
/// # Errors
/// [`NotConnected`] if there is no login, or no forwarding.
pub async fn forward(master: &Master, host: &str, port: u16) -> Result<Forwarded, NotConnected> {
    let live = master.live().await?;
    let before = live.failures();
    let address = format!("{host}:{port}");
    let failed = |words: String| NotConnected::because(fault(&address, TunnelFault::NotForwarded(words)));
    let socket = live.forwarded(host, port).await.map_err(|error| failed(error.to_string()))?;
    let stream = UnixStream::connect(&socket).await.map_err(|error| failed(error.to_string()))?;
    Ok(Forwarded { stream: Box::new(stream), live, before })
}

/// The pauses before a session that the server refused is asked for again.
const SESSION_PAUSES: [Duration; 5] = [
    Duration::from_millis(20),
    Duration::from_millis(60),
    Duration::from_millis(200),
    Duration::from_millis(500),
    Duration::from_secs(1),
];

/// Dials a socket or a port of another machine.
pub struct Tunnel {
    master: Arc<Master>,
    remote: Remote,
    address: String,
}

impl Tunnel {
    /// What answers at `remote` on the machine that `master` leads to; a user knows it as `address`.
    #[must_use]
    pub fn new(master: Arc<Master>, remote: Remote, address: String) -> Self {
        Self { master, remote, address }
    }
}

#[async_trait]
impl Dial for Tunnel {
    fn address(&self) -> String {
        self.address.clone()
    }

    fn timeout(&self) -> Duration {
        TIMEOUT
    }

    async fn max_connections(&self) -> Option<usize> {
        self.master.lines(&self.remote).await
    }

    async fn dial(&self) -> Result<Box<dyn Stream>, NotConnected> {
        let live = self.master.live().await?;
        let way = live.way(&self.remote).await;
        match way.map_err(|why| self.not_connected(why.fault(&self.remote)))? {
            SshRoute::Forwarded(socket) => {
                let stream = UnixStream::connect(&socket)
                    .await
                    .map_err(|error| self.not_connected(TunnelFault::Broken(error.to_string())))?;
                let (log, before) = (Arc::clone(&live), live.failures());
                let (address, remote) = (self.address.clone(), self.remote.clone());
                let why = move |_: Option<&io::Error>| {
                    let refused = log.failure_after(before)?;
                    // It may have been another connection that was not opened.
                    Some(Broken(fault(&address, words::not_opened(&remote, &refused))).into())
                };
                Ok(Box::new(Fresh::new(Box::new(HeldStream { stream, _live: live }), Box::new(why))))
            }
            SshRoute::Session => self.session(live).await,
        }
    }
}

/// Why the engine at `address` is not reached though the login works.
fn fault(address: &str, fault: TunnelFault) -> ConnectionFault {
    SshFault::Tunnel { address: address.to_owned(), fault }.into()
}

impl Tunnel {
    fn not_connected(&self, why: TunnelFault) -> NotConnected {
        NotConnected::because(fault(&self.address, why))
    }

    /// A connection through Docker's own command on the ship, where the SSH server forwards nothing.
    async fn session(&self, live: Arc<Live>) -> Result<Box<dyn Stream>, NotConnected> {
        let broken = |error: &dyn std::fmt::Display| {
            self.not_connected(TunnelFault::NoSession(Some(error.to_string())))
        };
        let permit = live.session_permit().await.map_err(|error| broken(&error))?;
        let mut child = self.docker(&live).await.map_err(|error| broken(&error))?;
        let (Some(input), Some(output), Some(complaints)) =
            (child.stdin().take(), child.stdout().take(), child.stderr().take())
        else {
            return Err(self.not_connected(TunnelFault::NoSession(None)));
        };
        let said = Arc::new(Mutex::new(String::new()));
        tokio::spawn(keep_words(complaints, Arc::clone(&said)));
        let (address, remote) = (self.address.clone(), self.remote.clone());
        let why = move |_: Option<&io::Error>| {
            let said = said.lock().map(|said| said.trim().to_owned()).unwrap_or_default();
            Some(Broken(fault(&address, words::session_failed(&remote, &said))).into())
        };
        let stream = tokio::io::join(output, ClosedPipe(Some(input)));
        let stream = HeldStream { stream, _live: (live, child, permit) };
        Ok(Box::new(Fresh::new(Box::new(stream), Box::new(why))))
    }

    /// Starts Docker's own command on the ship.
    ///
    /// A server frees a session some time after its client closed it. If it refuses one until then, nothing was sent,
    /// and another try follows.
    async fn docker(&self, live: &Live) -> Result<openssh::Child<Arc<openssh::Session>>, openssh::Error> {
        let mut pauses = SESSION_PAUSES.iter();
        loop {
            let mut command = Arc::clone(&live.session).arc_command("docker");
            match &self.remote {
                Remote::Socket(path) if path.as_os_str() == DEFAULT_SOCKET => {}
                Remote::Socket(path) => {
                    command.arg("-H").arg(format!("unix://{}", path.display()));
                }
                Remote::Port(port) => {
                    command.arg("-H").arg(format!("tcp://localhost:{port}"));
                }
            }
            command.args(["system", "dial-stdio"]);
            let piped = openssh::Stdio::piped;
            match (command.stdin(piped()).stdout(piped()).stderr(piped()).spawn().await, pauses.next()) {
                (Err(openssh::Error::SshMux(_)), Some(pause)) => tokio::time::sleep(*pause).await,
                (started, _) => return started,
            }
        }
    }
}

/// Keeps the first words of a stream, until it ends.
async fn keep_words(mut complaints: openssh::ChildStderr, said: Arc<Mutex<String>>) {
    let mut buffer = [0; 1024];
    while let Ok(length @ 1..) = complaints.read(&mut buffer).await {
        if let Ok(mut said) = said.lock()
            && said.len() < WORDS_LIMIT
        {
            said.push_str(&String::from_utf8_lossy(&buffer[..length]));
        }
    }
}

/// A pipe that a shutdown closes: only so its reader sees the end.
struct ClosedPipe<P>(Option<P>);

impl<P: AsyncWrite + Unpin> ClosedPipe<P> {
    fn open(&mut self) -> io::Result<Pin<&mut P>> {
        self.0.as_mut().map(Pin::new).ok_or_else(|| io::ErrorKind::BrokenPipe.into())
    }
}

impl<P: AsyncWrite + Unpin> AsyncWrite for ClosedPipe<P> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.open()?.poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.as_mut().map_or(Poll::Ready(Ok(())), |pipe| Pin::new(pipe).poll_flush(context))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        std::task::ready!(self.as_mut().poll_flush(context))?;
        self.0 = None;
        Poll::Ready(Ok(()))
    }
}

/// A stream, and what has to last as long as it does.
struct HeldStream<S, L> {
    stream: S,
    _live: L,
}

impl<S: AsyncRead + Unpin, L: Unpin> AsyncRead for HeldStream<S, L> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin, L: Unpin> AsyncWrite for HeldStream<S, L> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[tokio::test]
    async fn a_shutdown_ends_what_a_remote_program_reads() {
        let (sender, mut receiver) = tokio::net::unix::pipe::pipe().unwrap();
        let mut pipe = ClosedPipe(Some(sender));
        pipe.write_all(b"x").await.unwrap();
        pipe.shutdown().await.unwrap();
        let mut read = Vec::new();
        receiver.read_to_end(&mut read).await.unwrap();
        assert_eq!(read, b"x");
        assert!(pipe.write_all(b"y").await.is_err());
    }
}
