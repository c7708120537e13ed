//! The words about leases. What they say of another run comes from labels: untrusted, and made harmless here.

use std::time::Duration;

use crate::cli::{error::End, session::Session};
use maestro_core::model::ShipId;
use maestro_engine::EngineError;
use maestro_report::text::harmless;
use maestro_run::lease::{Busy, Holder, Liveness, Owner, Unlocked};

/// How many containers a sentence names.
const SHOWN: usize = 5;

/// What the words need to know.
struct LeaseContext<'a> {
    environment: &'a str,
    invocation: &'a str,
}

impl<'a> LeaseContext<'a> {
    fn of(session: &'a Session) -> Self {
        Self { environment: &session.environment.name, invocation: &session.invocation }
    }
}

/// A run that was interrupted before it began.
pub(in crate::cli) const INTERRUPTED: &str =
    "interrupted: no container was touched; the lease is released first. Press Ctrl-C again to abort.";

/// What was verified without a lease has changed meanwhile.
pub(in crate::cli) const OUTDATED: &str =
    "a container was stopped or removed while it was verified: taking the lease and observing again";

/// A run that was interrupted while it looked what would go wrong.
pub(in crate::cli) const INTERRUPTED_IN_PREFLIGHT: &str =
    "interrupted before the first step: nothing was changed";

/// Another run uses it: how the command ends.
pub(in crate::cli) fn busy(session: &Session, me: &Owner, busy: &Busy, waited: Duration) -> String {
    let ship = &session.environment.ship(busy.ship).name;
    let fate = me.fate(&busy.holder);
    LeaseContext::of(session).busy(&busy.holder, fate, ship, busy.age, waited, &super::typed())
}

/// Another run is waited for.
pub(in crate::cli) fn waiting(
    session: &Session,
    ship: ShipId,
    holder: &Holder,
    age: Option<Duration>,
    wait: Duration,
) -> String {
    let ship = &session.environment.ship(ship).name;
    LeaseContext::of(session).waiting(holder, ship, age, wait)
}

/// The lease of a run that is gone was removed.
pub(in crate::cli) fn replaced(session: &Session, holder: &Holder) -> String {
    let environment = &session.environment.name;
    format!(
        "the lease of {environment} was left by {}, which is gone; this run takes it over",
        raw_who(holder)
    )
}

/// What a killed run has begun is waited for.
pub(in crate::cli) fn settling(
    session: &Session,
    ship: ShipId,
    containers: &[String],
    most: Duration,
) -> String {
    let shown = &containers[..containers.len().min(SHOWN)];
    let more = match containers.len() - shown.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!(
        "a run was killed or lost an answer and may still be stopping {}{more} on ship {}; waiting up to {} for that",
        shown.join(", "),
        session.environment.ship(ship).name,
        span(most)
    )
}

/// Another run is changing the environment, or was killed over that, while this one only looks.
pub(in crate::cli) fn other(
    session: &Session,
    holder: &Holder,
    fate: Liveness,
    ship: &str,
    age: Option<Duration>,
) -> String {
    let environment = &session.environment.name;
    let for_long = age.map(|age| format!(", for {}", span(age))).unwrap_or_default();
    let who = raw_who(holder);
    match fate {
        Liveness::Gone => format!(
            "a run that changed {environment} was killed or lost an answer: {who}, on ship {ship}; what it began may still be \
             under way, and the next command that changes something waits for that"
        ),
        Liveness::Running | Liveness::Unknown => {
            format!("another run is changing {environment}: {who}, on ship {ship}{for_long}")
        }
    }
}

/// The lease was taken away while it was held.
pub(in crate::cli) fn lost(session: &Session, ship: &str) -> String {
    let environment = &session.environment.name;
    format!(
        "the lease of {environment} on ship {ship} was taken away while this run worked; if another run worked at the \
         same time, `{} status` shows what came of both",
        session.invocation
    )
}

/// The lease could not be given back.
pub(in crate::cli) fn not_released(
    session: &Session,
    ship: &str,
    error: &EngineError,
    nonce: &str,
) -> String {
    let reason = crate::cli::fleet::reason(error);
    format!(
        "whether the lease of {} on ship {ship} is released is unknown: {reason}; {}",
        session.environment.name,
        way_out(&session.invocation, nonce)
    )
}

/// The command ends at once and leaves the lease where it is.
pub(in crate::cli) fn left(session: &Session, nonce: &str) -> String {
    format!(
        "the lease of {} is not released; {}",
        session.environment.name,
        way_out(&session.invocation, nonce)
    )
}

fn way_out(invocation: &str, nonce: &str) -> String {
    format!(
        "the next run on this machine takes it over, another machine has to run `{invocation} unlock {nonce}`"
    )
}

/// A volume of the lease's name is there that is none.
pub(in crate::cli) fn stranger(ship: &str, volume: &str) -> String {
    let (ship, volume) = (harmless(ship), harmless(volume));
    format!(
        "error: the volume {volume} on ship {ship} has the lease's name and is unmanaged\n  \
         holds: no container was touched\n  \
         help: look at it with `docker volume inspect {volume}`, remove it with `docker volume rm {volume}`"
    )
}

/// What came of `unlock` on each ship: a text, and how the command ends. On standard error it begins with `error:`.
pub(in crate::cli) fn unlocked(
    session: &Session,
    nonce: &str,
    outcomes: &[(&str, Result<Unlocked, String>)],
) -> (String, End) {
    LeaseContext::of(session).unlocked(nonce, outcomes)
}

impl LeaseContext<'_> {
    fn busy(
        &self,
        holder: &Holder,
        fate: Liveness,
        ship: &str,
        age: Option<Duration>,
        waited: Duration,
        typed: &str,
    ) -> String {
        let (environment, ship) = (harmless(self.environment), harmless(ship));
        let for_long = age.map(|age| format!(", for {}", span(age))).unwrap_or_default();
        let wait = if waited.is_zero() {
            format!("wait for it with `{} --wait 5m`", harmless(typed))
        } else {
            format!("waited {}; wait longer", span(waited))
        };
        let otherwise = match (fate, holder.process) {
            (Liveness::Running, Some(process)) => format!("stop it with `kill {process}`"),
            _ => format!("if that machine is gone, run `{} unlock {}`", self.invocation, holder.nonce),
        };
        format!(
            "error: another run is changing {environment}: it holds the lease on ship {ship}\n  \
             holder: {}{for_long}\n  \
             holds: this run has touched no container\n  \
             help: {wait}, or {otherwise}",
            who(holder)
        )
    }

    fn waiting(&self, holder: &Holder, ship: &str, age: Option<Duration>, wait: Duration) -> String {
        let for_long = age.map(|age| format!(" for {}", span(age))).unwrap_or_default();
        format!(
            "waiting up to {} for {}, which holds the lease of {} on ship {ship}{for_long}",
            span(wait),
            raw_who(holder),
            self.environment
        )
    }

    fn unlocked(&self, nonce: &str, outcomes: &[(&str, Result<Unlocked, String>)]) -> (String, End) {
        let mut end = End::Done;
        let mut removed = false;
        let mut lines = Vec::new();
        for (ship, outcome) in outcomes {
            let ship = harmless(ship);
            let (line, worse) = match outcome {
                Ok(Unlocked::Removed(holder)) => {
                    removed = true;
                    (format!("ship {ship}: the lease of {} is removed", who(holder)), End::Done)
                }
                Ok(Unlocked::Free) => (format!("ship {ship}: there is no lease"), End::Done),
                Ok(Unlocked::Other(holder)) => (
                    format!("ship {ship}: the lease is {}, of {}; not changed", holder.nonce, who(holder)),
                    End::Done,
                ),
                Ok(Unlocked::Running(holder)) => (
                    format!(
                        "ship {ship}: {} is on this machine and runs; not changed: stop it with `kill {}`, and nobody \
                         needs to unlock anything",
                        who(holder),
                        holder.process.unwrap_or_default()
                    ),
                    End::Refused,
                ),
                Ok(Unlocked::Busy(holder)) => (
                    format!(
                        "ship {ship}: {} is removing it; if that machine is gone, run `{} unlock {}` first",
                        who(holder),
                        self.invocation,
                        holder.nonce
                    ),
                    End::Locked,
                ),
                Ok(Unlocked::Unmanaged(volume)) => (unmanaged_line(&ship, volume), End::Refused),
                Err(reason) => (format!("ship {ship}: {}", harmless(reason)), End::Unreachable),
            };
            end = end.worse(worse);
            lines.push(line);
        }
        let other = outcomes.iter().any(|(_, outcome)| matches!(outcome, Ok(Unlocked::Other(_))));
        if end == End::Done && !removed && other {
            end = End::Failed;
        }
        let environment = harmless(self.environment);
        if end != End::Done {
            let first =
                format!("error: the lease {} of {environment} is not removed on every ship", harmless(nonce));
            lines.insert(0, first);
        }
        (lines.join("\n  "), end)
    }
}

fn unmanaged_line(ship: &str, volume: &str) -> String {
    let volume = harmless(volume);
    format!("ship {ship}: the volume {volume} is unmanaged and is no lease; not changed")
}

/// Who holds a lease, harmless.
fn who(holder: &Holder) -> String {
    harmless(&raw_who(holder)).into_owned()
}

/// Who holds a lease: `ann@box, process 4711, ...`. Untrusted; [`Session::note`] makes it harmless.
fn raw_who(holder: &Holder) -> String {
    let text = |text: &str, none: &str| if text.is_empty() { none.to_owned() } else { text.to_owned() };
    let user = text(&holder.user, "somebody");
    let host = text(&holder.machine.host, "somewhere");
    let process = holder.process.map(|process| format!(", process {process}")).unwrap_or_default();
    let command = if holder.command.is_empty() { String::new() } else { format!(", `{}`", holder.command) };
    format!("{user}@{host}{process}{command}")
}

/// A time in the unit that suits it.
fn span(time: Duration) -> String {
    match time.as_secs() {
        seconds @ ..120 => format!("{seconds} s"),
        seconds @ ..7200 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3600),
    }
}
