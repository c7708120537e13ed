//! Ships: where each engine answers.

use std::{
    collections::{BTreeMap, HashSet},
    path::Path,
    time::Duration,
};

use super::{Resolver, Surroundings, bad, endpoint, host::check_host};
use crate::document::{as_template, file::Document, ship::ShipSection};
use maestro_core::{
    diagnostic::{Diagnostic, Diagnostics, nearest_name},
    endpoint::DEFAULT_SOCKET,
    model::{ApiVersion, Endpoint, Ship, ShipId, image_build::BuildPlace},
    source::Spanned,
    value::is_loopback,
};
use maestro_endpoint::docker;

/// The only ship of a file without `ships`; in `build.on` this machine's own engine.
const LOCAL: &str = "local";

/// How long one call to an engine may take, if the file does not say.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// The ships that a file has, to look up names in.
#[derive(Debug, Clone, Copy)]
pub(super) struct KnownShips<'a> {
    pub ships: &'a [Ship],
    pub sections: &'a [ShipSection],
    /// Whether some could not be read, which was told.
    pub incomplete: bool,
}

impl<'a> KnownShips<'a> {
    /// The ships of a file of Maestro.
    pub(super) fn of(document: &'a Document, ships: &'a [Ship]) -> Self {
        let sections = document.ships.as_deref().unwrap_or_default();
        Self { ships, sections, incomplete: document.gaps.ships }
    }

    pub(super) fn name(&self, ship: ShipId) -> &str {
        &self.ships[ship.0].name
    }

    /// Names to show in an example.
    pub(super) fn some_names(&self) -> String {
        let names: Vec<&str> = self.ships.iter().take(2).map(|ship| ship.name.as_str()).collect();
        names.join(", ")
    }

    /// The ship of that name; one that is not known is told.
    pub(super) fn named(&self, name: &Spanned<String>, diagnostics: &mut Diagnostics) -> Option<ShipId> {
        let found = self.ships.iter().position(|ship| ship.name == name.value);
        if found.is_none() {
            self.tell_unknown(name, diagnostics);
        }
        found.map(ShipId)
    }

    /// The engine that `build.on` names: a ship, or this machine's own.
    pub(super) fn build_place(
        &self,
        name: Option<&Spanned<String>>,
        diagnostics: &mut Diagnostics,
    ) -> BuildPlace {
        let Some(name) = name else { return BuildPlace::NeedingShip };
        let is_ship = self.ships.iter().any(|ship| ship.name == name.value);
        if !is_ship && name.value == LOCAL {
            return BuildPlace::ThisMachine;
        }
        self.named(name, diagnostics).map_or(BuildPlace::NeedingShip, BuildPlace::Ship)
    }

    fn tell_unknown(&self, name: &Spanned<String>, diagnostics: &mut Diagnostics) {
        if self.incomplete {
            return;
        }
        let near = nearest_name(&name.value, self.ships.iter().map(|ship| ship.name.as_str()));
        let diagnostic =
            bad("unknown-ship", format!("there is no ship `{}`", name.value), name.span, "unknown ship");
        let addressed = self.sections.iter().find(|ship| {
            [&ship.ip, &ship.endpoint].into_iter().flatten().any(|address| address.value == name.value)
        });
        diagnostics.push(match near {
            _ if let Some(ship) = addressed => {
                let ship = &ship.name.value;
                diagnostic
                    .help(format!("write `{ship}`: that ship has this address"))
                    .fix(name.span, ship.clone())
            }
            _ if let Some(template) = as_template(&name.value) => {
                diagnostic.help(format!("write it as a template: `{template}`")).fix(name.span, template)
            }
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")).replace(name.span, near),
            None if self.sections.is_empty() => diagnostic
                .note("the file has no `ships`, so there is one only: `local`, the engine of this machine")
                .help(format!("write `local`, or add `ships: {{{}: {{ip: ADDRESS}}}}`", name.value))
                .replace(name.span, "local"),
            None => {
                let names: Vec<String> = self.ships.iter().map(|ship| format!("`{}`", ship.name)).collect();
                diagnostic.help(format!("write one of {}, or add it to `ships`", names.join(", ")))
            }
        });
    }
}

pub(super) fn resolve(
    sections: &[ShipSection],
    surroundings: Surroundings<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<Ship> {
    if sections.is_empty() {
        return vec![local(surroundings)];
    }
    sections.iter().map(|section| ship(section, surroundings, diagnostics)).collect()
}

/// The only ship of a file without `ships`: the engine that `DOCKER_HOST` or the Docker context in use names, which may be
/// on another machine. What cannot be used is told when the engine is asked.
#[must_use]
pub fn local(surroundings: Surroundings<'_>) -> Ship {
    let named = docker::local(surroundings.variables, Path::new(DEFAULT_SOCKET));
    let elsewhere = named.ok().filter(|endpoint| !matches!(endpoint, Endpoint::Unix(_) | Endpoint::Local));
    let endpoint = elsewhere.unwrap_or(Endpoint::Local);
    Ship {
        name: LOCAL.to_owned(),
        address: address_of(&endpoint),
        endpoint,
        timeout: DEFAULT_TIMEOUT,
        api_version: None,
        labels: BTreeMap::new(),
        swarm: false,
        managers: Vec::new(),
        drain: false,
        span: None,
    }
}

/// Where what an engine publishes is reached, if the file does not say it.
fn address_of(endpoint: &Endpoint) -> String {
    match endpoint {
        Endpoint::Tcp { host, .. } | Endpoint::Tls { host, .. } => host.clone(),
        Endpoint::Ssh { login, .. } => login.host.clone(),
        Endpoint::Unix(_) | Endpoint::Local => "localhost".to_owned(),
    }
}

fn ship(section: &ShipSection, surroundings: Surroundings<'_>, diagnostics: &mut Diagnostics) -> Ship {
    let (endpoint, managers) = endpoint::resolve(section, surroundings, diagnostics);
    if let Some(ip) = &section.ip
        && !matches!(&endpoint, Endpoint::Tcp { host, .. } | Endpoint::Tls { host, .. } if *host == ip.value)
    {
        // Not where the engine is reached, but where others reach what it publishes.
        check_host(ip, diagnostics);
    }
    let address = section.ip.as_ref().map_or_else(|| address_of(&endpoint), |ip| ip.value.clone());
    Ship {
        name: section.name.value.clone(),
        address,
        endpoint,
        timeout: section.timeout.filter(|timeout| !timeout.is_zero()).unwrap_or(DEFAULT_TIMEOUT),
        labels: section.labels.iter().cloned().collect(),
        api_version: section.api_version.as_ref().and_then(|written| api_version(written, diagnostics)),
        swarm: section.swarm,
        managers,
        drain: section.drain || surroundings.whereabouts.drained.contains(&section.name.value),
        span: Some(section.name.span),
    }
}

/// None where it is negotiated: `auto` says so.
fn api_version(written: &Spanned<String>, diagnostics: &mut Diagnostics) -> Option<ApiVersion> {
    if written.value == "auto" {
        return None;
    }
    let version = written.value.parse().ok();
    if version.is_none() {
        diagnostics.push(
            Diagnostic::error(
                "bad-version",
                format!("`{}` is not a version of the engine's API", written.value),
            )
            .at(written.span, "expected two numbers with a point between them")
            .help("leave it out and it is negotiated, or write for example `api_version: \"1.41\"`"),
        );
    }
    version
}

/// Whoever reaches an engine's plain TCP port is root on that machine. Who writes `tls: false` knows.
pub(super) fn warn_of_plain_tcp(ships: &[Ship], sections: &[ShipSection], diagnostics: &mut Diagnostics) {
    let known: HashSet<&str> = sections
        .iter()
        .filter(|section| section.tls.as_ref().is_some_and(|tls| !tls.value))
        .map(|section| section.name.value.as_str())
        .collect();
    let is_plain = |at: &Endpoint| matches!(at, Endpoint::Tcp { host, .. } if !is_loopback(host));
    let plain = |ship: &&Ship| {
        let others = ship.managers.iter().map(|manager| &manager.endpoint);
        others.chain([&ship.endpoint]).any(is_plain)
    };
    let unknown = |ship: &&Ship| !known.contains(ship.name.as_str());
    let mut spans = ships.iter().filter(plain).filter(unknown).filter_map(|ship| Some((ship, ship.span?)));
    let Some((first, span)) = spans.next() else { return };
    let others = spans.count();
    let text = match others {
        0 => format!("ship `{}` is reached over plain TCP", first.name),
        1 => format!("ship `{}` and another are reached over plain TCP", first.name),
        n => format!("ship `{}` and {n} others are reached over plain TCP", first.name),
    };
    diagnostics.push(
        Diagnostic::warning("plain-tcp", text)
            .at(span, "neither encrypted nor checked")
            .note("whoever can reach that port is root on that machine")
            .help(
                "reach it through SSH (`host: ssh://USER@HOST`) or TLS (`tls: true`); if a firewall or a VPN keeps all but \
                 this machine away from it, `tls: false` says that you know",
            ),
    );
}

impl Resolver<'_, '_> {
    pub(super) fn ship_named(&mut self, name: &Spanned<String>) -> Option<ShipId> {
        if let Some(&id) = self.index.ships.get(&name.value) {
            return Some(id);
        }
        KnownShips::of(self.document, &self.ships).named(name, self.diagnostics)
    }

    pub(super) fn ship_names(&self) -> String {
        self.ships.iter().map(|ship| format!("`{}`", ship.name)).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_ships_the_engine_that_docker_names_has_its_own_address() {
        let of = |host: &str| {
            let variables: BTreeMap<String, String> = [("DOCKER_HOST".to_owned(), host.to_owned())].into();
            let ship = local(Surroundings::new(Path::new("/"), &variables));
            (ship.address, ship.endpoint == Endpoint::Local)
        };
        assert_eq!(of("tcp://10.0.0.9:2375"), ("10.0.0.9".to_owned(), false));
        assert_eq!(of("ssh://ops@node1:2222"), ("node1".to_owned(), false));
        assert_eq!(of("unix:///run/docker.sock"), ("localhost".to_owned(), true));
        // What cannot be used is told when the engine is asked.
        assert_eq!(of("carrier-pigeon://coop"), ("localhost".to_owned(), true));
    }
}
