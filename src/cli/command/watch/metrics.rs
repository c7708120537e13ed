//! Metrics of what is watched, in the text format of Prometheus.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use maestro_core::{
    model::{Environment, InstanceId},
    watch::{InstanceCondition, WatchEvent, WatchOutcome},
};

/// Upper bounds of the durations that are counted together, in seconds.
const BOUNDS: [u32; 7] = [1, 2, 5, 15, 60, 300, 900];

/// Where an instance stands: its labels.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct InstanceLabels {
    instance: String,
    service: String,
    ship: String,
}

#[derive(Default)]
struct Durations {
    counts: [u64; BOUNDS.len()],
    sum: f64,
    count: u64,
}

impl Durations {
    fn add(&mut self, took: Duration) {
        let seconds = took.as_secs_f64();
        for (bound, count) in BOUNDS.iter().zip(&mut self.counts) {
            *count += u64::from(seconds <= f64::from(*bound));
        }
        self.sum += seconds;
        self.count += 1;
    }
}

/// What is known of one instance.
#[derive(Default)]
struct InstanceNumbers {
    condition: Option<InstanceCondition>,
    restarts: u64,
    has_given_up: bool,
    heals: BTreeMap<WatchOutcome, u64>,
}

#[derive(Default)]
struct Numbers {
    environment: String,
    ships: BTreeMap<String, bool>,
    instances: BTreeMap<InstanceLabels, InstanceNumbers>,
    drift: BTreeSet<InstanceLabels>,
    heal_durations: Durations,
    applies: BTreeMap<WatchOutcome, u64>,
    apply_durations: Durations,
    is_waiting: bool,
    is_file_broken: bool,
    is_repository_lost: bool,
}

/// All numbers, which are told whenever somebody asks.
pub(super) struct Metrics(Mutex<Numbers>);

fn labels(environment: &Environment, id: InstanceId) -> InstanceLabels {
    let instance = environment.instance(id);
    InstanceLabels {
        instance: instance.name.clone(),
        service: environment.service(instance.service).name.clone(),
        ship: environment.ship(instance.ship).name.clone(),
    }
}

impl Metrics {
    pub(super) fn new(environment: &Environment) -> Self {
        let metrics = Self(Mutex::default());
        metrics.declare(environment);
        metrics
    }

    fn numbers(&self) -> MutexGuard<'_, Numbers> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on these ships and instances are watched; what was counted of them stays.
    pub(super) fn declare(&self, environment: &Environment) {
        let mut numbers = self.numbers();
        numbers.environment.clone_from(&environment.name);
        let ships = environment
            .ships
            .iter()
            .map(|ship| (ship.name.clone(), numbers.ships.get(&ship.name).is_none_or(|is_up| *is_up)));
        let ships = ships.collect();
        numbers.ships = ships;
        let all: BTreeSet<InstanceLabels> =
            environment.instance_ids().map(|id| labels(environment, id)).collect();
        numbers.instances.retain(|labels, _| all.contains(labels));
        numbers.drift.retain(|labels| all.contains(labels));
        for labels in all {
            numbers.instances.entry(labels).or_default();
        }
    }

    /// Takes in an event.
    pub(super) fn take(&self, environment: &Environment, event: &WatchEvent) {
        let mut numbers = self.numbers();
        let ship = |ship| environment.ship(ship).name.clone();
        match event {
            WatchEvent::ShipLost(id, _) => drop(numbers.ships.insert(ship(*id), false)),
            WatchEvent::ShipBack(id) => drop(numbers.ships.insert(ship(*id), true)),
            WatchEvent::Changed { instance, from, to } => {
                let numbers = numbers.instances.entry(labels(environment, *instance)).or_default();
                let was_down =
                    from.is_some_and(|from| from.is_healable() || from == InstanceCondition::Restarting);
                numbers.restarts += u64::from(was_down && *to == InstanceCondition::Ready);
                numbers.condition = Some(*to);
            }
            WatchEvent::Healed { instance, outcome, took } => {
                let labels = labels(environment, *instance);
                *numbers.instances.entry(labels).or_default().heals.entry(*outcome).or_default() += 1;
                numbers.heal_durations.add(*took);
            }
            WatchEvent::GaveUp { instance, .. } => {
                numbers.instances.entry(labels(environment, *instance)).or_default().has_given_up = true;
            }
            WatchEvent::Recovered(instance) => {
                numbers.instances.entry(labels(environment, *instance)).or_default().has_given_up = false;
            }
            WatchEvent::Waits { .. } => numbers.is_waiting = true,
            WatchEvent::GoesOn => numbers.is_waiting = false,
            WatchEvent::Drifted(drift) => {
                numbers.drift = drift.iter().map(|one| labels(environment, one.instance)).collect();
            }
            WatchEvent::Applied { outcome, took } => {
                *numbers.applies.entry(*outcome).or_default() += 1;
                numbers.apply_durations.add(*took);
            }
            WatchEvent::FileBroken { .. } => numbers.is_file_broken = true,
            WatchEvent::FileFixed => numbers.is_file_broken = false,
            WatchEvent::RepositoryLost(_) => numbers.is_repository_lost = true,
            WatchEvent::RepositoryBack => numbers.is_repository_lost = false,
            WatchEvent::Began { .. }
            | WatchEvent::FileRead { .. }
            | WatchEvent::Broken(..)
            | WatchEvent::Healing { .. }
            | WatchEvent::Applying => {}
        }
    }

    /// All of it.
    pub(super) fn text(&self) -> String {
        let numbers = self.numbers();
        let mut text = Text { environment: &numbers.environment, text: String::new() };
        text.family("maestro_build_info", "gauge", "The release that watches.");
        text.sample("maestro_build_info", &[("version", env!("CARGO_PKG_VERSION"))], 1);
        text.family("maestro_ship_up", "gauge", "Whether the engine of a ship answers.");
        for (ship, is_up) in &numbers.ships {
            text.sample("maestro_ship_up", &[("ship", ship)], u64::from(*is_up));
        }
        text.family("maestro_file_valid", "gauge", "Whether the file loads as it is now.");
        text.sample("maestro_file_valid", &[], u64::from(!numbers.is_file_broken));
        text.family("maestro_repository_up", "gauge", "Whether the repository of the file answers.");
        text.sample("maestro_repository_up", &[], u64::from(!numbers.is_repository_lost));
        text.of_instances(&numbers);
        text.family("maestro_applies_total", "counter", "Runs that applied the file, by how they ended.");
        for outcome in WatchOutcome::WORDS {
            let found = numbers.applies.iter().find(|(known, _)| known.word() == outcome);
            text.sample(
                "maestro_applies_total",
                &[("outcome", outcome)],
                found.map_or(0, |(_, count)| *count),
            );
        }
        text.histogram("maestro_heal_duration_seconds", "How long healing took.", &numbers.heal_durations);
        text.histogram("maestro_apply_duration_seconds", "How long applying took.", &numbers.apply_durations);
        text.family(
            "maestro_lease_waiting",
            "gauge",
            "Whether another run holds the lease that is waited for.",
        );
        text.sample("maestro_lease_waiting", &[], u64::from(numbers.is_waiting));
        text.text
    }
}

/// A number of an instance.
type OfInstance<'a> = dyn Fn(&InstanceLabels, &InstanceNumbers) -> u64 + 'a;

/// The text format.
struct Text<'a> {
    environment: &'a str,
    text: String,
}

impl Text<'_> {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a text cannot fail.
        writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}").ok();
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        let environment = [("environment", self.environment)];
        let labels = environment.iter().chain(labels).map(|(label, value)| {
            let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            format!("{label}=\"{value}\"")
        });
        let labels = labels.collect::<Vec<_>>().join(",");
        writeln!(self.text, "{name}{{{labels}}} {value}").ok();
    }

    fn of_instances(&mut self, numbers: &Numbers) {
        self.family("maestro_instances", "gauge", "Instances by their state.");
        for state in InstanceCondition::WORDS {
            let is_so = |one: &&InstanceNumbers| one.condition.is_some_and(|known| known.word() == state);
            let count = numbers.instances.values().filter(is_so).count();
            self.sample("maestro_instances", &[("state", state)], count);
        }
        let families: [(&str, &str, &str, &OfInstance<'_>); 4] = [
            ("maestro_instance_healthy", "gauge", "Whether an instance is as declared.", &|_, one| {
                u64::from(one.condition.is_some_and(InstanceCondition::is_well))
            }),
            (
                "maestro_instance_restarts_total",
                "counter",
                "How often an instance came up again while it was watched.",
                &|_, one| one.restarts,
            ),
            (
                "maestro_instance_given_up",
                "gauge",
                "Whether nothing more is tried to heal an instance.",
                &|_, one| u64::from(one.has_given_up),
            ),
            (
                "maestro_instance_drift",
                "gauge",
                "Whether an instance differs from the file.",
                &|labels, _| u64::from(numbers.drift.contains(labels)),
            ),
        ];
        for (name, kind, help, value) in families {
            self.family(name, kind, help);
            for (labels, one) in &numbers.instances {
                self.sample(name, &of(labels), value(labels, one));
            }
        }
        self.family(
            "maestro_instance_heals_total",
            "counter",
            "Tries to heal an instance, by how they ended.",
        );
        for (labels, one) in &numbers.instances {
            for (outcome, count) in &one.heals {
                let outcome = [("outcome", outcome.word())];
                let all: Vec<(&str, &str)> = of(labels).into_iter().chain(outcome).collect();
                self.sample("maestro_instance_heals_total", &all, count);
            }
        }
    }

    fn histogram(&mut self, name: &str, help: &str, durations: &Durations) {
        self.family(name, "histogram", help);
        let bucket = format!("{name}_bucket");
        for (bound, count) in BOUNDS.iter().zip(durations.counts) {
            self.sample(&bucket, &[("le", &bound.to_string())], count);
        }
        self.sample(&bucket, &[("le", "+Inf")], durations.count);
        self.sample(&format!("{name}_sum"), &[], durations.sum);
        self.sample(&format!("{name}_count"), &[], durations.count);
    }
}

fn of(labels: &InstanceLabels) -> [(&'static str, &str); 3] {
    [("instance", &labels.instance), ("service", &labels.service), ("ship", &labels.ship)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use maestro_core::{model::ShipId, watch::InstanceDrift};
    use maestro_file::{
        document::{file, load::load},
        resolve::{Surroundings, resolve},
    };

    fn environment() -> Environment {
        let text = "{name: shop, services: {web: {image: app, instances: {web-1: {}}}}}";
        let (directory, variables) = (std::path::Path::new("/"), BTreeMap::new());
        let mut loaded = load("maestro.yaml", text.into(), directory, &variables);
        let document = loaded.yaml.as_ref().and_then(|yaml| file::read(yaml, &mut loaded.diagnostics));
        let surroundings = Surroundings::new(directory, &variables);
        let read = |_: &std::path::Path| Err(std::io::ErrorKind::NotFound.into());
        let (sources, diagnostics) = (&mut loaded.sources, &mut loaded.diagnostics);
        resolve(&document.expect("a document"), sources, &read, surroundings, diagnostics)
            .expect("an environment")
    }

    /// What promtool checks, and the conventions say.
    fn lint(text: &str) {
        let mut families: BTreeMap<&str, &str> = BTreeMap::new();
        let mut samples = BTreeSet::new();
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').expect("a type");
                assert!(families.insert(name, kind).is_none(), "{name} is declared twice");
                assert!(
                    name.starts_with("maestro_") && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
                );
                assert_eq!(kind == "counter", name.ends_with("_total"), "{name}");
                assert!(!name.contains("_seconds") || name.ends_with("_seconds"), "{name}");
                assert!(!["_count", "_sum", "_bucket"].iter().any(|end| name.ends_with(end)), "{name}");
                continue;
            }
            if let Some(rest) = line.strip_prefix("# HELP ") {
                assert!(rest.split_once(' ').is_some_and(|(_, help)| help.ends_with('.')), "{line}");
                continue;
            }
            let (sample, value) = line.rsplit_once(' ').expect("a sample");
            assert!(value.parse::<f64>().is_ok_and(|value| value >= 0.0), "{line}");
            assert!(samples.insert(sample), "{sample} is told twice");
            let name = sample.split('{').next().expect("a name");
            let is_of = |family: &str| {
                let ends = ["_bucket", "_sum", "_count"];
                family == name
                    || families[family] == "histogram"
                        && name.strip_prefix(family).is_some_and(|end| ends.contains(&end))
            };
            assert!(families.keys().any(|family| is_of(family)), "{line} comes before its type");
        }
        assert!(families.len() > 8 && text.ends_with('\n'));
    }

    #[test]
    fn metrics_follow_the_conventions_of_prometheus() {
        let environment = environment();
        let metrics = Metrics::new(&environment);
        lint(&metrics.text());
        let id = InstanceId(0);
        let drift = InstanceDrift { instance: id, fields: vec!["env.PASSWORD".to_owned()] };
        let took = Duration::from_millis(1500);
        for event in [
            WatchEvent::Changed { instance: id, from: None, to: InstanceCondition::Down(Some(1)) },
            WatchEvent::Healed { instance: id, outcome: WatchOutcome::Done, took },
            WatchEvent::Changed {
                instance: id,
                from: Some(InstanceCondition::Down(Some(1))),
                to: InstanceCondition::Ready,
            },
            WatchEvent::GaveUp { instance: id, tries: 3 },
            WatchEvent::Drifted(vec![drift]),
            WatchEvent::Applied { outcome: WatchOutcome::Failed, took },
            WatchEvent::ShipLost(
                ShipId(0),
                maestro_core::fault::ShipFault::Error("secret".to_owned().as_str().into()),
            ),
        ] {
            metrics.take(&environment, &event);
        }
        let text = metrics.text();
        lint(&text);
        let instance = &environment.instance(id).name;
        let has = |line: &str| text.lines().any(|one| one.contains(instance) && one.contains(line));
        assert!(has("maestro_instance_restarts_total{") && has("outcome=\"done\"} 1"), "{text}");
        assert!(text.contains("le=\"2\"} 1") && text.contains("maestro_heal_duration_seconds_sum"));
        assert!(text.contains("maestro_ship_up{") && !text.contains("secret") && !text.contains("PASSWORD"));
    }

    #[test]
    fn values_of_labels_are_escaped() {
        let mut text = Text { environment: "a\"b\\c\nd", text: String::new() };
        text.sample("m", &[], 1);
        assert_eq!(text.text, "m{environment=\"a\\\"b\\\\c\\nd\"} 1\n");
    }
}
