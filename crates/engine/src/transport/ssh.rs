//! An engine on another machine, through SSH: one login a machine, and every connection through it.

mod master;
mod ports;
mod routes;
mod session;
mod turns;
mod words;

use std::{io, sync::Arc, time::Duration};

use async_trait::async_trait;
use tokio::net::UnixStream;

use self::{
    master::{Live, SshRoute, TIMEOUT},
    session::HeldStream,
    words::fault,
};
pub use self::{
    master::{Master, Masters},
    ports::{PortConnection, open_port, port_route},
    routes::{PORTS_AT_ONCE, PortRoute},
};
use super::{Broken, Dial, NotConnected, Stream, fresh::Fresh};
use maestro_core::{
    endpoint::Remote,
    fault::{EngineFault, TunnelFault},
};

/// Runs commands on another machine, through the login that its engine is reached by.
pub struct Shell {
    master: Arc<Master>,
}

impl Shell {
    /// A shell of the machine that `master` leads to.
    #[must_use]
    pub fn new(master: Arc<Master>) -> Self {
        Self { master }
    }

    /// What a command prints.
    ///
    /// # Errors
    /// Why it could not be run to its end.
    pub async fn output(&self, command: &str) -> Result<String, EngineFault> {
        let live = self.master.live().await.map_err(|error| error.fault)?;
        let _permit = live.session_permit().await.map_err(|error| error.to_string())?;
        let ran = live.session.shell(command).stderr(openssh::Stdio::null()).output().await;
        ran.map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
            .map_err(|error| error.to_string().into())
    }
}

/// Dials a socket or a port of another machine.
pub struct Tunnel {
    master: Arc<Master>,
    remote: Remote,
    address: String,
}

impl Tunnel {
    /// What answers at `remote` on the machine that `master` leads to; a user knows it as `address`.
    #[must_use]
    pub fn new(master: Arc<Master>, remote: Remote, address: String) -> Self {
        Self { master, remote, address }
    }
}

#[async_trait]
impl Dial for Tunnel {
    fn address(&self) -> String {
        self.address.clone()
    }

    fn timeout(&self) -> Duration {
        TIMEOUT
    }

    async fn await_turn(&self) {
        self.master.await_turn().await;
    }

    async fn max_connections(&self) -> Option<usize> {
        self.master.lines(&self.remote).await
    }

    async fn dial(&self) -> Result<Box<dyn Stream>, NotConnected> {
        let live = self.master.live().await?;
        let way = live.way(&self.remote).await;
        match way.map_err(|why| self.not_connected(why.fault(&self.remote)))? {
            SshRoute::Forwarded(socket) => {
                let stream = UnixStream::connect(&socket)
                    .await
                    .map_err(|error| self.not_connected(TunnelFault::Broken(error.to_string())))?;
                let (log, before) = (Arc::clone(&live), live.failures());
                let (address, remote) = (self.address.clone(), self.remote.clone());
                let why = move |_: Option<&io::Error>| {
                    let refused = log.failure_after(before)?;
                    // It may have been another connection that was not opened.
                    Some(Broken(fault(&address, words::not_opened(&remote, &refused))).into())
                };
                Ok(Box::new(Fresh::new(Box::new(HeldStream { stream, _held: live }), Box::new(why))))
            }
            SshRoute::Session => self.session(live).await,
        }
    }
}

impl Tunnel {
    fn not_connected(&self, why: TunnelFault) -> NotConnected {
        NotConnected::because(fault(&self.address, why))
    }

    /// A connection through Docker's own command on the ship, where the SSH server forwards nothing.
    async fn session(&self, live: Arc<Live>) -> Result<Box<dyn Stream>, NotConnected> {
        let host = session::docker_host(&self.remote);
        let dialled = session::dial(live, host.as_deref(), ()).await;
        let (stream, complaints) =
            dialled.map_err(|words| self.not_connected(TunnelFault::NoSession(words)))?;
        let (address, remote) = (self.address.clone(), self.remote.clone());
        let why = move |_: Option<&io::Error>| {
            Some(Broken(fault(&address, words::session_failed(&remote, &complaints.text()))).into())
        };
        Ok(Box::new(Fresh::new(stream, Box::new(why))))
    }
}
