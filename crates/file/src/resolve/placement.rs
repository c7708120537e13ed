//! Placement: from what a service says of its ships to one ship for each instance.

use std::borrow::Cow;

use super::{
    Surroundings,
    ships::KnownShips,
    wish::{Wish, tell_above_max},
};
use crate::document::{
    file::Document,
    placement::{PlacementSection, ShipChoice},
    service::{InstanceSection, ServiceSection},
    settings::Settings,
};
use maestro_core::{
    diagnostic::{Diagnostic, Diagnostics, nearest_name},
    model::{
        Ship, ShipId,
        placement::{Demand, InstanceCount, place_all},
    },
    source::Spanned,
    value::setting::Setting,
};

/// The document with the instances that placements of services make, each with its ship, and of each service the ships that
/// its instances are placed on. The number that a command says counts in place of the file's.
pub(super) fn with_instances<'d>(
    document: &'d Document,
    ships: &[Ship],
    surroundings: Surroundings<'_>,
    diagnostics: &mut Diagnostics,
) -> (Cow<'d, Document>, Vec<Vec<ShipId>>) {
    let none = vec![Vec::new(); document.services.len()];
    if !document.services.iter().any(is_placed) {
        return (Cow::Borrowed(document), none);
    }
    let known = KnownShips::of(document, ships);
    let mut scope = surroundings.whereabouts.scope(ships);
    let (mut placed, mut at) = (Vec::new(), Vec::new());
    for (number, service) in document.services.iter().enumerate() {
        if !is_placed(service) {
            scope.pinned.extend(pinned(service, known));
            continue;
        }
        let candidates = candidates(service, known, diagnostics);
        let wish = Wish {
            service: &service.name.value,
            count: wished_count(service, surroundings),
            max_per_ship: service.placement.max_per_ship.clone(),
            spread: service.placement.spread.clone(),
            demand: demand(&service.settings, &Settings::default()),
        };
        placed.push(wish.placed_service(candidates, (ships, surroundings.whereabouts), diagnostics));
        at.push((number, wish.max_per_ship));
    }
    let placements = place_all(&placed, &scope);
    let mut document = document.clone();
    let mut all = none;
    for (((number, max), of), placement) in at.into_iter().zip(placed).zip(placements) {
        let service = &mut document.services[number];
        tell_above_max(&service.name.value, max.as_ref(), (&of, &placement), ships, diagnostics);
        service.instances = instances(service, known, &placement.ships);
        all[number] = of.candidates;
    }
    (Cow::Owned(document), all)
}

/// Whether placement makes the instances of a service. Both together are an error, which was told.
fn is_placed(service: &ServiceSection) -> bool {
    service.placement.is_written() && service.instances.is_empty()
}

/// The instances whose ship the file names, with what they take of it.
fn pinned<'a>(
    service: &'a ServiceSection,
    known: KnownShips<'a>,
) -> impl Iterator<Item = (ShipId, Demand)> + 'a {
    service.instances.iter().filter_map(move |instance| {
        let ship = instance.settings.ship.as_ref().or(service.settings.ship.as_ref());
        let ship = match ship {
            Some(name) => known.ships.iter().position(|ship| ship.name == name.value)?,
            None if known.ships.len() == 1 => 0,
            None => return None,
        };
        Some((ShipId(ship), demand(&service.settings, &instance.settings)))
    })
}

/// What an instance takes of its ship; `own` are its own settings.
fn demand(service: &Settings, own: &Settings) -> Demand {
    let setting = |setting: Setting| {
        let written = own.container.get(&setting).or_else(|| service.container.get(&setting));
        written.and_then(|written| written.value.number())
    };
    let memory = setting(Setting::MemReservation).or(own.memory).or(service.memory);
    let is_own = |name: &str| own.ports.iter().any(|port| port.value.name == name);
    let of_service = service.ports.iter().filter(|port| !is_own(&port.value.name));
    Demand {
        memory: memory.unwrap_or_default(),
        cpus: setting(Setting::Cpus).unwrap_or_default(),
        ports: own.ports.iter().chain(of_service).map(|port| port.value.clone()).collect(),
    }
}

/// The ships that a service may run on.
fn candidates(service: &ServiceSection, known: KnownShips<'_>, diagnostics: &mut Diagnostics) -> Vec<ShipId> {
    match (&service.placement.ships, &service.settings.ship) {
        (Some(ships), Some(ship)) => {
            diagnostics.push(two_keys(ship, ships));
            chosen(ships, known, diagnostics)
        }
        (Some(ships), None) => chosen(ships, known, diagnostics),
        (None, Some(ship)) => known.named(ship, diagnostics).into_iter().collect(),
        (None, None) if known.ships.len() == 1 => vec![ShipId(0)],
        (None, None) => {
            if !known.incomplete && !service.settings.gaps.ship {
                diagnostics.push(missing_ships(service, known));
            }
            Vec::new()
        }
    }
}

fn instances(service: &ServiceSection, known: KnownShips<'_>, ships: &[ShipId]) -> Vec<InstanceSection> {
    let span = service.placement.ships.as_ref().map(|ships| ships.span);
    let span = span.or_else(|| service.settings.ship.as_ref().map(|ship| ship.span));
    let instance = |(at, ship): (usize, &ShipId)| InstanceSection {
        name: Spanned::new(format!("{}-{}", service.name.value, at + 1), service.name.span),
        settings: Settings {
            ship: Some(Spanned::new(known.name(*ship).to_owned(), span.unwrap_or(service.name.span))),
            ..Settings::default()
        },
        span: service.name.span,
    };
    ships.iter().enumerate().map(instance).collect()
}

/// How many instances a service is to have: what a command says counts in place of the file's.
pub(super) fn wished_count(service: &ServiceSection, surroundings: Surroundings<'_>) -> InstanceCount {
    surroundings.scales.count(&service.name.value).unwrap_or_else(|| count(&service.placement))
}

/// How many instances there are; one on each ship if nothing is said.
pub(super) fn count(placement: &PlacementSection) -> InstanceCount {
    match (&placement.replicas, &placement.per_ship) {
        (Some(replicas), _) => InstanceCount::Total(replicas.value),
        (None, Some(each)) => InstanceCount::PerShip(each.value),
        (None, None) => InstanceCount::PerShip(1),
    }
}

/// The ships that are chosen, in the order of `ships`. Names and labels of none are told.
pub(super) fn chosen(
    choice: &Spanned<ShipChoice>,
    known: KnownShips<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<ShipId> {
    match &choice.value {
        ShipChoice::All => (0..known.ships.len()).map(ShipId).collect(),
        ShipChoice::Names(names) => {
            let mut found: Vec<ShipId> = Vec::with_capacity(names.len());
            for name in names {
                match known.named(name, diagnostics) {
                    Some(ship) if found.contains(&ship) => diagnostics.push(named_twice(name)),
                    Some(ship) => found.push(ship),
                    None => {}
                }
            }
            found
        }
        ShipChoice::Labels(labels) => {
            let has = |ship: &Ship, (name, value): &(Spanned<String>, String)| {
                ship.labels.get(&name.value) == Some(value)
            };
            let found: Vec<ShipId> = (0..known.ships.len())
                .filter(|&at| labels.iter().all(|label| has(&known.ships[at], label)))
                .map(ShipId)
                .collect();
            if found.is_empty() && !known.incomplete {
                diagnostics.push(no_ship_with(choice, labels, known));
            }
            found
        }
    }
}

/// `ship` and `ships` at one service.
pub(super) fn two_keys(ship: &Spanned<String>, ships: &Spanned<ShipChoice>) -> Diagnostic {
    Diagnostic::error("two-placements", "`ship` and `ships` cannot stand together")
        .at(ships.span, "several ships")
        .also(ship.span, "one ship")
        .help("remove one of them")
}

fn named_twice(name: &Spanned<String>) -> Diagnostic {
    Diagnostic::error("duplicate-ship", format!("`ships` names `{}` twice", name.value))
        .at(name.span, "again")
        .help("name each ship once; `per_ship: 2` makes two instances on each ship")
}

fn no_ship_with(
    choice: &Spanned<ShipChoice>,
    labels: &[(Spanned<String>, String)],
    known: KnownShips<'_>,
) -> Diagnostic {
    let wanted: Vec<String> = labels.iter().map(|(name, value)| format!("{}: {value}", name.value)).collect();
    let wanted = wanted.join(", ");
    let place = labels.first().map_or(choice.span, |(name, _)| name.span);
    let diagnostic = Diagnostic::error("unknown-label", format!("no ship has the labels `{{{wanted}}}`"))
        .at(place, "no ship is selected");
    let names = known.ships.iter().flat_map(|ship| ship.labels.keys().map(String::as_str));
    let names: Vec<&str> = names.collect();
    let near = |(name, _): &(Spanned<String>, String)| {
        if names.contains(&name.value.as_str()) {
            return None;
        }
        nearest_name(&name.value, names.iter().copied()).map(|near| (name.span, near.to_owned()))
    };
    match labels.iter().find_map(near) {
        Some((span, near)) => diagnostic.help(
            maestro_core::diagnostic::Help::from(format!("did you mean `{near}`?")).replace(span, near),
        ),
        None => {
            diagnostic.help(format!("add `labels: {{{wanted}}}` to a ship, or name ships: `ships: [NAME]`"))
        }
    }
}

fn missing_ships(service: &ServiceSection, known: KnownShips<'_>) -> Diagnostic {
    let span = service.placement.key().map_or(service.name.span, |(_, span)| span);
    let text = format!("service `{}` does not say on which ships its instances run", service.name.value);
    Diagnostic::error("missing-ship", text)
        .at(span, "no `ships` beside it")
        .help(format!("add `ships: all`, or some of them: `ships: [{}]`", known.some_names()))
}
