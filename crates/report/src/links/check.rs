//! What came of trying a link, as a word, as sentences and as JSON.

use serde_json::{Value, json};

use super::row::LinkRow;
use crate::explain::engine as explain;
use maestro_core::{
    model::{Environment, InstanceId},
    observed::link_check::{
        ConnectFailure, LinkCheck, LinkFault, LinkOutcome, LinkProbeFault, LinkTry, LinkVerdict,
    },
};

/// The verdict in a word.
pub(super) fn word(check: &LinkCheck) -> &'static str {
    match check.verdict() {
        LinkVerdict::Good => match check {
            LinkCheck::Tried(tries) if tries.iter().all(|one| one.outcome == LinkOutcome::Known) => "known",
            LinkCheck::Tried(_)
            | LinkCheck::UnknownName
            | LinkCheck::ConsumerDown
            | LinkCheck::Unreachable(_)
            | LinkCheck::NotTried(_) => "answers",
        },
        LinkVerdict::Unused => "down",
        LinkVerdict::Unreachable => "unreachable",
        LinkVerdict::Bad => match check {
            LinkCheck::NotTried(_) => "unchecked",
            LinkCheck::Tried(_)
            | LinkCheck::UnknownName
            | LinkCheck::ConsumerDown
            | LinkCheck::Unreachable(_) => "fails",
        },
    }
}

/// What is wrong with a link, a sentence for each cause.
pub(super) fn sentences(environment: &Environment, row: &LinkRow<'_>, check: &LinkCheck) -> Vec<String> {
    let ship = |id: &maestro_core::model::ShipId| environment.ship(*id).name.as_str();
    match check {
        LinkCheck::Tried(tries) => tries.iter().filter_map(|one| sentence(environment, row, one)).collect(),
        LinkCheck::UnknownName => vec![format!(
            "the name is not known in the container; {} does not run there, or the container was made before the link",
            names(environment, row)
        )],
        LinkCheck::ConsumerDown => Vec::new(),
        LinkCheck::Unreachable(id) => vec![format!("ship {} does not answer", ship(id))],
        LinkCheck::NotTried(fault) => vec![format!("not checked: {}", probe_fault(fault))],
    }
}

fn names(environment: &Environment, row: &LinkRow<'_>) -> String {
    let names = row.link.targets.iter().map(|id| environment.instance(*id).name.as_str());
    names.collect::<Vec<_>>().join(", ")
}

/// What is wrong at one address; none if that answers.
fn sentence(environment: &Environment, row: &LinkRow<'_>, one: &LinkTry) -> Option<String> {
    let LinkOutcome::Fails { how, why } = &one.outcome else { return None };
    let port = one.port.map(|port| format!(" port {port}")).unwrap_or_default();
    let noticed = match how {
        ConnectFailure::Refused => "refused",
        ConnectFailure::Closed => "closed at once",
        ConnectFailure::Silent => "no answer in time",
        ConnectFailure::NoRoute => "no route",
    };
    let target = one.target.map_or_else(|| names(environment, row), |id| name(environment, id));
    let cause = match why {
        LinkFault::TargetDown => format!("{target} does not run"),
        LinkFault::NotListening => format!("no program of {target} listens there"),
        LinkFault::LoopbackOnly => {
            format!("{target} listens on its loopback address alone: let its program listen on 0.0.0.0")
        }
        LinkFault::NotPublished => {
            format!("{target} listens, but its ship does not publish the port: `maestro apply {target}` does")
        }
        LinkFault::Firewall { from, to } => {
            let (from, to) = (&environment.ship(*from).name, &environment.ship(*to).name);
            format!(
                "{target} listens, and ship {to} publishes the port: a firewall between ship {from} and ship {to} \
                 stops it; allow TCP{port} from {from} to {to}"
            )
        }
        LinkFault::Unreachable(ship) => {
            format!("ship {} does not answer, so it is not known why", environment.ship(*ship).name)
        }
        LinkFault::Listening => format!("{target} listens there"),
        LinkFault::Unknown => return Some(format!("{}{port}: {noticed}", one.address)),
    };
    Some(format!("{}{port}: {noticed}; {cause}", one.address))
}

fn name(environment: &Environment, id: InstanceId) -> String {
    environment.instance(id).name.clone()
}

fn probe_fault(fault: &LinkProbeFault) -> String {
    match fault {
        LinkProbeFault::NoProgram(platform) => {
            let platform = if platform.is_empty() { "this platform" } else { platform };
            format!(
                "there is no static program for {platform}; put `maestro-guest` for it beside `maestro`, or name it in \
                 MAESTRO_GUEST"
            )
        }
        LinkProbeFault::NoImage => "the ship does not have the container's image any more".to_owned(),
        LinkProbeFault::Refused(fault) => explain::sentence(fault),
        LinkProbeFault::Garbled(_) => "the program beside the container gave no answer".to_owned(),
        LinkProbeFault::Timeout => "the program beside the container did not end in time".to_owned(),
        LinkProbeFault::Interrupted => "interrupted".to_owned(),
    }
}

pub(super) fn json(environment: &Environment, row: &LinkRow<'_>, check: &LinkCheck) -> Value {
    let tries: &[LinkTry] = match check {
        LinkCheck::Tried(tries) => tries,
        LinkCheck::UnknownName
        | LinkCheck::ConsumerDown
        | LinkCheck::Unreachable(_)
        | LinkCheck::NotTried(_) => &[],
    };
    let tries = tries.iter().map(|one| {
        json!({
            "address": one.address,
            "port": one.port,
            "instance": one.target.map(|id| name(environment, id)),
            "outcome": outcome(&one.outcome),
            "cause": cause(&one.outcome),
        })
    });
    json!({
        "outcome": word(check),
        "is_name_known": !matches!(check, LinkCheck::UnknownName),
        "tries": tries.collect::<Vec<_>>(),
        "reasons": sentences(environment, row, check),
    })
}

fn outcome(outcome: &LinkOutcome) -> &'static str {
    match outcome {
        LinkOutcome::Known => "known",
        LinkOutcome::Answers => "answers",
        LinkOutcome::Fails { how: ConnectFailure::Refused, .. } => "refused",
        LinkOutcome::Fails { how: ConnectFailure::Closed, .. } => "closed",
        LinkOutcome::Fails { how: ConnectFailure::Silent, .. } => "silent",
        LinkOutcome::Fails { how: ConnectFailure::NoRoute, .. } => "no-route",
    }
}

fn cause(outcome: &LinkOutcome) -> Option<&'static str> {
    let LinkOutcome::Fails { why, .. } = outcome else { return None };
    Some(match why {
        LinkFault::TargetDown => "target-down",
        LinkFault::NotListening => "not-listening",
        LinkFault::LoopbackOnly => "loopback-only",
        LinkFault::NotPublished => "not-published",
        LinkFault::Firewall { .. } => "firewall",
        LinkFault::Unreachable(_) => "ship-unreachable",
        LinkFault::Listening => "listening",
        LinkFault::Unknown => "unknown",
    })
}
