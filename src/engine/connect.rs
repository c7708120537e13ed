//! From a ship to its engine.

mod local;

use std::{collections::BTreeMap, path::Path, sync::Arc, time::Duration};

use tokio::time::timeout;

use self::local::Found;
use super::{
    Engine,
    docker::Docker,
    transport::{Dial, NotConnected, Nowhere, tcp::PlainTcp, unix::UnixSocket},
};
use crate::{
    model::{Endpoint, Ship},
    value::is_loopback,
};

/// How long a port of this machine may take to accept or to refuse; a packet filter may let it do neither.
const PROBE_TIMEOUT: Duration = Duration::from_secs(1);

/// A ship's engine, not necessarily reached yet.
pub struct Connection {
    /// The engine.
    pub engine: Arc<dyn Engine>,
    /// Something that the user should know about the way there, in a sentence.
    pub remark: Option<String>,
}

/// Finds the way to a ship's engine. `environment` are the process's variables: `DOCKER_HOST` and what else Docker's
/// own command heeds.
///
/// Nothing is dialled before the engine's first call, except where a ship is at a TCP port of this machine: that
/// decides whether the local engine's socket has to stand in. An address that cannot be used is no error here, but
/// gives an engine whose every call says why.
pub async fn connect(ship: &Ship, environment: &BTreeMap<String, String>) -> Connection {
    connect_with(ship, environment, Path::new(local::DEFAULT_SOCKET)).await
}

async fn connect_with(
    ship: &Ship,
    environment: &BTreeMap<String, String>,
    default_socket: &Path,
) -> Connection {
    let local = || local::resolve(environment, default_socket);
    let mut remark = None;
    let dial: Arc<dyn Dial> = match &ship.endpoint {
        Endpoint::Local => match local() {
            Ok(Found::Socket(socket)) => Arc::new(socket),
            Ok(Found::Port(port)) => Arc::new(port),
            Err(nowhere) => Arc::new(nowhere),
        },
        Endpoint::Unix(path) => Arc::new(UnixSocket { path: path.clone() }),
        Endpoint::Tcp { host, port } => {
            let (host, port) = (host.clone(), *port);
            let port = PlainTcp { host, port };
            match stand_in(&port, local).await {
                None => Arc::new(port),
                Some(socket) => {
                    remark = Some(format!(
                        "ship {}: nothing listens on {}, using {}",
                        ship.name,
                        port.address(),
                        socket.path.display()
                    ));
                    Arc::new(socket)
                }
            }
        }
    };
    Connection { engine: Arc::new(Docker::new(&dial, ship.timeout, ship.api_version)), remark }
}

/// The local engine's socket, if `port` is one of this machine that nothing listens on, and the socket does answer.
async fn stand_in(port: &PlainTcp, local: impl Fn() -> Result<Found, Nowhere>) -> Option<UnixSocket> {
    if !is_loopback(&port.host) {
        return None;
    }
    match timeout(PROBE_TIMEOUT, port.dial()).await {
        Ok(Err(NotConnected { refused: true, .. })) => {}
        _ => return None,
    }
    let Ok(Found::Socket(socket)) = local() else {
        return None;
    };
    let answers = timeout(PROBE_TIMEOUT, socket.dial()).await.is_ok_and(|stream| stream.is_ok());
    answers.then_some(socket)
}

#[cfg(test)]
mod tests;
