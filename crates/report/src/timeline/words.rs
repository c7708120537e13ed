//! Words of a timeline.

use maestro_core::timeline::{ChainLink, RunOutcome, StepOutcome, Timeline};

use super::rows::Waiting;
use crate::{labels::count, text::harmless};

/// What stands in a bar. The word comes from an engine's label, so another one is shown as it is.
pub(super) fn action(word: &str) -> String {
    match word {
        "carry" => "receive".to_owned(),
        "copy" => "swap".to_owned(),
        "ready" => "until ready".to_owned(),
        "verify" | "starting" | "running" | "started" => "check".to_owned(),
        "stopping" | "stopped" | "pre-stop" => "check before stop".to_owned(),
        "forget" => "forget record".to_owned(),
        "create-network" => "network".to_owned(),
        "create-volume" => "volume".to_owned(),
        "pause-container" => "pause".to_owned(),
        "pause" => "delay".to_owned(),
        other => harmless(&other.replace('-', " ")).into_owned(),
    }
}

/// `8.9 s`, or `2:05` from a minute on.
pub(super) fn duration(milliseconds: u64) -> String {
    let tenths = milliseconds.saturating_add(50) / 100;
    if tenths < 600 {
        return format!("{}.{} s", tenths / 10, tenths % 10);
    }
    let seconds = milliseconds.saturating_add(500) / 1000;
    match seconds / 3600 {
        0 => format!("{}:{:02} min", seconds / 60, seconds % 60),
        hours => format!("{hours}:{:02} h", seconds / 60 % 60),
    }
}

/// The name of what a step was done for.
pub(super) fn subject(instance: Option<&str>, ship: &str) -> String {
    match instance {
        Some(name) => harmless(name).into_owned(),
        None => format!("{} (shared)", harmless(ship)),
    }
}

/// `apply on shop`.
pub(super) fn title(timeline: &Timeline) -> String {
    let command = harmless(&timeline.run.command);
    let command = command.strip_prefix("maestro ").unwrap_or(&command);
    // Where the picture was written says nothing about the run.
    let command = command.split(" --timeline").next().unwrap_or(command);
    format!("{command} on {}", harmless(&timeline.run.environment))
}

/// `done in 34.1 s, 31 steps on 2 ships`.
pub(super) fn sum(timeline: &Timeline) -> String {
    let run = &timeline.run;
    let time = duration(run.end);
    let failed = timeline.steps.iter().filter(|step| step.outcome == StepOutcome::Failed);
    let how = match run.outcome {
        RunOutcome::Done => format!("done in {time}"),
        RunOutcome::Failed => format!("failed after {time} ({} failed)", count(failed.count(), "step")),
        RunOutcome::Interrupted => format!("interrupted after {time}"),
    };
    let ships: std::collections::BTreeSet<&str> =
        timeline.steps.iter().map(|step| step.ship.as_str()).collect();
    let steps = timeline.steps.len() + timeline.left_out;
    format!("{how}, {} on {}", count(steps, "step"), count(ships.len(), "ship"))
}

/// `Longest chain: db-1 8.9 s → api-1 6.2 s`.
pub(super) fn chain(timeline: &Timeline) -> Option<String> {
    const LINKS_AT_MOST: usize = 6;
    let chain = timeline.chain();
    let link = |link: &ChainLink| {
        let name = subject(link.instance.as_deref(), &link.ship);
        format!("{name} {}", duration(link.to.saturating_sub(link.from)))
    };
    // What takes no time holds nothing up.
    let took = |link: &&ChainLink| link.to.saturating_sub(link.from) >= 50;
    let mut links: Vec<String> = chain.iter().filter(took).map(link).collect();
    if links.is_empty() {
        return None;
    }
    if links.len() > LINKS_AT_MOST {
        let left = links.len() - LINKS_AT_MOST + 1;
        links.splice(2..2 + left, [format!("{left} more")]);
    }
    Some(format!("Longest chain: {}", links.join(" → ")))
}

/// `Engines worked 2.1 s, images came 5.2 s, …`: sums over all steps.
pub(super) fn sums(timeline: &Timeline) -> String {
    let sums = timeline.sums();
    let all = [
        ("engines worked", sums.engine),
        ("images and data came", sums.transfer),
        ("programs stopped", sums.stop),
        ("until ready", sums.ready),
        ("in queues", sums.queued),
    ];
    let each =
        all.iter().filter(|(_, time)| *time >= 50).map(|(what, time)| format!("{what} {}", duration(*time)));
    let mut text = each.collect::<Vec<_>>().join(", ");
    text.get_mut(..1).into_iter().for_each(str::make_ascii_uppercase);
    text
}

/// The longest waits of instances for others, the longest first.
pub(super) fn waits(timeline: &Timeline, at_most: usize) -> Vec<Waiting<'_>> {
    let mut waits: Vec<Waiting<'_>> = super::rows::waits(timeline)
        .into_iter()
        .filter(|wait| wait.step.instance.is_some() && wait.milliseconds >= 100)
        .collect();
    waits.sort_by_key(|wait| std::cmp::Reverse(wait.milliseconds));
    waits.truncate(at_most);
    waits
}

/// `api-1 waited 6.2 s for db-1 (until ready)`.
pub(super) fn waited(wait: &Waiting<'_>) -> String {
    let name = subject(wait.step.instance.as_deref(), &wait.step.ship);
    let other = subject(wait.other.instance.as_deref(), &wait.other.ship);
    let (time, action) = (duration(wait.milliseconds), action(&wait.other.action));
    format!("{name} waited {time} for {other} ({action})")
}
