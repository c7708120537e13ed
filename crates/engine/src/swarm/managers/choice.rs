//! Which of several managers can be asked.

use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::time::{Instant, timeout_at};

use super::manager::Manager;
use crate::{EngineError, SwarmRole};
use maestro_core::fault::{EngineFault, ManagerFault, SwarmFault};

/// How long managers that come first are waited for once another one has answered.
const GRACE: Duration = Duration::from_secs(2);

/// What a look at all managers found.
pub(super) struct Look {
    /// The first one that can be asked, by its number, and its Swarm.
    pub(super) found: Option<(usize, String)>,
    /// Those that cannot be asked and come before it, in the order of the file.
    pub(super) others: Vec<ManagerFault>,
}

/// Asks all managers what they are. The one of number `last` comes last. With `swarm` only its managers count.
pub(super) async fn look(all: &[Manager], swarm: Option<&str>, last: Option<usize>) -> Look {
    let order = (0..all.len()).filter(|at| Some(*at) != last).chain(last);
    let order: Vec<usize> = order.collect();
    let mut faults: Vec<Option<EngineFault>> = vec![None; order.len()];
    let mut found: Option<(usize, String)> = None;
    let mut until: Option<Instant> = None;
    let asked = order.iter().enumerate().map(|(rank, at)| {
        let services = &all[*at].services;
        async move { (rank, services.role().await) }
    });
    let mut asked: FuturesUnordered<_> = asked.collect();
    while found.as_ref().is_none_or(|(rank, _)| faults[..*rank].iter().any(Option::is_none)) {
        let next = match until {
            None => asked.next().await,
            Some(until) => timeout_at(until, asked.next()).await.unwrap_or_default(),
        };
        let Some((rank, role)) = next else { break };
        match usable(role, swarm) {
            Ok(id) if found.as_ref().is_none_or(|(best, _)| rank < *best) => {
                until.get_or_insert_with(|| Instant::now() + GRACE);
                found = Some((rank, id));
            }
            Ok(_) => {}
            Err(fault) => faults[rank] = Some(fault),
        }
    }
    let before = found.as_ref().map_or(order.len(), |(rank, _)| *rank);
    let mut others: Vec<(usize, ManagerFault)> = Vec::new();
    for (at, fault) in order.iter().zip(faults).take(before) {
        let address = all[*at].address.clone();
        let silent = || EngineFault::Silent { address: address.clone(), within: GRACE };
        let fault = fault.unwrap_or_else(silent);
        others.push((*at, ManagerFault { address, fault }));
    }
    others.sort_by_key(|(at, _)| *at);
    let others = others.into_iter().map(|(_, fault)| fault).collect();
    Look { found: found.map(|(rank, id)| (order[rank], id)), others }
}

/// The Swarm of a manager that can be asked, or why an engine cannot be.
fn usable(role: Result<SwarmRole, EngineError>, swarm: Option<&str>) -> Result<String, EngineFault> {
    let own = role.map_err(|error| error.fault().clone())?.managed()?;
    // Without a leader a manager does not know its Swarm.
    if own.is_empty() {
        return Err(SwarmFault::NoLeader.into());
    }
    if swarm.is_some_and(|known| known != own) {
        return Err(SwarmFault::OtherSwarm.into());
    }
    Ok(own)
}

/// Whether a manager is up, and has no leader.
pub(super) fn is_leaderless(fault: &ManagerFault) -> bool {
    matches!(fault.fault, EngineFault::Swarm(SwarmFault::NoLeader))
}
