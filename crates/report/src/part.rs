//! A plan reduced to what is about some instances.

use std::collections::BTreeSet;

use maestro_core::{model::InstanceId, plan::Plan};

/// A plan without what is about others; its steps and barriers are left out.
pub(super) fn part(plan: &Plan, asked: &BTreeSet<InstanceId>) -> Plan {
    let keep = |id: InstanceId| asked.contains(&id);
    let mut part = Plan {
        unchanged: plan.unchanged.clone(),
        blocked: plan.blocked.clone(),
        remarks: plan.remarks.clone(),
        differing: plan.differing.clone(),
        volumes: plan.volumes.clone(),
        other_peers: plan.other_peers.clone(),
        moves: plan.moves.clone(),
        ..Plan::default()
    };
    part.unchanged.retain(|unchanged| keep(unchanged.instance));
    part.blocked.retain(|blocked| keep(blocked.instance));
    part.remarks.retain(|remark| keep(remark.instance));
    part.differing.retain(|differing| keep(differing.instance));
    part.volumes.retain(|one| keep(one.instance));
    part.other_peers.retain(|differing| keep(differing.instance));
    part.moves.retain(|one| keep(one.instance));
    part
}
