//! Ports that are taken: by containers that stay, by other programs, or twice by the plan itself.

use std::collections::BTreeSet;

use super::{Finding, FindingContext, Severity, short};
use crate::{
    model::{
        InstanceId, ShipId,
        container::{LABEL_ENVIRONMENT, LABEL_INSTANCE, Protocol},
    },
    observed::{Container, Published},
    preflight::claim::{Claim, claims, is_same_engine},
};

pub(super) fn findings(scene: &FindingContext<'_>) -> Vec<Finding> {
    let claims = claims(scene.environment, scene.plan);
    let mut found = Vec::new();
    // A range of ports that one container holds is one thing to say.
    let mut told: BTreeSet<(InstanceId, String)> = BTreeSet::new();
    for (at, claim) in claims.iter().enumerate() {
        let finding = match scene.running.holder(claim.ship, &claim.port) {
            Some(holder) => Some((holder.id.clone(), held(scene, claim, holder))),
            None => listened(scene, claim).map(|finding| (claim.port.port.to_string(), finding)),
        };
        let twice = claims[..at].iter().find(|other| {
            other.instance != claim.instance
                && other.port.meets(&claim.port)
                && is_same_engine(scene.observed, other.ship, claim.ship)
        });
        let twice = twice.map(|other| (scene.name(other.instance).to_owned(), both(scene, claim, other)));
        for (by, finding) in finding.into_iter().chain(twice) {
            if told.insert((claim.instance, by)) {
                found.push(finding);
            }
        }
    }
    found
}

fn finding(claim: &Claim, severity: Severity, what: String, why: String, next: String) -> Finding {
    let (ship, span) = (claim.ship, Some(claim.span));
    Finding { severity, code: "port-taken", ship, instances: vec![claim.instance], what, why, next, span }
}

/// `8080`, or `53/udp`, or `10.0.0.1:80`.
fn number(port: &Published) -> String {
    let udp = if port.protocol == Protocol::Udp { "/udp" } else { "" };
    match port.address {
        Some(address) if address.is_ipv6() => format!("[{address}]:{}{udp}", port.port),
        Some(address) => format!("{address}:{}{udp}", port.port),
        None => format!("{}{udp}", port.port),
    }
}

fn taken(scene: &FindingContext<'_>, claim: &Claim) -> String {
    format!("port {} of ship {} is taken", number(&claim.port), scene.ship(claim.ship))
}

/// By a container that stays.
fn held(scene: &FindingContext<'_>, claim: &Claim, holder: &Container) -> Finding {
    let (name, id) = (&holder.name, short(&holder.id));
    let owner = holder.labels.get(LABEL_ENVIRONMENT).map(String::as_str);
    let is_ours = owner == Some(scene.environment.name.as_str());
    let is_declared = holder
        .labels
        .get(LABEL_INSTANCE)
        .is_some_and(|label| scene.environment.instances.iter().any(|instance| instance.name == *label));
    let other = format!(
        "publish another port of the ship: `\"CONTAINER:SHIP\"` in `ports` of {}",
        scene.name(claim.instance)
    );
    let (why, next) = match owner {
        _ if is_ours && is_declared => (
            format!("{name} of this environment holds it and goes on running"),
            format!("stop {name}, or {other}"),
        ),
        _ if is_ours => (
            format!("{name} of this environment holds it, which the file does not declare any more"),
            format!("let `apply --prune` remove it, or {other}"),
        ),
        Some(environment) => (
            format!("the container {name} ({id}) of environment {environment} holds it"),
            format!("stop it with that environment's file, or {other}"),
        ),
        None => (
            format!(
                "the container {name} ({id}, image {}) holds it, which Maestro did not make",
                holder.image
            ),
            format!("`docker stop {name}` on that ship frees it; or {other}"),
        ),
    };
    finding(claim, Severity::Error, taken(scene, claim), why, next)
}

/// By a program that is no container with published ports.
fn listened(scene: &FindingContext<'_>, claim: &Claim) -> Option<Finding> {
    let Some(Ok(machine)) = scene.answers.machines.get(&claim.ship) else { return None };
    if scene.running.is_held(claim.ship, &claim.port) {
        // Its holder is taken down.
        return None;
    }
    let number = claim.port.port;
    let tool = if claim.port.protocol == Protocol::Udp { "ss -lnup" } else { "ss -ltnp" };
    let next = format!(
        "on that ship `{tool} 'sport = :{number}'` shows what it is: end it, or publish another port of the ship: \
         `\"CONTAINER:SHIP\"` in `ports` of {}",
        scene.name(claim.instance)
    );
    // It may be one that has the ship's own network and is taken down.
    let certain = if scene.running.frees_more(claim.ship) { Severity::Warning } else { Severity::Error };
    if let Ok(Some(listening)) = &machine.listening {
        listening.iter().find(|held| held.meets(&claim.port))?;
        let why = "a process that is no container listens there".to_owned();
        return Some(finding(claim, certain, taken(scene, claim), why, next));
    }
    if !machine.answering.contains(&claim.port) {
        return None;
    }
    let address = &scene.environment.ship(claim.ship).address;
    let what =
        format!("port {} of ship {} seems to be taken", self::number(&claim.port), scene.ship(claim.ship));
    let why = format!("something answers at {address}:{number}, and no container publishes that port");
    Some(finding(claim, Severity::Warning, what, why, next))
}

/// By another instance of the same plan.
fn both(scene: &FindingContext<'_>, claim: &Claim, other: &Claim) -> Finding {
    let port = number(&claim.port);
    let (own, name) = (scene.name(claim.instance), scene.name(other.instance));
    let ships = ships(scene, claim.ship, other.ship);
    let why = format!("{name} is going to publish it as well, and only one of them can run at a time{ships}");
    let next = format!(
        "publish one of them under another port of the ship: `\"CONTAINER:SHIP\"` in `ports` of {own}"
    );
    let what = format!("port {port} of ship {} is meant for two instances", scene.ship(claim.ship));
    Finding { code: "port-twice", ..finding(claim, Severity::Error, what, why, next) }
}

fn ships(scene: &FindingContext<'_>, a: ShipId, b: ShipId) -> String {
    if a == b {
        return String::new();
    }
    format!("; ships {} and {} are one engine", scene.ship(b), scene.ship(a))
}
