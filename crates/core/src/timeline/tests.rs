use std::{collections::BTreeSet, sync::Arc, time::Duration};

use super::{
    record::{self, RunPart, runs},
    *,
};
use crate::{
    event::{Event, Subject, Summary},
    model::ShipId,
    plan::{
        Barrier, BarrierId, Plan, Step, StepId, Wait,
        action::{Action, ActionKind, WaitAction},
        command::Command,
        reason::{BarrierKind, Reason},
    },
};

fn step(after: &[Wait]) -> Step {
    Step {
        ship: ShipId(0),
        instance: None,
        action: Action::Wait(WaitAction::Pause { duration: Duration::from_secs(1) }),
        reason: Reason::NoContainer,
        after: after.to_vec(),
        compensation: None,
    }
}

fn subject(instance: &str, ship: &str) -> Subject {
    Subject { instance: Some(instance.to_owned()), service: None, ship: ship.to_owned() }
}

/// Steps 0 and 1 stand behind a barrier that 2 waits for; 3 waits for 0 alone. Times are in milliseconds.
fn timeline() -> Timeline {
    let barrier = Barrier {
        kind: BarrierKind::AllInPlace,
        after: vec![Wait::Step(StepId(0)), Wait::Step(StepId(1))],
        tolerance: None,
    };
    let plan = Plan {
        steps: vec![
            step(&[]),
            step(&[]),
            step(&[Wait::Barrier(BarrierId(0))]),
            step(&[Wait::Step(StepId(0))]),
        ],
        barriers: vec![barrier],
        ..Plan::default()
    };
    let mut builder = TimelineBuilder::new(Arc::new(plan));
    let (command, environment) = (Command::Apply, "shop".to_owned());
    builder.event(Duration::from_millis(300), &Event::Started { command, environment, steps: 4 });
    let each = [
        (0, "a-1", "alpha", ActionKind::Pull, 300, 900),
        (1, "b-1", "beta", ActionKind::Ready, 310, 1_500),
        (3, "c-1", "alpha", ActionKind::Stop, 950, 1_100),
        (2, "d-1", "alpha", ActionKind::Start, 1_600, 2_000),
    ];
    for (step, instance, ship, action, from, _) in each {
        let event = Event::StepStarted { step, subject: subject(instance, ship), action };
        builder.event(Duration::from_millis(from), &event);
    }
    for (step, instance, ship, action, _, to) in each {
        let subject = subject(instance, ship);
        let (container, outcome, milliseconds) = (None, None, 1);
        let event = Event::StepDone { step, subject, action, container, outcome, milliseconds };
        builder.event(Duration::from_millis(to), &event);
    }
    let finished = Event::Finished { command, summary: Summary { done: 4, ..Summary::default() } };
    builder.event(Duration::from_millis(2_010), &finished);
    builder.finish(("n0nce", "ann@box".to_owned(), "maestro apply".to_owned()), "shop")
}

#[test]
fn each_step_tells_the_last_that_it_waited_for() {
    let timeline = timeline();
    let waited: Vec<_> = timeline.steps.iter().map(|step| (step.step, step.waited_for)).collect();
    assert_eq!(waited, [(0, None), (1, None), (3, Some(0)), (2, Some(1))]);
    let run = &timeline.run;
    assert_eq!((run.prepared, run.end, run.outcome, run.planned), (300, 2_010, RunOutcome::Done, 4));
}

#[test]
fn the_longest_chain_ends_with_the_run() {
    let timeline = timeline();
    let critical: Vec<_> =
        timeline.steps.iter().filter(|step| step.is_critical).map(|step| step.step).collect();
    assert_eq!(critical, [1, 2]);
    let chain: Vec<_> = timeline.chain().into_iter().filter_map(|link| link.instance).collect();
    assert_eq!(chain, ["b-1", "d-1"]);
}

#[test]
fn sums_tell_work_from_waiting() {
    let sums = TimeSums { transfer: 600, engine: 400, stop: 150, ready: 1_190, queued: 10 + 50 + 100 };
    assert_eq!(timeline().sums(), sums);
}

#[test]
fn a_step_that_never_ended_was_given_up() {
    let mut builder = TimelineBuilder::new(Arc::new(Plan { steps: vec![step(&[])], ..Plan::default() }));
    let event = Event::StepStarted { step: 0, subject: subject("a-1", "alpha"), action: ActionKind::Ready };
    builder.event(Duration::from_millis(5), &event);
    let timeline = builder.finish(("n", String::new(), String::new()), "shop");
    assert_eq!(
        (timeline.steps[0].outcome, timeline.run.outcome),
        (StepOutcome::Cancelled, RunOutcome::Interrupted)
    );
}

#[test]
fn the_parts_of_all_engines_are_the_run() {
    let timeline = timeline();
    let part = |ship| {
        let part = RunPart::of(&timeline, &BTreeSet::from([ship]));
        let labels = part.labels().unwrap();
        assert_eq!(part.volume(), "maestro-run-shop-n0nce");
        assert!(record::labels_of("shop").keys().all(|key| labels.contains_key(key)));
        RunPart::from_labels(&labels, None).unwrap()
    };
    let (alpha, beta) = (part("alpha"), part("beta"));
    assert_eq!((alpha.timeline.steps.len(), beta.timeline.steps.len()), (3, 1));
    // One engine may be told of under two names.
    let found = runs([beta.clone(), alpha, beta]);
    assert_eq!(found.len(), 1);
    let mut expected = timeline;
    expected.steps.sort_by_key(|step| (step.from, step.step));
    assert_eq!(found[0].timeline, expected);
}

#[test]
fn a_run_of_many_steps_keeps_the_longest() {
    let mut timeline = timeline();
    let last = timeline.steps[3].clone();
    let more =
        (4..20_000).map(|at| TimedStep { step: at, to: last.from + 1, is_critical: false, ..last.clone() });
    timeline.steps.extend(more);
    let part = RunPart::of(&timeline, &BTreeSet::from(["alpha", "beta"]));
    assert!(part.labels().is_some());
    assert_eq!(part.timeline.steps.len() + part.timeline.left_out, 20_000);
    assert!((0..4).all(|number| part.timeline.step(number).is_some()));
}

#[test]
fn labels_that_somebody_else_wrote_tell_nothing() {
    let labels = RunPart::of(&timeline(), &BTreeSet::from(["alpha"])).labels().unwrap();
    for (from, to) in [
        ("\"version\":1", "\"version\":2"),
        ("\"t\":2000", "\"t\":9999"),
        ("n0nce", "../x"),
        ("\"end\":2010", "\"end\":99999999999999"),
        ("\"environment\":\"shop\"", "\"environment\":\"other\""),
        ("{", "["),
    ] {
        let mut wrong = labels.clone();
        let json = wrong.get_mut("maestro.run.timing").unwrap();
        assert!(json.contains(from), "{from}: {json}");
        *json = json.replacen(from, to, 1);
        assert_eq!(RunPart::from_labels(&wrong, None), None, "{to}");
    }
}
