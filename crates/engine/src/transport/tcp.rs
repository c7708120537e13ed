//! An engine behind plain TCP: neither side proves who it is, and anyone on the way can read along.

use std::{io, time::Duration};

use async_trait::async_trait;
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpStream, ToSocketAddrs, lookup_host};

use super::{Dial, NotConnected, Stream};
use maestro_core::{fault::ConnectionFault, model::Endpoint};

/// How long nothing may come on a connection before the other side is asked whether it is still there.
const QUIET: Duration = Duration::from_secs(10);
/// How long after that it is asked again.
const ASKED_AGAIN: Duration = Duration::from_secs(5);
/// How many questions without an answer end a connection: half a minute after the last byte came.
const QUESTIONS: u32 = 4;

/// Connects, and lets the connection end if the other side vanishes without a word.
///
/// # Errors
/// The system's, if there is no connection.
pub async fn connect(address: impl ToSocketAddrs) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    // A request is small and wants to leave at once; that it may not is only slower.
    let _ = stream.set_nodelay(true);
    let alive = TcpKeepalive::new().with_time(QUIET).with_interval(ASKED_AGAIN).with_retries(QUESTIONS);
    // Without it the connection still works; only a silent end would not be seen.
    let _ = SockRef::from(&stream).set_tcp_keepalive(&alive);
    Ok(stream)
}

/// Dials a TCP port.
pub struct PlainTcp {
    /// Host name or IP address.
    pub host: String,
    /// TCP port.
    pub port: u16,
}

#[async_trait]
impl Dial for PlainTcp {
    fn address(&self) -> String {
        let Self { host, port } = self;
        Endpoint::Tcp { host: host.clone(), port: *port }.to_string()
    }

    async fn dial(&self) -> Result<Box<dyn Stream>, NotConnected> {
        let addresses: Vec<_> = match lookup_host((self.host.as_str(), self.port)).await {
            Ok(addresses) => addresses.collect(),
            Err(error) => {
                let (host, words) = (self.host.clone(), error.to_string());
                return Err(NotConnected::because(ConnectionFault::Unresolved { host, words }));
            }
        };
        match connect(addresses.as_slice()).await {
            Ok(stream) => Ok(Box::new(stream)),
            Err(error) => Err(NotConnected {
                refused: error.kind() == io::ErrorKind::ConnectionRefused,
                fault: fault(self.address(), &error),
            }),
        }
    }
}

fn fault(address: String, error: &io::Error) -> ConnectionFault {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => ConnectionFault::PortRefused { address },
        _ => ConnectionFault::Failed { address, words: error.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_port_that_nothing_listens_on_is_refused() {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let dial = PlainTcp { host: "localhost".into(), port };
        let error = dial.dial().await.err().expect("nothing listens");
        assert!(error.refused, "{error}");
        assert!(
            matches!(error.fault, ConnectionFault::PortRefused { address } if address.starts_with("tcp://localhost:"))
        );
    }

    #[tokio::test]
    async fn a_connection_asks_whether_the_other_side_is_there() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = connect(listener.local_addr().unwrap()).await.unwrap();
        let socket = SockRef::from(&stream);
        assert!(socket.keepalive().unwrap());
        let half_a_minute = QUIET + ASKED_AGAIN * QUESTIONS;
        assert_eq!(half_a_minute, Duration::from_secs(30));
        assert_eq!(socket.tcp_keepalive_time().unwrap(), QUIET);
        assert_eq!(socket.tcp_keepalive_interval().unwrap(), ASKED_AGAIN);
        assert_eq!(socket.tcp_keepalive_retries().unwrap(), QUESTIONS);
    }

    #[tokio::test]
    async fn an_unknown_name_is_said_to_be_unknown() {
        let dial = PlainTcp { host: "no.such.host.invalid".into(), port: 1 };
        let error = dial.dial().await.err().expect("there is no such host");
        assert!(
            matches!(&error.fault, ConnectionFault::Unresolved { host, .. } if host == "no.such.host.invalid"),
            "{error}"
        );
        assert!(!error.refused);
    }
}
