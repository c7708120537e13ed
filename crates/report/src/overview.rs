//! What a plan does, in groups: things to which the same happens for the same differences stand together. Text and
//! Markdown are made of it.

mod data;
mod group;
mod maker;
mod names;
mod rest;
mod sign;
pub(crate) mod sum;

use maestro_core::{
    model::Environment,
    plan::{Plan, changes::Change},
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
    /// Of a whole plan, which makes these changes.
    pub(crate) fn of(
        plan: &Plan,
        changes: &[Change<'_>],
        environment: &Environment,
        sources: &Sources,
    ) -> Self {
        let maker = Maker { plan, environment, sources };
        let mut groups = maker.changes(changes);
        groups.extend(maker.pulls());
        groups.extend(maker.carried());
        groups.extend(maker.unchanged());
        groups.extend(maker.blocked());
        Self { groups, notes: maker.notes(), sum: sum::sum(plan, changes, environment) }
    }

    /// Of these changes alone; `part` is what else the plan says of their instances.
    pub(crate) fn of_part(
        plan: &Plan,
        (changes, part): (&[Change<'_>], &Plan),
        environment: &Environment,
        sources: &Sources,
    ) -> Self {
        let of_all = Maker { plan, environment, sources };
        let own = Maker { plan: part, environment, sources };
        let mut groups = of_all.changes(changes);
        groups.extend(own.unchanged());
        groups.extend(own.blocked());
        Self { groups, notes: own.notes(), sum: String::new() }
    }
}
