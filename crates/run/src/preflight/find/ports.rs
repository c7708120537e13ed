//! Ports that are taken: by containers that stay, by other programs, or twice by the plan itself.

use std::collections::BTreeSet;

use super::FindingContext;
use crate::preflight::claim::{Claim, claims, is_same_engine};
use maestro_core::{
    event::{ContainerHolder, Fact, Finding, PortUser, Weight},
    model::{
        InstanceId,
        container::{LABEL_ENVIRONMENT, LABEL_INSTANCE},
    },
    observed::Container,
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
        let name = |id| scene.environment.instance(id).name.clone();
        let twice = twice.map(|other| (name(other.instance), both(claim, other)));
        for (by, finding) in finding.into_iter().chain(twice) {
            if told.insert((claim.instance, by)) {
                found.push(finding);
            }
        }
    }
    found
}

fn finding(claim: &Claim, weight: Weight, fact: Fact) -> Finding {
    Finding { weight, ship: claim.ship, instances: vec![claim.instance], fact, span: Some(claim.span) }
}

fn taken(claim: &Claim, weight: Weight, user: PortUser) -> Finding {
    finding(claim, weight, Fact::PortTaken { port: claim.port, user })
}

/// By a container that stays.
fn held(scene: &FindingContext<'_>, claim: &Claim, holder: &Container) -> Finding {
    let owner = holder.labels.get(LABEL_ENVIRONMENT);
    let is_ours = owner.is_some_and(|owner| *owner == scene.environment.name);
    let is_declared = holder
        .labels
        .get(LABEL_INSTANCE)
        .is_some_and(|label| scene.environment.instances.iter().any(|instance| instance.name == *label));
    let owner = match owner {
        _ if is_ours && is_declared => ContainerHolder::Instance,
        _ if is_ours => ContainerHolder::Orphan,
        Some(environment) => ContainerHolder::Environment(environment.clone()),
        None => ContainerHolder::Unmanaged,
    };
    let (name, id, image) = (holder.name.clone(), holder.id.clone(), holder.image.clone());
    taken(claim, Weight::Error, PortUser::Container { name, id, image, owner })
}

/// By a program that is no container with published ports.
fn listened(scene: &FindingContext<'_>, claim: &Claim) -> Option<Finding> {
    let Some(Ok(machine)) = scene.answers.machines.get(&claim.ship) else { return None };
    if scene.running.is_held(claim.ship, &claim.port) {
        // Its holder is taken down.
        return None;
    }
    if let Ok(Some(listening)) = &machine.listening {
        listening.iter().find(|held| held.meets(&claim.port))?;
        // It may be one that has the ship's own network and is taken down.
        let weight = if scene.running.frees_more(claim.ship) { Weight::Warning } else { Weight::Error };
        return Some(taken(claim, weight, PortUser::Process));
    }
    machine.answering.contains(&claim.port).then(|| taken(claim, Weight::Warning, PortUser::Unknown))
}

/// By another instance of the same plan.
fn both(claim: &Claim, other: &Claim) -> Finding {
    finding(claim, Weight::Error, Fact::PortTwice { port: claim.port, other: other.instance })
}
