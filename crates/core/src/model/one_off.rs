//! One-off containers: with the settings of an instance, beside it and for one command.

use super::{
    Environment, Instance,
    container::{ContainerNames, ContainerSpec, Mount, Setting, SettingValue},
    shared::SharedSpec,
    variables::Variables,
};

/// Label of a one-off container, so that it is never taken for an instance's.
pub const LABEL_ONE_OFF: &str = "maestro.one-off";
/// The label by which docker compose tells its own one-off containers.
const LABEL_OF_COMPOSE: &str = "com.docker.compose.oneoff";

/// What a one-off container has otherwise than its instance.
#[derive(Debug, Clone, Default)]
pub struct OneOff {
    /// Its name: [`one_off_name`].
    pub name: String,
    /// Its command; none is the instance's.
    pub command: Option<Vec<String>>,
    /// Its entrypoint; none is the instance's.
    pub entrypoint: Option<Vec<String>>,
    /// Its user; none is the instance's.
    pub user: Option<String>,
    /// Its working directory; none is the instance's.
    pub workdir: Option<String>,
    /// Variables beside those of the instance.
    pub variables: Variables,
    /// Mounts beside those of the instance; one at the same path takes its place.
    pub mounts: Vec<Mount>,
    /// Whether it publishes the instance's ports.
    pub ports: bool,
    /// Whether it has a terminal.
    pub terminal: bool,
    /// Whether nobody talks to it: it has no input.
    pub in_background: bool,
}

/// The name of a one-off container: `web-1.run-1f0c`.
#[must_use]
pub fn one_off_name(instance: &Instance, word: &str) -> String {
    format!("{}.run-{word}", instance.container_name())
}

impl OneOff {
    /// What is sent to an engine for it. Nobody else is found under its names or has its addresses, and no policy restarts
    /// it.
    #[must_use]
    pub fn spec(&self, instance: &Instance) -> SharedSpec {
        self.spec_of(ContainerSpec::clone(&instance.container), &instance.name)
    }

    /// The same, of the specification of an instance with that name.
    fn spec_of(&self, own: ContainerSpec, instance: &str) -> SharedSpec {
        let mut spec = ContainerSpec { name: self.name.clone(), restart: None, ..own };
        spec.hostname = spec.hostname.filter(|hostname| hostname != instance);
        if !self.ports {
            spec.ports.clear();
        }
        for attachment in spec.attachments.values_mut() {
            attachment.aliases.clear();
            (attachment.ipv4_address, attachment.ipv6_address, attachment.mac_address) = (None, None, None);
            attachment.link_local_ips.clear();
        }
        spec.settings.insert(Setting::StdinOpen, SettingValue::Flag(!self.in_background));
        spec.settings.insert(Setting::Tty, SettingValue::Flag(self.terminal));
        if let Some(entrypoint) = &self.entrypoint {
            spec.settings.insert(Setting::Entrypoint, SettingValue::Texts(entrypoint.clone()));
            // The instance's command is one for its own entrypoint.
            spec.command = None;
        }
        spec.command = self.command.clone().or(spec.command);
        spec.user = self.user.clone().or(spec.user);
        spec.workdir = self.workdir.clone().or(spec.workdir);
        for (name, value) in self.variables.iter() {
            spec.env.insert(name.clone(), value.clone());
        }
        spec.mounts.retain(|mount| self.mounts.iter().all(|other| other.target != mount.target));
        spec.mounts.extend(self.mounts.iter().cloned());
        spec.labels.insert(LABEL_ONE_OFF.to_owned(), instance.to_owned());
        if let Some(compose) = spec.labels.get_mut(LABEL_OF_COMPOSE) {
            "True".clone_into(compose);
        }
        spec.into()
    }

    /// How it is found: under its own name alone.
    #[must_use]
    pub fn names(&self, environment: &Environment) -> ContainerNames {
        let renamed = environment.instances.iter().filter(|instance| instance.container_name.is_some());
        let targets = renamed.map(|instance| (instance.name.clone(), instance.container_name().to_owned()));
        ContainerNames {
            aliases: vec![self.name.clone()],
            targets: targets.collect(),
            ..ContainerNames::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        attachment::Attachment,
        container::{ContainerOwner, LABEL_INSTANCE, Network},
    };

    #[test]
    fn nobody_is_found_in_place_of_the_instance() {
        let owner = ContainerOwner { environment: "shop".into(), service: "web".into() };
        let network = Network::Environment { name: "net".into(), links: Vec::new() };
        let mut own = ContainerSpec::new("web-1", "app", network, owner);
        own.labels.insert(LABEL_OF_COMPOSE.to_owned(), "False".to_owned());
        own.env.insert("A".to_owned(), Some("1".to_owned()));
        own.mounts = vec![Mount { source: "data".into(), target: "/data".into(), mode: "rw".into() }];
        let attachment = Attachment {
            aliases: vec!["web".into()],
            ipv4_address: Some("10.0.0.2".into()),
            ..Attachment::default()
        };
        own.attachments.insert("net".to_owned(), attachment);
        own.settings.insert(Setting::Entrypoint, SettingValue::Texts(vec!["serve".into()]));
        own.command = Some(vec!["--all".into()]);
        let one_off = OneOff {
            name: "web-1.run-1f0c".into(),
            entrypoint: Some(vec!["sh".into()]),
            variables: [("A".to_owned(), Some("2".to_owned()))].into_iter().collect(),
            mounts: vec![Mount { source: "/srv".into(), target: "/data".into(), mode: "ro".into() }],
            ..OneOff::default()
        };
        let spec = one_off.spec_of(own, "web-1");
        let labels = spec.named_labels();
        assert_eq!(labels[LABEL_INSTANCE], "web-1.run-1f0c");
        assert_eq!((labels[LABEL_ONE_OFF].as_str(), labels[LABEL_OF_COMPOSE].as_str()), ("web-1", "True"));
        assert_eq!(spec.attachments["net"], Attachment::default());
        assert_eq!((spec.command.clone(), spec.mounts.len()), (None, 1));
        assert_eq!(spec.mounts[0].source, "/srv");
        assert_eq!(spec.env.get("A"), Some(&Some("2".to_owned())));
    }
}
