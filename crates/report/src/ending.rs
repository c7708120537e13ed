//! The end of a run: what failed, what was not done for another reason, and all in one line.

use indexmap::IndexMap;

use super::{
    blocked, failure,
    labels::{count, seconds},
    milestones::changed,
    overview::names,
    run_state::{Counts, RunState},
    style::Tone,
    text::harmless,
    wrap::wrapped,
};
use maestro_core::{
    event::{BlockedKind, Summary},
    plan::command::Command,
};

/// All that is told at the end of a run, in paragraphs.
pub(crate) fn paragraphs(run: &RunState, summary: &Summary, colour: bool) -> Vec<String> {
    let told = &run.told;
    let mut paragraphs: Vec<String> = failure::alike(&told.failures, run.ship_words())
        .iter()
        .map(|alike| failure::texts(alike, colour))
        .collect();
    for group in &blocked::alike(&told.blocked, run.ship_words(), run.continued_by()) {
        // Another tells the cause of these.
        if !blocked::told_elsewhere(group.kind) || !group.next.is_empty() {
            paragraphs.push(blocked::text(group, colour));
        }
    }
    if !told.standing.is_empty() {
        paragraphs.push(told.standing.join("\n"));
    }
    paragraphs.push(sum(run, summary, colour));
    paragraphs
}

/// All in one line.
fn sum(run: &RunState, summary: &Summary, colour: bool) -> String {
    let counts = run.counts();
    let failed = counts.failed + counts.unreachable + counts.unknown;
    let bad = failed + counts.not_verified + counts.not_restored > 0;
    let is_whole = counts.done == counts.total && !summary.interrupted && !bad;
    let is_blocked = !run.told.blocked.is_empty();
    let (sign, tone) = match (bad, is_whole && !is_blocked) {
        (true, _) => ("✗", Tone::Failed),
        (false, false) => ("!", Tone::Warning),
        (false, true) => ("✓", Tone::Ok),
    };
    let text = if is_whole { whole(run, summary, is_blocked) } else { partial(run, summary, &counts) };
    tone.paint(&wrapped(&format!("{sign} "), &text, 2), colour)
}

/// Of a run that did all it was to do.
fn whole(run: &RunState, summary: &Summary, is_blocked: bool) -> String {
    let facts = run.whole();
    let name = harmless(run.environment());
    let head = match facts.command {
        Some(Command::Apply) if facts.is_all && !is_blocked => format!("{name} is as declared"),
        Some(Command::Rollback(revision)) if !is_blocked => format!("{name} is at revision {revision}"),
        Some(
            Command::Apply
            | Command::Rollback(_)
            | Command::Start
            | Command::Stop
            | Command::Kill
            | Command::Restart
            | Command::Clean
            | Command::Pull
            | Command::Down
            | Command::Pause
            | Command::Unpause
            | Command::MoveVolumes,
        )
        | None => name.into_owned(),
    };
    let mut parts = Vec::new();
    if run.counts().total == 0 {
        parts.push("nothing to do".to_owned());
    }
    let mut kinds: IndexMap<&str, usize> = IndexMap::new();
    for kind in run.changes() {
        *kinds.entry(changed(kind)).or_default() += 1;
    }
    kinds.shift_remove("image pulled");
    parts.extend(kinds.into_iter().map(|(word, number)| format!("{number} {word}")));
    let removed = facts.removed.iter().map(|(number, what)| format!("{} removed", count(*number, what)));
    parts.extend(removed);
    if facts.command == Some(Command::Pull) {
        let pulled = facts.pulls.saturating_sub(run.up_to_date());
        if pulled > 0 {
            parts.push(format!("{} pulled", count(pulled, "image")));
        }
        if run.up_to_date() > 0 {
            let what =
                if pulled > 0 { run.up_to_date().to_string() } else { count(run.up_to_date(), "image") };
            parts.push(format!("{what} up to date"));
        }
    }
    if run.unchanged() > 0 && facts.command != Some(Command::Pull) {
        parts.push(format!("{} unchanged{}", run.unchanged(), why_unchanged(run)));
    }
    if summary.checked > 0 {
        parts.push(format!("{} checked", summary.checked));
    }
    if facts.orphans > 0 {
        parts.push(format!("{} kept", count(facts.orphans, "orphan")));
    }
    if parts.is_empty() {
        // Nothing but what instances share.
        parts.push(format!("{} done", count(run.counts().total, "step")));
    }
    parts.extend(left_out(summary));
    let revision = facts.revision.map(|number| format!(" (revision {number})")).unwrap_or_default();
    format!("{head}: {} in {}{revision}", parts.join(", "), seconds(summary.milliseconds))
}

/// ` (already running)`; nothing where the command says it.
fn why_unchanged(run: &RunState) -> String {
    let is_said = matches!(run.whole().command, Some(Command::Apply | Command::Rollback(_)) | None);
    let reasons = run.unchanged_reasons();
    let reasons: Vec<String> = match reasons.len() {
        1 => reasons.keys().map(|reason| harmless(reason).into_owned()).collect(),
        _ => reasons.iter().map(|(reason, number)| format!("{number} {}", harmless(reason))).collect(),
    };
    if is_said || reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join(", ")) }
}

/// Of a run that did not do all.
fn partial(run: &RunState, summary: &Summary, counts: &Counts) -> String {
    let mut parts = Vec::new();
    if counts.total > 0 {
        parts.push(format!("{} of {} done", counts.done, count(counts.total, "step")));
    }
    let others = [
        (counts.failed, "failed"),
        (counts.unreachable, "unreachable"),
        (counts.unknown, "with unknown outcome"),
        (counts.cancelled, "cancelled"),
    ];
    parts.extend(
        others.iter().filter(|(number, _)| *number > 0).map(|(number, what)| format!("{number} {what}")),
    );
    if counts.not_verified > 0 {
        parts.push(format!("{} of unchanged instances failed", count(counts.not_verified, "check")));
    }
    let not_started = counts.not_started();
    if not_started > 0 {
        parts.push(format!("{not_started} not started{}", because(run)));
    }
    if summary.outdated > 0 {
        parts.push(format!("{} changed by another program", count(summary.outdated, "instance")));
    }
    let mut instances = Vec::new();
    if summary.taken_back > 0 {
        instances.push(format!("{} rolled back", count(summary.taken_back, "instance")));
    }
    if counts.not_restored > 0 {
        instances.push(format!("{} of the rollback failed", count(counts.not_restored, "step")));
    }
    instances.extend(left_out(summary));
    let name = harmless(run.environment());
    let interrupted = if summary.interrupted { "interrupted, " } else { "" };
    let instances = if instances.is_empty() { String::new() } else { format!("; {}", instances.join(", ")) };
    format!("{name}: {interrupted}{} in {}{instances}", parts.join(", "), seconds(summary.milliseconds))
}

/// ` (blocked by api-1)`: the instances whose failure keeps others from starting.
fn because(run: &RunState) -> String {
    let is_behind = run.told.blocked.iter().any(|(kind, ..)| *kind == BlockedKind::Behind);
    let failed = run.told.failures.iter().filter_map(|(subject, ..)| subject.instance.as_deref());
    let failed = names(failed.map(|name| harmless(name).into_owned()));
    if is_behind && !failed.is_empty() {
        format!(" (blocked by {})", failed.join(", "))
    } else {
        String::new()
    }
}

/// `1 instance skipped`: what the plan left out.
fn left_out(summary: &Summary) -> Vec<String> {
    let blocked = summary.blocked_unmanaged + summary.blocked_behind + summary.blocked_data;
    let all = [(summary.skipped, "skipped"), (blocked, "blocked")];
    let parts = all.into_iter().filter(|(number, _)| *number > 0);
    parts.map(|(number, what)| format!("{} {what}", count(number, "instance"))).collect()
}

#[cfg(test)]
mod tests {
    use super::{
        super::{layout::Layout, samples},
        *,
    };
    use maestro_core::{
        observed::Age,
        plan::action::{Action, ActionKind, WaitAction},
    };

    /// The sum of a pull of three images of which the last so many were there.
    fn pulled(up_to_date: usize) -> String {
        let environment = samples::environment();
        let instances: Vec<_> = environment.instance_ids().collect();
        let mut run = RunState::new(Layout::new(&environment, &instances, &samples::pulls()));
        run.apply(&samples::started(3));
        for (step, name) in ["db-1", "web-1", "web-2"].into_iter().enumerate() {
            let subject = samples::subject(name, "web", "local");
            run.apply(&samples::begun(step, &subject, ActionKind::Pull));
            let mut done = samples::done(step, &subject, ActionKind::Pull);
            if step >= 3 - up_to_date
                && let crate::message::Message::StepDone { is_up_to_date, .. } = &mut done
            {
                *is_up_to_date = true;
            }
            run.apply(&done);
        }
        paragraphs(&run, &Summary { done: 3, ..Summary::default() }, false).join("\n")
    }

    #[test]
    fn the_sum_of_a_pull_adds_up() {
        assert_eq!(pulled(0), "✓ Hello: 3 images pulled in 0.0 s");
        assert_eq!(pulled(2), "✓ Hello: 1 image pulled, 2 up to date in 0.0 s");
        assert_eq!(pulled(3), "✓ Hello: 3 images up to date in 0.0 s");
    }

    /// The sum of a start of `web` whose database runs already, and is not ready.
    #[test]
    fn a_failed_check_of_an_unchanged_instance_is_no_step_of_a_rollback() {
        let environment = samples::environment();
        let instances: Vec<_> = environment.instance_ids().collect();
        let mut plan = samples::plan(&environment);
        plan.steps[4].action = Action::Wait(WaitAction::Verify {
            container: "db-1".to_owned(),
            id: "1".to_owned(),
            checks: Vec::new(),
            age: Age::Settled,
        });
        let mut run = RunState::new(Layout::new(&environment, &instances, &plan));
        run.apply(&samples::started(plan.expected()));
        run.apply(&samples::failed(4, &samples::subject("db-1", "db", "local"), ActionKind::Verify));
        let sum = sum(&run, &Summary { failed: 1, ..Summary::default() }, false);
        assert_eq!(
            sum,
            "✗ Hello: 0 of 7 steps done, 1 check of unchanged instances failed, 7 not started\n  in 0.0 s"
        );
    }
}
