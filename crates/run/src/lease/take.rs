//! Taking leases, waiting for them, and giving them back.

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, SystemTime},
};

use futures_util::future::join_all;
use tokio::{sync::watch, time::Instant};

use super::{
    Holder, Liveness, Owner,
    leftover::{StaleRemoval, make, remove_stale},
    settle,
    target::LeaseTarget,
    tidy::{Tidy, tidy},
    volume_names,
};
use maestro_core::{fault::LeaseFault, model::ShipId};
use maestro_engine::{Engine, EngineError, Volume};

/// How often a lease may change hands while it is asked for.
const ROUNDS: u32 = 16;
/// The pause before a lease is asked for again; each later one is twice as long, up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Leases that are held. They stay until they are released, also when this is dropped.
#[derive(Default)]
pub struct Lease {
    held: Vec<LeaseTarget>,
    /// Ships on whose engines what killed runs have begun may still be under way, and why that is not known: nothing may
    /// be changed there.
    pub unsettled: Vec<(ShipId, EngineError)>,
    /// Where killed runs may have left something under way.
    pub after_killed: BTreeSet<ShipId>,
    /// Where this run has asked for something whose outcome it does not know.
    pub doubtful: BTreeSet<ShipId>,
    /// Where what killed runs have begun was not waited for, and how long a stop may take there.
    left: Vec<(LeaseTarget, Duration)>,
    /// Engines on which the lease may or may not have been taken.
    touched: Vec<LeaseTarget>,
    /// Ships whose engines did not give a lease, and why: nothing may be changed there.
    pub unanswered: Vec<(ShipId, EngineError)>,
}

/// Why there is no lease. None is held then.
pub enum LeaseRefused {
    /// Another run holds it.
    Busy(Box<Busy>),
    /// A volume of its name is there that no run has made.
    Unmanaged {
        /// The ship.
        ship: ShipId,
        /// The volume's name.
        volume: String,
    },
    /// The user interrupted.
    Interrupted,
}

/// Another run holds the lease.
pub struct Busy {
    /// On this ship.
    pub ship: ShipId,
    /// Who.
    pub holder: Holder,
    /// Since when, by the engine's own clock; none if it does not tell.
    pub age: Option<Duration>,
    created: Option<SystemTime>,
    engine: Arc<dyn Engine>,
}

/// What is told while leases are taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeaseEvent {
    /// This holder was gone; its lease on that ship was removed.
    Replaced(ShipId, Holder),
    /// That holder is waited for from now on.
    Waiting {
        /// The ship on whose engine it holds the lease.
        ship: ShipId,
        /// Who.
        holder: Holder,
        /// For how long it has held the lease; none if the engine does not tell.
        age: Option<Duration>,
    },
    /// What a killed run has begun on that ship may still be under way, and is waited for: stops of these containers, at
    /// most that long.
    Settling(ShipId, Vec<String>, Duration),
    /// There is no lease to be had, and whether what was taken of it on that ship is given back is not known.
    NotReleased(ShipId, EngineError),
}

/// What became of a lease that was given back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Released {
    /// It is free.
    Free,
    /// It was not ours any more.
    Lost,
    /// It is not known, for the engine does not answer.
    Unknown(EngineError),
}

/// What is found on one engine.
enum LeaseState {
    Held,
    Busy(Box<(Holder, Volume)>),
    Unmanaged(String),
}

/// One attempt to take the lease on all of these engines, one after the other. If one is another run's, those that were
/// taken are given back: no run waits for one with another in its hand.
pub async fn take(
    me: &Owner,
    places: &[LeaseTarget],
    interrupted: &watch::Receiver<bool>,
    news: &mut (dyn FnMut(LeaseEvent) + Send),
) -> Result<Lease, LeaseRefused> {
    let mut lease = Lease::default();
    for place in places {
        let ship = place.ship;
        let mut touched = false;
        let refusal = if *interrupted.borrow() {
            LeaseRefused::Interrupted
        } else {
            match take_one(me, place, &mut touched, news).await {
                Ok(LeaseState::Held) => {
                    lease.held.push(place.clone());
                    continue;
                }
                Ok(LeaseState::Busy(seen)) => {
                    let (holder, volume) = *seen;
                    let (created, engine) = (volume.created, place.engine.clone());
                    LeaseRefused::Busy(Box::new(Busy { ship, holder, age: None, created, engine }))
                }
                Ok(LeaseState::Unmanaged(volume)) => LeaseRefused::Unmanaged { ship, volume },
                Err(error) => {
                    lease.unanswered.push((ship, error));
                    lease.touched.extend(touched.then(|| place.clone()));
                    continue;
                }
            }
        };
        // Of two volumes of one lease, the first may be this run's already.
        let is_one = volume_names(&me.holder.environment).len() == 1;
        lease.touched.extend(Some(place.clone()).filter(|_| touched && !is_one));
        lease.give_up(me, news).await;
        return Err(refusal);
    }
    Ok(lease)
}

/// Takes all volumes of the lease on one engine, one after the other.
async fn take_one(
    me: &Owner,
    place: &LeaseTarget,
    touched: &mut bool,
    news: &mut (dyn FnMut(LeaseEvent) + Send),
) -> Result<LeaseState, EngineError> {
    for name in volume_names(&me.holder.environment) {
        match take_volume(me, place, name, touched, news).await? {
            LeaseState::Held => {}
            other => return Ok(other),
        }
    }
    Ok(LeaseState::Held)
}

async fn take_volume(
    me: &Owner,
    place: &LeaseTarget,
    name: String,
    touched: &mut bool,
    news: &mut (dyn FnMut(LeaseEvent) + Send),
) -> Result<LeaseState, EngineError> {
    let engine = &*place.engine;
    for _ in 0..ROUNDS {
        let made = make(me, engine, &name).await;
        *touched |= !matches!(made, Err(EngineError::Unreachable(_)));
        let volume = made?;
        let Some(holder) = Holder::from_labels(&volume.labels) else {
            return Ok(LeaseState::Unmanaged(name));
        };
        if holder.nonce == me.holder.nonce {
            return Ok(LeaseState::Held);
        }
        if me.fate(&holder) != Liveness::Gone {
            return Ok(LeaseState::Busy(Box::new((holder, volume))));
        }
        match remove_stale(me, engine, &name, &holder).await {
            Ok(StaleRemoval::Gone(by_us)) => {
                if by_us {
                    news(LeaseEvent::Replaced(place.ship, holder));
                }
            }
            Ok(StaleRemoval::Busy(seen)) => return Ok(LeaseState::Busy(seen)),
            Ok(StaleRemoval::Unmanaged(name)) => return Ok(LeaseState::Unmanaged(name)),
            // What was done of it is seen in the next round.
            Err(EngineError::ResponseLost(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Err(EngineError::Refused(LeaseFault::ChangedHands.into()))
}

/// Takes the lease on all of these engines; while another run holds it, asks again for as long as `wait`.
///
/// # Errors
/// Why there is none.
pub async fn take_within(
    me: &Owner,
    places: &[LeaseTarget],
    wait: Duration,
    mut interrupted: watch::Receiver<bool>,
    news: &mut (dyn FnMut(LeaseEvent) + Send),
) -> Result<Lease, LeaseRefused> {
    let begin = Instant::now();
    let mut pause = FIRST_PAUSE;
    let mut told = String::new();
    loop {
        let mut busy = match take(me, places, &interrupted, news).await {
            Err(LeaseRefused::Busy(busy)) => busy,
            outcome => return outcome,
        };
        let left = wait.saturating_sub(begin.elapsed());
        if left.is_zero() {
            busy.look_at_the_clock().await;
            return Err(LeaseRefused::Busy(busy));
        }
        if told != busy.holder.nonce {
            busy.look_at_the_clock().await;
            let Busy { ship, age, .. } = *busy;
            news(LeaseEvent::Waiting { ship, holder: busy.holder.clone(), age });
            told.clone_from(&busy.holder.nonce);
        }
        tokio::select! {
            biased;
            () = tokio::time::sleep(pause.min(left)) => {}
            Ok(_) = interrupted.wait_for(|&interrupted| interrupted) => return Err(LeaseRefused::Interrupted),
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

impl Busy {
    /// Both times come from the same engine, for no two clocks are alike.
    async fn look_at_the_clock(&mut self) {
        let Some(created) = self.created else { return };
        // Without it the message says less, which is no reason to fail.
        self.age = self.engine.clock().await.ok().and_then(|now| now.duration_since(created).ok());
    }
}

impl Lease {
    /// The ships that lead to engines on which it is held.
    pub fn ships(&self) -> impl Iterator<Item = ShipId> + '_ {
        self.held.iter().map(|place| place.ship)
    }

    /// Whether runs that are gone have left something that may be under way, by place; how long a stop may take.
    ///
    /// An engine that does not say counts as one where that cannot be known.
    pub async fn abandoned(&mut self, me: &Owner) -> Vec<(LeaseTarget, Duration)> {
        let asked = self.held.iter().map(|place| settle::abandoned(me, &*place.engine));
        let answers = join_all(asked).await;
        let mut abandoned = Vec::new();
        for (place, answer) in self.held.iter().zip(answers) {
            match answer {
                Ok(stop_timeout) => {
                    abandoned.extend(stop_timeout.map(|stop_timeout| (place.clone(), stop_timeout)));
                }
                Err(error) => self.unsettled.push((place.ship, error)),
            }
        }
        self.after_killed = abandoned.iter().map(|(place, _)| place.ship).collect();
        abandoned
    }

    /// Waits until what killed runs have begun there is over.
    pub async fn settle(
        &mut self,
        me: &Owner,
        abandoned: &[(LeaseTarget, Duration)],
        news: &mut (dyn FnMut(LeaseEvent) + Send),
    ) {
        let found =
            join_all(abandoned.iter().map(|(place, stop_timeout)| settle::find(me, place, *stop_timeout)));
        let mut settling = Vec::new();
        for ((place, _), found) in abandoned.iter().zip(found.await) {
            match found {
                Ok(under_way) => {
                    let names: Vec<String> = under_way.stops.values().map(|(name, _)| name.clone()).collect();
                    let most = under_way.stops.values().map(|(_, most)| *most).max().unwrap_or_default();
                    if !names.is_empty() {
                        news(LeaseEvent::Settling(place.ship, names, most));
                    }
                    settling.push(async move { (place.ship, under_way.settled(me).await) });
                }
                Err(error) => self.unsettled.push((place.ship, error)),
            }
        }
        let settled = join_all(settling).await;
        self.unsettled.extend(settled.into_iter().filter_map(|(ship, end)| Some((ship, end.err()?))));
    }

    /// Waits for nothing: what killed runs have begun there stays for a later run to wait for, unless it is seen to be over.
    pub fn leave_unsettled(&mut self, abandoned: Vec<(LeaseTarget, Duration)>) {
        let fault = || EngineError::ResponseLost(LeaseFault::Stopping.into());
        self.unsettled.extend(abandoned.iter().map(|(place, _)| (place.ship, fault())));
        self.left = abandoned;
    }

    /// Looks whether what was left unsettled is over meanwhile.
    pub async fn look_unsettled(&mut self, me: &Owner) {
        let left = std::mem::take(&mut self.left);
        let looks = left.iter().map(|(place, stop_timeout)| settle::is_over(me, place, *stop_timeout));
        for ((place, _), is_over) in left.iter().zip(join_all(looks).await) {
            if is_over {
                self.unsettled.retain(|(ship, _)| *ship != place.ship);
            }
        }
    }

    /// Gives back what is of no use, and tells where that is not known to have happened. Signs of killed runs stay.
    pub async fn give_up(&self, me: &Owner, news: &mut (dyn FnMut(LeaseEvent) + Send)) {
        for (ship, released) in self.released(me, |_| Tidy::Lease).await {
            if let Released::Unknown(error) = released {
                news(LeaseEvent::NotReleased(ship, error));
            }
        }
    }

    /// Gives it back on all engines at once, and says what became of it on each. Where the outcome of something is not
    /// known, a sign of that is left for the next run.
    pub async fn release(&self, me: &Owner) -> Vec<(ShipId, Released)> {
        let is_settled = |ship| self.unsettled.iter().all(|(other, _)| *other != ship);
        let what = |ship| match is_settled(ship) {
            _ if self.doubtful.contains(&ship) => Tidy::LeaveSign,
            true => Tidy::All,
            false => Tidy::Lease,
        };
        self.released(me, what).await
    }

    async fn released(&self, me: &Owner, what: impl Fn(ShipId) -> Tidy) -> Vec<(ShipId, Released)> {
        let what = &what;
        let held = self.held.iter().map(|place| (place, true));
        let all = held.chain(self.touched.iter().map(|place| (place, false)));
        let released = all.map(async |(place, was_held)| {
            let what = if was_held { what(place.ship) } else { Tidy::Lease };
            let released = match tidy(me, &*place.engine, what).await {
                Ok(false) if was_held => Released::Lost,
                Ok(_) => Released::Free,
                Err(error) => Released::Unknown(error),
            };
            (place.ship, released)
        });
        join_all(released).await
    }
}
