//! Connections through a login to ports that its machine reaches, such as those of its containers.

use std::{path::PathBuf, sync::Arc};

use openssh::ForwardType;
use tokio::net::UnixStream;

use super::{
    master::{Live, Master},
    routes::PortRoute,
    session::{self, HeldStream},
    words::{self, fault},
};
use crate::transport::{NotConnected, Stream};
use maestro_core::fault::TunnelFault;

/// A port of the ship that nothing should listen on: a server that forwards says that the connection was refused.
const NOBODYS_PORT: u16 = 1;

/// A connection to a port.
pub struct PortConnection {
    /// The connection.
    pub stream: Box<dyn Stream>,
    /// Why it was not opened after all, if that is said: it is closed at once then.
    pub refusal: Box<dyn Fn() -> Option<String> + Send + Sync>,
}

/// How connections to ports are opened through a login: found out once for each login.
///
/// # Errors
/// [`NotConnected`] if there is no login.
pub async fn port_route(master: &Master) -> Result<PortRoute, NotConnected> {
    let live = master.live().await?;
    Ok(route(&live).await.clone())
}

async fn route(live: &Live) -> &PortRoute {
    live.ports.route.get_or_init(|| find_route(live)).await
}

async fn find_route(live: &Live) -> PortRoute {
    let (socket, [listen, target]) = match live.forward("localhost", NOBODYS_PORT).await {
        Ok(forward) => forward,
        Err(error) => return PortRoute::None(error.to_string()),
    };
    let refusal = live.refusal(&socket).await;
    // What is not used is closed; that it stays would harm nobody.
    live.session.close_port_forward(ForwardType::Local, listen, target).await.ok();
    let Some(why) = refusal.filter(|why| words::is_prohibited(why)) else { return PortRoute::Forwarded };
    let look = live.session.shell("command -v docker >/dev/null").output().await;
    if look.is_ok_and(|output| output.status.success()) {
        PortRoute::DockerCommand
    } else {
        PortRoute::None(why)
    }
}

/// Opens a connection through a login to a port that the machine reaches.
///
/// # Errors
/// [`NotConnected`] if there is no login, or no way on from there.
pub async fn open_port(master: &Master, host: &str, port: u16) -> Result<PortConnection, NotConnected> {
    let live = master.live().await?;
    let place = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
    let failed = |why: TunnelFault| NotConnected::because(fault(&place, why));
    match route(&live).await {
        PortRoute::Forwarded => {
            let before = live.failures();
            let not_forwarded = |words: String| failed(TunnelFault::NotForwarded(words));
            let socket = socket(&live, host, port).await.map_err(|error| not_forwarded(error.to_string()))?;
            let stream =
                UnixStream::connect(&socket).await.map_err(|error| not_forwarded(error.to_string()))?;
            let stream = Box::new(HeldStream { stream, _held: Arc::clone(&live) });
            Ok(PortConnection { stream, refusal: Box::new(move || live.failure_after(before)) })
        }
        PortRoute::DockerCommand => {
            let no_session = |words| failed(TunnelFault::NoSession(words));
            let permit = Arc::clone(&live.ports.permits).acquire_owned().await;
            let permit = permit.map_err(|error| no_session(Some(error.to_string())))?;
            let host = format!("tcp://{place}");
            let (stream, complaints) = session::dial(live, Some(&host), permit).await.map_err(no_session)?;
            let refusal = move || words::port_failed(&complaints.text());
            Ok(PortConnection { stream, refusal: Box::new(refusal) })
        }
        PortRoute::None(words) => Err(failed(TunnelFault::NotForwarded(words.clone()))),
    }
}

/// A socket of ours that leads to an address which the machine reaches.
async fn socket(live: &Live, host: &str, port: u16) -> Result<PathBuf, openssh::Error> {
    let mut sockets = live.ports.sockets.lock().await;
    let address = (host.to_owned(), port);
    if let Some(socket) = sockets.get(&address) {
        return Ok(socket.clone());
    }
    let (socket, _) = live.forward(host, port).await?;
    sockets.insert(address, socket.clone());
    Ok(socket)
}
