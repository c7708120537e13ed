//! What every command that changes something does: asks, plans, takes the lease, asks and plans once more, carries out,
//! gives the lease back. It writes nothing and knows no signal: what happens is told, and an interrupt comes from outside.
//! So the same runs in the program and, on engines in memory, in the simulation.
//!
//! The first plan decides only whether the lease is needed: a command that has nothing to do, while nobody holds the
//! lease, asks and changes nothing. The plan that is carried out is made from what the engines say under the lease, once
//! what killed runs may have left under way is over.

pub mod fleet;
mod held;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use async_trait::async_trait;
use tokio::{
    sync::{
        mpsc::{self, UnboundedSender},
        watch,
    },
    time::Instant,
};

use crate::{
    engine::{credentials::Credentials, observe::Question},
    event::{Event, FailureKind, Summary},
    execute::{self, Run},
    lease::{Lease, LeaseEvent, Owner, Place, Refusal, Released, in_order, take_within},
    model::{Environment, InstanceId, ShipId},
    observed::Observed,
    plan::Plan,
};
use fleet::{Connect, Fleet};
use held::Held;

/// What is asked for, and what it takes.
pub struct Change<'a> {
    /// What the file says.
    pub environment: &'a Arc<Environment>,
    /// The way to the engines.
    pub routes: &'a dyn Connect,
    /// The ships that are asked.
    pub needed: BTreeSet<ShipId>,
    /// Instances that may have their container on another ship: then that is asked too.
    pub anywhere: Option<&'a BTreeSet<InstanceId>>,
    /// What has to be known to say whether anything is to be done.
    pub quick_scope: Question,
    /// What the plan has to know.
    pub question: Question,
    /// Whether every engine has to say who it is, though it be the only one.
    pub identify: bool,
    /// Whether what killed runs have left under way is not waited for: what is done ends it.
    pub is_impatient: bool,
    /// Who takes the lease.
    pub me: &'a Owner,
    /// How long another run's lease is waited for.
    pub wait: Duration,
    /// Who one is to the registries.
    pub credentials: Credentials,
    /// How many changes may be under way at once over all ships.
    pub concurrency: Option<usize>,
    /// Becomes true when nothing new may begin.
    pub interrupted: watch::Receiver<bool>,
}

/// What is to be done, and to what.
pub struct Target {
    /// The plan.
    pub plan: Plan,
    /// The environment that it is for, if that is not the file's: all of it is planned for then.
    pub environment: Option<Environment>,
}

/// Makes a plan of what the engines say, or stops all.
pub type Planner<'a, E> = dyn Fn(&Observed) -> Result<Target, E> + 'a;

/// What is looked at between the plan that was made under the lease and its first step.
#[async_trait(?Send)]
pub trait Preflight<E> {
    /// Looks, and stops all if the plan may not be carried out. An interrupt leaves it where it is.
    async fn pass(&self, fleet: &Fleet, plan: &Plan) -> Result<(), E>;
}

/// How far a change is.
#[derive(Debug, Clone)]
pub enum Progress {
    /// The ships were asked. From now on an interrupt is heeded.
    Looked,
    /// What is going to be carried out is looked at first. A lease is held.
    Preflight,
    /// This plan is carried out, and nothing else.
    Planned {
        /// The plan.
        plan: Arc<Plan>,
        /// The environment that it is for, if that is not the file's.
        environment: Option<Arc<Environment>>,
        /// Whether a lease is held for it.
        leased: bool,
    },
    /// Somebody changed what was only verified, without a lease: the lease is taken, and all is looked at anew.
    Outdated,
    /// Something happened while it is carried out.
    Event(Box<Event>),
    /// All is over but the lease, which is being given back.
    Releasing,
}

/// How a change ended.
pub enum Outcome<E> {
    /// The plan was carried out, as far as that went.
    Carried {
        /// What came of it.
        summary: Summary,
        /// What became of the lease on each engine.
        released: Vec<(ShipId, Released)>,
        /// What the user should know about the ways to the engines.
        remarks: Vec<String>,
        /// What the user should know about what is there, however it ended.
        notes: Vec<String>,
    },
    /// There was no lease to be had, or an interrupt gave it back, and nothing was changed.
    Refused(Refusal),
    /// The caller stopped it before anything was changed.
    Stopped {
        /// Why.
        stop: E,
        /// What became of the lease on each engine, if one was held.
        released: Vec<(ShipId, Released)>,
        /// What the user should know about the ways to the engines.
        remarks: Vec<String>,
    },
}

/// Changes the environment as `aim` makes of what the engines say, unless it or the preflight stops that.
pub async fn change<E>(
    asked: Change<'_>,
    aim: &Planner<'_, E>,
    preflight: Option<&dyn Preflight<E>>,
    news: &mut (dyn FnMut(LeaseEvent) + Send),
    tell: &UnboundedSender<Progress>,
) -> Outcome<E> {
    let begun = Instant::now();
    let quick_scope = Question { leases: true, ..asked.quick_scope };
    let mut fleet =
        Fleet::connect_and_observe_on(asked.environment, asked.routes, &asked.needed, quick_scope).await;
    if let Some(instances) = asked.anywhere {
        fleet.refresh_old_ships(asked.environment, asked.routes, instances, quick_scope).await;
    }
    if asked.identify {
        fleet.identify().await;
    }
    let mut last = match aim(&fleet.observed) {
        Ok(first) => first,
        Err(stop) => return Outcome::Stopped { stop, released: Vec::new(), remarks: fleet.told() },
    };
    let places = in_order(fleet.places());
    // Another run may be about to change what this one found to be as it should.
    let needs_lease = last.plan.changes() || fleet.has_leases();
    // Without a listener nobody wants to know.
    let _ = tell.send(Progress::Looked);
    let mut under = Under { asked: &asked, places: &places, aim, preflight, tell };
    let mut lease = None;
    if needs_lease {
        match under.lease(&mut fleet, news).await {
            Ok((taken, aim)) => (lease, last) = (Some(taken), aim),
            Err(ended) => return ended,
        }
    }
    let mut summary = carry_out(&asked, begun, &fleet, last, lease.as_mut(), tell).await;
    if is_outdated(&summary, lease.is_some()) {
        let _ = tell.send(Progress::Outdated);
        let (taken, aim) = match under.lease(&mut fleet, news).await {
            Ok(taken) => taken,
            Err(ended) => return ended,
        };
        summary = carry_out(&asked, begun, &fleet, aim, Some(lease.insert(taken)), tell).await;
    }
    let (me, is_impatient) = (asked.me, asked.is_impatient);
    let (remarks, notes) = (std::mem::take(&mut fleet.remarks), std::mem::take(&mut fleet.notes));
    let _ = tell.send(Progress::Releasing);
    let released = match &mut lease {
        Some(lease) => {
            if is_impatient {
                lease.look_unsettled(me).await;
            }
            lease.release(me).await
        }
        None => Vec::new(),
    };
    Outcome::Carried { summary, released, remarks, notes }
}

/// Whether what was verified without a lease has to be looked at anew, under one.
fn is_outdated(summary: &Summary, leased: bool) -> bool {
    summary.outdated > 0 && !leased && !summary.interrupted
}

/// What it takes to plan under the lease.
struct Under<'a, E> {
    asked: &'a Change<'a>,
    places: &'a [Place],
    aim: &'a Planner<'a, E>,
    preflight: Option<&'a dyn Preflight<E>>,
    tell: &'a UnboundedSender<Progress>,
}

impl<E> Under<'_, E> {
    /// Takes the lease, asks the ships again and plans anew; how the change ends if that is not to be.
    async fn lease(
        &mut self,
        fleet: &mut Fleet,
        news: &mut (dyn FnMut(LeaseEvent) + Send),
    ) -> Result<(Lease, Target), Outcome<E>> {
        let Self { asked, places, aim, preflight, tell } = *self;
        let taken = take(asked, places, fleet, news).await.map_err(Outcome::Refused)?;
        match plan_under_lease(asked, fleet, aim, preflight, tell).await {
            Ok(aim) => Ok((taken, aim)),
            Err(Some(stop)) => {
                let _ = tell.send(Progress::Releasing);
                let released = taken.release(asked.me).await;
                Err(Outcome::Stopped { stop, released, remarks: fleet.told() })
            }
            Err(None) => {
                taken.give_up(asked.me, news).await;
                Err(Outcome::Refused(Refusal::Interrupted))
            }
        }
    }
}

/// What is carried out under the lease. An error if the caller stops it; one without a reason if it is interrupted.
async fn plan_under_lease<E>(
    asked: &Change<'_>,
    fleet: &Fleet,
    aim: &Planner<'_, E>,
    preflight: Option<&dyn Preflight<E>>,
    tell: &UnboundedSender<Progress>,
) -> Result<Target, Option<E>> {
    let aim = aim(&fleet.observed)?;
    if let Some(preflight) = preflight {
        let _ = tell.send(Progress::Preflight);
        let mut until = asked.interrupted.clone();
        tokio::select! {
            biased;
            Ok(_) = until.wait_for(|&interrupted| interrupted) => return Err(None),
            passed = preflight.pass(fleet, &aim.plan) => passed?,
        }
    }
    Ok(aim)
}

/// Carries out the plan and reports progress.
async fn carry_out(
    asked: &Change<'_>,
    begun: Instant,
    fleet: &Fleet,
    aim: Target,
    lease: Option<&mut Lease>,
    tell: &UnboundedSender<Progress>,
) -> Summary {
    let leased = lease.is_some();
    let same_engine = fleet.same_engine();
    let after_killed = lease.as_deref().map(|lease| on_engines_of(&lease.after_killed, &same_engine));
    let (plan, other) = (Arc::new(aim.plan), aim.environment.map(Arc::new));
    let _ = tell.send(Progress::Planned { plan: plan.clone(), environment: other.clone(), leased });
    let (events, mut received) = mpsc::unbounded_channel();
    let guard = leased.then(|| {
        Arc::new(Held::by(asked.me, &fleet.engines, after_killed.unwrap_or_default()))
            as Arc<dyn execute::Guard>
    });
    let carried_out = execute::execute(Run {
        environment: other.unwrap_or_else(|| Arc::clone(asked.environment)),
        plan: plan.clone(),
        same_engine: same_engine.clone(),
        engines: fleet.engines.clone(),
        credentials: asked.credentials.anew(),
        concurrency: asked.concurrency,
        interrupted: asked.interrupted.clone(),
        begun,
        events,
        guard,
        made: execute::Made::default(),
    });
    let mut doubtful = BTreeSet::new();
    let told = async {
        while let Some(event) = received.recv().await {
            if let Event::StepFailed { step, failure, .. } = &event
                && failure.kind() == FailureKind::Unknown
            {
                doubtful.insert(plan.steps[*step].ship);
            }
            // Another run of the plan follows, which comes to an end.
            let goes_on = matches!(&event, Event::Finished { summary, .. } if is_outdated(summary, leased));
            if !goes_on {
                let _ = tell.send(Progress::Event(Box::new(event)));
            }
        }
    };
    let (summary, ()) = tokio::join!(carried_out, told);
    if let Some(lease) = lease {
        lease.doubtful = on_engines_of(&doubtful, &same_engine);
    }
    summary
}

/// All ships that lead to the engines of these; `same_engine` has the number of each ship's engine.
fn on_engines_of(ships: &BTreeSet<ShipId>, same_engine: &[usize]) -> BTreeSet<ShipId> {
    let engines: BTreeSet<usize> = ships.iter().map(|ship| same_engine[ship.0]).collect();
    let all = same_engine.iter().enumerate().filter(|(_, engine)| engines.contains(engine));
    all.map(|(ship, _)| ShipId(ship)).collect()
}

/// Asks the ships again, under the lease, when what killed runs have begun is over.
async fn look_under(
    asked: &Change<'_>,
    lease: &mut Lease,
    fleet: &mut Fleet,
    news: &mut (dyn FnMut(LeaseEvent) + Send),
) {
    let (me, environment) = (asked.me, &**asked.environment);
    let refused = lease.unanswered.clone();
    let looked = fleet.refresh(environment, asked.routes, asked.question, &refused);
    let (abandoned, ()) = tokio::join!(lease.abandoned(me), looked);
    if asked.is_impatient {
        return lease.leave_unsettled(abandoned);
    }
    if !abandoned.is_empty() {
        lease.settle(me, &abandoned, news).await;
    }
    if !abandoned.is_empty() || !lease.unsettled.is_empty() {
        let refused = [&lease.unanswered[..], &lease.unsettled[..]].concat();
        fleet.refresh(environment, asked.routes, asked.question, &refused).await;
    }
}

/// Takes the lease and asks the ships again. An interrupt gives it back.
async fn take(
    asked: &Change<'_>,
    places: &[Place],
    fleet: &mut Fleet,
    news: &mut (dyn FnMut(LeaseEvent) + Send),
) -> Result<Lease, Refusal> {
    let mut until = asked.interrupted.clone();
    let mut lease = take_within(asked.me, places, asked.wait, asked.interrupted.clone(), news).await?;
    let interrupted = tokio::select! {
        biased;
        Ok(_) = until.wait_for(|&interrupted| interrupted) => true,
        () = look_under(asked, &mut lease, fleet, news) => false,
    };
    if interrupted {
        lease.give_up(asked.me, news).await;
        return Err(Refusal::Interrupted);
    }
    Ok(lease)
}
