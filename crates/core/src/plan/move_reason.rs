//! Why an instance leaves a ship.

use super::{builder::Builder, reason::Reason};
use crate::model::{InstanceId, ShipId};

/// Why an instance leaves that ship.
pub(super) fn move_reason(builder: &Builder<'_>, id: InstanceId, from: ShipId) -> Reason {
    let environment = builder.environment;
    let service = environment.service(environment.instance(id).service);
    let ship = environment.ship(from);
    match () {
        () if ship.drain => Reason::Drained { ship: ship.name.clone() },
        () if service.candidates.contains(&from) => Reason::Spread { service: service.name.clone() },
        () => Reason::Moved,
    }
}

/// Why its new container is made on another ship.
pub(super) fn reason_of_new(builder: &Builder<'_>, id: InstanceId, from: Option<ShipId>) -> Reason {
    match from.map(|from| move_reason(builder, id, from)) {
        // What is moved by the file's own words is told as a move.
        None | Some(Reason::Moved) => Reason::NoContainer,
        Some(reason) => reason,
    }
}
