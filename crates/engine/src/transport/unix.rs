//! An engine behind a Unix socket of this machine.

use std::{io, path::PathBuf};

use async_trait::async_trait;
use tokio::net::UnixStream;

use super::{Dial, NotConnected, Stream};

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
                reason: explain(&self.address(), &error),
            }),
        }
    }
}

fn explain(address: &str, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => format!("there is no socket {address}; is Docker running?"),
        io::ErrorKind::ConnectionRefused => format!("nothing listens on {address}; is Docker running?"),
        io::ErrorKind::PermissionDenied => format!(
            "permission denied on {address}; add your user to the group docker \
             (`sudo usermod -aG docker $USER`, then log in again), or use sudo"
        ),
        _ => format!("no connection to {address}: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_missing_socket_asks_whether_docker_runs() {
        let dial = UnixSocket { path: "/nowhere/docker.sock".into() };
        let error = dial.dial().await.err().expect("there is no such socket");
        assert_eq!(error.reason, "there is no socket unix:///nowhere/docker.sock; is Docker running?");
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
    fn permission_denied_says_what_to_do() {
        let words = explain("unix:///s", &io::ErrorKind::PermissionDenied.into());
        assert!(words.contains("group docker") && words.contains("sudo"), "{words}");
    }
}
