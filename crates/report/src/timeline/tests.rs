use std::{
    collections::BTreeSet,
    time::{Duration, SystemTime},
};

use super::*;
use crate::schema::{self, undescribed};
use maestro_core::timeline::{
    RunOutcome, StepKind, StepOutcome, TimedRun, TimedStep, Timeline, record::RecordedRun,
};

/// A step: instance, ship, action, kind, from and to in tenths of a second, and what it waited for.
type Given = (&'static str, &'static str, &'static str, StepKind, u64, u64, Option<usize>, bool);

use StepKind::{Engine, Ready, Stop, Transfer};

const RUN: &[Given] = &[
    ("", "alpha", "create-network", Engine, 8, 9, None, false),
    ("db-1", "alpha", "pull", Transfer, 8, 52, None, true),
    ("db-1", "alpha", "create", Engine, 52, 54, Some(1), true),
    ("db-1", "alpha", "start", Engine, 54, 57, Some(2), true),
    ("db-1", "alpha", "ready", Ready, 57, 118, Some(3), true),
    ("api-1", "alpha", "create", Engine, 9, 11, Some(0), false),
    ("api-1", "alpha", "start", Engine, 118, 121, Some(4), true),
    ("api-1", "alpha", "ready", Ready, 121, 172, Some(6), true),
    ("api-2", "beta", "carry", Transfer, 8, 41, None, false),
    ("api-2", "beta", "create", Engine, 41, 43, Some(8), false),
    ("api-2", "beta", "start", Engine, 172, 175, Some(7), true),
    ("api-2", "beta", "ready", Ready, 175, 236, Some(10), true),
    ("old-1", "beta", "stop", Stop, 236, 255, Some(11), true),
    ("old-1", "beta", "remove", Engine, 255, 256, Some(12), true),
    ("", "alpha", "record", Engine, 256, 258, Some(13), true),
    ("", "beta", "record", Engine, 256, 257, Some(13), false),
];

pub(super) fn timeline(steps: &[Given]) -> Timeline {
    let steps = steps.iter().enumerate().map(|(at, step)| {
        let (instance, ship, action, kind, from, to, waited_for, is_critical) = *step;
        TimedStep {
            step: at,
            instance: (!instance.is_empty()).then(|| instance.to_owned()),
            ship: ship.to_owned(),
            action: action.to_owned(),
            kind,
            from: from * 100,
            to: to * 100,
            outcome: StepOutcome::Done,
            waited_for,
            is_critical,
        }
    });
    let steps: Vec<TimedStep> = steps.collect();
    let run = TimedRun {
        id: "6b1f0e7c9d2a".to_owned(),
        environment: "shop".to_owned(),
        command: "maestro apply".to_owned(),
        by: "ops@laptop".to_owned(),
        prepared: 800,
        end: steps.iter().map(|step| step.to).max().unwrap_or(0),
        outcome: RunOutcome::Done,
        planned: steps.len(),
    };
    Timeline { run, steps, blocked: BTreeSet::new(), left_out: 0 }
}

fn failed() -> Timeline {
    let mut timeline = timeline(&RUN[..8]);
    timeline.run.outcome = RunOutcome::Failed;
    timeline.steps[7].outcome = StepOutcome::Failed;
    timeline.blocked.insert("db-1".to_owned());
    timeline
}

/// Instances that start in a row of batches, as a large service does.
fn large(instances: usize) -> Timeline {
    let mut timeline = timeline(&[]);
    for at in 0..instances {
        let (batch, ship) = (at as u64 / 20, format!("node-{}", at % 4 + 1));
        let from = 1_000 + batch * 4_000 + (at as u64 % 20) * 60;
        for (number, (action, kind, begin, end)) in
            [("create", Engine, 0, 180), ("start", Engine, 180, 520), ("ready", Ready, 520, 2_600)]
                .into_iter()
                .enumerate()
        {
            timeline.steps.push(TimedStep {
                step: at * 3 + number,
                instance: Some(format!("worker-{}", at + 1)),
                ship: ship.clone(),
                action: action.to_owned(),
                kind,
                from: from + begin,
                to: from + end,
                outcome: StepOutcome::Done,
                waited_for: (number > 0).then(|| at * 3 + number - 1),
                is_critical: at % 20 == 19,
            });
        }
    }
    timeline.run.end = timeline.steps.iter().map(|step| step.to).max().unwrap();
    timeline
}

fn picture(name: &str, timeline: &Timeline) -> String {
    let svg = svg(timeline);
    if let Some(directory) = std::env::var_os("MAESTRO_PICTURES") {
        std::fs::write(std::path::Path::new(&directory).join(format!("{name}.svg")), &svg).unwrap();
    }
    let (head, rest) = svg.split_once("<style>").unwrap();
    let (_, rest) = rest.split_once("</style>").unwrap();
    format!("{head}{rest}")
}

#[test]
fn pictures() {
    insta::assert_snapshot!("timeline", picture("timeline", &timeline(RUN)));
    insta::assert_snapshot!("timeline-failed", picture("timeline-failed", &failed()));
    insta::assert_snapshot!("timeline-empty", picture("timeline-empty", &timeline(&[])));
    picture("timeline-30", &large(30));
    let large = picture("timeline-300", &large(300));
    assert!(large.contains("and 180 rows that took less time"));
}

#[test]
fn texts() {
    insta::assert_snapshot!("timeline-text", text(&timeline(RUN), Some(80), false));
    insta::assert_snapshot!("timeline-failed-text", text(&failed(), Some(80), false));
    insta::assert_snapshot!("timeline-empty-text", text(&timeline(&[]), Some(80), false));
    assert!(text(&large(300), Some(80), false).contains("and 240 rows more"));
}

#[test]
fn the_json_is_described() {
    let value = json(&timeline(RUN), Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000)));
    assert_eq!(undescribed(&value, schema::TIMELINE), [""; 0]);
    insta::assert_snapshot!("timeline-json", serde_json::to_string_pretty(&value).unwrap());
}

#[test]
fn runs_are_listed() {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    let runs = [
        RecordedRun { timeline: timeline(RUN), ended: Some(now - Duration::from_secs(200)), sequence: 2 },
        RecordedRun { timeline: failed(), ended: None, sequence: 1 },
    ];
    insta::assert_snapshot!(list(&runs, now, Some(80)), @r"
    RUN           ENDED            TOOK  OUTCOME  BY          COMMAND
    6b1f0e7c9d2a  3 minutes ago  25.8 s  done     ops@laptop  maestro apply
    6b1f0e7c9d2a                 17.2 s  failed   ops@laptop  maestro apply
    ");
    assert_eq!(undescribed(&list_json("shop", &runs), schema::RUNS), [""; 0]);
}

#[test]
fn what_a_label_says_is_made_harmless() {
    let mut timeline = timeline(RUN);
    timeline.run.command = "</title><script>\u{1b}".to_owned();
    timeline.steps[1].action = "</text>\u{1b}".to_owned();
    timeline.steps[1].instance = Some("\u{1b}[2J<b>".to_owned());
    let (svg, text) = (svg(&timeline), text(&timeline, Some(80), false));
    assert!(!svg.contains('\u{1b}') && !svg.contains("<script") && !svg.contains("<b>"));
    assert!(!text.contains('\u{1b}'));
}
