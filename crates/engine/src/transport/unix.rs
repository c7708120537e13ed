//! An engine behind a Unix socket of this machine.

use std::{io, path::PathBuf};

use async_trait::async_trait;
use tokio::net::UnixStream;

use super::{Dial, NotConnected, Stream};
use maestro_core::fault::ConnectionFault;

/// Dials a Unix socket.
pub struct UnixSocket {
    /// The socket's path.
    pub path: PathBuf,
}

#[async_trait]
impl Dial for UnixSocket {
    fn address(&self) -> String {
        format!("unix://{}", self.path.display())
    }

    async fn dial(&self) -> Result<Box<dyn Stream>, NotConnected> {
        match UnixStream::connect(&self.path).await {
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
        io::ErrorKind::NotFound => ConnectionFault::NoSocket { address },
        io::ErrorKind::ConnectionRefused => ConnectionFault::SocketRefused { address },
        io::ErrorKind::PermissionDenied => ConnectionFault::NotPermitted { address },
        _ => ConnectionFault::Failed { address, words: error.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_missing_socket_is_told() {
        let dial = UnixSocket { path: "/nowhere/docker.sock".into() };
        let error = dial.dial().await.err().expect("there is no such socket");
        let address = "unix:///nowhere/docker.sock".to_owned();
        assert_eq!(error.fault, ConnectionFault::NoSocket { address });
        assert!(!error.refused);
    }

    #[tokio::test]
    async fn a_socket_that_nothing_listens_on_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("docker.sock");
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        let error = UnixSocket { path }.dial().await.err().expect("nothing listens");
        assert!(error.refused, "{error}");
    }

    #[test]
    fn permission_denied_is_told() {
        let fault = fault("unix:///s".to_owned(), &io::ErrorKind::PermissionDenied.into());
        assert_eq!(fault, ConnectionFault::NotPermitted { address: "unix:///s".to_owned() });
    }
}
