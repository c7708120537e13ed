//! The published ports of an instance in a status.

use crate::text::harmless;
use maestro_core::model::container::Port;

/// A published port: `sql 15432→5432/tcp`: published on the ship → inside the container.
#[must_use]
pub fn text(port: &Port) -> String {
    let bind = port.bind.map(
        |address| {
            if address.is_ipv6() { format!("[{address}]:") } else { format!("{address}:") }
        },
    );
    // Without a number the engine chooses any port.
    let on_ship = if port.host == 0 { "any".to_owned() } else { port.on_ship() };
    format!(
        "{} {}{}→{}/{}",
        harmless(&port.name),
        bind.unwrap_or_default(),
        on_ship,
        port.inside(),
        port.protocol
    )
}
