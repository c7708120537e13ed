//! Canaries: the first instances of a service that are replaced. The others wait until somebody has seen them work.
//!
//! Nothing is recorded of a canary. It is what runs as the file says while others of its service do not yet.

use std::collections::BTreeSet;

use super::builder::{Builder, Treatment};
use crate::model::InstanceId;

/// The instances that differ and have to wait: where a service has canaries, all but so many that its canaries are
/// complete. What is down is replaced at once, since nothing of it serves.
pub(super) fn waiting(
    builder: &Builder<'_>,
    selected: &BTreeSet<InstanceId>,
    differs: impl Fn(InstanceId) -> bool,
) -> Vec<InstanceId> {
    let mut waiting = Vec::new();
    for service in &builder.environment.services {
        let Some(canaries) = service.update.canary else { continue };
        let runs = |id: &InstanceId| match builder.treatment(*id) {
            Treatment::Present(container) => container.state.is_up() && !builder.is_foreign(*id),
            Treatment::Absent | Treatment::Blocked(_) => false,
        };
        let running = service.instances.iter().copied().filter(|id| selected.contains(id)).filter(runs);
        let (old, new): (Vec<_>, Vec<_>) = running.partition(|id| differs(*id));
        waiting.extend(old.into_iter().skip(canaries.get().saturating_sub(new.len())));
    }
    waiting
}
