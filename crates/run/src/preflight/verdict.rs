//! What findings mean for a plan.

use super::{find::held, refuses};
use maestro_core::{
    event::{Finding, Weight},
    model::Environment,
    plan::Plan,
};

/// What was found, and whether the plan may therefore not be carried out.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// What was found.
    pub findings: Vec<Finding>,
    /// Whether the plan may not be carried out.
    pub is_refused: bool,
}

impl Verdict {
    /// What these findings mean for a plan. If it may not be carried out, what it holds as blocked is a finding too: no
    /// run is going to tell it.
    #[must_use]
    pub fn of(environment: &Environment, plan: &Plan, mut findings: Vec<Finding>) -> Self {
        let is_refused = (has_errors(&findings) || plan.has_blocked_data()) && refuses(plan);
        if is_refused {
            findings.extend(held(environment, plan));
        }
        Self { findings, is_refused }
    }
}

/// Whether one of these would fail a step.
#[must_use]
pub fn has_errors(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.weight == Weight::Error)
}
