//! How an instance's container is on a network when it joins it again.

use super::{Instance, attachment::Attachment, container::Network};

/// How a container is to be on a network.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Membership {
    /// The network's name.
    pub network: String,
    /// Names under which it reaches others, private to it: `(target container, alias)`.
    pub links: Vec<(String, String)>,
    /// Names under which others reach it, beside those that an engine gives by itself (its name, its host name, its id),
    /// and what else the file says.
    pub attachment: Attachment,
}

impl Membership {
    /// The same without aliases: others no longer find the container by them.
    #[must_use]
    pub fn without_aliases(mut self) -> Self {
        self.attachment.aliases.clear();
        self
    }
}

impl Instance {
    /// How its container is on each network of the environment, its first one first.
    #[must_use]
    pub fn memberships(&self) -> Vec<Membership> {
        let spec = &self.container;
        let memberships = spec.networks().enumerate().map(|(at, network)| {
            let mut attachment = spec.attachments.get(network).cloned().unwrap_or_default();
            let mut links = Vec::new();
            if at == 0
                && let Network::Environment { links: own, .. } = &spec.network
            {
                attachment.aliases = self.aliases();
                links.clone_from(own);
            }
            Membership { network: network.to_owned(), links, attachment }
        });
        memberships.collect()
    }
}
