//! What an engine keeps of a run: the timing of the steps on its ships, as a volume without content whose labels say it
//! all. Every engine of a run has its own part; the parts of all engines together are the timeline.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::SystemTime,
};

use serde::{Deserialize, Serialize};

use super::{TimedRun, TimedStep, Timeline};
use crate::model::container::{LABEL_ENVIRONMENT, volume_name};

/// How many runs an engine keeps.
pub const KEPT: usize = 20;

/// Label with the run's id.
const LABEL_RUN: &str = "maestro.run";
/// Label with the timing, as JSON.
const LABEL_TIMING: &str = "maestro.run.timing";
/// The version of that JSON; what has another cannot be read.
const VERSION: u32 = 1;
/// Bytes that the JSON of a part may have. The steps of 3,000 containers fit; all runs that an engine keeps stay far below
/// what an answer of an engine may have.
const LARGEST: usize = 256 * 1024;
/// Bytes that a step takes at most beside its names.
const PER_STEP: usize = 128;
/// The longest id that is one, in bytes.
const LONGEST_ID: usize = 64;
/// The longest run that is believed, in milliseconds: a year.
const LONGEST_RUN: u64 = 366 * 24 * 3600 * 1000;

/// What one engine keeps of a run. Read from labels, all of it is untrusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunPart {
    /// The run, with the steps on this engine.
    pub timeline: Timeline,
    /// When it was written, by the engine's own clock; none before that, or if the engine does not tell.
    pub created: Option<SystemTime>,
    /// Its number among the runs that this engine keeps: engines tell times in whole seconds.
    pub sequence: u64,
}

#[derive(Serialize, Deserialize)]
struct Content {
    version: u32,
    #[serde(default)]
    sequence: u64,
    run: TimedRun,
    steps: Vec<TimedStep>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    blocked: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "is_zero")]
    left_out: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// The labels by which the runs of an environment are found.
#[must_use]
pub fn labels_of(environment: &str) -> BTreeMap<String, String> {
    [(LABEL_ENVIRONMENT.to_owned(), environment.to_owned()), (LABEL_RUN.to_owned(), String::new())].into()
}

impl RunPart {
    /// The part of a run that is about these ships.
    #[must_use]
    pub fn of(timeline: &Timeline, ships: &BTreeSet<&str>) -> Self {
        let own = timeline.steps.iter().filter(|step| ships.contains(step.ship.as_str()));
        let mut steps: Vec<TimedStep> = own.cloned().collect();
        let size =
            |step: &TimedStep| PER_STEP + step.ship.len() + step.instance.as_ref().map_or(0, String::len);
        let (mut room, mut kept) = (LARGEST / 2, BTreeSet::new());
        // The longest chain first, then what took longest.
        let mut by_weight: Vec<&TimedStep> = steps.iter().collect();
        by_weight.sort_by_key(|step| std::cmp::Reverse((step.is_critical, step.took())));
        for step in by_weight {
            let Some(left) = room.checked_sub(size(step)) else { break };
            room = left;
            kept.insert(step.step);
        }
        let before = steps.len();
        steps.retain(|step| kept.contains(&step.step));
        let left_out = timeline.left_out + before - steps.len();
        // Those of other engines have no row here.
        let is_own = |name: &&String| steps.iter().any(|step| step.instance.as_ref() == Some(*name));
        let blocked = timeline.blocked.iter().filter(is_own).cloned().collect();
        Self {
            timeline: Timeline { run: timeline.run.clone(), steps, blocked, left_out },
            created: None,
            sequence: 0,
        }
    }

    /// Name of the volume that it is.
    #[must_use]
    pub fn volume(&self) -> String {
        let run = &self.timeline.run;
        format!("{}-{}", volume_name("run", &run.environment), run.id)
    }

    /// The labels that say it all; none if it is larger than an engine keeps.
    #[must_use]
    pub fn labels(&self) -> Option<BTreeMap<String, String>> {
        let Timeline { run, steps, blocked, left_out } = self.timeline.clone();
        let mut labels = labels_of(&run.environment);
        labels.insert(LABEL_RUN.into(), run.id.clone());
        let json = serde_json::to_string(&Content {
            version: VERSION,
            sequence: self.sequence,
            run,
            steps,
            blocked,
            left_out,
        })
        .ok()?;
        labels.insert(LABEL_TIMING.into(), json);
        labels.get(LABEL_TIMING).is_some_and(|json| json.len() <= LARGEST).then_some(labels)
    }

    /// What these labels tell; none if they are not those of a run that this release can read.
    #[must_use]
    pub fn from_labels(labels: &BTreeMap<String, String>, created: Option<SystemTime>) -> Option<Self> {
        let json = labels.get(LABEL_TIMING).filter(|json| json.len() <= LARGEST)?;
        let content: Content = serde_json::from_str(json).ok()?;
        let run = content.run.clone();
        let is_id =
            (1..=LONGEST_ID).contains(&run.id.len()) && run.id.bytes().all(|b| b.is_ascii_alphanumeric());
        let is_time = |step: &TimedStep| step.from <= step.to && step.to <= run.end;
        let is_run = content.version == VERSION
            && is_id
            && labels.get(LABEL_RUN) == Some(&run.id)
            && labels.get(LABEL_ENVIRONMENT) == Some(&run.environment)
            && run.prepared <= run.end
            && run.end <= LONGEST_RUN
            && content.steps.iter().all(is_time);
        let Content { sequence, steps, blocked, left_out, .. } = content;
        let timeline = Timeline { run, steps, blocked, left_out };
        is_run.then_some(Self { timeline, created, sequence })
    }
}

/// A run as all engines together tell it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedRun {
    /// Its timing.
    pub timeline: Timeline,
    /// When it ended, by the clock of the engine that says the latest time.
    pub ended: Option<SystemTime>,
    /// The highest number that an engine gives it.
    pub sequence: u64,
}

/// The runs that parts of all engines tell of, the latest first.
#[must_use]
pub fn runs(parts: impl IntoIterator<Item = RunPart>) -> Vec<RecordedRun> {
    let mut runs: BTreeMap<String, RecordedRun> = BTreeMap::new();
    for RunPart { timeline, created, sequence } in parts {
        let Some(run) = runs.get_mut(&timeline.run.id) else {
            runs.insert(timeline.run.id.clone(), RecordedRun { timeline, ended: created, sequence });
            continue;
        };
        // Two ships may be one engine, which tells the same twice.
        let known: BTreeSet<usize> = run.timeline.steps.iter().map(|step| step.step).collect();
        let is_new = timeline.steps.iter().any(|step| !known.contains(&step.step));
        run.timeline.left_out += if is_new { timeline.left_out } else { 0 };
        run.timeline.end_at_least(timeline.run.end);
        run.timeline.steps.extend(timeline.steps.into_iter().filter(|step| !known.contains(&step.step)));
        run.timeline.blocked.extend(timeline.blocked);
        run.ended = run.ended.max(created);
        run.sequence = run.sequence.max(sequence);
    }
    let mut runs: Vec<RecordedRun> = runs.into_values().collect();
    for run in &mut runs {
        run.timeline.steps.sort_by_key(|step| (step.from, step.step));
    }
    runs.sort_by(|one, other| {
        let when = |run: &RecordedRun| (run.ended, run.sequence);
        when(other).cmp(&when(one)).then_with(|| one.timeline.run.id.cmp(&other.timeline.run.id))
    });
    runs
}

impl Timeline {
    fn end_at_least(&mut self, end: u64) {
        self.run.end = self.run.end.max(end);
    }
}
