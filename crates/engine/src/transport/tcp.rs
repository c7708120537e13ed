//! An engine behind plain TCP: neither side proves who it is, and anyone on the way can read along.

use std::io;

use async_trait::async_trait;
use tokio::net::{TcpStream, lookup_host};

use super::{Dial, NotConnected, Stream};
use maestro_core::model::Endpoint;

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
                return Err(NotConnected {
                    refused: false,
                    reason: format!("the host name {} cannot be resolved: {error}", self.host),
                });
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
                reason: explain(&self.address(), &error),
            }),
        }
    }
}

fn explain(address: &str, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => {
            format!("nothing listens on {address}; does Docker run there, and listen on TCP?")
        }
        _ => format!("no connection to {address}: {error}"),
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
        assert!(error.reason.starts_with("nothing listens on tcp://localhost:"));
    }

    #[tokio::test]
    async fn an_unknown_name_is_said_to_be_unknown() {
        let dial = PlainTcp { host: "no.such.host.invalid".into(), port: 1 };
        let error = dial.dial().await.err().expect("there is no such host");
        assert!(error.reason.starts_with("the host name no.such.host.invalid cannot be resolved"), "{error}");
        assert!(!error.refused);
    }
}
