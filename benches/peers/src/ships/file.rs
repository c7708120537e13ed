//! The file with many ships: services with an instance on each ship.

use std::fmt::Write as _;

use super::fleet::Ship;

/// Maximum time of a call to an engine, in seconds.
pub const TIMEOUT: u64 = 5;

/// A file for Maestro with `services` instances on each ship.
#[must_use]
pub fn file(ships: &[Ship], services: usize) -> String {
    let mut text = String::from("name: many\nships:\n");
    for ship in ships {
        let address = ship.address();
        let (ip, port) = (address.ip(), address.port());
        // Writing to a text does not fail.
        let _ = writeln!(text, "  {}: {{ip: {ip}, docker_port: {port}, timeout: {TIMEOUT}}}", ship.name());
    }
    text.push_str("services:\n");
    for service in 1..=services {
        let _ = writeln!(text, "  s{service}:\n    image: web:1\n    ships: all");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_ship_has_an_address_of_its_own() {
        let text = file(&[Ship::alive(0), Ship::alive(300)], 6);
        assert_eq!(text.matches("ships: all").count(), 6);
        assert!(text.contains("ip: 10.77.0.0,") && text.contains("ip: 10.77.1.44,"), "{text}");
    }
}
