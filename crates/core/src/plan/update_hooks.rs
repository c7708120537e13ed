//! Jobs that run before or after each update of a service: `hooks: {before_update: migrate}`.
//!
//! A hook is a requirement as well: what an update needs first, and what comes after it, is ordered like everything else.
//! So a job that fails lets nothing of its service be taken down.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    builder::{Builder, Treatment},
    reason::Reason,
};
use crate::model::{InstanceId, Service, update_hooks::UpdateHook};

/// The instances of jobs that run again if some services are updated, and why. `replaced` tells the instances whose
/// container is replaced.
pub(super) fn jobs(
    builder: &Builder<'_>,
    selected: &BTreeSet<InstanceId>,
    replaced: impl Fn(InstanceId) -> bool,
) -> BTreeMap<InstanceId, Reason> {
    let environment = builder.environment;
    let is_there = |id: &InstanceId| !matches!(builder.treatment(*id), Treatment::Absent);
    // A service that gets one more instance is the same as before. One that has none may be another one now.
    let is_updated = |service: &Service| {
        let mut own = service.instances.iter().filter(|id| selected.contains(id));
        own.clone().any(|id| replaced(*id)) || own.next().is_some() && !service.instances.iter().any(is_there)
    };
    let mut jobs = BTreeMap::new();
    for UpdateHook { service, job, is_before } in environment.update_hooks() {
        let service = environment.service(service);
        if !is_updated(service) {
            continue;
        }
        let reason = if is_before { Reason::BeforeUpdate } else { Reason::AfterUpdate };
        for &id in &environment.service(job).instances {
            jobs.entry(id).or_insert_with(|| reason(service.name.clone()));
        }
    }
    jobs
}
