//! The ships of an environment: what is known of their machines, engines and instances.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    explain::engine,
    labels::{count, size, skew},
    silent,
    table::{Column, lines},
    text::harmless,
};
use maestro_core::{
    event::{Fact, Finding, Weight},
    model::{Environment, ShipId},
    observed::{
        InstanceState, Observed, ShipState,
        ship_facts::{ClockSkew, ShipFacts},
    },
    plan::BlockedReason,
};

const COLUMNS: [Column; 8] = [
    Column::left("SHIP"),
    Column::left("INSTANCES"),
    Column::left("DOCKER"),
    Column::left("PLATFORM"),
    Column::right("CPUS"),
    Column::right("MEMORY"),
    Column::left("DISK FREE"),
    Column::left("CLOCK"),
];

/// A clock that differs by more is worth a word.
const WRONG_CLOCK: Duration = Duration::from_secs(5);

/// What is to be known of these ships beside what a plan needs: those that do not answer, and clocks that are wrong.
#[must_use]
pub fn findings(observed: &Observed, facts: &[Option<ShipFacts>], ships: &[ShipId]) -> Vec<Finding> {
    let finding = |ship, weight, fact| Finding { weight, ship, instances: Vec::new(), span: None, fact };
    let found = ships.iter().filter_map(|&ship| match observed.ship(ship) {
        ShipState::Unreachable { reason } => {
            let reason = BlockedReason::Unreachable { reason: reason.clone() };
            Some(finding(ship, Weight::Error, Fact::Blocked(reason)))
        }
        ShipState::NotAsked => None,
        ShipState::Answering(_) => {
            let clock = facts.get(ship.0)?.as_ref()?.clock?;
            let is_wrong = clock.amount() > WRONG_CLOCK;
            is_wrong.then(|| finding(ship, Weight::Warning, Fact::Clock(clock)))
        }
    });
    found.collect()
}

/// That all is well with so many ships.
#[must_use]
pub fn nothing_found(ships: usize) -> String {
    format!("{}: nothing to fix\n", count(ships, "ship"))
}

/// What was found about these ships, for programs.
#[must_use]
pub fn checked(environment: &str, ships: &[&str], findings: &[Value]) -> Value {
    json!({ "version": 1, "environment": environment, "ships": ships, "findings": findings })
}

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
        let instances = self.instances();
        let rows = self.shown.iter().filter_map(|&id| {
            let facts = self.facts.get(id.0)?.as_ref()?;
            let (up, declared) = instances[id.0];
            let known = |text: String| if text.is_empty() { "-".to_owned() } else { text };
            let of = |number: u64, text: fn(u64) -> String| {
                if number == 0 { "-".to_owned() } else { text(number) }
            };
            let ship = self.environment.ship(id);
            Some(vec![
                ship.name.clone(),
                format!("{up} of {declared} up{}", if ship.drain { ", drained" } else { "" }),
                known(facts.version.clone()),
                known(facts.platform.clone()),
                of(facts.processors, |number| number.to_string()),
                of(facts.memory, size),
                facts
                    .disk
                    .map_or_else(|| "-".to_owned(), |(free, all)| format!("{} of {}", size(free), size(all))),
                facts.clock.map_or_else(|| "-".to_owned(), skew),
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
        let instances = self.instances();
        let ships = self.shown.iter().map(|&id| {
            let ship = self.environment.ship(id);
            let (up, declared) = instances[id.0];
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
                "endpoint": ship.addresses(),
                "drained": ship.drain,
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

    /// How many instances of each ship are up, and how many there are.
    fn instances(&self) -> Vec<(usize, usize)> {
        let by_label = self.observed.by_label(self.environment);
        let mut counts = vec![(0, 0); self.environment.ships.len()];
        for id in self.environment.instance_ids() {
            let is_up = match by_label.instance(self.environment, id) {
                InstanceState::Ours(container) => container.state.is_up(),
                InstanceState::Absent
                | InstanceState::Unmanaged(_)
                | InstanceState::Unreachable { .. }
                | InstanceState::Unknown => false,
            };
            let (up, declared) = &mut counts[self.environment.instance(id).ship.0];
            *up += usize::from(is_up);
            *declared += 1;
        }
        counts
    }
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
    use maestro_core::{model::InstanceId, observed::ContainerState};

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
        environment.ships[1].drain = true;
        let shown: Vec<ShipId> = environment.ship_ids().collect();
        let ships = Ships { environment: &environment, observed: &observed, facts: &facts, shown: &shown };
        insta::assert_snapshot!(ships.text(Some(110)) + &ships.names(), @r"
        SHIP   INSTANCES           DOCKER  PLATFORM     CPUS  MEMORY  DISK FREE               CLOCK
        alpha  1 of 2 up           28.5.1  linux/amd64     4   8 GiB  111.7 GiB of 465.6 GiB  2 h 5 min behind
        beta   0 of 1 up, drained  -       -               -       -  -                       -
        ship gamma: no route to host; the same on delta (2 ships in all)
        alpha
        beta
        ");
        assert_eq!(schema::undescribed(&ships.json(), schema::SHIPS), Vec::<String>::new());
    }
}
