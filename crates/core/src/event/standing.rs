//! What is there of the instances of a run that ends before its time.

use serde::Serialize;

use super::Subject;

/// What is there of an instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// Which instance.
    #[serde(flatten)]
    pub subject: Subject,
    /// Whether its ship said what it has.
    #[serde(rename = "known")]
    pub is_known: bool,
    /// Whether it was seen to be ready since the run began.
    #[serde(rename = "ready")]
    pub is_ready: bool,
    /// Its containers, the old one first.
    pub containers: Vec<StandingContainer>,
}

/// A container of an instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StandingContainer {
    /// Its name.
    pub name: String,
    /// Whether it is to take, or took, the old one's place.
    #[serde(rename = "new")]
    pub is_new: bool,
    /// What it does.
    #[serde(rename = "state")]
    pub life: Life,
}

/// What a container does, as far as it matters to whoever goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Life {
    /// It was never started.
    Created,
    /// It runs.
    Running,
    /// Somebody paused it.
    Paused,
    /// Its engine restarts it.
    Restarting,
    /// It does not run.
    Stopped,
}
