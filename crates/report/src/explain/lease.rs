//! What happens to the lease of an environment. What is said of another run is untrusted, and made harmless here where
//! the caller does not do so.

use std::time::Duration;

use super::engine;
use crate::{problem::CommandProblem, text::harmless};
use maestro_core::event::lease::{HeldLease, LeaseFact, LeaseHolder, LeaseRefusal, UnlockFact};

/// How many containers a sentence names.
const SHOWN: usize = 5;

/// What the sentences need to know.
#[derive(Debug, Clone, Copy)]
pub struct LeaseContext<'a> {
    /// The environment's name.
    pub environment: &'a str,
    /// How the user calls the program: `maestro -f shop.yaml`.
    pub invocation: &'a str,
}

/// Something that happens to the lease. The caller makes it harmless.
#[must_use]
pub fn sentence(context: LeaseContext<'_>, fact: &LeaseFact) -> String {
    let LeaseContext { environment, invocation } = context;
    match fact {
        LeaseFact::Waiting { held: HeldLease { holder, ship, age }, wait } => {
            let for_long = age.map(|age| format!(" for {}", span(age))).unwrap_or_default();
            format!(
                "waiting up to {} for {}, which holds the lease of {environment} on ship {ship}{for_long}",
                span(*wait),
                raw_who(holder)
            )
        }
        LeaseFact::Replaced(holder) => format!(
            "the lease of {environment} was left by {}, which is gone; this run takes it over",
            raw_who(holder)
        ),
        LeaseFact::Settling { ship, containers, most } => settling(ship, containers, *most),
        LeaseFact::Abandoned(HeldLease { holder, ship, .. }) => format!(
            "a run that changed {environment} was killed or lost an answer: {}, on ship {ship}; what it began may still \
             be under way, and the next command that changes something waits for that",
            raw_who(holder)
        ),
        LeaseFact::Changing(HeldLease { holder, ship, age }) => {
            let who = raw_who(holder);
            format!("another run is changing {environment}: {who}, on ship {ship}{}", for_long(*age))
        }
        LeaseFact::Lost { ship } => format!(
            "the lease of {environment} on ship {ship} was taken away while this run worked; if another run worked at \
             the same time, `{invocation} status` shows what came of both"
        ),
        LeaseFact::NotReleased { ship, reason, nonce } => format!(
            "whether the lease of {environment} on ship {ship} is released is unknown: {}; {}",
            engine::ship(reason),
            way_out(invocation, nonce)
        ),
        LeaseFact::Left { nonce } => {
            format!("the lease of {environment} is not released; {}", way_out(invocation, nonce))
        }
    }
}

fn settling(ship: &str, containers: &[String], most: Duration) -> String {
    let shown = &containers[..containers.len().min(SHOWN)];
    let more = match containers.len() - shown.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!(
        "a run was killed or lost an answer and may still be stopping {}{more} on ship {ship}; waiting up to {} for that",
        shown.join(", "),
        span(most)
    )
}

fn way_out(invocation: &str, nonce: &str) -> String {
    format!(
        "the next run on this machine takes it over, another machine has to run `{invocation} unlock {nonce}`"
    )
}

/// Why a run gets no lease: how its command ends. `typed` is what the user typed.
#[must_use]
pub fn refusal(context: LeaseContext<'_>, typed: &str, refusal: &LeaseRefusal) -> CommandProblem {
    match refusal {
        LeaseRefusal::Busy { held, is_running_here, waited } => {
            busy(context, typed, held, *is_running_here, *waited)
        }
        LeaseRefusal::Unmanaged { ship, volume } => {
            let (ship, volume) = (harmless(ship), harmless(volume));
            CommandProblem::new(format!(
                "the volume {volume} on ship {ship} has the lease's name and is unmanaged"
            ))
            .note("holds: no container was touched")
            .help(format!(
                "look at it with `docker volume inspect {volume}`, remove it with `docker volume rm {volume}`"
            ))
        }
    }
}

fn busy(
    context: LeaseContext<'_>,
    typed: &str,
    HeldLease { holder, ship, age }: &HeldLease,
    is_running_here: bool,
    waited: Duration,
) -> CommandProblem {
    let (environment, ship) = (harmless(context.environment), harmless(ship));
    let wait = if waited.is_zero() {
        format!("wait for it with `{} --wait 5m`", harmless(typed))
    } else {
        format!("waited {}; wait longer", span(waited))
    };
    let otherwise = match (is_running_here, holder.process) {
        (true, Some(process)) => format!("stop it with `kill {process}`"),
        (true, None) | (false, _) => {
            format!("if that machine is gone, run `{} unlock {}`", context.invocation, holder.nonce)
        }
    };
    CommandProblem::new(format!("another run is changing {environment}: it holds the lease on ship {ship}"))
        .note(format!("holder: {}{}", who(holder), for_long(*age)))
        .note("holds: this run has touched no container")
        .help(format!("{wait}, or {otherwise}"))
}

/// What came of `unlock` on a ship, as a line.
#[must_use]
pub fn unlocked(context: LeaseContext<'_>, ship: &str, fact: &UnlockFact) -> String {
    let ship = harmless(ship);
    match fact {
        UnlockFact::Removed(holder) => format!("ship {ship}: the lease of {} is removed", who(holder)),
        UnlockFact::Free => format!("ship {ship}: there is no lease"),
        UnlockFact::Other(holder) => {
            format!("ship {ship}: the lease is {}, of {}; not changed", holder.nonce, who(holder))
        }
        UnlockFact::Running(holder) => format!(
            "ship {ship}: {} is on this machine and runs; not changed: stop it with `kill {}`, and nobody needs to unlock \
             anything",
            who(holder),
            holder.process.unwrap_or_default()
        ),
        UnlockFact::Busy(holder) => format!(
            "ship {ship}: {} is removing it; if that machine is gone, run `{} unlock {}` first",
            who(holder),
            context.invocation,
            holder.nonce
        ),
        UnlockFact::Unmanaged(volume) => {
            let volume = harmless(volume);
            format!("ship {ship}: the volume {volume} is unmanaged and is no lease; not changed")
        }
        UnlockFact::Failed(fault) => format!("ship {ship}: {}", harmless(&engine::ship(fault))),
    }
}

/// That `unlock` did not remove a lease on every ship.
#[must_use]
pub fn not_unlocked(context: LeaseContext<'_>, nonce: &str) -> CommandProblem {
    let environment = harmless(context.environment);
    CommandProblem::new(format!(
        "the lease {} of {environment} is not removed on every ship",
        harmless(nonce)
    ))
}

/// That no ship has a lease with the id that `unlock` was given, where the lease has this holder, if there is one.
#[must_use]
pub fn unknown_lease(context: LeaseContext<'_>, nonce: &str, holder: Option<&LeaseHolder>) -> CommandProblem {
    let environment = harmless(context.environment);
    let help = match holder {
        Some(holder) => {
            format!("if that run is gone, type `{} unlock {}`", context.invocation, harmless(&holder.nonce))
        }
        None => "no run holds a lease, so there is nothing to unlock".to_owned(),
    };
    CommandProblem::new(format!(
        "no ship has a lease {} of {environment}; nothing was changed",
        harmless(nonce)
    ))
    .help(help)
}

/// Who holds a lease, harmless.
fn who(holder: &LeaseHolder) -> String {
    harmless(&raw_who(holder)).into_owned()
}

/// Who holds a lease: `ann@box, process 4711, ...`. Untrusted.
fn raw_who(LeaseHolder { user, host, process, command, .. }: &LeaseHolder) -> String {
    let user = if user.is_empty() { "somebody" } else { user };
    let host = if host.is_empty() { "somewhere" } else { host };
    let process = process.map(|process| format!(", process {process}")).unwrap_or_default();
    let command = if command.is_empty() { String::new() } else { format!(", `{command}`") };
    format!("{user}@{host}{process}{command}")
}

fn for_long(age: Option<Duration>) -> String {
    age.map(|age| format!(", for {}", span(age))).unwrap_or_default()
}

/// A time in the unit that suits it.
fn span(time: Duration) -> String {
    match time.as_secs() {
        seconds @ ..120 => format!("{seconds} s"),
        seconds @ ..7200 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3600),
    }
}
