//! An engine behind plain TCP: neither side proves who it is, and anyone on the way can read along.

use std::io;

use async_trait::async_trait;
use tokio::net::{TcpStream, lookup_host};

use super::{Dial, NotConnected, Stream};
use maestro_core::{fault::ConnectionFault, model::Endpoint};

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
        match TcpStream::connect(addresses.as_slice()).await {
            Ok(stream) => {
                // A request is small and wants to leave at once; that it may not is only slower.
                let _ = stream.set_nodelay(true);
                Ok(Box::new(stream))
            }
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
