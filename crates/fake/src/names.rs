//! Names on the networks of the engine in memory: who answers to them.

use std::sync::Arc;

use super::{Fake, container::FakeContainer, state::Inside};
use maestro_core::model::{
    container::{ContainerNames, ContainerSpec, Network},
    membership::Membership,
};
use maestro_core::observed::description::{AttachedNetwork, Description};
use maestro_engine::EngineError;

impl Fake {
    /// The containers that run and answer to a name on a network, by their own names: each is one because of its name, an
    /// alias, its host name or its id, as with an engine's name server.
    #[must_use]
    pub fn resolves(&self, network: &str, name: &str) -> Vec<String> {
        let mut inside = self.inside();
        inside.tick();
        let up = inside.containers.values().filter(|kept| kept.shown.state.is_up());
        let answering = up.filter(|kept| kept.answers_to(network, name));
        answering.map(|kept| kept.shown.name.clone()).collect()
    }
}

impl Inside {
    pub(super) fn rejoin(&mut self, container: &str, membership: &Membership) -> Result<(), EngineError> {
        let network = &membership.network;
        if !self.networks.contains_key(network) {
            return Err(EngineError::NotFound(format!("network {network} not found").into()));
        }
        let endpoint = AttachedNetwork {
            links: membership.links.iter().cloned().collect(),
            aliases: membership.attachment.aliases.iter().cloned().collect(),
            ..AttachedNetwork::default()
        };
        Arc::make_mut(&mut self.find(container)?.description).networks.insert(network.clone(), endpoint);
        Ok(())
    }
}

impl FakeContainer {
    /// Gives a new container its aliases: those of its specification, unless these are left out, and on its first network
    /// those that it is made with.
    pub(super) fn give_aliases(description: &mut Description, spec: &ContainerSpec, names: &ContainerNames) {
        if names.without_aliases {
            description.networks.values_mut().for_each(|endpoint| endpoint.aliases.clear());
        }
        if let Network::Environment { name: network, .. } = &spec.network
            && let Some(endpoint) = description.networks.get_mut(network)
        {
            endpoint.aliases.extend(names.aliases.iter().cloned());
        }
    }

    fn answers_to(&self, network: &str, name: &str) -> bool {
        self.description
            .networks
            .get(network)
            .is_some_and(|endpoint| self.own_name(name) || endpoint.aliases.contains(name))
    }

    /// Whether the engine gives it that name by itself.
    fn own_name(&self, name: &str) -> bool {
        let short_id = self.shown.id.get(..12);
        self.shown.name == name || self.description.hostname == name || short_id == Some(name)
    }

    /// How it is made.
    pub(super) fn described(&self) -> Description {
        Description {
            id: self.shown.id.clone(),
            name: self.shown.name.clone(),
            image_id: self.shown.image_id.clone(),
            labels: self.shown.labels.clone(),
            ..Description::clone(&self.description)
        }
    }
}

#[cfg(test)]
mod tests {
    use maestro_engine::{Containers as _, Networks as _};
    use std::time::Duration;

    use super::*;
    use maestro_core::model::{attachment::Attachment, container::ContainerOwner};

    fn spec(name: &str) -> ContainerSpec {
        let network = Network::Environment { name: "net".into(), links: Vec::new() };
        ContainerSpec::new(
            name,
            "app:1",
            network,
            ContainerOwner { environment: "shop".into(), service: "web".into() },
        )
    }

    async fn run(fake: &Fake, name: &str) -> String {
        let names = if name == "web-1" { ContainerNames::plain(name) } else { ContainerNames::default() };
        let id = fake.create(name, &spec("web-1").into(), &[].into(), &names).await.unwrap().id;
        fake.start(&id).await.unwrap();
        id
    }

    #[tokio::test(start_paused = true)]
    async fn a_name_is_handed_over_and_somebody_answers_all_the_time() {
        let fake = Fake::new("one");
        fake.add_image("app:1");
        fake.create_network("net", &maestro_core::model::network::NetworkOptions::default(), true)
            .await
            .unwrap();
        let old = run(&fake, "web-1").await;
        let new = run(&fake, "web-1.next").await;
        let answering = || fake.resolves("net", "web-1");
        assert_eq!(answering(), ["web-1"]);
        let named = |aliases: &[&str]| Membership {
            network: "net".into(),
            links: Vec::new(),
            attachment: Attachment {
                aliases: aliases.iter().map(|&alias| alias.to_owned()).collect(),
                ..Attachment::default()
            },
        };
        fake.rejoin(&new, &named(&["web-1"])).await.unwrap();
        assert_eq!(answering(), ["web-1", "web-1.next"]);
        fake.rename(&old, "web-1.previous").await.unwrap();
        assert_eq!(answering(), ["web-1.next", "web-1.previous"]);
        fake.rename(&new, "web-1").await.unwrap();
        fake.rejoin(&old, &named(&[])).await.unwrap();
        assert_eq!(answering(), ["web-1"]);
        assert_eq!(fake.resolves("net", "web-1.previous"), ["web-1.previous"]);
        fake.stop(&old, Duration::ZERO).await.unwrap();
        assert!(fake.resolves("net", "web-1.previous").is_empty());
        let described = fake.inspect(&new).await.unwrap().unwrap().description;
        assert_eq!(described.networks["net"].aliases, ["web-1".to_owned()].into());
        let nowhere = Membership { network: "nowhere".into(), ..named(&[]) };
        assert!(matches!(fake.rejoin(&new, &nowhere).await, Err(EngineError::NotFound(_))));
    }

    #[tokio::test(start_paused = true)]
    async fn a_host_name_is_a_name_too() {
        let fake = Fake::new("one");
        fake.add_image("app:1");
        fake.create_network("net", &maestro_core::model::network::NetworkOptions::default(), true)
            .await
            .unwrap();
        let spec = ContainerSpec { hostname: Some("web-1".into()), ..spec("web-1") };
        fake.create("web-1.next", &spec.into(), &[].into(), &ContainerNames::default()).await.unwrap();
        assert!(fake.resolves("net", "web-1").is_empty());
        fake.start("web-1.next").await.unwrap();
        assert_eq!(fake.resolves("net", "web-1"), ["web-1.next"]);
    }
}
