//! What every command that changes something does, by [`crate::flow`], with its words and signals.

use std::{collections::BTreeSet, time::Duration};

use tokio::sync::{mpsc, watch};

use super::{
    args::{LeaseArgs, Preflight, Things},
    carry_out::{Followed, Shown},
    error::{End, Problem, Stop},
    fleet::ships_of,
    lease::{self, words},
    preflight,
    session::Session,
};
use crate::{
    engine::{credentials::Credentials, observe::Question},
    flow::{self, Outcome, Target},
    lease::{LeaseEvent, Owner, Refusal},
    model::{InstanceId, ShipId},
    observed::Observed,
    plan::Plan,
};

/// What is asked for.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a question of its own, and any set of them is valid"
)]
pub(super) struct Change<'a> {
    session: &'a Session,
    instances: &'a BTreeSet<InstanceId>,
    quick_scope: Question,
    question: Question,
    concurrency: Option<u32>,
    wait: Duration,
    is_impatient: bool,
    everywhere: bool,
    anywhere: bool,
    also: BTreeSet<ShipId>,
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
            quick_scope: question,
            question,
            concurrency,
            wait,
            is_impatient: false,
            everywhere: false,
            anywhere: false,
            also: BTreeSet::new(),
            agreed: None,
            preflight: false,
        }
    }

    /// The same, for which less has to be known to say whether anything is to be done at all.
    pub(super) fn quick_scope_of(self, quick_scope: Question) -> Self {
        Self { quick_scope, ..self }
    }

    /// The same, which if `is_impatient` does not wait for what killed runs have left under way, for it ends that.
    pub(super) fn impatient(self, is_impatient: bool) -> Self {
        Self { is_impatient, ..self }
    }

    /// The same, for which is looked beforehand what would go wrong, unless the user wants none of that.
    pub(super) fn with_preflight(self, preflight: Preflight) -> Self {
        Self { preflight: !preflight.no_preflight, ..self }
    }

    /// The same, for which all ships are asked if `everywhere`: some may have nothing but what the file does not declare.
    pub(super) fn everywhere(self, everywhere: bool) -> Self {
        Self { everywhere, ..self }
    }

    /// The same, for which all ships are asked where an instance has no container on its own.
    pub(super) fn anywhere(self) -> Self {
        Self { anywhere: true, ..self }
    }

    /// The ships that are asked.
    fn needed(&self) -> BTreeSet<ShipId> {
        if self.everywhere {
            return self.session.environment.ship_ids().collect();
        }
        let mut ships = ships_of(self.session, self.instances);
        ships.extend(&self.also);
        ships
    }

    /// The same, for which these ships are asked too.
    pub(super) fn also_on(self, also: BTreeSet<ShipId>) -> Self {
        Self { also, ..self }
    }

    /// The same, of which nothing is carried out but what was agreed on.
    pub(super) fn if_agreed(self, agreed: Option<&'a Agreed<'a>>) -> Self {
        Self { agreed, ..self }
    }
}

/// Changes the environment as `plan` makes of what the engines say.
pub(super) async fn change(asked: Change<'_>, plan: &dyn Fn(&Observed) -> Plan) -> Result<End, Problem> {
    change_to(asked, &|observed| Ok(Target { plan: plan(observed), environment: None })).await
}

/// Changes the environment as `aim` makes of what the engines say, unless it refuses, and shows it. Of signals, the first
/// one ends that in good order, the second at once.
pub(super) async fn change_to(
    asked: Change<'_>,
    aim: &dyn Fn(&Observed) -> Result<Target, Problem>,
) -> Result<End, Problem> {
    let Change { session, instances, wait, .. } = asked;
    let (me, routes) = (lease::me(session), session.routes());
    let (interrupt, interrupted) = watch::channel(false);
    let (tell, told) = mpsc::unbounded_channel();
    let mut news = teller(session, &me, wait);
    let asked_for = flow::Change {
        environment: &session.environment,
        routes: &routes,
        needed: asked.needed(),
        anywhere: asked.anywhere.then_some(instances),
        quick_scope: asked.quick_scope,
        question: asked.question,
        identify: asked.agreed.is_some(),
        is_impatient: asked.is_impatient,
        me: &me,
        wait,
        credentials: Credentials::new(&session.variables),
        concurrency: asked.concurrency.and_then(|limit| usize::try_from(limit).ok()),
        interrupted,
    };
    let aim = |observed: &Observed| {
        let aim = aim(observed)?;
        asked.agreed.map_or(Ok(()), |agreed| agreed(observed, &aim.plan))?;
        Ok(aim)
    };
    let preflight = preflight::Preflight { session };
    let preflight = asked.preflight.then_some(&preflight as &dyn flow::Preflight<Stop>);
    let run = flow::change(asked_for, &aim, preflight, &mut news, &tell);
    let mut shown = Shown::new(session, instances, &me.holder.nonce);
    let ended = match shown.follow(run, told, &interrupt).await? {
        Followed::Outcome(ended) => ended,
        Followed::Left(end) => return Ok(end),
    };
    match ended {
        Outcome::Carried { summary, released, remarks, notes } => {
            let lost = lease::released(session, &me, released)?;
            Ok(shown.finish(&summary, &remarks, &notes).await?.worse(lost))
        }
        Outcome::Stopped { stop, released, remarks } => {
            let lost = lease::released(session, &me, released)?;
            session.notes(&remarks)?;
            match stop {
                Stop::Problem(problem) => Err(problem),
                Stop::End(end) => Ok(end.worse(lost)),
            }
        }
        Outcome::Refused(refusal) => refused(session, &me, wait, refusal, shown.signal()),
    }
}

/// Tells what happens while the lease is taken. The run goes on though nobody reads.
fn teller<'a>(session: &'a Session, me: &'a Owner, wait: Duration) -> impl FnMut(LeaseEvent) + Send + 'a {
    let mut replaced = BTreeSet::new();
    move |news: LeaseEvent| match news {
        LeaseEvent::Replaced(_, holder) if !replaced.insert(holder.nonce.clone()) => {}
        LeaseEvent::Replaced(_, holder) => drop(session.note(&words::replaced(session, holder))),
        LeaseEvent::NotReleased(ship, error) => {
            let ship = &session.environment.ship(ship).name;
            drop(session.warn(&words::not_released(session, ship, error, &me.holder.nonce)));
        }
        LeaseEvent::Settling(ship, containers, most) => {
            drop(session.note(&words::settling(session, ship, containers, most)));
        }
        LeaseEvent::Waiting(busy) => drop(session.note(&words::waiting(session, busy, wait))),
    }
}

/// How the command ends that got no lease.
fn refused(
    session: &Session,
    me: &Owner,
    wait: Duration,
    refusal: Refusal,
    signal: Option<u8>,
) -> Result<End, Problem> {
    match (refusal, signal) {
        (_, Some(number)) => Ok(End::Signal(number)),
        (Refusal::Busy(busy), _) => {
            Err(Problem::Progress(words::busy(session, me, &busy, wait), End::Locked))
        }
        (Refusal::Unmanaged { ship, volume }, _) => {
            let ship = &session.environment.ship(ship).name;
            Err(Problem::Progress(words::stranger(ship, &volume), End::Refused))
        }
        // Only a signal interrupts.
        (Refusal::Interrupted, None) => Ok(End::Failed),
    }
}
