//! Instances that stay on a drained ship.

use std::collections::BTreeSet;

use super::{
    builder::{Builder, Treatment},
    moves::Predecessor,
    reason::Note,
};
use crate::model::InstanceId;

/// Tells of each selected instance that a drained ship keeps, and why.
pub(super) fn remark(builder: &mut Builder<'_>, selected: &BTreeSet<InstanceId>) {
    let environment = builder.environment;
    for &id in selected {
        let instance = environment.instance(id);
        let ship = environment.ship(instance.ship);
        if !ship.drain {
            continue;
        }
        let candidates = &environment.service(instance.service).candidates;
        let has_choice = candidates.iter().any(|candidate| !environment.ship(*candidate).drain);
        let data = match builder.treatment(id) {
            Treatment::Present(container) if has_choice => {
                Predecessor { ship: instance.ship, container }.data()
            }
            Treatment::Present(_) | Treatment::Absent | Treatment::Blocked(_) => Vec::new(),
        };
        builder.remark(id, Note::StaysOnDrained { ship: ship.name.clone(), has_choice, data });
    }
}
