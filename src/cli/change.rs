//! What every command that changes something does: asks, plans, takes the lease, asks and plans once more, carries out.
//!
//! What is planned before the lease is taken decides only whether it is needed: a command that has nothing to do asks
//! and changes nothing, the lease included. What is carried out was planned from what the engines said under the lease.

use std::{collections::BTreeSet, time::Duration};

use tokio::sync::watch;

use super::{
    args::{LeaseArgs, Preflight, Things},
    carry_out::{Charge, carry_out},
    error::{End, Problem},
    fleet::Fleet,
    lease::{self, Tenure, words},
    preflight,
    session::Session,
    signals::Signals,
};
use crate::{
    engine::observe::Question,
    lease::{Me, News, Place, Refusal, in_order, leftovers, take_within},
    model::{Environment, InstanceId},
    observed::Observed,
    plan::Plan,
};

/// What is asked for.
pub(super) struct Change<'a> {
    session: &'a Session,
    instances: &'a BTreeSet<InstanceId>,
    question: Question,
    concurrency: Option<u32>,
    wait: Duration,
    leftovers: bool,
    everywhere: bool,
    agreed: Option<&'a Agreed<'a>>,
    preflight: bool,
}

/// Refuses a plan that is not the one that was agreed on.
pub(super) type Agreed<'a> = dyn Fn(&Observed, &Plan) -> Result<(), Problem> + 'a;

impl<'a> Change<'a> {
    /// A change of these instances; `question` is what its plan has to know.
    pub(super) fn new(
        session: &'a Session,
        instances: &'a BTreeSet<InstanceId>,
        question: Question,
        things: &Things,
        lease: &LeaseArgs,
    ) -> Self {
        let (concurrency, wait) = (things.concurrency, lease.wait);
        Self {
            session,
            instances,
            question,
            concurrency,
            wait,
            leftovers: false,
            everywhere: false,
            agreed: None,
            preflight: false,
        }
    }

    /// The same, for which leases that killed runs have left are a reason to take the lease, and so to remove them.
    pub(super) fn with_leftovers(self) -> Self {
        Self { leftovers: true, ..self }
    }

    /// The same, for which is looked beforehand what would go wrong, unless the user wants none of that.
    pub(super) fn with_preflight(self, preflight: Preflight) -> Self {
        Self { preflight: !preflight.no_preflight, ..self }
    }

    /// The same, for which all ships are asked if `everywhere`: some may have nothing but what the file does not declare.
    pub(super) fn everywhere(self, everywhere: bool) -> Self {
        Self { everywhere, ..self }
    }

    /// The same, of which nothing is carried out but what was agreed on.
    pub(super) fn if_agreed(self, agreed: Option<&'a Agreed<'a>>) -> Self {
        Self { agreed, ..self }
    }
}

/// Changes the environment as `plan` makes of what the engines say.
pub(super) async fn change(asked: Change<'_>, plan: &dyn Fn(&Observed) -> Plan) -> Result<End, Problem> {
    change_to(asked, &|observed| Ok(Aim { plan: plan(observed), environment: None })).await
}

/// What is to be done, and to what.
pub(super) struct Aim {
    /// The plan.
    pub plan: Plan,
    /// The environment that it is for, if that is not the file's: all of it is meant then.
    pub environment: Option<Environment>,
}

/// Changes the environment as `aim` makes of what the engines say, unless it refuses.
pub(super) async fn change_to(
    asked: Change<'_>,
    aim: &dyn Fn(&Observed) -> Result<Aim, Problem>,
) -> Result<End, Problem> {
    let Change { session, instances, question, concurrency, .. } = asked;
    let mut fleet = if asked.everywhere {
        Fleet::muster_everywhere(session, question).await
    } else {
        Fleet::muster(session, instances, question).await?
    };
    if asked.agreed.is_some() {
        fleet.identify().await;
    }
    let agree =
        |observed: &Observed, plan: &Plan| asked.agreed.map_or(Ok(()), |agreed| agreed(observed, plan));
    let aim = |observed: &Observed| {
        let aim = aim(observed)?;
        agree(observed, &aim.plan)?;
        Ok::<Aim, Problem>(aim)
    };
    let Aim { plan: first, environment } = match aim(&fleet.observed) {
        Ok(aim) => aim,
        Err(problem) => {
            session.notes(&fleet.remarks)?;
            return Err(problem);
        }
    };
    let me = lease::me(session);
    let places = in_order(fleet.places());
    if first.steps.is_empty() && !(asked.leftovers && have_leftovers(&me, &places).await) {
        let charge = Charge { concurrency, tenure: None, signals: Signals::take()?, environment };
        return carry_out(session, fleet, instances, first, charge).await;
    }
    let mut signals = Signals::take()?;
    match take(&asked, &me, &places, &mut fleet, &mut signals).await? {
        Taken::Lease(lease) => {
            let tenure = Tenure { me, lease };
            let Aim { plan, environment } = match aim(&fleet.observed) {
                Ok(aim) => aim,
                Err(problem) => {
                    let ended = tenure.give_back(session, &mut signals).await?;
                    return ended.ok_or(problem);
                }
            };
            if asked.preflight
                && let Some(end) = preflight::pass(session, &fleet, &plan, &mut signals).await?
            {
                return Ok(tenure.give_back(session, &mut signals).await?.unwrap_or(end));
            }
            let charge = Charge { concurrency, tenure: Some(tenure), signals, environment };
            carry_out(session, fleet, instances, plan, charge).await
        }
        Taken::Not(end) => Ok(end),
    }
}

enum Taken {
    Lease(crate::lease::Lease),
    Not(End),
}

/// Takes the lease and asks the ships again. The first signal ends that in good order, the second at once.
async fn take(
    asked: &Change<'_>,
    me: &Me,
    places: &[Place],
    fleet: &mut Fleet,
    signals: &mut Signals,
) -> Result<Taken, Problem> {
    let Change { session, question, wait, .. } = *asked;
    let (interrupt, interrupted) = watch::channel(false);
    let mut replaced = BTreeSet::new();
    // The run goes on though nobody reads.
    let mut news = |news: News| match news {
        News::Replaced(_, holder) if !replaced.insert(holder.nonce.clone()) => {}
        News::Replaced(_, holder) => drop(session.note(&words::replaced(session, holder))),
        News::Waiting(busy) => drop(session.note(&words::waiting(session, busy, wait))),
    };
    let mut until = interrupted.clone();
    let taking = async {
        let lease = take_within(me, places, wait, interrupted, &mut news).await?;
        let interrupted = tokio::select! {
            biased;
            Ok(_) = until.wait_for(|&interrupted| interrupted) => true,
            () = fleet.look_again(&session.environment.name, question, &lease.unanswered) => false,
        };
        if interrupted {
            lease.release(me).await;
            return Err(Refusal::Interrupted);
        }
        Ok(lease)
    };
    tokio::pin!(taking);
    let mut signal = None;
    let refusal = loop {
        tokio::select! {
            biased;
            taken = &mut taking => match taken {
                Ok(lease) => return Ok(Taken::Lease(lease)),
                Err(refusal) => break refusal,
            },
            number = signals.next() => {
                if signal.is_some() {
                    session.note(&words::left(session, &me.holder.nonce))?;
                    return Ok(Taken::Not(End::Signal(number)));
                }
                signal = Some(number);
                interrupt.send_replace(true);
                session.note(words::INTERRUPTED)?;
            }
        }
    };
    match (refusal, signal) {
        (_, Some(number)) => Ok(Taken::Not(End::Signal(number))),
        (Refusal::Busy(busy), _) => Err(Problem::Told(words::busy(session, me, &busy, wait), End::Locked)),
        (Refusal::Stranger { ship, volume }, _) => {
            let ship = &session.environment.ship(ship).name;
            Err(Problem::Told(words::stranger(ship, &volume), End::Refused))
        }
        // Only a signal interrupts.
        (Refusal::Interrupted, None) => Ok(Taken::Not(End::Failed)),
    }
}

/// Whether a killed run has left a lease on any of these engines. Those that do not say will be asked another time.
async fn have_leftovers(me: &Me, places: &[Place]) -> bool {
    let asked = places.iter().map(|place| leftovers(me, &*place.engine));
    futures_util::future::join_all(asked).await.into_iter().any(|left| left.unwrap_or(false))
}
