//! The file with many ships: services with an instance on each ship, or on some of them.

use std::fmt::Write as _;

use super::fleet::Ship;

/// Maximum time of a call to an engine, in seconds.
pub const TIMEOUT: u64 = 5;

/// How instances are spread over services. Each ship has the same number of instances.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// How many instances each ship has.
    pub on_each: usize,
    /// How many instances a service has, each on a ship of its own; none for one on every ship.
    pub of_each: Option<usize>,
}

/// A file for Maestro with instances of that shape.
#[must_use]
pub fn file(ships: &[Ship], shape: Shape) -> String {
    let mut text = String::from("name: many\nships:\n");
    for ship in ships {
        let address = ship.address();
        let (ip, port) = (address.ip(), address.port());
        // Writing to a text does not fail.
        let _ = writeln!(text, "  {}: {{ip: {ip}, docker_port: {port}, timeout: {TIMEOUT}}}", ship.name());
    }
    text.push_str("services:\n");
    let size = shape.of_each.map_or(ships.len(), |size| size.clamp(1, ships.len().max(1)));
    let services = (ships.len() * shape.on_each).checked_div(size).unwrap_or_default();
    for service in 0..services {
        let on = (0..size).map(|at| ships[(service * size + at) % ships.len()].name());
        let on = if size == ships.len() {
            "all".to_owned()
        } else {
            format!("[{}]", on.collect::<Vec<_>>().join(", "))
        };
        let _ = writeln!(text, "  s{}:\n    image: web:1\n    ships: {on}", service + 1);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_ship_has_an_address_of_its_own() {
        let text = file(&[Ship::alive(0), Ship::alive(300)], Shape { on_each: 6, of_each: None });
        assert_eq!(text.matches("ships: all").count(), 6);
        assert!(text.contains("ip: 10.77.0.0,") && text.contains("ip: 10.77.1.44,"), "{text}");
    }

    #[test]
    fn each_ship_has_as_many_instances_where_services_have_a_size() {
        let ships: Vec<Ship> = (0..10).map(Ship::alive).collect();
        let text = file(&ships, Shape { on_each: 6, of_each: Some(4) });
        assert_eq!(text.matches("image:").count(), 15);
        assert!(text.contains("ships: [ship9, ship10, ship1, ship2]"), "{text}");
        for ship in &ships {
            let name = ship.name();
            let on = text.matches(&format!("{name},")).count() + text.matches(&format!("{name}]")).count();
            assert_eq!(on, 6, "{name}: {text}");
        }
    }
}
