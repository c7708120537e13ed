//! What a plan does to data: volumes that are carried over or stay behind, and moves.

use super::{moves, volumes};
use maestro_core::{
    model::Environment,
    plan::{Plan, PlanRemark},
};

/// A remark for each anonymous volume and for each move.
#[must_use]
pub fn remarks(plan: &Plan, environment: &Environment) -> Vec<PlanRemark> {
    [volumes::remarks(plan), moves::remarks(plan, environment)].concat()
}

/// The plan with these remarks among its own, for a run that shows no plan.
#[must_use]
pub fn with_remarks(mut plan: Plan, environment: &Environment) -> Plan {
    let remarks = remarks(&plan, environment);
    plan.remarks.extend(remarks);
    plan
}
