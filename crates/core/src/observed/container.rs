//! A container as an engine's list of containers shows it.

use std::{collections::BTreeMap, net::IpAddr};

use super::mounts::Mounted;
use crate::model::{
    Instance,
    container::{LABEL_CONFIG, LABEL_CONFIG_OWN, LABEL_ENVIRONMENT, LABEL_INSTANCE, Protocol},
    shared::SharedSpec,
};

/// A container as a list of containers shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    /// The engine's id for it.
    pub id: String,
    /// Its name, without the slash.
    pub name: String,
    /// The image reference it was made from.
    pub image: String,
    /// The engine's id of that image, which stays the same when the reference is given to another.
    pub image_id: String,
    /// Running, exited …
    pub state: ContainerState,
    /// The engine's own words, for example `Up 2 minutes`.
    pub status: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// The ports of its ship that it holds; those of its own network alone are left out.
    pub published: Vec<Published>,
    /// The names of the networks that it is connected to, or will be once it runs.
    pub networks: Vec<String>,
    /// Whether it has its ship's own network, where every port that it listens on is the ship's.
    pub on_host_network: bool,
    /// What is mounted in it.
    pub mounts: Vec<Mounted>,
}

/// A port of a ship that somebody holds, or is going to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Published {
    /// The ship's address that it is bound to; none means all.
    pub address: Option<IpAddr>,
    /// Its number.
    pub port: u16,
    /// TCP or UDP.
    pub protocol: Protocol,
}

impl Published {
    /// Whether both cannot be held at the same time.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        let apart = match (self.address, other.address) {
            (Some(own), Some(other)) => own != other,
            // An engine without IPv6 takes all addresses of IPv4 alone.
            (None, Some(one)) | (Some(one), None) => one.is_ipv6(),
            (None, None) => false,
        };
        self.port == other.port && self.protocol == other.protocol && !apart
    }
}

/// What a container is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContainerState {
    /// Made, never started.
    Created,
    /// Its process runs.
    Running,
    /// Its process is frozen.
    Paused,
    /// The engine is starting it again.
    Restarting,
    /// Its process has ended.
    Exited,
    /// Being removed.
    Removing,
    /// The engine could not remove it whole.
    Dead,
    /// A word that this version does not know.
    Other(String),
}

impl ContainerState {
    /// The state behind the engine's word.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        match word {
            "created" => Self::Created,
            "running" => Self::Running,
            "paused" => Self::Paused,
            "restarting" => Self::Restarting,
            "exited" => Self::Exited,
            "removing" => Self::Removing,
            "dead" => Self::Dead,
            other => Self::Other(other.to_owned()),
        }
    }

    /// Whether a process of it may be alive, so that it has to be stopped before it can be removed.
    #[must_use]
    pub fn is_up(&self) -> bool {
        matches!(self, Self::Running | Self::Paused | Self::Restarting)
    }
}

/// How a container was made, compared with what the file declares now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigComparison {
    /// From the same configuration.
    AsDeclared,
    /// From a configuration that differs only in what it says of the container's peers.
    WithOtherPeers,
    /// From another configuration. Older releases do not tell whether only peers differ.
    Otherwise,
    /// It has no hash of its configuration.
    Unknown,
}

impl Container {
    /// Whether this environment made it, for the instance of that name.
    #[must_use]
    pub fn belongs_to(&self, environment: &str, instance: &str) -> bool {
        self.instance_of(environment) == Some(instance)
    }

    /// The name of the instance that it is of, if that environment made it.
    #[must_use]
    pub fn instance_of(&self, environment: &str) -> Option<&str> {
        let is_ours = self.labels.get(LABEL_ENVIRONMENT).is_some_and(|of| of == environment);
        self.labels.get(LABEL_INSTANCE).filter(|_| is_ours).map(String::as_str)
    }

    /// Whether the instance is a job and this container of it has done its work: it has ended with exit code 0, which an
    /// engine's list tells as `Exited (0) 5 minutes ago`.
    #[must_use]
    pub fn has_completed(&self, instance: &Instance) -> bool {
        instance.is_job() && self.state == ContainerState::Exited && self.status.starts_with("Exited (0)")
    }

    /// Whether the instance is a job and nothing of it goes on: this container is not kept, and does not come back.
    #[must_use]
    pub fn is_of_ended_job(&self, instance: &Instance) -> bool {
        instance.is_job() && !self.state.is_up()
    }

    /// How it was made, as far as its labels tell.
    #[must_use]
    pub fn made(&self, declared: &SharedSpec) -> ConfigComparison {
        let declared = declared.with_contents_of(&self.labels);
        let own =
            || self.labels.get(LABEL_CONFIG_OWN).is_some_and(|own| *own == declared.hash_without_peers());
        match self.config_hash() {
            None => ConfigComparison::Unknown,
            Some(hash) if hash == declared.hash() => ConfigComparison::AsDeclared,
            Some(_) if own() => ConfigComparison::WithOtherPeers,
            Some(_) => ConfigComparison::Otherwise,
        }
    }

    /// Hash of the configuration that made it, from its label.
    #[must_use]
    pub fn config_hash(&self) -> Option<&str> {
        self.labels.get(LABEL_CONFIG).map(String::as_str)
    }
}
