//! Where the instances of a service run: what the site file says, and `deploy.placement.constraints`.

use std::collections::BTreeMap;

use super::{ProjectResolver, check::Awaited, constraint::Constraint, port, setting};
use crate::{
    compose::{
        element::Element,
        service::{ComposeService, Condition},
    },
    document::{placement::PlacementSection, site::SiteService},
    resolve::{
        placement, scale,
        wish::{Wish, tell_above_max},
    },
};
use maestro_core::{
    diagnostic::{Diagnostic, Help, nearest_name},
    model::{
        ShipId,
        placement::{Demand, InstanceCount, place_all},
    },
    source::Spanned,
    value::{
        image_source::ImageSource,
        setting::{Setting, SettingValue},
    },
};

impl<'p, 'd> ProjectResolver<'p, 'd> {
    /// Of each service its ships, the ship of each instance, and how many containers or tasks it has: `SERVICE-1` is on the
    /// first ship. On a Swarm a service is one instance.
    pub(super) fn placements(&mut self) -> Vec<(Vec<ShipId>, Vec<ShipId>, InstanceCount)> {
        let project = self.project;
        let (mut placed, mut max, mut counts) = (Vec::new(), Vec::new(), Vec::new());
        for service in project.services() {
            let site = self.site_service(service.name);
            let candidates = self.candidates(service, site);
            let candidates = self.without_swarms(service, site, candidates);
            let is_on_swarm = self.swarm_of(&candidates).is_some();
            let candidates = if is_on_swarm { candidates } else { self.allowed(service, candidates) };
            let said = self.surroundings.scales.count(service.name);
            let written = site.map(|site| &site.placement);
            counts.push(said.unwrap_or_else(|| count(service, written)));
            let wish = if is_on_swarm {
                Wish::one(service.name)
            } else {
                Wish {
                    service: service.name,
                    count: said.unwrap_or_else(|| count(service, written)),
                    max_per_ship: self.max_per_ship(service, written),
                    spread: self.preferences(service, written),
                    // On a single ship there is nothing to compare.
                    demand: if self.ships.len() > 1 { demand(service) } else { Demand::default() },
                }
            };
            let known = (self.ships, self.surroundings.whereabouts);
            placed.push(wish.placed_service(candidates, known, self.diagnostics));
            max.push((wish.service, wish.max_per_ship));
        }
        let placements = place_all(&placed, &self.surroundings.whereabouts.scope(self.ships));
        let all = placed.into_iter().zip(placements).zip(max).zip(counts);
        all.map(|(((of, placement), (name, max)), count)| {
            tell_above_max(name, max.as_ref(), (&of, &placement), self.ships, self.diagnostics);
            (of.candidates, placement.ships, count)
        })
        .collect()
    }

    /// How many containers a ship may have: what the site file says, or `deploy.placement.max_replicas_per_node`. A single
    /// engine has no choice.
    fn max_per_ship(
        &self,
        service: ComposeService<'p>,
        site: Option<&PlacementSection>,
    ) -> Option<Spanned<usize>> {
        let written = placement_of(service).filter(|_| self.site.is_some());
        let written = written.and_then(|placement| placement.spanned_integer("max_replicas_per_node"));
        let written = written.filter(|max| max.value > 0);
        let written = written.and_then(|max| Some(Spanned::new(usize::try_from(max.value).ok()?, max.span)));
        site.and_then(|site| site.max_per_ship.clone()).or(written)
    }

    /// The labels of ships that a service is spread over: what the site file says, or `deploy.placement.preferences`.
    fn preferences(
        &self,
        service: ComposeService<'p>,
        site: Option<&PlacementSection>,
    ) -> Vec<Spanned<String>> {
        if let Some(site) = site.filter(|site| !site.spread.is_empty()) {
            return site.spread.clone();
        }
        let placement = placement_of(service).filter(|_| self.site.is_some());
        let preferences = placement.into_iter().flat_map(|placement| placement.each("preferences"));
        let labels = preferences.filter_map(|preference| {
            let spread = preference.spanned_text("spread")?;
            Some(Spanned::new(spread.value.strip_prefix("node.labels.")?.to_owned(), spread.span))
        });
        labels.collect()
    }

    /// What the site file says of a service.
    pub(super) fn site_service(&self, name: &str) -> Option<&'d SiteService> {
        self.site?.services.iter().find(|service| service.name.value == name)
    }

    /// Where a service's images come from on a ship: what its site says, or what the ship says.
    pub(super) fn image_source(&self, service: &str, ship: ShipId) -> ImageSource {
        let own = self.site_service(service).and_then(|site| site.image_source);
        let ships = self.site.and_then(|site| site.ships.as_ref());
        own.or_else(|| ships?.get(ship.0)?.image_source).unwrap_or_default()
    }

    /// Tells the services whose number of instances a command says and cannot set.
    pub(super) fn tell_unscalable(&mut self, awaited: &Awaited<'p>) {
        for (name, count) in self.surroundings.scales.iter() {
            let Some(service) = self.project.services().find(|service| service.name == name) else {
                continue;
            };
            let element = service.element;
            let own_name = element.spanned_text("container_name").filter(|_| count > 1);
            let deploy = element.get("deploy").and_then(|deploy| deploy.get("mode"));
            let problem = if awaited.contains(&(service.name, Condition::Completed)) {
                scale::a_job(name)
                    .at(self.project.name_of_service(name).unwrap_or(element.span), "others wait for its end")
            } else if let Some(own_name) = own_name {
                let text = format!("{count} containers of `{name}` cannot have one name");
                Diagnostic::error("scaled-name", text)
                    .at(own_name.span, "the container's name")
                    .help(format!("remove `container_name`, or run `maestro scale {name}=1`"))
            } else if let Some(mode) = deploy.filter(|_| is_global(service)) {
                let text = format!("`{name}` has one container on each ship, so no number sets how many");
                Diagnostic::error("scaled-global", text)
                    .at(mode.span, "on each ship")
                    .help(format!("write `replicas: {count}` in place of `mode: global`"))
            } else {
                continue;
            };
            self.diagnostics.push(problem);
        }
    }

    fn candidates(&mut self, service: ComposeService<'p>, site: Option<&SiteService>) -> Vec<ShipId> {
        let known = self.known_ships();
        let ships = site.and_then(|site| site.placement.ships.as_ref());
        let all = || (0..known.ships.len()).map(ShipId).collect();
        match (site.and_then(|site| site.ship.as_ref()), ships) {
            (Some(ship), Some(ships)) => {
                self.diagnostics.push(placement::two_keys(ship, ships));
                Vec::new()
            }
            (Some(ship), None) => known.named(ship, self.diagnostics).into_iter().collect(),
            (None, Some(ships)) => placement::chosen(ships, known, self.diagnostics),
            (None, None) if known.ships.len() == 1 || !constraints(service).is_empty() => all(),
            (None, None) if is_global(service) => all(),
            (None, None) => {
                if !known.incomplete && !site.is_some_and(|site| site.placed) {
                    self.unplaced.push(service.name.to_owned());
                }
                Vec::new()
            }
        }
    }

    /// Those that the constraints of the Compose file allow. A single engine has no choice.
    fn allowed(&mut self, service: ComposeService<'p>, candidates: Vec<ShipId>) -> Vec<ShipId> {
        if self.site.is_none() || candidates.is_empty() {
            return candidates;
        }
        let mut left = candidates;
        for written in constraints(service) {
            let Some(constraint) = Constraint::parse(written.value) else { continue };
            left.retain(|ship| constraint.allows(&self.ships[ship.0]));
            if left.is_empty() {
                let text = format!("no ship of service `{}` meets `{}`", service.name, written.value);
                self.diagnostics.push(
                    Diagnostic::error("unmet-constraint", text)
                        .at(written.span, "no ship is left")
                        .note("`node.hostname` is a ship's name, `node.labels.NAME` a label of it")
                        .help("add the label to a ship of the site file: `labels: {NAME: VALUE}`, or change the constraint"),
                );
                break;
            }
        }
        left
    }

    /// Tells once of all services whose ships are not known.
    pub(super) fn tell_unplaced(&mut self) {
        let Some(site) = self.site else { return };
        let unknown = site.services.iter().filter(|service| !self.has_service(&service.name.value));
        // What a misspelt name means is placed by it.
        let meant: Vec<&str> = unknown.filter_map(|service| self.near_service(&service.name.value)).collect();
        let unplaced = self.unplaced.iter().filter(|name| !meant.contains(&name.as_ref()));
        let names: Vec<String> = unplaced.map(|name| format!("`{name}`")).collect();
        let (text, first) = match &names[..] {
            [] => return,
            [only] => (format!("the site file does not say on which ship service {only} runs"), only),
            several => (
                format!(
                    "the site file does not say on which ship {} services run: {}",
                    several.len(),
                    names.join(", ")
                ),
                &several[0],
            ),
        };
        let ship = &self.ships[0].name;
        let first = first.trim_matches('`');
        self.diagnostics.push(
            Diagnostic::error("missing-ship", text).at(site.span, "there are several ships").help(format!(
                "add each to `services` of the site file: `services: {{{first}: {{ship: {ship}}}}}`"
            )),
        );
    }

    /// Whether the Compose file has that service, active or not.
    fn has_service(&self, name: &str) -> bool {
        self.project.services().any(|known| known.name == name) || self.project.disabled.contains_key(name)
    }

    /// The service whose name is most like another one.
    fn near_service(&self, name: &str) -> Option<&'p str> {
        nearest_name(name, self.project.services().map(|known| known.name))
    }

    /// Tells of services of the site file that the project does not have.
    pub(super) fn tell_unknown_services(&mut self) {
        let Some(site) = self.site else { return };
        for service in &site.services {
            if !self.has_service(&service.name.value) {
                self.tell_unknown_service(&service.name);
            }
        }
    }

    pub(super) fn tell_unknown_service(&mut self, name: &Spanned<String>) {
        let text = format!("the Compose file has no service `{}`", name.value);
        let problem = Diagnostic::error("unknown-service", text).at(name.span, "unknown service");
        self.diagnostics.push(match self.near_service(&name.value) {
            Some(near) => {
                problem.help(Help::from(format!("did you mean `{near}`?")).replace(name.span, near))
            }
            None => problem.help("remove it, or add it to the Compose file"),
        });
    }
}

/// How many instances a service has. What the site file says counts, then what the Compose file says; if neither says
/// anything, there is one on each ship that the site file names.
fn count(service: ComposeService<'_>, site: Option<&PlacementSection>) -> InstanceCount {
    if let Some(site) = site.filter(|site| site.replicas.is_some() || site.per_ship.is_some()) {
        return placement::count(site);
    }
    match service.written_replicas() {
        _ if is_global(service) => InstanceCount::PerShip(1),
        Some(replicas) => InstanceCount::Total(usize::try_from(replicas).unwrap_or_default()),
        None if site.is_some_and(|site| site.ships.is_some()) => InstanceCount::PerShip(1),
        None => InstanceCount::Total(1),
    }
}

fn is_global(service: ComposeService<'_>) -> bool {
    service.element.get("deploy").and_then(|deploy| deploy.text_of("mode")) == Some("global")
}

pub(super) fn constraints(service: ComposeService<'_>) -> Vec<Spanned<&str>> {
    placement_of(service).and_then(|placement| placement.spanned_texts("constraints")).unwrap_or_default()
}

fn placement_of(service: ComposeService<'_>) -> Option<&Element> {
    service.element.get("deploy")?.get("placement")
}

/// What a container takes of its ship. What is wrong with it is told where it is made.
fn demand(service: ComposeService<'_>) -> Demand {
    let element = service.element;
    let settings = setting::settings(element, &BTreeMap::new());
    let number = |setting: Setting| settings.get(&setting).and_then(SettingValue::number);
    let limit = || Some(setting::resources(element, "limits")?.spanned_integer("memory")?.value);
    let memory = number(Setting::MemReservation);
    let memory = memory.or_else(|| Some(element.spanned_integer("mem_limit")?.value)).or_else(limit);
    Demand {
        memory: memory.unwrap_or_default(),
        cpus: number(Setting::Cpus).unwrap_or_default(),
        ports: service.ports().filter_map(|port| port::fixed(&port)).collect(),
    }
}
