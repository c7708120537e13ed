//! Which variables tell a container of its peers, the instances of its own and of other services.
//!
//! They are recognised by their form, so the same function reads what the file declares and what runs, containers of
//! older releases included: `WEB_INSTANCES` lists names, and each of them has its `WEB_WEB_1_HOST`.

use std::collections::{BTreeMap, BTreeSet};

use super::{name::variable_name, variables::Variables};

/// What the name of a service's list of instances ends with.
const LIST: &str = "_INSTANCES";

/// The services that variables tell of, and the instances of each, as they stand in names of variables.
#[derive(Debug, Default)]
pub struct Peers<'v> {
    services: BTreeMap<&'v str, BTreeSet<String>>,
}

/// What a variable about peers tells of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer<'v> {
    /// The service, as it stands in names of variables.
    pub service: &'v str,
    /// The instance, as it stands there; none if the variable lists all of the service.
    pub instance: Option<&'v str>,
}

impl<'v> Peers<'v> {
    /// The peers that these variables tell of.
    #[must_use]
    pub fn of(variables: &'v Variables) -> Self {
        let listed = variables.iter().filter_map(|(name, value)| {
            let service = name.strip_suffix(LIST).filter(|service| !service.is_empty())?;
            let names = value.as_deref()?.split(',').filter(|name| !name.is_empty());
            let instances: BTreeSet<String> = names.map(variable_name).collect();
            let is_told = |instance: &String| variables.contains_key(&format!("{service}_{instance}_HOST"));
            instances.iter().all(is_told).then_some((service, instances))
        });
        Self { services: listed.collect() }
    }

    /// What the variable of that name tells of; none if it tells of no peer.
    #[must_use]
    pub fn peer<'n>(&self, name: &'n str) -> Option<Peer<'n>> {
        // Names of services and instances may have `_` in them: the longest that fits counts.
        let mut ends = name.char_indices().rev().filter(|(_, c)| *c == '_').map(|(at, _)| at);
        ends.find_map(|end| {
            let (service, rest) = (&name[..end], &name[end..]);
            let instances = self.services.get(service)?;
            if rest == LIST {
                return Some(Peer { service, instance: None });
            }
            let instance = instance_in(&rest[1..], instances)?;
            Some(Peer { service, instance: Some(instance) })
        })
    }

    /// Whether these variables tell of that service.
    #[must_use]
    pub fn tell_of(&self, service: &str) -> bool {
        self.services.contains_key(service)
    }

    /// Whether these variables tell of that instance of that service.
    #[must_use]
    pub fn tell_of_instance(&self, service: &str, instance: &str) -> bool {
        self.services.get(service).is_some_and(|instances| instances.contains(instance))
    }
}

/// The instance in `WEB_1_HOST`, `WEB_1_HTTP_PORT` or `WEB_1_HTTP_INTERNAL_PORT`.
fn instance_in<'n>(rest: &'n str, instances: &BTreeSet<String>) -> Option<&'n str> {
    let mut ends = rest.char_indices().rev().filter(|(_, c)| *c == '_').map(|(at, _)| at);
    let end = ends.find(|&end| {
        let what = &rest[end + 1..];
        let is_port = what.strip_suffix("_PORT").is_some_and(|port| !port.is_empty());
        (what == "HOST" || is_port) && instances.contains(&rest[..end])
    })?;
    Some(&rest[..end])
}

/// Declared variables, with those about peers as they run.
#[must_use]
pub fn with_peers_of(declared: &Variables, running: &Variables) -> Variables {
    let (of_declared, of_running) = (Peers::of(declared), Peers::of(running));
    let own = declared.iter().filter(|(name, _)| of_declared.peer(name).is_none());
    let told = running.iter().filter(|(name, _)| of_running.peer(name).is_some());
    own.chain(told).map(|(name, value)| (name.clone(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> Variables {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), Some((*value).to_owned()))).collect()
    }

    #[test]
    fn peers_are_recognised_by_the_form_of_their_variables() {
        let all = variables(&[
            ("WEB_WEB_1_HOST", "10.0.0.1"),
            ("WEB_WEB_1_HTTP_PORT", "80"),
            ("WEB_WEB_1_HTTP_INTERNAL_PORT", "80/tcp"),
            ("WEB_WEB_1_B_HOST", "10.0.0.2"),
            ("WEB_WEB_1_B_PORT", "81"),
            ("WEB_INSTANCES", "web-1,web-1-b"),
            ("WEB_WEB_3_HOST", "not listed"),
            ("MAX_INSTANCES", "5"),
            ("WEB_WEB_1_NAME", "own"),
        ]);
        let peers = Peers::of(&all);
        let told = |name| peers.peer(name).map(|peer| peer.instance.unwrap_or("all"));
        assert_eq!(told("WEB_INSTANCES"), Some("all"));
        assert_eq!(told("WEB_WEB_1_HOST"), Some("WEB_1"));
        assert_eq!(told("WEB_WEB_1_HTTP_PORT"), Some("WEB_1"));
        assert_eq!(told("WEB_WEB_1_HTTP_INTERNAL_PORT"), Some("WEB_1"));
        assert_eq!(told("WEB_WEB_1_B_HOST"), Some("WEB_1_B"));
        // The port `b` of web-1, since `web-1-b` would have no name of a port left.
        assert_eq!(told("WEB_WEB_1_B_PORT"), Some("WEB_1"));
        for other in ["WEB_WEB_3_HOST", "MAX_INSTANCES", "WEB_WEB_1_NAME", "_INSTANCES", "", "é_HOST"] {
            assert_eq!(told(other), None, "{other}");
        }
        let running = variables(&[("WEB_INSTANCES", "web-9"), ("WEB_WEB_9_HOST", "a"), ("OWN", "runs")]);
        let mixed = with_peers_of(&all, &running);
        let names: Vec<&str> = mixed.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            ["WEB_WEB_3_HOST", "MAX_INSTANCES", "WEB_WEB_1_NAME", "WEB_INSTANCES", "WEB_WEB_9_HOST"]
        );
    }
}
