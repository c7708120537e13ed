//! Connections through Docker's own command on a ship, for servers that forward nothing.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::Duration,
};

use openssh::{Child, ChildStderr, Error, Session, Stdio};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf};

use super::master::Live;
use crate::transport::Stream;
use maestro_core::endpoint::{DEFAULT_SOCKET, Remote};

/// How much of what a remote program complains of is kept.
const WORDS_LIMIT: usize = 4096;

/// The pauses before a session that the server refused is asked for again.
const PAUSES: [Duration; 5] = [
    Duration::from_millis(20),
    Duration::from_millis(60),
    Duration::from_millis(200),
    Duration::from_millis(500),
    Duration::from_secs(1),
];

/// What a remote program complained of so far.
#[derive(Clone, Default)]
pub(super) struct Complaints(Arc<Mutex<String>>);

impl Complaints {
    /// The words.
    pub(super) fn text(&self) -> String {
        self.0.lock().map(|said| said.trim().to_owned()).unwrap_or_default()
    }

    /// Keeps the first words of a stream, until it ends.
    async fn keep(self, mut complaints: ChildStderr) {
        let mut buffer = [0; 1024];
        while let Ok(length @ 1..) = complaints.read(&mut buffer).await {
            if let Ok(mut said) = self.0.lock()
                && said.len() < WORDS_LIMIT
            {
                said.push_str(&String::from_utf8_lossy(&buffer[..length]));
            }
        }
    }
}

/// What Docker's command is told to connect to; none for what it connects to by itself.
pub(super) fn docker_host(remote: &Remote) -> Option<String> {
    match remote {
        Remote::Socket(path) if path.as_os_str() == DEFAULT_SOCKET => None,
        Remote::Socket(path) => Some(format!("unix://{}", path.display())),
        Remote::Port(port) => Some(format!("tcp://localhost:{port}")),
    }
}

/// Opens a connection to `host` in a session of its own, which `held` is kept for. Whatever is said of it is told beside.
///
/// # Errors
/// Why there is no session, if that is known.
pub(super) async fn dial(
    live: Arc<Live>,
    host: Option<&str>,
    held: impl Send + Unpin + 'static,
) -> Result<(Box<dyn Stream>, Complaints), Option<String>> {
    let permit = live.session_permit().await.map_err(|error| Some(error.to_string()))?;
    let mut child = docker(&live, host).await.map_err(|error| Some(error.to_string()))?;
    let (Some(input), Some(output), Some(errors)) =
        (child.stdin().take(), child.stdout().take(), child.stderr().take())
    else {
        return Err(None);
    };
    let complaints = Complaints::default();
    tokio::spawn(complaints.clone().keep(errors));
    let stream = tokio::io::join(output, ClosedPipe(Some(input)));
    Ok((Box::new(HeldStream { stream, _held: (live, child, permit, held) }), complaints))
}

/// Starts Docker's own command on the ship.
///
/// A server frees a session some time after its client closed it. If it refuses one until then, nothing was sent, and
/// another try follows.
async fn docker(live: &Live, host: Option<&str>) -> Result<Child<Arc<Session>>, Error> {
    let mut pauses = PAUSES.iter();
    loop {
        let mut command = Arc::clone(&live.session).arc_command("docker");
        if let Some(host) = host {
            command.args(["-H", host]);
        }
        command.args(["system", "dial-stdio"]);
        let piped = Stdio::piped;
        match (command.stdin(piped()).stdout(piped()).stderr(piped()).spawn().await, pauses.next()) {
            (Err(Error::SshMux(_)), Some(pause)) => tokio::time::sleep(*pause).await,
            (started, _) => return started,
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
pub(super) struct HeldStream<S, L> {
    pub(super) stream: S,
    pub(super) _held: L,
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
