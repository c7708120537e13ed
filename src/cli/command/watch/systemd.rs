//! What systemd is told: that the service is ready, alive, and about to stop. See `sd_notify(3)`.

use std::{
    collections::BTreeMap,
    os::{
        linux::net::SocketAddrExt as _,
        unix::net::{SocketAddr, UnixDatagram},
    },
    pin::pin,
    time::Duration,
};

use tokio::time::interval;

/// How often somebody who waits for nothing is told.
const NEVER: Duration = Duration::from_secs(3600);

/// Who has started the service, if it wants to know how it does.
pub(super) struct Supervisor {
    socket: Option<(UnixDatagram, SocketAddr)>,
    watchdog: Option<Duration>,
}

impl Supervisor {
    pub(super) fn of(variables: &BTreeMap<String, String>) -> Self {
        let address = variables.get("NOTIFY_SOCKET").and_then(|path| match path.strip_prefix('@') {
            Some(name) => SocketAddr::from_abstract_name(name).ok(),
            None => SocketAddr::from_pathname(path).ok(),
        });
        let socket = address.and_then(|address| Some((UnixDatagram::unbound().ok()?, address)));
        let number = |name: &str| variables.get(name)?.parse::<u64>().ok();
        let is_meant = number("WATCHDOG_PID").is_none_or(|process| process == u64::from(std::process::id()));
        let limit = number("WATCHDOG_USEC").filter(|limit| is_meant && *limit > 0);
        Self { socket, watchdog: limit.map(Duration::from_micros) }
    }

    /// Tells it a state; whoever does not listen misses nothing else.
    pub(super) fn tell(&self, state: &str) {
        if let Some((socket, address)) = &self.socket {
            socket.send_to_addr(state.as_bytes(), address).ok();
        }
    }

    /// How often it wants to hear that the service is alive.
    pub(super) fn every(&self) -> Duration {
        self.watchdog.map_or(NEVER, |limit| (limit / 2).max(Duration::from_millis(1)))
    }

    /// Waits for something that may take longer than the service may be silent.
    pub(super) async fn while_waiting<T>(&self, work: impl Future<Output = T>) -> T {
        let (mut work, mut alive) = (pin!(work), interval(self.every()));
        loop {
            tokio::select! {
                biased;
                done = &mut work => return done,
                _ = alive.tick() => self.alive(),
            }
        }
    }

    /// Tells it that the service is alive.
    pub(super) fn alive(&self) {
        if self.watchdog.is_some() {
            self.tell("WATCHDOG=1");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_at_its_socket_and_as_often_as_it_wants() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        let variables = [
            ("NOTIFY_SOCKET".to_owned(), path.display().to_string()),
            ("WATCHDOG_USEC".to_owned(), "3000000".to_owned()),
        ];
        let supervisor = Supervisor::of(&variables.into());
        supervisor.tell("READY=1");
        supervisor.alive();
        let read = || {
            let mut bytes = [0; 64];
            let length = socket.recv(&mut bytes).unwrap();
            String::from_utf8_lossy(&bytes[..length]).into_owned()
        };
        assert_eq!([read(), read()], ["READY=1", "WATCHDOG=1"]);
        assert_eq!(supervisor.every(), Duration::from_millis(1500));
        let long = async { tokio::time::sleep(Duration::from_secs(4)).await };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
        runtime.unwrap().block_on(supervisor.while_waiting(long));
        assert_eq!([read(), read(), read()], ["WATCHDOG=1"; 3]);
        let nobody = Supervisor::of(&BTreeMap::new());
        nobody.tell("READY=1");
        assert_eq!(nobody.every(), NEVER);
    }
}
