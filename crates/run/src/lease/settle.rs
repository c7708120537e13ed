//! Waiting for what a killed run may have left under way: an engine finishes a stop or a start though its client is gone.
//!
//! A stop begins with a signal, which the engine remembers as an event, and is over when the container has ended or the
//! stop's time is up. A start, a rename and a removal hold the container's lock, so that looking at it waits for them.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use futures_util::future::join_all;
use tokio::time::Instant;

use super::{Owner, TAKEOVER, leftover, target::LeaseTarget};
use maestro_core::{fault::LeaseFault, model::container::LABEL_ENVIRONMENT};
use maestro_engine::{
    Engine, EngineError, Inspected,
    events::{Happened, Past, PastEvent},
};

/// How long an engine may take to begin with what it was sent last.
const TO_BEGIN: Duration = Duration::from_millis(500);
/// How long a creation that the list of containers shows already may take.
const TO_CREATE: Duration = Duration::from_secs(60);
/// The pause before the list is asked for again.
const PAUSE: Duration = Duration::from_millis(200);
/// How much longer than its own time a stop may take: its engine kills the program, and tidies up.
const MARGIN: Duration = Duration::from_secs(10);

/// What may be under way on one engine.
pub(super) struct UnderWay {
    place: LeaseTarget,
    /// Containers that are being stopped, by id, with their names, and for how much longer at most.
    pub(super) stops: BTreeMap<String, (String, Duration)>,
}

/// Whether runs that are gone have left something that may be under way on an engine on which the lease is held: who
/// replaces a dead holder leaves a sign of that until all is settled. How long a stop of theirs may take.
pub(super) async fn abandoned(me: &Owner, engine: &dyn Engine) -> Result<Option<Duration>, EngineError> {
    let volumes = leftover::all(me, engine).await?;
    let signs = volumes.iter().filter(|volume| volume.name.starts_with(TAKEOVER));
    Ok(signs.map(leftover::stop_timeout).max())
}

/// Finds out what may be under way on an engine, where stops may take that long.
pub(super) async fn find(
    me: &Owner,
    place: &LeaseTarget,
    stop_timeout: Duration,
) -> Result<UnderWay, EngineError> {
    let engine = &*place.engine;
    let environment = &me.holder.environment;
    let longest = stop_timeout.max(me.holder.stop_timeout).saturating_add(MARGIN);
    let (past, containers) = futures_util::join!(engine.past(longest), engine.containers());
    let past = match past {
        // It knows no events.
        Err(EngineError::Refused(_) | EngineError::NotFound(_)) => Past::default(),
        past => past?,
    };
    let containers = containers?;
    let ours = containers.iter().filter(|one| one.labels.get(LABEL_ENVIRONMENT) == Some(environment));
    let up = ours.filter(|container| container.state.is_up()).map(|one| (one.id.clone(), one.name.clone()));
    let Past { mut events, remembers } = past;
    events.retain(|past| past.event.environment.as_ref() == Some(environment));
    Ok(UnderWay { place: place.clone(), stops: stopping(events, up, longest, remembers) })
}

/// Whether nothing is under way there any more. In doubt it may be.
pub(super) async fn is_over(me: &Owner, place: &LeaseTarget, stop_timeout: Duration) -> bool {
    let Ok(under_way) = find(me, place, stop_timeout).await else { return false };
    let looks = under_way.stops.keys().map(|id| place.engine.inspect(id));
    let is_down = |seen: Result<Option<Inspected>, EngineError>| {
        seen.is_ok_and(|seen| seen.is_none_or(|seen| !seen.state.is_up()))
    };
    join_all(looks).await.into_iter().all(is_down)
}

/// The containers that got a signal and have not ended since. Those of `up` without an event may have got a signal that the
/// engine has forgotten; it `remembers` all events since then, so the signal is older than that.
fn stopping(
    events: Vec<PastEvent>,
    up: impl Iterator<Item = (String, String)>,
    longest: Duration,
    remembers: Duration,
) -> BTreeMap<String, (String, Duration)> {
    let mut stops = BTreeMap::new();
    // Other events tell nothing of a stop that is under way.
    let is_told = |what: &Happened| matches!(what, Happened::Signalled { .. }) || what.ends_a_stop();
    let told = events.iter().filter(|past| is_told(&past.event.what));
    let known: BTreeSet<String> = told.map(|past| past.event.id.clone()).collect();
    let left = longest.saturating_sub(remembers);
    if !left.is_zero() {
        let forgotten = up.filter(|(id, _)| !known.contains(id));
        stops.extend(forgotten.map(|(id, name)| (id, (name, left))));
    }
    for PastEvent { event, ago } in events {
        if let Happened::Signalled { .. } = event.what {
            stops.entry(event.id).or_insert((event.name, longest.saturating_sub(ago)));
        } else if event.what.ends_a_stop() {
            stops.remove(&event.id);
        }
    }
    stops
}

impl UnderWay {
    /// Waits until all of it is over.
    ///
    /// # Errors
    /// If the engine does not answer, or if it cannot be known whether it is over.
    pub(super) async fn settled(&self, me: &Owner) -> Result<(), EngineError> {
        let engine = &*self.place.engine;
        tokio::time::sleep(TO_BEGIN).await;
        let waits = self.stops.iter().map(|(id, (_, left))| async move {
            match engine.exit_within(id, *left).await {
                Ok(_) | Err(EngineError::NotFound(_)) => Ok(()),
                Err(error) => Err(error),
            }
        });
        join_all(waits).await.into_iter().collect::<Result<(), _>>()?;
        self.starts_are_over(me).await?;
        self.kills_are_over(me).await
    }

    /// Looks at each container that does not run: the answer comes when no start of it is under way. Docker 20.10 lists
    /// containers that it is creating, and does not find them until it is done.
    async fn starts_are_over(&self, me: &Owner) -> Result<(), EngineError> {
        let engine = &*self.place.engine;
        let environment = &me.holder.environment;
        let end = Instant::now() + TO_CREATE;
        loop {
            let containers = engine.containers().await?;
            let ours = containers.iter().filter(|one| one.labels.get(LABEL_ENVIRONMENT) == Some(environment));
            let down: Vec<_> = ours.filter(|one| !one.state.is_up()).collect();
            let looks = join_all(down.iter().map(|container| engine.inspect(&container.id))).await;
            let seen: Vec<Option<Inspected>> = looks.into_iter().collect::<Result<_, _>>()?;
            let Some(at) = seen.iter().position(Option::is_none) else { return Ok(()) };
            if Instant::now() >= end {
                let (environment, container) = (environment.clone(), down[at].name.clone());
                return Err(EngineError::ResponseLost(
                    LeaseFault::Creating { environment, container }.into(),
                ));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// A container that still runs when the time of its stop is up was not being stopped: it got another signal. Unless
    /// its engine has tried to kill it and is not done with that.
    async fn kills_are_over(&self, me: &Owner) -> Result<(), EngineError> {
        if self.stops.is_empty() {
            return Ok(());
        }
        let longest = self.stops.values().map(|(_, left)| *left).max().unwrap_or_default();
        let past = self.place.engine.past(longest.saturating_add(MARGIN)).await?;
        let mut killed = BTreeMap::new();
        for PastEvent { event, .. } in past.events {
            if let Happened::Signalled { is_kill: true } = event.what {
                killed.insert(event.id, event.name);
            } else if event.what.ends_a_stop() {
                killed.remove(&event.id);
            }
        }
        killed.retain(|id, _| self.stops.contains_key(id));
        // Since Docker 26 the event of the signal may come after that of the end: the container itself tells.
        let mut running = Vec::new();
        for (id, name) in killed {
            if self.place.engine.inspect(&id).await?.is_some_and(|seen| seen.state.is_up()) {
                running.push(name);
            }
        }
        match running.into_iter().next() {
            None => Ok(()),
            Some(container) => {
                let environment = me.holder.environment.clone();
                Err(EngineError::ResponseLost(LeaseFault::Killing { environment, container }.into()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use maestro_engine::events::ContainerEvent;

    fn event(id: &str, what: Happened, ago: u64) -> PastEvent {
        let ago = Duration::from_secs(ago);
        let event = ContainerEvent { id: id.to_owned(), name: format!("{id}-name"), environment: None, what };
        PastEvent { event, ago }
    }

    #[test]
    fn what_got_a_signal_and_has_not_ended_is_being_stopped() {
        let signal = Happened::Signalled { is_kill: false };
        let events = [
            event("a", signal, 9),
            event("b", signal, 8),
            event("a", Happened::Died { exit_code: 0 }, 7),
            event("b", Happened::Signalled { is_kill: true }, 3),
            event("c", Happened::Removed, 2),
        ];
        let longest = Duration::from_secs(20);
        let stops = stopping(events.into(), up(&["a", "b", "d"]), longest, longest);
        assert_eq!(stops, expected(&[("b", 12)]));
    }

    fn up(ids: &[&str]) -> impl Iterator<Item = (String, String)> {
        ids.iter().map(|id| ((*id).to_owned(), format!("{id}-name")))
    }

    fn expected(stops: &[(&str, u64)]) -> BTreeMap<String, (String, Duration)> {
        stops
            .iter()
            .map(|(id, left)| ((*id).to_owned(), (format!("{id}-name"), Duration::from_secs(*left))))
            .collect()
    }

    #[test]
    fn what_the_engine_has_forgotten_is_older_than_what_it_remembers() {
        let events = || {
            let signal = Happened::Signalled { is_kill: false };
            vec![event("a", signal, 2), event("b", Happened::Started, 1), event("c", Happened::Renamed, 1)]
        };
        let stopping = |remembers| {
            let remembers = Duration::from_secs(remembers);
            stopping(events(), up(&["a", "b", "c"]), Duration::from_secs(20), remembers)
        };
        assert_eq!(stopping(3), expected(&[("a", 18), ("c", 17)]));
        assert_eq!(stopping(0), expected(&[("a", 18), ("c", 20)]));
        assert_eq!(stopping(20), expected(&[("a", 18)]));
    }
}
