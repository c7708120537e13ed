//! Which port an engine's words about a port that is taken name, and who holds it.

use std::net::Ipv4Addr;

use maestro_core::{
    event::{Cause, Failure, PortHolder},
    model::container::LABEL_ENVIRONMENT,
    observed::Container,
};
use maestro_engine::Engine;

/// The failure of a start with the holder of the port, if a taken port is the cause and the engine tells who holds it.
pub(in crate::execute) async fn with_holder(mut failure: Failure, engine: &dyn Engine) -> Failure {
    if let Cause::PortTaken { port: Some(port), holder, .. } = &mut failure.cause
        && let Ok(containers) = engine.containers().await
    {
        *holder = Some(holder_of(*port, &containers));
    }
    failure
}

fn holder_of(port: u16, containers: &[Container]) -> PortHolder {
    let holds = |one: &&Container| one.state.is_up() && one.published.iter().any(|held| held.port == port);
    match containers.iter().filter(holds).min_by(|a, b| a.name.cmp(&b.name)) {
        Some(Container { name, labels, image, .. }) => PortHolder::Container {
            name: name.clone(),
            environment: labels.get(LABEL_ENVIRONMENT).cloned(),
            image: image.clone(),
        },
        None => PortHolder::Process,
    }
}

/// Whether an engine refused a start because a port of the ship is taken.
pub(super) fn is_port_conflict(words: &str) -> bool {
    words.contains("port is already allocated")
        || words.contains("address already in use")
        || words.contains("ports are not available")
}

/// The port in `… Bind for 0.0.0.0:8099 failed: port is already allocated`: that of the first address, else the last
/// `:digits` in the text. Engine 28 tells the container's address after the ship's: `0.0.0.0:8099:172.18.0.2:80/tcp`.
pub(super) fn conflicting_port(words: &str) -> Option<u16> {
    let port = |part: &str| {
        let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<u16>().ok().filter(|port| *port != 0)
    };
    let is_address = |part: &str| {
        let word = part.rsplit(' ').next().unwrap_or_default();
        word.parse::<Ipv4Addr>().is_ok() || word.ends_with(']')
    };
    let parts: Vec<&str> = words.split(':').collect();
    let after_address = parts.windows(2).filter(|pair| is_address(pair[0])).find_map(|pair| port(pair[1]));
    after_address.or_else(|| parts.iter().rev().find_map(|part| port(part)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ships_port_is_found_in_the_words_of_every_revision() {
        for words in [
            "Bind for 0.0.0.0:8099 failed: port is already allocated",
            "Bind for :::8099 failed: port is already allocated",
            "Error starting userland proxy: listen tcp4 0.0.0.0:8099: bind: address already in use",
            "Error starting userland proxy: listen tcp6 [::]:8099: bind: address already in use",
            "failed to bind host port for 0.0.0.0:8099:172.18.0.2:80/tcp: address already in use",
            "ports are not available: exposing port TCP 0.0.0.0:8099 -> 0.0.0.0:0: listen tcp",
        ] {
            assert!(is_port_conflict(words), "{words}");
            assert_eq!(conflicting_port(words), Some(8099), "{words}");
        }
        assert_eq!(conflicting_port("address already in use"), None);
    }
}
