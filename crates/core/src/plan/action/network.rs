//! Actions on networks of an environment.

use crate::model::{membership::Membership, network::NetworkOptions};

/// An action on a network of an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NetworkAction {
    /// Creates the network, if it does not exist.
    Create {
        /// Its name.
        name: String,
        /// The environment, for its label.
        environment: String,
        /// How it is made.
        options: Box<NetworkOptions>,
        /// Whether its containers keep their addresses when they rejoin it.
        fixed: bool,
    },
    /// Removes the network.
    Remove {
        /// Its name.
        name: String,
        /// The environment, whose label the network must have.
        environment: String,
    },
    /// Disconnects a container from the network and connects it again under other names.
    Rejoin {
        /// The container's name.
        container: String,
        /// Its observed id; none if this plan creates it.
        id: Option<String>,
        /// How it is on the network then.
        membership: Box<Membership>,
    },
}

impl NetworkAction {
    /// [`NetworkAction::Rejoin`] of the container of that name, or of that observed id.
    #[must_use]
    pub fn rejoin(container: &str, id: Option<&str>, membership: Membership) -> Self {
        let (container, id) = (container.to_owned(), id.map(str::to_owned));
        Self::Rejoin { container, id, membership: Box::new(membership) }
    }
}
