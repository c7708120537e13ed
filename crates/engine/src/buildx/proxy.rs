//! A socket of this machine that leads to an engine, for programs that speak to engines themselves.

use std::{
    fs::Permissions,
    io,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use tempfile::TempDir;
use tokio::{
    io::copy_bidirectional,
    net::{UnixListener, UnixStream},
    task::{JoinHandle, JoinSet},
    time::timeout,
};

use crate::transport::Dial;

/// Bytes that the path of a temporary directory may have, so that a socket in it has a valid one.
const LONGEST_FOLDER: usize = 70;

/// A socket in a directory that nobody else may look into. Its connections end when this is dropped.
pub(super) struct SocketProxy {
    folder: TempDir,
    serving: JoinHandle<()>,
}

impl SocketProxy {
    /// Opens a socket; each of its connections leads where `dial` does.
    pub(super) fn open(dial: Arc<dyn Dial>) -> io::Result<Self> {
        let usual = std::env::temp_dir();
        let parent = if usual.as_os_str().len() > LONGEST_FOLDER { PathBuf::from("/tmp") } else { usual };
        let folder = tempfile::Builder::new()
            .prefix("maestro-build-")
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(parent)?;
        let listener = UnixListener::bind(socket(folder.path()))?;
        let serving = tokio::spawn(serve(listener, dial));
        Ok(Self { folder, serving })
    }

    /// Where it is, as `DOCKER_HOST`.
    pub(super) fn address(&self) -> String {
        format!("unix://{}", socket(self.folder.path()).display())
    }

    /// The directory, which goes with it.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for SocketProxy {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn socket(folder: &Path) -> PathBuf {
    folder.join("engine")
}

async fn serve(listener: UnixListener, dial: Arc<dyn Dial>) {
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        connections.spawn(pass(client, Arc::clone(&dial)));
        while connections.try_join_next().is_some() {}
    }
}

/// Passes bytes on until both sides have ended. An engine that is not reached closes the connection: the program says so.
async fn pass(mut client: UnixStream, dial: Arc<dyn Dial>) {
    if let Ok(Ok(mut engine)) = timeout(dial.timeout(), dial.dial()).await {
        copy_bidirectional(&mut client, &mut engine).await.ok();
    }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;
    use crate::transport::{NotConnected, Stream};

    struct Echo;

    #[async_trait]
    impl Dial for Echo {
        fn address(&self) -> String {
            "echo".to_owned()
        }

        async fn dial(&self) -> Result<Box<dyn Stream>, NotConnected> {
            let (near, far) = tokio::io::duplex(64);
            tokio::spawn(async move {
                let (mut from, mut to) = tokio::io::split(far);
                tokio::io::copy(&mut from, &mut to).await.ok();
            });
            Ok(Box::new(near))
        }
    }

    #[tokio::test]
    async fn connections_lead_to_the_engine_and_end_with_the_proxy() {
        let proxy = SocketProxy::open(Arc::new(Echo)).unwrap();
        let mode = std::fs::metadata(proxy.folder()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        let mut client = UnixStream::connect(socket(proxy.folder())).await.unwrap();
        client.write_all(b"ping").await.unwrap();
        let mut answer = [0; 4];
        client.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"ping");
        let folder = proxy.folder().to_owned();
        drop(proxy);
        assert_eq!(client.read(&mut answer).await.unwrap_or(0), 0);
        assert!(!folder.exists());
    }
}
