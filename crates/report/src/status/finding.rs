//! What is found out about instances beyond what the list of containers says.

use std::{collections::HashMap, time::Duration};

use maestro_core::{model::InstanceId, plan::drift::Difference};

/// Whether something answers on a published port, by the instance and the port's place among its ports; only of ports
/// that were looked at.
pub type PortStates = HashMap<(InstanceId, usize), bool>;

/// Why an instance that is up is not ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotReady {
    /// A check does not pass.
    Check(String),
    /// Its image's `HEALTHCHECK` finds it unhealthy, for that reason.
    Unhealthy(String),
    /// Its engine restarts it, so often by now.
    Restarting(u64),
}

/// What was found out about an instance beyond what the list of containers says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InstanceDetails {
    /// Whether it is ready; none if that was not looked at.
    pub ready: Option<Result<(), NotReady>>,
    /// Exit code of its last run, if it has ended.
    pub exit_code: Option<i64>,
    /// Whether the kernel killed a process of it in its last run because its memory limit was reached.
    pub is_out_of_memory: bool,
    /// How often its engine has restarted it.
    pub restarts: Option<u64>,
    /// The engine's words about a start that failed; empty if there are none. Untrusted.
    pub error: String,
    /// The word of its image's `HEALTHCHECK`: `healthy`. Untrusted.
    pub health: Option<String>,
    /// Exit codes and outputs of the last runs of that, oldest first. Untrusted.
    pub health_log: Vec<(i64, String)>,
    /// When it was started last, as its engine writes it; empty if that is not known. Untrusted.
    pub started: String,
    /// How long its last run took, if it has ended.
    pub took: Option<Duration>,
    /// The keys of the file in which its container differs.
    pub differing: Vec<String>,
    /// The same with values and places.
    pub differences: Vec<Difference>,
}

/// What was found out, by instance; those of which nothing was asked are not in it.
pub type Findings = HashMap<InstanceId, InstanceDetails>;
