//! The page over TLS.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::serve::Listener;
use rustls::{
    ServerConfig,
    crypto::ring::default_provider,
    pki_types::{CertificateDer, PrivateKeyDer},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, mpsc},
    task::JoinHandle,
    time::{sleep, timeout},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// How long a client may take for its handshake.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many handshakes there are at once.
const AT_ONCE: usize = 64;
/// How long to wait if no connection can be accepted: without a file descriptor for it, the next may have one.
const PAUSE: Duration = Duration::from_millis(100);

/// Accepts connections over TLS. Handshakes run beside one another: a client that is slow holds no other up, and one that
/// fails is dropped.
pub struct TlsListener {
    accepted: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
    address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl TlsListener {
    /// Accepts on `listener` with this chain of certificates, the server's first, and its private key, all as DER.
    ///
    /// # Errors
    /// If the key is of no supported kind, or belongs to another certificate.
    pub fn new(listener: TcpListener, chain: Vec<Vec<u8>>, key: &[u8]) -> io::Result<Self> {
        let invalid = |error: &dyn std::fmt::Display| io::Error::other(error.to_string());
        let chain = chain.into_iter().map(CertificateDer::from).collect();
        let key = PrivateKeyDer::try_from(key).map_err(|error| invalid(&error))?.clone_key();
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|config| config.with_no_client_auth().with_single_cert(chain, key))
            .map_err(|error| invalid(&error))?;
        let address = listener.local_addr()?;
        let (sender, accepted) = mpsc::channel(AT_ONCE);
        let accepting = tokio::spawn(accept(listener, TlsAcceptor::from(Arc::new(config)), sender));
        Ok(Self { accepted, address, accepting })
    }
}

impl Drop for TlsListener {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            if let Some(connection) = self.accepted.recv().await {
                return connection;
            }
            // It accepts until this is dropped.
            sleep(PAUSE).await;
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

async fn accept(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    sender: mpsc::Sender<(TlsStream<TcpStream>, SocketAddr)>,
) {
    let turns = Arc::new(Semaphore::new(AT_ONCE));
    loop {
        let Ok(turn) = Arc::clone(&turns).acquire_owned().await else { return };
        let Ok((stream, address)) = listener.accept().await else {
            sleep(PAUSE).await;
            continue;
        };
        let (acceptor, sender) = (acceptor.clone(), sender.clone());
        tokio::spawn(async move {
            if let Ok(Ok(stream)) = timeout(PATIENCE, acceptor.accept(stream)).await {
                // Nobody takes it: the server has ended.
                sender.send((stream, address)).await.ok();
            }
            drop(turn);
        });
    }
}
