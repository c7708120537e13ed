//! What keeps two containers of an instance from running side by side, as `start-first` needs: only names are handed over
//! from one to the other.

use super::bad;
use maestro_core::{
    diagnostic::Diagnostic,
    model::{
        Instance, Service,
        container::{ContainerSpec, Network, Port},
    },
    source::Span,
    value::setting::{OF_CONTAINER, shared_containers},
};

/// The key of a network mode in `maestro.yaml`.
pub(super) const NET: &str = "net";

/// What keeps a second container of an instance from running beside the first.
pub(super) enum Obstacle<'a> {
    /// It publishes a port that the engine does not choose.
    FixedPort(&'a Port),
    /// The engine chooses a port from too few.
    NarrowRange {
        port: &'a Port,
        /// So many are needed.
        needed: usize,
        /// So many of them for the containers that run.
        running: usize,
    },
    /// It has an address of its own on a network.
    Address,
    /// It is on no network on which names can be handed over.
    Mode(&'a str),
    /// Its host name, which is a name on the network too.
    HostName(&'a str),
    /// Another instance is tied to its container rather than to a name.
    Tied {
        /// The other one.
        by: &'a Instance,
        /// The key that ties it, as `maestro.yaml` calls it.
        key: &'static str,
    },
}

/// The words of a format.
pub(super) struct Words {
    /// The key of a network mode.
    pub mode: &'static str,
    /// A published port that the engine chooses from a range.
    pub range: &'static str,
    /// Where names are handed over.
    pub network: &'static str,
}

impl<'a> Obstacle<'a> {
    /// The first obstacle of one of a service's instances.
    pub(super) fn find(service: &Service, instance: &'a Instance, all: &'a [Instance]) -> Option<Self> {
        let spec = &instance.container;
        let fixed_port = instance.ports.iter().find(|port| !port.is_chosen_by_engine()).map(Self::FixedPort);
        fixed_port
            .or_else(|| narrow_range(service, instance, all))
            .or_else(|| has_address(spec).then_some(Self::Address))
            .or_else(|| match &spec.network {
                Network::Mode { mode, .. } => Some(Self::Mode(mode)),
                Network::Environment { .. } => None,
            })
            .or_else(|| spec.hostname.as_deref().map(Self::HostName))
            .or_else(|| {
                all.iter().find_map(|by| Some(Self::Tied { by, key: tie(&by.container, &instance.name)? }))
            })
    }

    /// Why the two cannot run side by side.
    fn why(&self, ship: &str, words: &Words) -> String {
        match self {
            Self::FixedPort(port) => format!("it publishes port {} of ship `{ship}`", port.on_ship()),
            Self::NarrowRange { port, needed, running } => format!(
                "{needed} of the ports {} are needed: {running} for those that run, the others for their successors",
                port.on_ship()
            ),
            Self::Address => "both would need the address that it has there".to_owned(),
            Self::Mode("host") => {
                format!("with `{}: host` both would want the same ports of the ship", words.mode)
            }
            Self::Mode(mode) => {
                format!("with `{}: {mode}` it has no names that a successor could take over", words.mode)
            }
            Self::HostName(name) => format!("both would be called `{name}`"),
            Self::Tied { by, key } => {
                let key = if *key == NET { words.mode } else { key };
                format!("`{}` is tied to its container by `{key}`", by.name)
            }
        }
    }

    /// What removes the obstacle.
    fn help(&self, words: &Words) -> String {
        match self {
            Self::FixedPort(_) => format!(
                "leave its `ports` out, if others reach it by name alone, or let the engine choose: {}",
                words.range
            ),
            Self::NarrowRange { .. } => "give it a wider range of ports".to_owned(),
            Self::Address => "remove the address, and let others use its name".to_owned(),
            Self::Mode(_) => {
                format!("leave `{}` out: on {} its names lead to whoever is ready", words.mode, words.network)
            }
            Self::HostName(_) => "remove `hostname`".to_owned(),
            Self::Tied { key: "volumes_from", .. } => {
                "give both the same `volumes` of the ship in place of `volumes_from`".to_owned()
            }
            Self::Tied { by, key: key @ ("pid" | "ipc") } => format!("remove `{key}` of `{}`", by.name),
            Self::Tied { .. } => "let it have a network of its own, and reach it through a link".to_owned(),
        }
    }

    /// The error about a file of Maestro that asks for `start-first` at `order`. The obstacle is written at `there`.
    pub(super) fn refused(
        &self,
        (instance, ship): (&Instance, &str),
        (order, there): (Span, Span),
        words: &Words,
    ) -> Diagnostic {
        let text = format!("two containers of `{}` cannot run side by side", instance.name);
        bad("start-first", text, order, "the old one runs until its successor is ready")
            .also(there, self.why(ship, words))
            .help(self.help(words))
            .help("or write `order: stop-first`")
            .replace(order, "stop-first")
    }

    /// The warning about a Compose file that asks for `start-first` at `order`. docker compose has no order at all.
    pub(super) fn passed_over(
        &self,
        (instance, ship): (&Instance, &str),
        (order, there): (Span, Span),
        words: &Words,
    ) -> Diagnostic {
        let text = format!(
            "`start-first` does not hold: two containers of `{}` cannot run side by side",
            instance.name
        );
        Diagnostic::warning("start-first", text)
            .at(order, "the old one stops first")
            .also(there, self.why(ship, words))
            .help(self.help(words))
            .help("or write `order: stop-first`")
            .replace(order, "stop-first")
    }
}

/// Of a range that the engine chooses from, one port has to be free for the successor.
fn narrow_range<'a>(service: &Service, instance: &'a Instance, all: &[Instance]) -> Option<Obstacle<'a>> {
    let update = service.update;
    let at_once = update.max_per_ship.map_or(update.parallel, |most| most.min(update.parallel)).get();
    let narrow = instance.ports.iter().filter(|port| port.host > 0);
    narrow.into_iter().find_map(|port| {
        let same = |other: &&Instance| {
            other.ship == instance.ship
                && other.ports.iter().any(|known| {
                    known.host < port.host + port.choice
                        && port.host < known.host + known.choice.max(known.count)
                        && known.protocol == port.protocol
                })
        };
        let running = all.iter().filter(same).count();
        let replaced = service.instances.iter().map(|id| &all[id.0]).filter(same).count().min(at_once);
        let needed = running + replaced;
        (needed > usize::from(port.choice)).then_some(Obstacle::NarrowRange { port, needed, running })
    })
}

fn has_address(spec: &ContainerSpec) -> bool {
    spec.attachments.values().any(|attachment| {
        attachment.ipv4_address.is_some()
            || attachment.ipv6_address.is_some()
            || !attachment.link_local_ips.is_empty()
            || attachment.mac_address.is_some()
    })
}

/// The key by which a container is tied to that of an instance.
fn tie(spec: &ContainerSpec, instance: &str) -> Option<&'static str> {
    let of_volumes = |from: &String| from.split(':').next() == Some(instance);
    if spec.volumes_from.iter().any(of_volumes) {
        return Some("volumes_from");
    }
    if let Network::Mode { mode, .. } = &spec.network
        && mode.strip_prefix(OF_CONTAINER) == Some(instance)
    {
        return Some(NET);
    }
    shared_containers(&spec.settings).find(|(_, of)| *of == instance).map(|(setting, _)| setting.key())
}
