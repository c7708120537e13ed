//! Serves the metrics: one answer for each connection, and nothing else.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinHandle,
    time::timeout,
};

use super::metrics::Metrics;
use crate::cli::{
    error::{End, Problem},
    session::Session,
};
use maestro_report::problem::CommandProblem;

/// How long a client may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many clients are answered at once.
const AT_ONCE: usize = 16;
/// The longest head of a request.
const LONGEST: usize = 8 * 1024;

/// A server, until this is dropped.
pub(super) struct Serving(JoinHandle<()>);

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Serves at that address.
pub(super) async fn serve(
    session: &Session,
    address: SocketAddr,
    metrics: Arc<Metrics>,
) -> Result<Serving, Problem> {
    let listener = TcpListener::bind(address).await.map_err(|error| {
        let problem = CommandProblem::new(format!("metrics cannot be served at {address}: {error}"));
        Problem::ended(
            problem.help("name a free port of this machine: `--metrics 127.0.0.1:9464`"),
            End::Failed,
        )
    })?;
    session.note(&format!("metrics are at http://{}/metrics", listener.local_addr()?))?;
    Ok(Serving(tokio::spawn(async move {
        let turns = Arc::new(Semaphore::new(AT_ONCE));
        loop {
            let Ok(turn) = Arc::clone(&turns).acquire_owned().await else { return };
            let Ok((stream, _)) = listener.accept().await else {
                // Without a file descriptor for it, the next may have one.
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            };
            let metrics = Arc::clone(&metrics);
            tokio::spawn(async move {
                // Who has gone needs no answer.
                timeout(PATIENCE, answer(stream, &metrics)).await.ok();
                drop(turn);
            });
        }
    })))
}

async fn answer(mut stream: TcpStream, metrics: &Metrics) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.windows(4).any(|four| four == b"\r\n\r\n") && head.len() < LONGEST {
        if stream.read_buf(&mut head).await? == 0 {
            return Ok(());
        }
    }
    let (status, body) = response(&head, || metrics.text());
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    stream.shutdown().await
}

/// The status and the body that answer a request.
fn response(head: &[u8], text: impl FnOnce() -> String) -> (&'static str, String) {
    let line = head.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    let mut words = line.split(' ');
    let path = |path: &str| path.split('?').next().unwrap_or_default().to_owned();
    match (words.next(), words.next().map(path).as_deref()) {
        (Some("GET"), Some("/metrics")) => ("200 OK", text()),
        (Some("GET"), Some(_)) => ("404 Not Found", "metrics are at /metrics\n".to_owned()),
        _ => ("405 Method Not Allowed", "only GET is answered\n".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_metrics_are_answered() {
        let status = |head: &str| response(head.as_bytes(), || "m 1\n".to_owned()).0;
        assert_eq!(status("GET /metrics HTTP/1.1\r\n\r\n"), "200 OK");
        assert_eq!(status("GET /metrics?x=1 HTTP/1.1\r\n\r\n"), "200 OK");
        assert_eq!(status("GET / HTTP/1.1\r\n\r\n"), "404 Not Found");
        assert_eq!(status("POST /metrics HTTP/1.1\r\n\r\n"), "405 Method Not Allowed");
        assert_eq!(status("\u{0}"), "405 Method Not Allowed");
    }
}
