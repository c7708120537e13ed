//! What the dashboard is told.

use super::{
    facts::{DashPlan, DashRun, DashState, LogText},
    keys::DashKey,
    usage::UsageSample,
};

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum DashMessage {
    /// A key was pressed.
    Key(DashKey),
    /// The terminal has so many columns and rows.
    Resized(u16, u16),
    /// The environment is in this state.
    State(DashState),
    /// What instances used.
    Used(Vec<UsageSample>),
    /// What runs of this instance, beside what is declared; or why that is not known.
    Inspected(String, Vec<String>),
    /// What this instance has written.
    Logged(String, Vec<LogText>),
    /// What `apply` would do; or why that is not known.
    Planned(Result<DashPlan, Vec<String>>),
    /// How far a run is.
    Ran(DashRun),
    /// The dashboard is to end: at once, or when a run has come to the end of its steps in progress.
    Leave,
    /// Something to be told in one line.
    Told(String),
}
