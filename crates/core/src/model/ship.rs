//! Where the engines of an environment are.

use std::{collections::BTreeMap, time::Duration};

use crate::{endpoint::Endpoint, source::Span};

/// A host with a Docker Engine.
#[derive(Debug, Clone)]
pub struct Ship {
    /// Its name in the file.
    pub name: String,
    /// The address under which other machines reach what it publishes: an IP address or a host name.
    pub address: String,
    /// Where its engine answers.
    pub endpoint: Endpoint,
    /// How long one call to its engine may take.
    pub timeout: Duration,
    /// The API version that the file pins; otherwise it is negotiated.
    pub api_version: Option<ApiVersion>,
    /// Names and values by which services select it.
    pub labels: BTreeMap<String, String>,
    /// Whether it is a Swarm, and its address that of a manager.
    pub swarm: bool,
    /// The managers of a Swarm, if the file names several; the first is at `endpoint`.
    pub managers: Vec<ManagerAddress>,
    /// Whether it is to be emptied: it gets no instance that has a choice, and loses those that can move.
    pub drain: bool,
    /// Where it is written; absent for the ship `local` that a file without ships has.
    pub span: Option<Span>,
}

/// A manager of a Swarm, as the file names it.
#[derive(Debug, Clone)]
pub struct ManagerAddress {
    /// Where its engine answers.
    pub endpoint: Endpoint,
    /// Where it is written.
    pub span: Span,
}

impl Ship {
    /// Where its engine answers, or each of its managers, as people read it.
    #[must_use]
    pub fn addresses(&self) -> String {
        if self.managers.is_empty() {
            return self.endpoint.to_string();
        }
        self.managers.iter().map(|manager| manager.endpoint.to_string()).collect::<Vec<_>>().join(", ")
    }
}

/// A version of the Docker Engine API, for example 1.41.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ApiVersion {
    /// The part before the point.
    pub major: u16,
    /// The part behind the point.
    pub minor: u16,
}

impl std::fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl std::str::FromStr for ApiVersion {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (major, minor) = text.split_once('.').ok_or(())?;
        Ok(Self { major: major.parse().map_err(|_| ())?, minor: minor.parse().map_err(|_| ())? })
    }
}
