//! What a plan does, in groups: things to which the same happens for the same differences stand together. Text and
//! Markdown are made of it.

mod data;
mod group;
mod maker;
mod names;
mod rest;
mod sign;
mod sum;

use std::collections::BTreeSet;

use super::part::part;
use maestro_core::{
    model::{Environment, InstanceId},
    plan::{
        Plan,
        changes::{Change, ChangeTarget},
    },
    source::Sources,
};

pub(crate) use group::{Group, Row, word};
use maker::Maker;
pub(crate) use names::{names, of_target};
pub(crate) use sign::Sign;

/// All of a plan but its steps.
#[derive(Debug, Clone)]
pub(crate) struct Overview {
    /// What happens, and what cannot.
    pub groups: Vec<Group>,
    /// What to know beside that, in sentences.
    pub notes: Vec<String>,
    /// All in one line: `apply shop: 2 to replace, 1 unchanged (15 steps on 1 ship)`.
    pub sum: String,
}

impl Overview {
    /// Of a whole plan.
    pub(crate) fn of(plan: &Plan, environment: &Environment, sources: &Sources) -> Self {
        let changes = plan.changes_by_target();
        let maker = Maker { plan, environment, sources };
        let mut groups = maker.changes(&changes);
        groups.extend(maker.pulls());
        groups.extend(maker.unchanged());
        groups.extend(maker.blocked());
        Self { groups, notes: maker.notes(), sum: sum::sum(plan, &changes, environment) }
    }

    /// Of these instances alone.
    pub(crate) fn of_instances(
        plan: &Plan,
        environment: &Environment,
        asked: &BTreeSet<InstanceId>,
        sources: &Sources,
    ) -> Self {
        let is_asked = |change: &Change<'_>| match change.target {
            ChangeTarget::Instance(id) => asked.contains(&id),
            ChangeTarget::Container { .. }
            | ChangeTarget::Network { .. }
            | ChangeTarget::Volume { .. }
            | ChangeTarget::Revision { .. }
            | ChangeTarget::Ship(_) => false,
        };
        let changes: Vec<Change<'_>> = plan.changes_by_target().into_iter().filter(is_asked).collect();
        let part = part(plan, asked);
        let of_all = Maker { plan, environment, sources };
        let own = Maker { plan: &part, environment, sources };
        let mut groups = of_all.changes(&changes);
        groups.extend(own.unchanged());
        groups.extend(own.blocked());
        Self { groups, notes: own.notes(), sum: String::new() }
    }
}
