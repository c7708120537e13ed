//! From a ship to its engine.

mod local;

use std::{collections::BTreeMap, net::IpAddr, path::Path, sync::Arc};

use super::{
    Engine,
    docker::Docker,
    transport::{Dial, NotConnected, Nowhere, tcp::PlainTcp, unix::UnixSocket},
};
use crate::model::{Endpoint, Ship};

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
    let (dial, remark) = match &ship.endpoint {
        Endpoint::Local => match local() {
            Ok(endpoint) => (dial(&endpoint), None),
            Err(nowhere) => (Arc::new(nowhere) as Arc<dyn Dial>, None),
        },
        Endpoint::Tcp { host, .. } if is_loopback(host) => {
            let direct = dial(&ship.endpoint);
            match stand_in(direct.as_ref(), local).await {
                None => (direct, None),
                Some(socket) => {
                    let remark = format!(
                        "ship {}: nothing listens on {}, so its engine is reached through {}",
                        ship.name,
                        ship.endpoint,
                        socket.path.display()
                    );
                    (Arc::new(socket) as Arc<dyn Dial>, Some(remark))
                }
            }
        }
        endpoint => (dial(endpoint), None),
    };
    Connection {
        engine: Arc::new(Docker::new(&dial, ship.timeout, ship.api_version)),
        remark,
    }
}

/// The local engine's socket, if nothing listens where `direct` leads and the socket does answer.
async fn stand_in(direct: &dyn Dial, local: impl Fn() -> Result<Endpoint, Nowhere>) -> Option<UnixSocket> {
    let Err(NotConnected { refused: true, .. }) = direct.dial().await else {
        return None;
    };
    let Ok(Endpoint::Unix(path)) = local() else {
        return None;
    };
    let socket = UnixSocket { path };
    socket.dial().await.is_ok().then_some(socket)
}

fn dial(endpoint: &Endpoint) -> Arc<dyn Dial> {
    match endpoint {
        Endpoint::Unix(path) => Arc::new(UnixSocket { path: path.clone() }),
        Endpoint::Tcp { host, port } => Arc::new(PlainTcp {
            host: host.clone(),
            port: *port,
        }),
        // `local::resolve` never says so of itself.
        Endpoint::Local => Arc::new(UnixSocket {
            path: local::DEFAULT_SOCKET.into(),
        }),
    }
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests;
