//! From a ship to its engine.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

use futures_util::future::join_all;
use tokio::time::timeout;

use super::{
    Engine,
    docker::Docker,
    host::{Host, OverSsh, ThisMachine, UnknownMachine},
    swarm::{Chosen, Manager, Swarm},
    transport::{
        Allowance, Dial, InvalidEndpoint, NotConnected,
        ssh::{Master, Masters, Shell, Tunnel},
        tcp::PlainTcp,
        tls::TlsOver,
        unix::UnixSocket,
    },
};
use maestro_core::{
    endpoint::DEFAULT_SOCKET,
    fault::{ConnectionFault, ManagerFault},
    model::{Endpoint, Ship},
    observed::note::ShipNote,
    value::is_loopback,
};
use maestro_endpoint::docker;

/// How long a port of this machine may take to accept or to refuse; a packet filter may let it do neither.
const PROBE_TIMEOUT: Duration = Duration::from_secs(1);
/// How long this machine's own engine may take to answer where it is no ship.
const THIS_MACHINE: Duration = Duration::from_secs(10);
/// On a ship this names the engine as well as the ship's own name does, for SSH has led there already.
const INSIDE_OF_A_TUNNEL: &str = "localhost";

/// A ship's engine, not necessarily reached yet.
pub struct Connection {
    /// The engine.
    pub engine: Arc<dyn Engine>,
    /// The machine that it runs on.
    pub host: Arc<dyn Host>,
    /// Something that the user should know about the way there.
    pub remark: Option<ShipNote>,
}

/// How ports of containers on a ship are reached.
pub enum PortWay {
    /// The ship is this machine: at the container's own address.
    ThisMachine,
    /// At the container's own address, through a login to the ship.
    Login(Arc<Master>),
    /// Only where they are published.
    Published,
}

/// Finds the way to a single ship's engine; see [`Routes::connect`].
pub async fn connect(ship: &Ship, environment: &BTreeMap<String, String>) -> Connection {
    Routes::new(&Arc::new(environment.clone())).connect(ship).await
}

/// Finds the ways to engines. Ships with the same SSH login share one connection.
pub struct Routes {
    environment: Arc<BTreeMap<String, String>>,
    default_socket: PathBuf,
    masters: Masters,
    allowance: Allowance,
}

impl Routes {
    /// `environment` are the process's variables: `DOCKER_HOST` and what else Docker's own command heeds.
    #[must_use]
    pub fn new(environment: &Arc<BTreeMap<String, String>>) -> Self {
        Self {
            environment: Arc::clone(environment),
            default_socket: PathBuf::from(DEFAULT_SOCKET),
            masters: Masters::default(),
            allowance: Allowance::default(),
        }
    }

    /// The same, with answers of engines that share `allowance` with those of other ways.
    #[must_use]
    pub fn sharing(self, allowance: Allowance) -> Self {
        Self { allowance, ..self }
    }

    /// Finds the way to a ship's engine.
    ///
    /// Nothing is dialled before the engine's first call, except where a ship is at a TCP port of this machine: that
    /// decides whether the local engine's socket has to stand in. An address that cannot be used is no error here, but
    /// gives an engine whose every call says why.
    pub async fn connect(&self, ship: &Ship) -> Connection {
        if !ship.managers.is_empty() {
            return self.swarm(ship).await;
        }
        let (dial, host, remark) = self.way(ship, &ship.endpoint).await;
        Connection { engine: self.engine(ship, &dial), host, remark }
    }

    /// A Swarm of several managers: the first is asked that can be.
    async fn swarm(&self, ship: &Ship) -> Connection {
        let ways = ship.managers.iter().map(|manager| self.way(ship, &manager.endpoint));
        let mut ways = join_all(ways).await;
        let managers = ship.managers.iter().zip(&ways).map(|(manager, (dial, ..))| {
            let engine = self.docker(ship, dial);
            Manager { address: manager.endpoint.to_string(), engine: engine.clone(), services: engine }
        });
        let swarm = Swarm::of(managers.collect(), ship.timeout);
        let Chosen { at, others } = swarm.choose().await;
        let (_, host, remark) = ways.swap_remove(at.unwrap_or_default());
        let asked = at.map(|at| ship.managers[at].endpoint.to_string());
        // Where none can be asked, calls tell why.
        let is_told =
            if at.is_some() { !others.is_empty() } else { others.iter().any(ManagerFault::is_no_manager) };
        let others = is_told.then(|| ShipNote::Managers { ship: ship.name.clone(), asked, others });
        Connection { engine: Arc::new(swarm), host, remark: others.or(remark) }
    }

    /// A ship's engine to which there was no connection a moment ago: its calls say so without another attempt.
    #[must_use]
    pub fn refused(&self, ship: &Ship, fault: ConnectionFault) -> Connection {
        let nowhere = InvalidEndpoint { address: ship.endpoint.to_string(), fault };
        let dial: Arc<dyn Dial> = Arc::new(nowhere);
        Connection { engine: self.engine(ship, &dial), host: Arc::new(UnknownMachine), remark: None }
    }

    /// The engine of a ship; of a Swarm, that whose containers are its services.
    fn engine(&self, ship: &Ship, dial: &Arc<dyn Dial>) -> Arc<dyn Engine> {
        let docker = self.docker(ship, dial);
        if ship.swarm { Arc::new(Swarm::new(docker.clone(), docker, ship.timeout)) } else { docker }
    }

    fn docker(&self, ship: &Ship, dial: &Arc<dyn Dial>) -> Arc<Docker> {
        Arc::new(Docker::sharing(dial, ship.timeout, ship.api_version, self.allowance.clone()))
    }

    /// Opens connections to a ship's engine, for programs that speak to engines themselves.
    pub async fn dial_to(&self, ship: &Ship) -> Arc<dyn Dial> {
        self.way(ship, &ship.endpoint).await.0
    }

    /// The same for this machine's own engine.
    #[must_use]
    pub fn dial_to_this_machine(&self) -> Arc<dyn Dial> {
        let dial = self.local().and_then(|endpoint| self.dial(&endpoint, THIS_MACHINE));
        dial.unwrap_or_else(|nowhere| Arc::new(nowhere))
    }

    /// The way to a ship's engine there, the machine that it is on, and what the user should know about it.
    async fn way(&self, ship: &Ship, at: &Endpoint) -> (Arc<dyn Dial>, Arc<dyn Host>, Option<ShipNote>) {
        let mut remark = None;
        let endpoint = match at {
            Endpoint::Local => self.local(),
            other => Ok(other.clone()),
        };
        let elsewhere = || -> Arc<dyn Host> { Arc::new(UnknownMachine) };
        let mut machine = endpoint.as_ref().map_or_else(|_| elsewhere(), |at| self.machine(at, ship));
        let mut dial = endpoint
            .and_then(|endpoint| self.dial(&endpoint, ship.timeout))
            .unwrap_or_else(|nowhere| -> Arc<dyn Dial> { Arc::new(nowhere) });
        if let Endpoint::Tcp { host, port } = at
            && let Some(socket) = self.stand_in(&PlainTcp { host: host.clone(), port: *port }).await
        {
            let (address, path) = (at.to_string(), socket.path.display().to_string());
            remark = Some(ShipNote::StandIn { ship: ship.name.clone(), address, socket: path });
            dial = Arc::new(socket);
            machine = Arc::new(ThisMachine);
        }
        (dial, machine, remark)
    }

    /// This machine's own engine, as `docker` finds it. That it cannot be reached is told by the engine's calls.
    #[must_use]
    pub fn this_machine(&self) -> Arc<dyn Engine> {
        let dial = self.dial_to_this_machine();
        Arc::new(Docker::sharing(&dial, THIS_MACHINE, None, self.allowance.clone()))
    }

    /// How ports of containers on a ship are reached.
    #[must_use]
    pub fn port_way(&self, ship: &Ship) -> PortWay {
        let endpoint = match &ship.endpoint {
            Endpoint::Local => self.local().ok(),
            other => Some(other.clone()),
        };
        match endpoint {
            Some(Endpoint::Ssh { login, .. }) => PortWay::Login(self.masters.of(&login, ship.timeout)),
            Some(Endpoint::Local | Endpoint::Unix(_)) => PortWay::ThisMachine,
            Some(Endpoint::Tcp { .. } | Endpoint::Tls { .. }) | None => PortWay::Published,
        }
    }

    /// The machine at an endpoint, as far as it can be seen.
    fn machine(&self, endpoint: &Endpoint, ship: &Ship) -> Arc<dyn Host> {
        match endpoint {
            _ if endpoint.is_on_this_machine() => Arc::new(ThisMachine),
            Endpoint::Local | Endpoint::Unix(_) | Endpoint::Tcp { .. } | Endpoint::Tls { .. } => {
                Arc::new(UnknownMachine)
            }
            Endpoint::Ssh { login, .. } => {
                Arc::new(OverSsh::new(Shell::new(self.masters.of(login, ship.timeout))))
            }
        }
    }

    fn local(&self) -> Result<Endpoint, InvalidEndpoint> {
        docker::local(&self.environment, &self.default_socket).map_err(|nameless| InvalidEndpoint {
            address: nameless.name,
            fault: ConnectionFault::InvalidAddress(nameless.reason),
        })
    }

    fn dial(&self, endpoint: &Endpoint, timeout: Duration) -> Result<Arc<dyn Dial>, InvalidEndpoint> {
        let address = endpoint.to_string();
        Ok(match endpoint {
            // A context's endpoint is never the local one again.
            Endpoint::Local => return self.dial(&self.local()?, timeout),
            Endpoint::Unix(path) => Arc::new(UnixSocket { path: path.clone() }),
            Endpoint::Tcp { host, port } => Arc::new(PlainTcp { host: host.clone(), port: *port }),
            Endpoint::Tls { host, port, tls } => {
                let inner = Arc::new(PlainTcp { host: host.clone(), port: *port });
                Arc::new(TlsOver::new(inner, address, host, None, tls, timeout)?)
            }
            Endpoint::Ssh { login, remote, tls } => {
                let master = self.masters.of(login, timeout);
                let tunnel = Arc::new(Tunnel::new(master, remote.clone(), address.clone()));
                match tls {
                    None => tunnel,
                    Some(tls) => {
                        let also = Some(INSIDE_OF_A_TUNNEL);
                        Arc::new(TlsOver::new(tunnel, address, &login.host, also, tls, timeout)?)
                    }
                }
            }
        })
    }

    /// The local engine's socket, if `port` is one of this machine that nothing listens on, and the socket does answer.
    async fn stand_in(&self, port: &PlainTcp) -> Option<UnixSocket> {
        if !is_loopback(&port.host) {
            return None;
        }
        match timeout(PROBE_TIMEOUT, port.dial()).await {
            Ok(Err(NotConnected { refused: true, .. })) => {}
            _ => return None,
        }
        let Ok(Endpoint::Unix(path)) = self.local() else {
            return None;
        };
        let socket = UnixSocket { path };
        let answers = timeout(PROBE_TIMEOUT, socket.dial()).await.is_ok_and(|stream| stream.is_ok());
        answers.then_some(socket)
    }
}

#[cfg(test)]
mod tests;
