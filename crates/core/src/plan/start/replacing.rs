//! What is known beforehand about instances of which some already have containers.

use std::collections::{BTreeSet, HashMap};

use crate::{
    model::InstanceId,
    plan::{StepId, action::Action, orphans::Strays, reason::Reason, renames::Renames, replace::Again},
};

/// What an `apply` knows beyond a start.
#[derive(Debug, Default)]
pub(in crate::plan) struct Replacing<'s> {
    /// Instances whose container is as the file says, so that it is started again if it is down.
    pub kept: BTreeSet<InstanceId>,
    /// Why the containers of others are replaced.
    pub reasons: HashMap<InstanceId, Reason>,
    /// What is done for those whose container gets other files and a signal, and why.
    pub reloads: HashMap<InstanceId, (Action, Reason)>,
    /// Instances whose container is as the file says but for its name.
    pub renamed: BTreeSet<InstanceId>,
    /// The renames that are planned.
    pub renames: Renames,
    /// What must have succeeded before an instance is started.
    pub first: HashMap<InstanceId, Vec<StepId>>,
    /// Containers that the file does not declare, of which some may be those of services that move to a Swarm.
    pub strays: Option<&'s Strays>,
    /// Instances that run on though the list of their peers differs.
    pub other_peers: BTreeSet<InstanceId>,
    /// Instances that differ and run on until somebody goes on after the canaries of their service.
    pub waiting: BTreeSet<InstanceId>,
    /// What a restart asks for beside `update`.
    pub again: Again,
}
