//! The `tcp` check: a connection to a published port succeeds and stays.

use std::time::Duration;

use tokio::{io::AsyncReadExt, net::TcpStream, time::timeout};

use super::{CheckTarget, Seen};
use maestro_core::fault::ProbeFault;

/// Docker's proxy accepts although nothing listens behind it, and hangs up at once: a connection counts only if it is
/// still there after this time, or if something was said.
const STAYS: Duration = Duration::from_millis(20);

/// How long a port may take to answer when it is only looked at.
const LOOK: Duration = Duration::from_secs(1);

/// Whether something answers on that port now. One try, at most a second.
pub async fn answers(host: &str, port: u16) -> bool {
    let open = async { Connection::open(host, port).await?.stays(STAYS).await };
    matches!(timeout(LOOK, open).await, Ok(Ok(_)))
}

/// Connects once.
///
/// On a busy host the proxy may take longer to hang up than [`STAYS`], and so does an answer of the host's engine: the
/// connection has to outlast one of those, too.
pub(super) async fn attempt(target: CheckTarget<'_>, host: &str, port: u16) -> Result<(), Seen> {
    let answer = async {
        let answer = target.engine.inspect(target.container).await;
        answer.map(|_| ()).map_err(|error| ProbeFault::Engine(error.fault().clone()))
    };
    outlasts(answer, host, port).await.map_err(Seen::NotYet)
}

/// Whether a connection outlasts [`STAYS`] and that answer, which is asked for then.
async fn outlasts(
    answer: impl Future<Output = Result<(), ProbeFault>>,
    host: &str,
    port: u16,
) -> Result<(), ProbeFault> {
    let mut connection = Connection::open(host, port).await?;
    if connection.stays(STAYS).await? == Stay::Spoke {
        return Ok(());
    }
    answer.await?;
    connection.stays(Duration::ZERO).await.map(|_| ())
}

/// How a connection stayed.
#[derive(Debug, PartialEq, Eq)]
enum Stay {
    /// Something was said.
    Spoke,
    /// Nothing was said.
    Silent,
}

/// A connection to a port.
struct Connection(TcpStream);

impl Connection {
    async fn open(host: &str, port: u16) -> Result<Self, ProbeFault> {
        TcpStream::connect((host, port)).await.map(Self).map_err(failed)
    }

    /// Waits that long for something to be said, or for the other side to hang up.
    ///
    /// # Errors
    /// What was seen instead.
    async fn stays(&mut self, time: Duration) -> Result<Stay, ProbeFault> {
        let mut byte = [0_u8; 1];
        match timeout(time, self.0.read(&mut byte)).await {
            Err(_) => Ok(Stay::Silent),
            Ok(Ok(1..)) => Ok(Stay::Spoke),
            Ok(Ok(0)) => Err(ProbeFault::NotListening),
            Ok(Err(error)) => Err(failed(error)),
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn failed(error: std::io::Error) -> ProbeFault {
    ProbeFault::Words(error.to_string().to_lowercase())
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    async fn listener() -> (TcpListener, u16) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        (listener, port)
    }

    /// As Docker's proxy does on a busy host: it accepts, and hangs up while the engine answers.
    #[tokio::test]
    async fn a_proxy_that_hangs_up_late_is_not_taken_for_a_program() {
        let (listener, port) = listener().await;
        let answer = async {
            drop(listener.accept().await.unwrap());
            // The end of the connection is noticed when the runtime looks at its sockets.
            tokio::time::sleep(Duration::from_millis(1)).await;
            Ok(())
        };
        assert_eq!(outlasts(answer, "127.0.0.1", port).await, Err(ProbeFault::NotListening));
    }

    #[tokio::test]
    async fn a_connection_that_stays_counts() {
        let (_listener, port) = listener().await;
        assert_eq!(outlasts(async { Ok(()) }, "127.0.0.1", port).await, Ok(()));
    }
}
