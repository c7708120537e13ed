//! The ships of a status that do not answer: those that do not for the same reason in one line.

use super::{
    entry::{EntryState, Silent, Status, ship_name},
    lines::Row,
    options::StatusOptions,
};
use crate::{alike::groups, labels::count, overview::names};
use maestro_core::model::{Environment, ShipId};

/// How many instances of a ship that does not answer are named.
const NAMED_AT_MOST: usize = 4;

/// The rows of all of them, or of one ship.
pub(super) fn silent_rows(
    environment: &Environment,
    status: &Status,
    ship: Option<ShipId>,
    options: StatusOptions,
) -> Vec<Row> {
    let shown = status.silent.iter().filter(|silent| ship.is_none_or(|ship| silent.ship == ship));
    let groups = groups(environment, shown, |silent| (silent.ship, silent.reason.as_str()));
    groups.iter().map(|group| row(environment, status, group, options)).collect()
}

/// `gamma  unreachable: no route to host (web-1, web-2)`, or
/// `25 ships  unreachable: no route to host (gamma; the same on delta, …; 50 instances)`.
fn row(environment: &Environment, status: &Status, group: &[&Silent], options: StatusOptions) -> Row {
    let is_there = |ship| group.iter().any(|silent| silent.ship == ship);
    let there =
        status.entries.iter().filter(|one| one.standing == EntryState::Unreachable && is_there(one.ship));
    let there: Vec<&str> = there.map(|entry| entry.name.as_str()).collect();
    let mut ships =
        group.iter().map(|silent| ship_name(environment, silent.ship, options.show_hosts).into_owned());
    let first = ships.next().unwrap_or_default();
    let reason = group.first().map(|silent| silent.reason.as_str()).unwrap_or_default();
    let (name, state) = if group.len() == 1 {
        let instances = match there.len() {
            0 => String::new(),
            1..=NAMED_AT_MOST => format!(" ({})", there.join(", ")),
            many => {
                format!(" ({} and {} more)", there[..NAMED_AT_MOST - 1].join(", "), many + 1 - NAMED_AT_MOST)
            }
        };
        (first, format!("unreachable: {reason}{instances}"))
    } else {
        let instances = match there.len() {
            0 => String::new(),
            1..=NAMED_AT_MOST => format!("; {}", there.join(", ")),
            many => format!("; {}", count(many, "instance")),
        };
        let others = names(ships).join(", ");
        (
            count(group.len(), "ship"),
            format!("unreachable: {reason} ({first}; the same on {others}{instances})"),
        )
    };
    Row {
        standing: EntryState::Unreachable,
        subject: None,
        cells: vec![name],
        state,
        image: String::new(),
        age: String::new(),
    }
}
