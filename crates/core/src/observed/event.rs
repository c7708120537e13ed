//! What happens to containers while an engine is watched, and what that changes in what is known of it.

use super::{ContainerState, Holdings, Observed, ShipState};
use crate::model::ShipId;

/// Something that happened to a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerEvent {
    /// The container's id.
    pub id: String,
    /// Its name after the event. Untrusted.
    pub name: String,
    /// The environment whose label it bears, if it bears one.
    pub environment: Option<String>,
    /// What happened.
    pub what: Happened,
}

/// What happened to a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happened {
    /// It was created.
    Created,
    /// Its program was started, by a client or by its restart policy.
    Started,
    /// It got a signal: the beginning of a stop, or a kill.
    Signalled {
        /// Whether no program can ignore the signal.
        is_kill: bool,
    },
    /// Its program ended.
    Died {
        /// The exit code.
        exit_code: i64,
    },
    /// Its processes were frozen.
    Paused,
    /// Its processes go on.
    Unpaused,
    /// It got another name.
    Renamed,
    /// It was removed.
    Removed,
}

impl Happened {
    /// Whether a stop or a kill that was under way is over with it.
    #[must_use]
    pub fn ends_a_stop(&self) -> bool {
        matches!(self, Self::Started | Self::Died { .. } | Self::Removed)
    }
}

/// How much of an event could be applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// All of it.
    Whole,
    /// Part of it: the event does not say everything that a list of containers would show now.
    Part,
}

impl Observed {
    /// Updates what is known of a ship by an event on its engine. A ship that has not answered stays as it is.
    pub fn apply_event(&mut self, ship: ShipId, event: &ContainerEvent) -> Applied {
        match self.ships.get_mut(ship.0) {
            Some(ShipState::Answering(holdings)) => holdings.apply_event(event),
            Some(ShipState::NotAsked | ShipState::Unreachable { .. }) | None => Applied::Part,
        }
    }
}

impl Holdings {
    /// Updates the containers by an event. Images, networks and volumes stay as they were seen.
    pub fn apply_event(&mut self, event: &ContainerEvent) -> Applied {
        let known = self.containers.values().find(|container| container.id == event.id);
        let Some(name) = known.map(|container| container.name.clone()) else {
            return match event.what {
                Happened::Removed => Applied::Whole,
                Happened::Created
                | Happened::Started
                | Happened::Signalled { .. }
                | Happened::Died { .. }
                | Happened::Paused
                | Happened::Unpaused
                | Happened::Renamed => Applied::Part,
            };
        };
        let Some(mut container) = self.containers.remove(&name) else { return Applied::Part };
        let applied = match event.what {
            Happened::Removed => {
                self.descriptions.remove(&event.id);
                return Applied::Whole;
            }
            Happened::Created | Happened::Signalled { .. } => Applied::Whole,
            // Its ports and the words of its engine are known only to a list.
            Happened::Started | Happened::Unpaused => {
                container.state = ContainerState::Running;
                Applied::Part
            }
            // A restart policy may be about to start it again.
            Happened::Died { .. } => {
                container.state = ContainerState::Exited;
                container.published.clear();
                Applied::Part
            }
            Happened::Paused => {
                container.state = ContainerState::Paused;
                Applied::Part
            }
            Happened::Renamed => {
                container.name.clone_from(&event.name);
                if let Some(description) = self.descriptions.get_mut(&event.id) {
                    description.name.clone_from(&event.name);
                }
                Applied::Whole
            }
        };
        self.containers.insert(container.name.clone(), container);
        applied
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::observed::Container;

    fn container(id: &str, name: &str) -> Container {
        Container {
            id: id.to_owned(),
            name: name.to_owned(),
            image: "app".to_owned(),
            image_id: "i".to_owned(),
            state: ContainerState::Created,
            status: "Created".to_owned(),
            labels: BTreeMap::new(),
            published: Vec::new(),
            networks: Vec::new(),
            on_host_network: false,
            mounts: Vec::new(),
        }
    }

    fn event(id: &str, name: &str, what: Happened) -> ContainerEvent {
        ContainerEvent { id: id.to_owned(), name: name.to_owned(), environment: None, what }
    }

    #[test]
    fn events_change_what_is_known_of_a_container() {
        let one = container("1", "web-1");
        let containers = [(one.name.clone(), one)].into();
        let holdings = Holdings { containers, ..Holdings::default() };
        let ships = vec![ShipState::Answering(holdings), ShipState::NotAsked];
        let mut observed = Observed { ships, ..Observed::default() };
        let mut apply = |what, name: &str| {
            let applied = observed.apply_event(ShipId(0), &event("1", name, what));
            let containers = &observed.holdings(ShipId(0)).unwrap().containers;
            (applied, containers.values().map(|one| format!("{} {:?}", one.name, one.state)).collect())
        };
        let seen = |applied, text: &str| (applied, vec![text.to_owned()]);
        assert_eq!(apply(Happened::Started, "web-1"), seen(Applied::Part, "web-1 Running"));
        assert_eq!(apply(Happened::Paused, "web-1"), seen(Applied::Part, "web-1 Paused"));
        assert_eq!(apply(Happened::Unpaused, "web-1"), seen(Applied::Part, "web-1 Running"));
        let signal = Happened::Signalled { is_kill: false };
        assert_eq!(apply(signal, "web-1"), seen(Applied::Whole, "web-1 Running"));
        assert_eq!(apply(Happened::Died { exit_code: 3 }, "web-1"), seen(Applied::Part, "web-1 Exited"));
        assert_eq!(apply(Happened::Renamed, "web-1.old"), seen(Applied::Whole, "web-1.old Exited"));
        assert_eq!(apply(Happened::Removed, "web-1.old"), (Applied::Whole, Vec::new()));
        assert_eq!(apply(Happened::Removed, "web-1.old"), (Applied::Whole, Vec::new()));
        assert_eq!(apply(Happened::Created, "web-2"), (Applied::Part, Vec::new()));
        let created = event("2", "web-2", Happened::Created);
        assert_eq!(observed.apply_event(ShipId(1), &created), Applied::Part);
    }
}
