//! A tiny HTTP server that says what a test tells it to, over TCP or a Unix socket.

use std::{
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, UnixListener},
};

/// What the server does with a request.
#[derive(Clone)]
pub(super) enum Reply {
    /// Sends these bytes and goes on with the connection.
    Bytes(String),
    /// Sends these bytes and then nothing more, with the connection open.
    ThenSilence(String),
    /// Sends these bytes and closes the connection.
    ThenHangUp(String),
    /// Sends these bytes, then spaces without end.
    ThenSpaces(String),
    /// Sends these pieces, each after that time, and closes the connection.
    Slowly(Duration, Vec<String>),
}

/// An answer with a body of JSON.
pub(super) fn json(status: u16, body: &str) -> Reply {
    Reply::Bytes(format!(
        "HTTP/1.1 {status} Whatever\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    ))
}

/// An answer to a ping, from an engine with that newest API version.
pub(super) fn pong(version: &str) -> Reply {
    Reply::Bytes(format!("HTTP/1.1 200 OK\r\nApi-Version: {version}\r\nContent-Length: 2\r\n\r\nOK"))
}

type Script = Arc<dyn Fn(&str) -> Reply + Send + Sync>;

/// The server. It lives as long as the test's runtime.
#[derive(Clone)]
pub(super) struct Scripted {
    script: Script,
    accepted: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Scripted {
    /// A server that answers a request, given as `GET /path`, as `script` says.
    pub(super) fn new(script: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Self {
        Self { script: Arc::new(script), accepted: Arc::default(), requests: Arc::default() }
    }

    /// Listens on a free TCP port of 127.0.0.1, which it returns.
    pub(super) async fn on_tcp(&self) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = self.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                server.accept(stream);
            }
        });
        port
    }

    /// Listens on a free TCP port of 127.0.0.1, which it returns, and speaks TLS there.
    pub(super) async fn on_tls(&self, config: rustls::ServerConfig) -> u16 {
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = self.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, server) = (acceptor.clone(), server.clone());
                tokio::spawn(
                    async move { acceptor.accept(stream).await.map(|stream| server.accept(stream)) },
                );
            }
        });
        port
    }

    /// Listens on a Unix socket.
    pub(super) fn on_unix(&self, path: &Path) {
        let listener = UnixListener::bind(path).unwrap();
        let server = self.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                server.accept(stream);
            }
        });
    }

    /// How many connections it has accepted.
    pub(super) fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }

    /// The requests that have come, as `GET /path`.
    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    fn accept(&self, stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) {
        self.accepted.fetch_add(1, Ordering::SeqCst);
        let server = self.clone();
        tokio::spawn(async move { server.serve(stream).await });
    }

    /// None when the other side has had enough.
    async fn serve(&self, mut stream: impl AsyncRead + AsyncWrite + Unpin) -> Option<()> {
        loop {
            let request = read_request(&mut stream).await?;
            self.requests.lock().unwrap().push(request.clone());
            let reply = (self.script)(&request);
            match reply {
                Reply::Bytes(bytes) => stream.write_all(bytes.as_bytes()).await.ok()?,
                Reply::ThenHangUp(bytes) => {
                    stream.write_all(bytes.as_bytes()).await.ok()?;
                    return None;
                }
                Reply::ThenSilence(bytes) => {
                    stream.write_all(bytes.as_bytes()).await.ok()?;
                    std::future::pending::<()>().await;
                }
                Reply::ThenSpaces(bytes) => {
                    stream.write_all(bytes.as_bytes()).await.ok()?;
                    loop {
                        stream.write_all(&[b' '; 4096]).await.ok()?;
                    }
                }
                Reply::Slowly(pause, pieces) => {
                    for piece in pieces {
                        tokio::time::sleep(pause).await;
                        stream.write_all(piece.as_bytes()).await.ok()?;
                    }
                    return None;
                }
            }
        }
    }
}

/// Reads one request, body included, and returns its first line without the protocol.
async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).ok()?;
    let length = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok())
        .unwrap_or(0);
    stream.read_exact(&mut vec![0; length]).await.ok()?;
    let (first, _) = head.split_once(" HTTP/1.1")?;
    Some(first.to_owned())
}
