//! The ships of an environment: what is known of their machines, engines and instances.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    explain::engine,
    labels::size,
    silent,
    table::{Column, lines},
    text::harmless,
};
use maestro_core::{
    model::{Environment, InstanceId, ShipId},
    observed::{
        InstanceState, Observed, ShipState,
        ship_facts::{ClockSkew, ShipFacts},
    },
};

/// A clock that differs by less is told as right.
const RIGHT_CLOCK: Duration = Duration::from_secs(1);

const COLUMNS: [Column; 8] = [
    Column::left("SHIP"),
    Column::right("INSTANCES"),
    Column::left("DOCKER"),
    Column::left("PLATFORM"),
    Column::right("CPUS"),
    Column::right("MEMORY"),
    Column::left("DISK FREE"),
    Column::left("CLOCK"),
];

/// What is shown of ships, by [`ShipId`].
#[derive(Debug, Clone, Copy)]
pub struct Ships<'a> {
    /// The environment.
    pub environment: &'a Environment,
    /// What runs.
    pub observed: &'a Observed,
    /// What is known of the ships that answer.
    pub facts: &'a [Option<ShipFacts>],
    /// Those that are shown.
    pub shown: &'a [ShipId],
}

impl Ships<'_> {
    /// A table of the ships that answer, and a line for each reason why others do not.
    #[must_use]
    pub fn text(&self, columns: Option<usize>) -> String {
        let rows = self.shown.iter().filter_map(|&id| {
            let facts = self.facts.get(id.0)?.as_ref()?;
            let (up, declared) = self.instances(id);
            let known = |text: String| if text.is_empty() { "-".to_owned() } else { text };
            let of = |number: u64, text: fn(u64) -> String| {
                if number == 0 { "-".to_owned() } else { text(number) }
            };
            Some(vec![
                self.environment.ship(id).name.clone(),
                format!("{up} of {declared} up"),
                known(facts.version.clone()),
                known(facts.platform.clone()),
                of(facts.processors, |number| number.to_string()),
                of(facts.memory, size),
                facts
                    .disk
                    .map_or_else(|| "-".to_owned(), |(free, all)| format!("{} of {}", size(free), size(all))),
                facts.clock.map_or_else(|| "-".to_owned(), clock),
            ])
        });
        let rows: Vec<Vec<String>> = rows.collect();
        let mut text = Vec::new();
        if !rows.is_empty() {
            text.extend(lines(&COLUMNS, &rows, columns));
        }
        text.extend(silent::sentences(self.environment, self.observed, self.shown.iter().copied()));
        text.join("\n") + "\n"
    }

    /// The names of the ships that answer, one a line.
    #[must_use]
    pub fn names(&self) -> String {
        let answering = |id: &&ShipId| self.facts.get(id.0).is_some_and(Option::is_some);
        let names = self.shown.iter().filter(answering).map(|id| harmless(&self.environment.ship(*id).name));
        names.collect::<Vec<_>>().join("\n")
    }

    /// The same for programs.
    #[must_use]
    pub fn json(&self) -> Value {
        let ships = self.shown.iter().map(|&id| {
            let ship = self.environment.ship(id);
            let (up, declared) = self.instances(id);
            let reason = match self.observed.ship(id) {
                ShipState::Unreachable { reason } => Some(engine::ship(reason)),
                ShipState::NotAsked | ShipState::Answering(_) => None,
            };
            let facts = self.facts.get(id.0).and_then(Option::as_ref);
            let known = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            let number = |number: u64| (number > 0).then_some(number);
            json!({
                "ship": ship.name,
                "address": ship.address,
                "endpoint": ship.endpoint.to_string(),
                "reachable": facts.is_some(),
                "reason": reason,
                "instances": declared,
                "instances_up": up,
                "engine_version": facts.and_then(|facts| known(&facts.version)),
                "platform": facts.and_then(|facts| known(&facts.platform)),
                "cpus": facts.and_then(|facts| number(facts.processors)),
                "memory_bytes": facts.and_then(|facts| number(facts.memory)),
                "disk_free_bytes": facts.and_then(|facts| facts.disk).map(|(free, _)| free),
                "disk_bytes": facts.and_then(|facts| facts.disk).map(|(_, all)| all),
                "clock_ahead_seconds": facts.and_then(|facts| facts.clock).map(ahead),
            })
        });
        let ships: Vec<Value> = ships.collect();
        json!({ "version": 1, "environment": self.environment.name, "ships": ships })
    }

    /// How many instances of a ship are up, and how many there are.
    fn instances(&self, ship: ShipId) -> (usize, usize) {
        let by_label = self.observed.by_label(self.environment);
        let is_up = |id: &InstanceId| match by_label.instance(self.environment, *id) {
            InstanceState::Ours(container) => container.state.is_up(),
            InstanceState::Absent
            | InstanceState::Unmanaged(_)
            | InstanceState::Unreachable { .. }
            | InstanceState::Unknown => false,
        };
        let here = |id: &InstanceId| self.environment.instance(*id).ship == ship;
        let here: Vec<InstanceId> = self.environment.instance_ids().filter(here).collect();
        (here.iter().filter(|id| is_up(id)).count(), here.len())
    }
}

/// `right`, `2 h 5 min behind`.
fn clock(skew: ClockSkew) -> String {
    let direction = match skew {
        _ if skew.amount() < RIGHT_CLOCK => return "right".to_owned(),
        ClockSkew::None => return "right".to_owned(),
        ClockSkew::Ahead(_) => "ahead",
        ClockSkew::Behind(_) => "behind",
    };
    format!("{} {direction}", span(skew.amount()))
}

/// Two units of a time: `3 d 4 h`, `5 min 2 s`.
fn span(time: Duration) -> String {
    let seconds = time.as_secs();
    let units = [
        ("d", seconds / 86_400),
        ("h", seconds / 3600 % 24),
        ("min", seconds / 60 % 60),
        ("s", seconds % 60),
    ];
    let first = units.iter().position(|(_, number)| *number > 0).unwrap_or(units.len() - 1);
    let shown = units[first..].iter().take(2).filter(|(_, number)| *number > 0);
    shown.map(|(unit, number)| format!("{number} {unit}")).collect::<Vec<_>>().join(" ")
}

fn ahead(skew: ClockSkew) -> f64 {
    match skew {
        ClockSkew::None => 0.0,
        ClockSkew::Ahead(by) => by.as_secs_f64(),
        ClockSkew::Behind(by) => -by.as_secs_f64(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{samples, schema};
    use maestro_core::observed::ContainerState;

    #[test]
    fn a_ship_is_told_with_its_machine_and_its_instances() {
        let mut environment = samples::empty(&["alpha", "beta", "gamma", "delta"], &["web"]);
        for ship in [0, 0, 1, 2] {
            let name = format!("web-{}", environment.instances.len() + 1);
            samples::add(&mut environment, &name, 0, ship);
        }
        let up = samples::container(&environment, InstanceId(0), ContainerState::Running, "Up 2 minutes");
        let mut observed = samples::observed(&environment, &[up]);
        for ship in [2, 3] {
            observed.ships[ship] = ShipState::Unreachable { reason: "no route to host".into() };
        }
        let facts = [
            Some(ShipFacts {
                version: "28.5.1".into(),
                platform: "linux/amd64".into(),
                processors: 4,
                memory: 8 << 30,
                disk: Some((120_000_000_000, 500_000_000_000)),
                clock: Some(ClockSkew::Behind(Duration::from_secs(7505))),
            }),
            Some(ShipFacts::default()),
            None,
            None,
        ];
        let shown: Vec<ShipId> = environment.ship_ids().collect();
        let ships = Ships { environment: &environment, observed: &observed, facts: &facts, shown: &shown };
        insta::assert_snapshot!(ships.text(Some(100)) + &ships.names(), @r"
        SHIP   INSTANCES  DOCKER  PLATFORM     CPUS  MEMORY  DISK FREE               CLOCK
        alpha  1 of 2 up  28.5.1  linux/amd64     4   8 GiB  111.7 GiB of 465.6 GiB  2 h 5 min behind
        beta   0 of 1 up  -       -               -       -  -                       -
        ship gamma: no route to host; the same on delta (2 ships in all)
        alpha
        beta
        ");
        assert_eq!(schema::undescribed(&ships.json(), schema::SHIPS), Vec::<String>::new());
    }

    #[test]
    fn a_clock_is_right_or_told_in_two_units() {
        let told = |seconds| clock(ClockSkew::Ahead(Duration::from_millis(seconds)));
        assert_eq!(
            ["right", "1 s ahead", "2 h ahead", "1 d 2 h ahead"],
            [999, 1999, 7_201_000, 93_700_000].map(told)[..]
        );
    }
}
