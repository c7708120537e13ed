//! What instances used in the last minutes, kept in memory for pages that are opened later.

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

/// How far back it goes.
const LONGEST: SignedDuration = SignedDuration::from_mins(10);
/// How many counts are kept of it. Memory is 24 bytes for each instance and count.
const MOST: usize = 60;

/// What an instance used: processor time in percent of one core, memory in bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct UsageSample {
    pub cpu_percent: Option<f64>,
    pub memory: u64,
}

/// The last counts of all instances.
#[derive(Debug, Default)]
pub(super) struct UsageHistory {
    /// When was counted, oldest first.
    times: VecDeque<Timestamp>,
    /// Of each instance as many as there are times; none where it did not run.
    samples: BTreeMap<String, VecDeque<Option<UsageSample>>>,
}

impl UsageHistory {
    /// Adds a count of all instances that run.
    pub(super) fn add(&mut self, time: Timestamp, counted: impl IntoIterator<Item = (String, UsageSample)>) {
        let known = self.times.len();
        self.times.push_back(time);
        for (name, sample) in counted {
            let series = self.samples.entry(name).or_insert_with(|| VecDeque::from(vec![None; known]));
            series.push_back(Some(sample));
        }
        for series in self.samples.values_mut().filter(|series| series.len() == known) {
            series.push_back(None);
        }
        while self.times.len() > MOST
            || self.times.front().is_some_and(|first| time.duration_since(*first) > LONGEST)
        {
            self.times.pop_front();
            for series in self.samples.values_mut() {
                series.pop_front();
            }
        }
        self.samples.retain(|_, series| series.iter().any(Option::is_some));
    }

    /// The counts of one instance.
    pub(super) fn of(&self, name: &str) -> Value {
        let none = VecDeque::new();
        let series = self.samples.get(name).unwrap_or(&none);
        let each = self.times.iter().zip(series).filter_map(|(time, sample)| {
            let UsageSample { cpu_percent, memory } = (*sample)?;
            Some(json!([time.as_millisecond(), cpu_percent.map(rounded), memory]))
        });
        each.collect()
    }

    /// Of each instance the processor time of its last counts, for small pictures.
    pub(super) fn sparks(&self, most: usize) -> Value {
        let each = self.samples.iter().map(|(name, series)| {
            let last = series.iter().skip(series.len().saturating_sub(most)).flatten();
            let numbers: Vec<f64> = last.map(|sample| rounded(sample.cpu_percent.unwrap_or(0.0))).collect();
            (name.clone(), json!(numbers))
        });
        Value::Object(each.collect::<Map<String, Value>>())
    }
}

/// A percentage with one digit behind the point.
fn rounded(percent: f64) -> f64 {
    (percent * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn sample(cpu: f64, memory: u64) -> UsageSample {
        UsageSample { cpu_percent: Some(cpu), memory }
    }

    #[test]
    fn an_instance_that_starts_later_or_ends_has_its_own_counts_alone() {
        let mut history = UsageHistory::default();
        history.add(at(0), [("a".to_owned(), sample(1.04, 10))]);
        history.add(at(10), [("a".to_owned(), sample(2.0, 20)), ("b".to_owned(), sample(3.0, 30))]);
        history.add(at(20), [("b".to_owned(), UsageSample { cpu_percent: None, memory: 40 })]);
        assert_eq!(history.of("a"), json!([[0, 1.0, 10], [10_000, 2.0, 20]]));
        assert_eq!(history.of("b"), json!([[10_000, 3.0, 30], [20_000, null, 40]]));
        assert_eq!(history.of("c"), json!([]));
        assert_eq!(history.sparks(2), json!({ "a": [2.0], "b": [3.0, 0.0] }));
    }

    #[test]
    fn it_is_bounded_in_number_and_in_time() {
        let mut history = UsageHistory::default();
        history.add(at(0), [("gone".to_owned(), sample(1.0, 1))]);
        for second in 1..=200 {
            history.add(at(second), [("a".to_owned(), sample(1.0, 1))]);
        }
        assert_eq!((history.times.len(), history.samples.len(), history.samples["a"].len()), (MOST, 1, MOST));
        // Nobody looked for an hour.
        history.add(at(3800), [("a".to_owned(), sample(1.0, 1))]);
        assert_eq!(history.of("a"), json!([[3_800_000, 1.0, 1]]));
    }
}
