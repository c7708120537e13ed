//! Names on the command line that stand for orphans: containers of the environment that the file does not declare.

use std::collections::BTreeSet;

use super::{
    args::Things,
    error::{End, Problem, selection},
    fleet::ships_of,
    session::Session,
};
use maestro_core::{
    model::{InstanceId, ShipId, graph::Direction, selection::undeclared},
    observed::{Observed, ShipState},
    plan::{Orphan, orphans},
};
use maestro_engine::observe::Question;
use maestro_report::{explain::ship as explain, text::harmless};

/// Instances and orphans that the command line names.
pub(super) struct Named {
    pub instances: BTreeSet<InstanceId>,
    pub orphans: Vec<Orphan>,
}

impl Named {
    /// Finds what these names stand for; `select` finds instances and is not called without names unless there are none
    /// at all. Asks the ships only if the file does not declare one of the names. Of a file that was read in part no
    /// container is an orphan.
    pub(super) async fn of(
        session: &Session,
        things: &[String],
        select: impl Fn(&[String]) -> Result<BTreeSet<InstanceId>, Problem>,
    ) -> Result<Self, Problem> {
        let environment = &session.environment;
        let others = match session.partial {
            Some(_) => Vec::new(),
            None => undeclared(environment, things),
        };
        if others.is_empty() {
            return Ok(Self { instances: select(things)?, orphans: Vec::new() });
        }
        let declared: Vec<String> = things.iter().filter(|thing| !others.contains(thing)).cloned().collect();
        let instances = if declared.is_empty() { BTreeSet::new() } else { select(&declared)? };
        let fleet = session.connect_and_observe_everywhere(Question::default()).await;
        let found = orphans::named(environment, &fleet.observed, &others);
        let is_missing =
            |name: &&String| orphans::named(environment, &fleet.observed, &[(*name).clone()]).is_empty();
        let missing: Vec<String> = others.iter().filter(is_missing).cloned().collect();
        if missing.is_empty() {
            return Ok(Self { instances, orphans: found });
        }
        Err(unknown(session, &fleet.observed, &missing, &select))
    }

    /// Finds what the command line names or filters. Filters are about instances alone.
    pub(super) async fn selected(
        session: &Session,
        things: &Things,
        direction: Direction,
    ) -> Result<Self, Problem> {
        let select = |names: &[String]| {
            session.select(&Things { things: names.to_vec(), ..things.clone() }, direction)
        };
        if things.container_filter.is_some() || things.ship_filter.is_some() {
            return Ok(Self { instances: select(&things.things)?, orphans: Vec::new() });
        }
        Self::of(session, &things.things, select).await
    }

    /// The ships that the instances and orphans are on.
    pub(super) fn ships(&self, session: &Session) -> BTreeSet<ShipId> {
        let mut ships = ships_of(session, &self.instances);
        ships.extend(self.orphans.iter().map(|orphan| orphan.ship));
        ships
    }
}

/// Whether the ships have orphans, or may have some because one does not answer. Asked only if the file declares no
/// instance; of a file that was read in part no container is an orphan.
pub(super) async fn may_be_left(session: &Session) -> bool {
    if !session.environment.instances.is_empty() || session.partial.is_some() {
        return false;
    }
    let fleet = session.connect_and_observe_everywhere(Question::default()).await;
    fleet.is_incomplete() || !orphans::list(&session.environment, &fleet.observed).is_empty()
}

/// The problem with names that neither the file nor a ship knows. A ship that does not answer may have them.
fn unknown(
    session: &Session,
    observed: &Observed,
    names: &[String],
    select: &impl Fn(&[String]) -> Result<BTreeSet<InstanceId>, Problem>,
) -> Problem {
    let errors = match select(names) {
        Err(Problem::Selection(errors)) => errors,
        Err(problem) => return problem,
        Ok(_) => Vec::new(),
    };
    let mut problems: Vec<_> = errors.iter().map(selection).collect();
    let silent: Vec<String> = session
        .environment
        .ship_ids()
        .filter_map(|id| match observed.ship(id) {
            ShipState::Unreachable { reason } => {
                let told = explain::unreachable(&session.environment.ship(id).name, reason);
                Some(harmless(&told).into_owned())
            }
            ShipState::NotAsked | ShipState::Answering(_) => None,
        })
        .collect();
    if silent.is_empty() {
        let outcome = "no ship has a container of this environment with that name; nothing was changed";
        return Problem::Command { problems, outcome: Some(outcome), end: End::BadInput };
    }
    if let Some(last) = problems.last_mut() {
        last.notes.extend(silent);
    }
    let outcome = "a container of this environment may have that name there; nothing was changed";
    Problem::Command { problems, outcome: Some(outcome), end: End::Unreachable }
}

/// What became of orphans that were named, where no step says it, and how the command ends because of that.
pub(super) fn not_stopped(session: &Session, observed: &Observed, orphans: &[Orphan]) -> (Vec<String>, End) {
    without_step(session, observed, orphans, "stopped", |is_up| (!is_up).then_some("already down"))
}

/// The same of a `clean`.
pub(super) fn not_removed(session: &Session, observed: &Observed, orphans: &[Orphan]) -> (Vec<String>, End) {
    without_step(session, observed, orphans, "removed", |is_up| is_up.then_some("running; not changed"))
}

/// The same of a `down`, which finds every orphan that is still there something to do for.
pub(super) fn not_found(session: &Session, observed: &Observed, orphans: &[Orphan]) -> (Vec<String>, End) {
    without_step(session, observed, orphans, "removed", |_| None)
}

/// `why` tells of a container that is up or down why it gets no step, if it gets none.
fn without_step(
    session: &Session,
    observed: &Observed,
    orphans: &[Orphan],
    done: &str,
    why: impl Fn(bool) -> Option<&'static str>,
) -> (Vec<String>, End) {
    let mut end = End::Done;
    let each = orphans.iter().filter_map(|orphan| {
        let ship = &session.environment.ship(orphan.ship).name;
        let what = match observed.ship(orphan.ship) {
            ShipState::Answering(holdings) => match holdings.container(&orphan.id) {
                Some(container) => why(container.state.is_up())?.to_owned(),
                None => "already removed".to_owned(),
            },
            ShipState::Unreachable { reason } => {
                end = End::Unreachable;
                format!("not {done}: {}", explain::unreachable(ship, reason))
            }
            ShipState::NotAsked => return None,
        };
        Some(format!("{} @{ship}, an orphan: {what}", orphan.container))
    });
    let texts = each.collect();
    (texts, end)
}
