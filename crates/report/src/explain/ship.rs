//! What the user should know about a ship.

use maestro_core::observed::{note::ShipNote, ownership::Why};

/// What the user should know about a ship.
#[must_use]
pub fn note(note: &ShipNote) -> String {
    match note {
        ShipNote::StandIn { ship, address, socket } => {
            format!("ship {ship}: nothing listens on {address}, using {socket}")
        }
        ShipNote::Lookalike { ship, container, image, why } => match why {
            Why::Inherited => format!(
                "ship {ship}: container {container} is unmanaged and left alone: it bears this environment's labels \
                 only because its image {image} does"
            ),
            Why::ImageUnknown => format!(
                "ship {ship}: container {container} is left alone: it bears this environment's labels, but its image \
                 {image} is gone, so nobody can tell whether the labels are its own or its image's; if it is this \
                 environment's, `docker rm -f {container}` on that ship lets the next `apply` recreate it"
            ),
        },
        ShipNote::NoRecord { ship, volume } => format!(
            "ship {ship} has a volume {volume} that bears the labels of a recorded revision and cannot be one; it is \
             left aside (look at it with `docker volume inspect {volume}`, remove it with `docker volume rm {volume}`)"
        ),
    }
}
