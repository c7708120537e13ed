//! The words of a status for the state of an instance.

use super::{
    finding::{InstanceDetails, NotReady},
    seen::Seen,
};
use crate::{
    explain::exit_code,
    labels::{seconds, size, times},
    text::harmless,
};
use maestro_core::{
    event::innermost,
    model::Instance,
    observed::{Container, ContainerState, InstanceState},
    plan::reason::OrphanReason,
};

/// How many differing keys are named.
const KEYS_AT_MOST: usize = 3;

/// Behind the state of a container that was told of other peers than the file has now.
pub(super) const OTHER_PEERS: &str = ", its peers have changed";

/// The state of an instance, with the reason.
pub(super) fn state(seen: Seen<'_>, state: InstanceState<'_>) -> String {
    match state {
        InstanceState::Absent => "absent".to_owned(),
        InstanceState::Unreachable { .. } => "unreachable".to_owned(),
        InstanceState::Unknown => "not contacted".to_owned(),
        InstanceState::Unmanaged(_) => "unmanaged: not created by Maestro".to_owned(),
        InstanceState::Ours(container) => ours(seen, container),
    }
}

fn ours(seen: Seen<'_>, container: &Container) -> String {
    let none = InstanceDetails::default();
    let finding = seen.finding.unwrap_or(&none);
    if seen.environment.instance(seen.id).swarm.is_some() {
        let instance = seen.environment.instance(seen.id);
        return if instance.is_job() { job(container, instance) } else { service(container) };
    }
    if let (Some(Err(why)), false) = (&finding.ready, container.state == ContainerState::Paused) {
        return not_ready(seen, container, finding, why);
    }
    match &container.state {
        ContainerState::Paused => "paused".to_owned(),
        ContainerState::Running if container.is_unhealthy() => "unhealthy".to_owned(),
        ContainerState::Running => running(seen, container, finding),
        ContainerState::Restarting => "restarting".to_owned() + &ended(seen, container, finding),
        ContainerState::Exited if container.has_completed(seen.environment.instance(seen.id)) => {
            "completed".to_owned() + &run_of_job(finding)
        }
        ContainerState::Exited if seen.environment.instance(seen.id).is_job() => {
            "down".to_owned() + &ended(seen, container, finding) + &took(finding)
        }
        ContainerState::Exited => "down".to_owned() + &ended(seen, container, finding),
        ContainerState::Dead => "dead".to_owned() + &ended(seen, container, finding),
        ContainerState::Created if finding.error.is_empty() => "created, never started".to_owned(),
        ContainerState::Created => {
            format!("created, its start failed: {}", harmless(innermost(&finding.error)))
        }
        ContainerState::Removing => "being removed".to_owned(),
        ContainerState::Other(word) => harmless(word).into_owned(),
    }
}

/// A job on a Swarm: how it ended, or how far it is.
fn job(container: &Container, instance: &Instance) -> String {
    let status = harmless(&container.status);
    // As engines tell it of a container: `Exited (3): 0/1 tasks completed`.
    let ended = status.strip_prefix("Exited (").and_then(|rest| rest.split_once("): "));
    match (&container.state, ended) {
        (ContainerState::Exited, Some((_, tasks))) if container.has_completed(instance) => {
            format!("completed, {tasks}")
        }
        (ContainerState::Exited, Some((code, tasks))) => format!("down, exit code {code}, {tasks}"),
        (ContainerState::Exited, None) => "down".to_owned(),
        (ContainerState::Running, _) => format!("up, {status}"),
        (
            ContainerState::Created
            | ContainerState::Paused
            | ContainerState::Restarting
            | ContainerState::Removing
            | ContainerState::Dead
            | ContainerState::Other(_),
            _,
        ) => format!("not ready, {status}"),
    }
}

/// A service on a Swarm: how many of its tasks run, where, and why one does not.
fn service(container: &Container) -> String {
    let tasks = harmless(&container.status);
    match &container.state {
        ContainerState::Running => format!("ready, {tasks}"),
        ContainerState::Exited => "down".to_owned(),
        ContainerState::Created
        | ContainerState::Paused
        | ContainerState::Restarting
        | ContainerState::Removing
        | ContainerState::Dead
        | ContainerState::Other(_) => format!("not ready, {tasks}"),
    }
}

fn running(seen: Seen<'_>, container: &Container, finding: &InstanceDetails) -> String {
    let has_checks = !seen.environment.instance(seen.id).lifecycle.running.is_empty();
    let mut words = match finding.ready {
        None if has_checks => "up, not checked".to_owned(),
        None | Some(_) => "ready".to_owned(),
    };
    match health(container) {
        Some("healthy") | None => {}
        Some(other) => words.extend([", health: ", other]),
    }
    if let Some(restarts @ 1..) = finding.restarts {
        words.extend([", restarted ", &times(restarts)]);
    }
    words
}

fn not_ready(seen: Seen<'_>, container: &Container, finding: &InstanceDetails, why: &NotReady) -> String {
    match why {
        NotReady::Check(why) => format!("not ready: {}", harmless(why)),
        NotReady::Unhealthy(last) => format!("unhealthy: {}", harmless(last)),
        NotReady::Restarting(number) => {
            format!("restarting ({}){}", times(*number), ended(seen, container, finding))
        }
    }
}

/// `, exit 0, took 3.2 s`: what is known of the last run of a job that has done its work.
fn run_of_job(finding: &InstanceDetails) -> String {
    let code = finding.exit_code.map(|code| format!(", exit {code}"));
    code.unwrap_or_default() + &took(finding)
}

fn took(finding: &InstanceDetails) -> String {
    finding
        .took
        .map(|took| format!(", took {}", seconds(u64::try_from(took.as_millis()).unwrap_or(u64::MAX))))
        .unwrap_or_default()
}

/// `, exit 137: out of memory (limit 64 MiB)`.
fn ended(seen: Seen<'_>, container: &Container, finding: &InstanceDetails) -> String {
    let Some(code) = finding.exit_code.or_else(|| listed_code(container)) else { return String::new() };
    let meaning = if finding.is_out_of_memory {
        Some(out_of_memory(seen.environment.instance(seen.id).container.memory))
    } else {
        exit_code::meaning(code)
    };
    format!(", exit {code}") + &meaning.map(|meaning| format!(": {meaning}")).unwrap_or_default()
}

/// `out of memory (limit 64 MiB)`.
pub(crate) fn out_of_memory(limit: Option<i64>) -> String {
    match limit.filter(|limit| *limit > 0) {
        Some(limit) => format!("out of memory (limit {})", size(limit.unsigned_abs())),
        None => "out of memory (no limit: the ship ran out)".to_owned(),
    }
}

/// The exit code that a list tells: 3 of `Exited (3) 5 minutes ago`.
fn listed_code(container: &Container) -> Option<i64> {
    let (_, rest) = container.status.split_once('(')?;
    rest.split_once(')')?.0.parse().ok()
}

/// The word of the image's `HEALTHCHECK` in a list: `starting` of `Up 3 seconds (health: starting)`.
#[must_use]
pub fn health(container: &Container) -> Option<&'static str> {
    let words = &container.status;
    let known = [("(healthy)", "healthy"), ("(unhealthy)", "unhealthy"), ("(health: starting)", "starting")];
    known.into_iter().find(|(end, _)| words.ends_with(end)).map(|(_, word)| word)
}

/// What stands in front of the keys that differ.
pub(crate) const DIFFERS: &str = "differs from the file";

/// What stands in front of the ship that an instance moves to.
pub(crate) const MOVES: &str = "the file places it on ship";

/// `, differs from the file: env.DEBUG, image and 2 more`.
pub(super) fn differs(finding: Option<&InstanceDetails>) -> String {
    let keys = finding.map(|finding| finding.differing.as_slice()).unwrap_or_default();
    let mut words = format!(", {DIFFERS}");
    if keys.is_empty() {
        return words;
    }
    let named: Vec<_> = keys.iter().take(KEYS_AT_MOST).map(|key| harmless(key)).collect();
    words.push_str(": ");
    words.push_str(&named.join(", "));
    if let Some(more @ 1..) = keys.len().checked_sub(KEYS_AT_MOST) {
        words.extend([" and ", &more.to_string(), " more"]);
    }
    words
}

/// `; the file places it on ship far`.
pub(super) fn moved(there: &str) -> String {
    format!("; {MOVES} {}", harmless(there))
}

/// `orphan, up`.
pub(super) fn orphan(container: &Container, reason: &OrphanReason) -> String {
    let doing = match &container.state {
        ContainerState::Running if container.is_unhealthy() => "unhealthy".to_owned(),
        ContainerState::Running => "up".to_owned(),
        ContainerState::Exited | ContainerState::Dead => match listed_code(container) {
            Some(code) => format!("down, exit {code}"),
            None => "down".to_owned(),
        },
        ContainerState::Restarting => "restarting".to_owned(),
        ContainerState::Paused => "paused".to_owned(),
        ContainerState::Created => "created, never started".to_owned(),
        ContainerState::Removing => "being removed".to_owned(),
        ContainerState::Other(word) => harmless(word).into_owned(),
    };
    match reason {
        OrphanReason::OneOff { .. } => format!("one-off, {doing}"),
        OrphanReason::NotDeclared
        | OrphanReason::Surplus { .. }
        | OrphanReason::OnOtherShip { .. }
        | OrphanReason::OnSwarm { .. }
        | OrphanReason::BesideSwarm { .. }
        | OrphanReason::OffSwarm { .. } => format!("orphan, {doing}"),
    }
}

/// Since when a container is in its state: `up 3 hours`, `5 minutes ago`.
pub(super) fn age(container: &Container) -> String {
    let words = harmless(&container.status).to_ascii_lowercase();
    match &container.state {
        ContainerState::Running | ContainerState::Paused if words.starts_with("up ") => {
            words.split_once(" (").map_or(words.as_str(), |(up, _)| up).to_owned()
        }
        ContainerState::Exited | ContainerState::Restarting | ContainerState::Dead => {
            let time = words.split_once(')').map(|(_, time)| time.trim());
            // Of a job on a Swarm, how many tasks have ended follows, which its state tells.
            time.filter(|time| !time.starts_with(':')).unwrap_or_default().to_owned()
        }
        ContainerState::Running
        | ContainerState::Paused
        | ContainerState::Created
        | ContainerState::Removing
        | ContainerState::Other(_) => String::new(),
    }
}

/// Why an instance is not ready, in a sentence for programs.
pub(super) fn reason(why: &NotReady) -> String {
    match why {
        NotReady::Check(why) => why.clone(),
        NotReady::Unhealthy(last) => format!("the health check reports it unhealthy: {last}"),
        NotReady::Restarting(number) => {
            format!("its program keeps exiting; the engine restarted it {}", times(*number))
        }
    }
}
