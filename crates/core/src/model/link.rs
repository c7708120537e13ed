//! Links: names under which an instance reaches others, and how an engine carries each.

use super::{
    Environment, InstanceId,
    container::{Port, Protocol},
};
use crate::source::Span;

/// A name under which an instance reaches others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The name.
    pub alias: String,
    /// The instances that it leads to: one, or those of a service.
    pub targets: Vec<InstanceId>,
    /// How the name leads to them.
    pub route: LinkRoute,
    /// Where it is written.
    pub span: Span,
}

impl Link {
    /// The TCP ports of the first target, as the consumer asks for them.
    pub fn tcp_ports(&self, environment: &Environment) -> impl Iterator<Item = u16> {
        let first = self.targets.first().map(|id| environment.instance(*id));
        let ports = first.into_iter().flat_map(|target| &target.ports);
        let is_asked = |port: &&Port| !self.route.is_published() || port.host == port.container;
        ports.filter(|port| port.protocol == Protocol::Tcp).filter(is_asked).map(|port| port.container)
    }
}

/// How a link's name leads to its targets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkRoute {
    /// The engine's DNS tells it to the consumer alone, on the network with that name.
    PrivateAlias(String),
    /// Docker's own link, on its network `bridge`.
    Bridge,
    /// Lines of the consumer's `/etc/hosts`: addresses of ships, at which the targets publish their ports.
    Addresses(Vec<String>),
    /// The engine's DNS tells it to all containers on the network with that name.
    NetworkAlias(String),
}

impl LinkRoute {
    /// Whether it leads to ports that are published on a ship rather than to the containers themselves.
    #[must_use]
    pub fn is_published(&self) -> bool {
        matches!(self, Self::Addresses(_))
    }
}
