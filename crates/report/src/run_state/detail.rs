//! What is told in full below the table.

use crate::{blocked::ReportedBlocked, message::FailureText};
use maestro_core::{
    event::{Subject, Summary},
    plan::action::ActionKind,
};

/// What is told in full below the table.
#[derive(Debug, Clone)]
pub struct Detail {
    /// Failures, in the order in which they came.
    pub failures: Vec<(Subject, ActionKind, FailureText)>,
    /// What was held, in the order in which it came.
    pub blocked: Vec<ReportedBlocked>,
    /// Remarks on instances for which nothing was done.
    pub remarks: Vec<(Subject, String)>,
    /// What is there of a run that ended before its time, in lines.
    pub standing: Vec<String>,
    /// The command and what came of it, once all is over.
    pub end: Option<(String, Summary)>,
}
