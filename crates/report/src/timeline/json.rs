//! A timeline for programs. Texts are as they came: print them by [`crate::json`].

use std::time::SystemTime;

use serde_json::{Value, json as object};

use maestro_core::timeline::{Timeline, record::RecordedRun};

/// All that is known of a run; when it ended is known of recorded runs alone.
#[must_use]
pub fn json(timeline: &Timeline, ended: Option<SystemTime>) -> Value {
    let run = &timeline.run;
    let steps = timeline.steps.iter().map(|step| {
        object!({
            "step": step.step,
            "instance": step.instance,
            "ship": step.ship,
            "action": step.action,
            "kind": step.kind.word(),
            "from": step.from,
            "to": step.to,
            "outcome": step.outcome.word(),
            "waited_for": step.waited_for,
            "longest_chain": step.is_critical,
        })
    });
    let chain = timeline.chain().into_iter().map(
        |link| object!({ "instance": link.instance, "ship": link.ship, "from": link.from, "to": link.to }),
    );
    object!({
        "version": 1,
        "environment": run.environment,
        "run": run.id,
        "command": run.command,
        "by": run.by,
        "ended": time(ended),
        "outcome": run.outcome.word(),
        "milliseconds": run.end,
        "prepared": run.prepared,
        "planned": run.planned,
        "sums": timeline.sums(),
        "longest_chain": chain.collect::<Vec<_>>(),
        "steps": steps.collect::<Vec<_>>(),
        "blocked": timeline.blocked,
        "left_out": timeline.left_out,
    })
}

/// The runs that are recorded, the latest first.
#[must_use]
pub fn list_json(environment: &str, runs: &[RecordedRun]) -> Value {
    let each = runs.iter().map(|one| {
        let run = &one.timeline.run;
        object!({
            "run": run.id,
            "command": run.command,
            "by": run.by,
            "ended": time(one.ended),
            "outcome": run.outcome.word(),
            "milliseconds": run.end,
            "steps": one.timeline.steps.len() + one.timeline.left_out,
        })
    });
    object!({ "version": 1, "environment": environment, "runs": each.collect::<Vec<_>>() })
}

fn time(ended: Option<SystemTime>) -> Option<String> {
    let time = jiff::Timestamp::try_from(ended?).ok()?;
    Some(time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}
