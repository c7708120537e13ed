//! The file of a fleet: services that are placed on some of up to twelve ships, and edits of it.

use std::{collections::BTreeMap, fmt::Write as _, path::Path, sync::Arc};

use maestro_core::{
    diagnostic::Diagnostics,
    model::{Environment, placement::Whereabouts},
};
use maestro_file::{
    document,
    resolve::{Surroundings, resolve},
};

use crate::line::Chance;

/// The most ships of a fleet.
pub const MOST_SHIPS: usize = 12;
const ZONES: [&str; 3] = ["a", "b", "c"];

/// A ship of the file. Its engine exists whether the file has it or not.
#[derive(Clone)]
pub struct FleetShip {
    zone: &'static str,
    pub is_listed: bool,
    pub drain: bool,
}

/// A change of the file, by what it changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit {
    /// A ship is drained, or drained no more.
    Drain,
    /// A ship comes into the file, or goes.
    Listing,
    /// A service gets another number of instances.
    Replicas,
    /// A service is bound to the ships of a zone.
    Zone,
    /// A service may use all ships.
    AllShips,
    /// A service more.
    Addition,
    /// A service less.
    Removal,
    /// A service is to be replaced.
    Version,
}

/// Which ships a service may use.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Candidates {
    All,
    Zone(usize),
}

#[derive(Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a line of the file")]
struct FleetService {
    number: usize,
    on: Candidates,
    replicas: usize,
    max_per_ship: Option<usize>,
    is_spread: bool,
    image: usize,
    version: usize,
    /// Its data is in a named volume.
    has_volume: bool,
    is_job: bool,
    start_first: bool,
    /// The numbers of the services that it requires, and of those that it links to.
    requires: Vec<usize>,
    links: Vec<usize>,
}

/// What the file says.
#[derive(Clone)]
pub struct FleetFile {
    pub ships: Vec<FleetShip>,
    services: Vec<FleetService>,
    next: usize,
}

impl FleetFile {
    /// A file that can be read.
    pub fn random(chance: &mut Chance) -> Self {
        loop {
            let ship = |at: usize, chance: &mut Chance| FleetShip {
                zone: ZONES[chance.below(ZONES.len())],
                is_listed: at < 2 || chance.percent(80),
                drain: chance.percent(5),
            };
            let ships = (0..2 + chance.below(MOST_SHIPS - 1)).map(|at| ship(at, chance)).collect();
            let mut file = Self { ships, services: Vec::new(), next: 0 };
            for _ in 0..=chance.below(4) {
                file.add_service(chance);
            }
            if file.environment(Whereabouts::UNKNOWN, None).is_some() {
                return file;
            }
        }
    }

    fn add_service(&mut self, chance: &mut Chance) {
        let is_job = chance.percent(15);
        // What links lead to publishes its port, so it has a ship of its own for each instance.
        let max_per_ship = match chance.below(3) {
            0 => Some(1),
            1 => Some(2),
            _ => None,
        };
        let linkable = self.services.iter().filter(|other| other.is_linkable());
        let links = linkable.filter(|_| chance.percent(40)).map(|other| other.number).collect();
        let requires =
            self.services.iter().filter(|_| chance.percent(30)).map(|other| other.number).collect();
        let has_volume = !is_job && chance.percent(25);
        self.services.push(FleetService {
            number: self.next,
            on: if chance.percent(60) {
                Candidates::All
            } else {
                Candidates::Zone(chance.below(ZONES.len()))
            },
            replicas: 1 + chance.below(6),
            max_per_ship,
            is_spread: chance.percent(30),
            image: if is_job { JOB } else { 1 + chance.below(2) },
            version: 0,
            has_volume,
            is_job,
            start_first: !has_volume && !is_job && max_per_ship != Some(1) && chance.percent(30),
            requires,
            links,
        });
        self.next += 1;
    }

    /// Another line of the file; one that would make it wrong is not written.
    pub fn edit(&mut self, chance: &mut Chance, is_empty: impl Fn(usize) -> bool) {
        let ship = chance.below(self.ships.len());
        let service = chance.below(self.services.len());
        let edit = match chance.below(12) {
            0..3 => Edit::Drain,
            3 | 4 => Edit::Listing,
            5 | 6 => Edit::Replicas,
            7 => Edit::Zone,
            8 => Edit::AllShips,
            9 => Edit::Addition,
            10 => Edit::Removal,
            _ => Edit::Version,
        };
        self.write(edit, ship, service, chance, is_empty);
    }

    /// Writes an edit of that ship or that service. Whether the file differs then.
    fn write(
        &mut self,
        edit: Edit,
        ship: usize,
        service: usize,
        chance: &mut Chance,
        is_empty: impl Fn(usize) -> bool,
    ) -> bool {
        let before = self.clone();
        match edit {
            Edit::Drain => self.ships[ship].drain ^= true,
            Edit::Listing if !self.ships[ship].is_listed => self.ships[ship].is_listed = true,
            // Who takes a ship out of the file has emptied it before.
            Edit::Listing if is_empty(ship) => self.ships[ship].is_listed = false,
            Edit::Replicas => self.services[service].replicas = 1 + chance.below(8),
            Edit::Zone => self.services[service].on = Candidates::Zone(chance.below(ZONES.len())),
            Edit::AllShips => self.services[service].on = Candidates::All,
            Edit::Addition => self.add_service(chance),
            Edit::Removal if self.services.len() > 1 => self.remove_service(service),
            Edit::Listing | Edit::Removal | Edit::Version => self.services[service].version += 1,
        }
        if self.environment(Whereabouts::UNKNOWN, None).is_none() {
            *self = before;
            return false;
        }
        self.text(None) != before.text(None)
    }

    /// Writes an edit somewhere where it changes the file. None if there is no such place.
    pub fn edited(mut self, edit: Edit, chance: &mut Chance) -> Option<Self> {
        let places =
            (0..self.ships.len()).flat_map(|ship| (0..self.services.len()).map(move |at| (ship, at)));
        let places: Vec<(usize, usize)> = places.collect();
        let is_written =
            |&(ship, service): &(usize, usize)| self.write(edit, ship, service, chance, |_| false);
        places.iter().any(is_written).then_some(self)
    }

    fn remove_service(&mut self, at: usize) {
        let gone = self.services.remove(at).number;
        for other in &mut self.services {
            other.requires.retain(|number| *number != gone);
            other.links.retain(|number| *number != gone);
        }
    }

    /// The most instances of a service on one ship.
    pub fn limits(&self) -> impl Iterator<Item = (String, usize)> {
        self.services.iter().filter_map(|service| Some((service.name(), service.max_per_ship?)))
    }

    /// The services whose instances have data.
    pub fn with_volumes(&self) -> Vec<String> {
        self.services.iter().filter(|service| service.has_volume).map(FleetService::name).collect()
    }

    /// The file, or what a planted bug reads in it.
    fn text(&self, bug: Option<&str>) -> String {
        let mut text = "__maestro: {schema: 3}\nname: world\nships:\n".to_owned();
        for (at, ship) in self.ships.iter().enumerate().filter(|(_, ship)| ship.is_listed) {
            let (zone, drain) = (ship.zone, ship.drain && bug != Some("undrained"));
            let _ =
                writeln!(text, "  ship-{at}: {{ip: 10.0.0.{at}, labels: {{zone: {zone}}}, drain: {drain}}}");
        }
        let volumes: Vec<_> = self.services.iter().filter(|service| service.has_volume).collect();
        let volumes: Vec<String> =
            volumes.iter().map(|service| format!("{}: {{}}", service.volume())).collect();
        let _ = writeln!(text, "volumes: {{{}}}", volumes.join(", "));
        text.push_str("services:\n");
        for service in &self.services {
            service.write(&mut text, bug);
        }
        text
    }

    /// The environment of the file with instances where they were found. None if the file is wrong: instances do not fit.
    pub fn environment(&self, whereabouts: &Whereabouts, bug: Option<&str>) -> Option<Arc<Environment>> {
        let none = BTreeMap::new();
        let text = self.text(bug).into_bytes();
        let document::load::Loaded { mut sources, yaml, mut diagnostics } =
            document::load("fleet.yaml", text, Path::new("."), &none);
        let document = yaml.and_then(|yaml| document::file::read(&yaml, &mut diagnostics));
        let document = document.unwrap_or_else(|| panic!("{}", drawn(&diagnostics, &sources)));
        let surroundings = Surroundings { whereabouts, ..Surroundings::new(Path::new("."), &none) };
        let no_file = |_: &Path| Err(std::io::ErrorKind::NotFound.into());
        let environment = resolve(&document, &mut sources, &no_file, surroundings, &mut diagnostics);
        let is_strange = diagnostics.has_errors_beside(&KNOWN);
        assert!(!is_strange, "{}\n{}", self.text(bug), drawn(&diagnostics, &sources));
        environment.map(Arc::new)
    }
}

/// The number of the image that ends with exit code 0.
pub const JOB: usize = 6;

/// What may be wrong with such a file: it has too few ships for its instances, or none.
const KNOWN: [&str; 4] = ["max-per-ship", "unknown-label", "unknown-link", "port-conflict"];

fn drawn(diagnostics: &Diagnostics, sources: &maestro_core::source::Sources) -> String {
    maestro_report::diagnostics::draw(diagnostics, sources, false)
}

impl FleetService {
    fn is_linkable(&self) -> bool {
        self.max_per_ship == Some(1) && !self.is_job
    }

    fn name(&self) -> String {
        format!("s{}", self.number)
    }

    fn volume(&self) -> String {
        format!("data-{}", self.number)
    }

    fn write(&self, text: &mut String, bug: Option<&str>) {
        let Self { number, replicas, image, version, .. } = self;
        let ships = match self.on {
            Candidates::All => "all".to_owned(),
            Candidates::Zone(at) => format!("{{zone: {}}}", ZONES[at]),
        };
        let _ = writeln!(
            text,
            "  s{number}:\n    image: app{image}\n    ships: {ships}\n    replicas: {replicas}"
        );
        let _ = writeln!(text, "    env: {{VERSION: {version}}}");
        if let Some(most) = self.max_per_ship.filter(|_| bug != Some("crowded")) {
            let _ = writeln!(text, "    max_per_ship: {most}");
        }
        if self.is_spread {
            text.push_str("    preferences: [{spread: zone}]\n");
        }
        if self.is_linkable() {
            let _ = writeln!(text, "    ports: {{main: {}}}", 8000 + number);
        }
        if self.has_volume {
            let _ = writeln!(text, "    volumes: [{}:/data]", self.volume());
        }
        if self.is_job {
            text.push_str("    job: true\n");
        }
        if self.start_first {
            text.push_str("    update: {order: start-first}\n");
        }
        let listed = |numbers: &[usize], each: fn(&usize) -> String| {
            numbers.iter().map(each).collect::<Vec<_>>().join(", ")
        };
        if !self.requires.is_empty() {
            let _ = writeln!(text, "    requires: [{}]", listed(&self.requires, |to| format!("s{to}")));
        }
        if !self.links.is_empty() {
            let _ = writeln!(text, "    links: {{{}}}", listed(&self.links, |to| format!("s{to}: peer{to}")));
        }
    }
}
