//! The `tcp` check: a connection to a published port succeeds and stays.

use std::time::Duration;

use tokio::{io::AsyncReadExt, net::TcpStream, time::timeout};

use super::Seen;
use maestro_core::fault::ProbeFault;

/// Docker's proxy accepts although nothing listens behind it, and hangs up at once: a connection counts only if it is
/// still there after this time, or if something was said.
const STAYS: Duration = Duration::from_millis(20);

/// How long a port may take to answer when it is only looked at.
const LOOK: Duration = Duration::from_secs(1);

/// Whether something answers on that port now. One try, at most a second.
pub async fn answers(host: &str, port: u16) -> bool {
    matches!(timeout(LOOK, open(host, port)).await, Ok(Ok(())))
}

/// Connects once.
pub(super) async fn attempt(host: &str, port: u16) -> Result<(), Seen> {
    open(host, port).await.map_err(Seen::NotYet)
}

/// Connects once.
///
/// # Errors
/// What was seen instead.
async fn open(host: &str, port: u16) -> Result<(), ProbeFault> {
    let failed = |error: std::io::Error| ProbeFault::Words(error.to_string().to_lowercase());
    let mut stream = TcpStream::connect((host, port)).await.map_err(failed)?;
    let mut byte = [0_u8; 1];
    match timeout(STAYS, stream.read(&mut byte)).await {
        Err(_) | Ok(Ok(1..)) => Ok(()),
        Ok(Ok(0)) => Err(ProbeFault::NotListening),
        Ok(Err(error)) => Err(failed(error)),
    }
}
