//! Facts about leases, as [`report::explain`](maestro_report::explain) puts them into words.

use std::time::Duration;

use crate::cli::{
    error::{End, Problem},
    session::Session,
    typed::typed,
};
use maestro_core::{
    event::lease::{HeldLease, LeaseFact, LeaseHolder, LeaseRefusal, UnlockFact},
    model::ShipId,
};
use maestro_report::{
    explain::lease::{self as explain, LeaseContext},
    problem::CommandProblem,
};
use maestro_run::lease::{Busy, Holder, Liveness, Owner, Unlocked};

/// What the sentences need to know.
fn context(session: &Session) -> LeaseContext<'_> {
    LeaseContext { environment: &session.environment.name, invocation: &session.invocation }
}

/// What happens to the lease, in words.
pub(in crate::cli) fn text(session: &Session, fact: &LeaseFact) -> String {
    explain::sentence(context(session), fact)
}

/// Tells what happens to the lease, as a note.
pub(in crate::cli) fn note(session: &Session, fact: &LeaseFact) -> Result<(), Problem> {
    session.note(&text(session, fact))
}

/// Tells what happens to the lease, as a warning.
pub(in crate::cli) fn warn(session: &Session, fact: &LeaseFact) -> Result<(), Problem> {
    session.warn(&text(session, fact))
}

/// How a command ends that gets no lease.
pub(in crate::cli) fn refused(session: &Session, refusal: &LeaseRefusal) -> Problem {
    let end = match refusal {
        LeaseRefusal::Busy { .. } => End::Locked,
        LeaseRefusal::Unmanaged { .. } => End::Refused,
    };
    Problem::ended(explain::refusal(context(session), &typed(), refusal), end)
}

/// Another run uses it.
pub(in crate::cli) fn busy(session: &Session, me: &Owner, busy: &Busy, waited: Duration) -> LeaseRefusal {
    let is_running_here = me.fate(&busy.holder) == Liveness::Running;
    let held = held(session, busy.ship, &busy.holder, busy.age);
    LeaseRefusal::Busy { held, is_running_here, waited }
}

/// The lease that another run holds.
pub(in crate::cli) fn held(session: &Session, ship: ShipId, by: &Holder, age: Option<Duration>) -> HeldLease {
    HeldLease { holder: holder(by), ship: session.environment.ship(ship).name.clone(), age }
}

/// A run that holds a lease.
pub(in crate::cli) fn holder(holder: &Holder) -> LeaseHolder {
    LeaseHolder {
        nonce: holder.nonce.clone(),
        user: holder.user.clone(),
        host: holder.machine.host.clone(),
        process: holder.process,
        command: holder.command.clone(),
    }
}

/// What came of `unlock` on each ship: a text if it is done, else the problem.
pub(in crate::cli) fn unlocked(
    session: &Session,
    nonce: &str,
    outcomes: &[(&str, UnlockFact)],
) -> Result<String, Problem> {
    let mut end = End::Done;
    let mut lines = Vec::new();
    for (ship, outcome) in outcomes {
        end = end.worse(match outcome {
            UnlockFact::Removed(_) | UnlockFact::Free | UnlockFact::Other(_) => End::Done,
            UnlockFact::Running(_) | UnlockFact::Unmanaged(_) => End::Refused,
            UnlockFact::Busy(_) => End::Locked,
            UnlockFact::Failed(_) => End::Unreachable,
        });
        lines.push(explain::unlocked(context(session), ship, outcome));
    }
    let has = |wanted: fn(&UnlockFact) -> bool| outcomes.iter().any(|(_, outcome)| wanted(outcome));
    let removed = has(|outcome| matches!(outcome, UnlockFact::Removed(_)));
    if end == End::Done && removed {
        return Ok(lines.join("\n"));
    }
    let problem = if end == End::Done {
        end = End::Failed;
        let holder = outcomes.iter().find_map(|(_, outcome)| match outcome {
            UnlockFact::Other(holder) => Some(holder),
            _ => None,
        });
        explain::unknown_lease(context(session), nonce, holder)
    } else {
        explain::not_unlocked(context(session), nonce)
    };
    Err(Problem::ended(lines.into_iter().fold(problem, CommandProblem::note), end))
}

/// What came of `unlock` on one ship.
pub(in crate::cli) fn unlock(unlocked: Unlocked) -> UnlockFact {
    match unlocked {
        Unlocked::Removed(of) => UnlockFact::Removed(holder(&of)),
        Unlocked::Free => UnlockFact::Free,
        Unlocked::Other(of) => UnlockFact::Other(holder(&of)),
        Unlocked::Running(of) => UnlockFact::Running(holder(&of)),
        Unlocked::Busy(of) => UnlockFact::Busy(holder(&of)),
        Unlocked::Unmanaged(volume) => UnlockFact::Unmanaged(volume),
    }
}
