//! `operations::stats` counts what containers use, as often as it is asked: never a connection for each container, and no
//! more at once than a ship has connections.

use std::{collections::HashMap, sync::Arc};

use super::each::ask_each;
use maestro_core::{model::ShipId, observed::usage::Counted};
use maestro_engine::{Engine, EngineError, Inspection};

/// Whose usage is counted: a container by its id.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StatsTarget {
    /// Its ship.
    pub ship: ShipId,
    /// Its id.
    pub container: String,
}

/// What a container uses.
#[derive(Debug, Clone, PartialEq)]
pub enum Reading {
    /// It runs.
    Counted {
        /// What the engine has counted.
        counted: Counted,
        /// How much of a processor it used since the count before; none if this is the first.
        cpu_percent: Option<f64>,
    },
    /// It does not run.
    Down,
    /// The engine does not say.
    Failed(EngineError),
}

/// Counts again and again.
pub struct Stats {
    engines: Vec<Option<Arc<dyn Engine>>>,
    /// The last count of each.
    earlier: HashMap<StatsTarget, Counted>,
}

impl Stats {
    /// Nothing is counted yet. `engines` are by [`ShipId`].
    #[must_use]
    pub fn new(engines: Vec<Option<Arc<dyn Engine>>>) -> Self {
        Self { engines, earlier: HashMap::new() }
    }

    /// Has other engines asked from now on: those that were there before stay at their places.
    pub fn use_engines(&mut self, engines: Vec<Option<Arc<dyn Engine>>>) {
        self.engines = engines;
    }

    /// Counts each once, and compares with its count before. A ship that does not answer holds no other up.
    pub async fn read(&mut self, targets: &[StatsTarget]) -> Vec<Reading> {
        let asked = targets.iter().map(|target| (target.ship, target.container.as_str()));
        let told = ask_each(&self.engines, asked, Inspection::usage).await;
        let mut latest = HashMap::new();
        let readings = targets.iter().zip(told).map(|(target, told)| match told {
            Some(Ok(Some(counted))) => {
                let earlier = self.earlier.get(target);
                let cpu_percent = earlier.and_then(|earlier| counted.cpu_percent(earlier));
                latest.insert(target.clone(), counted);
                Reading::Counted { counted, cpu_percent }
            }
            Some(Ok(None)) | None => Reading::Down,
            Some(Err(error)) => Reading::Failed(error),
        });
        let readings = readings.collect();
        self.earlier = latest;
        readings
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use maestro_fake::Fake;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_second_count_tells_how_much_of_a_processor_is_used() {
        let fake = Fake::new("e");
        fake.add_image("app:latest");
        fake.limit_lines(3);
        let ids: Vec<String> = (1..=40)
            .map(|number| fake.run_by_hand(&format!("web-{number}"), "app:latest").unwrap())
            .collect();
        let target = |id: &String| StatsTarget { ship: ShipId(0), container: id.clone() };
        let mut targets: Vec<StatsTarget> = ids.iter().map(target).collect();
        targets.push(StatsTarget { ship: ShipId(0), container: "gone".to_owned() });
        let mut stats = Stats::new(vec![Some(Arc::new(fake))]);
        let first = stats.read(&targets).await;
        assert!(matches!(&first[0], Reading::Counted { cpu_percent: None, .. }), "{:?}", first[0]);
        assert_eq!(first[40], Reading::Down);
        tokio::time::sleep(Duration::from_secs(1)).await;
        let second = stats.read(&targets).await;
        for reading in &second[..40] {
            let Reading::Counted { cpu_percent: Some(percent), .. } = reading else { panic!("{reading:?}") };
            // A tenth of one of its processors.
            assert!((percent - 10.0).abs() < 0.01, "{percent}");
        }
    }
}
