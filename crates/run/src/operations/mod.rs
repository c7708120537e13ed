//! What every command that changes something does: asks, plans, takes the lease, asks and plans once more, carries out,
//! gives the lease back. It writes nothing and knows no signal: what happens is told, and an interrupt comes from outside.
//! It owns all that it needs and can be run as a task: see [`Operation`]. So the same runs in the program, in a server and,
//! on engines in memory, in the simulation.
//!
//! The first plan decides only whether the lease is needed: a command that has nothing to do, while nobody holds the
//! lease, asks and changes nothing. The plan that is carried out is made from what the engines say under the lease, once
//! what killed runs may have left under way is over.

pub mod builds;
mod carrying;
mod connect;
pub mod each;
pub mod fleet;
pub mod happenings;
mod held;
mod image_ages;
pub mod links;
pub mod live;
pub mod logs;
mod looking;
mod operation;
mod preflight;
pub mod programs;
mod progress;
mod purpose;
pub mod registries;
mod ships;
pub mod stats;
pub mod stopped;
pub mod tasks;
#[cfg(test)]
mod test_environment;
pub mod timing;
pub mod watching;
pub mod whereabouts;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc, watch},
    time::Instant,
};

use crate::{
    execute::{self, Run},
    lease::{Lease, LeaseEvent, LeaseRefused, LeaseTarget, Owner, Released, in_order, take_within},
    preflight::Verdict,
};
use fleet::{Connect, Fleet};
use held::Held;
use maestro_core::{
    event::{Event, FailureKind, Summary},
    model::{Environment, InstanceId, ShipId},
    observed::{Observed, note::ShipNote},
    plan::{Plan, command::Command},
    timeline::{Timeline, TimelineBuilder},
};
use maestro_engine::{credentials::Credentials, observe::Question};
pub use operation::Operation;
pub use progress::{Broadcast, Progress};
pub use purpose::Purpose;

/// What is asked for, and what it takes.
pub struct ChangeRequest<E> {
    /// What the file says.
    pub environment: Arc<Environment>,
    /// The way to the engines.
    pub routes: Arc<dyn Connect>,
    /// The ships that are asked.
    pub needed: BTreeSet<ShipId>,
    /// Instances that may have their container on another ship: then that is asked too.
    pub anywhere: Option<BTreeSet<InstanceId>>,
    /// What has to be known to say whether anything is to be done.
    pub quick_scope: Question,
    /// What the plan has to know.
    pub question: Question,
    /// Whether every engine has to say who it is, though it be the only one.
    pub identify: bool,
    /// Whether what killed runs have left under way is not waited for: what is done ends it.
    pub is_impatient: bool,
    /// Who takes the lease.
    pub me: Arc<Owner>,
    /// How long another run's lease is waited for.
    pub wait: Duration,
    /// Who one is to the registries.
    pub credentials: Credentials,
    /// How many changes may be under way at once over all ships.
    pub concurrency: Option<usize>,
    /// Makes the plan.
    pub planner: Arc<Planner<E>>,
    /// Whether it is looked for what would go wrong before the first step.
    pub has_preflight: bool,
    /// Which instances it means to bring down or up.
    pub purpose: Purpose,
}

/// What is to be done, and to what.
pub struct Target {
    /// The plan.
    pub plan: Plan,
    /// The environment that it is for, if that is not the file's: all of it is planned for then.
    pub environment: Option<Environment>,
}

/// Makes a plan of what the engines say, or stops all.
pub type Planner<E> = dyn Fn(&Observed) -> Result<Target, E> + Send + Sync;

/// How a change ended.
pub enum Outcome<E> {
    /// The plan was carried out, as far as that went.
    Carried {
        /// What came of it.
        summary: Summary,
        /// What became of the lease on each engine.
        released: Vec<(ShipId, Released)>,
        /// What the user should know about the ways to the engines.
        remarks: Vec<ShipNote>,
        /// What the user should know about what is there, however it ended.
        notes: Vec<ShipNote>,
    },
    /// The preflight found what would fail a step of the plan, which was told as [`Progress::Found`]. Nothing was changed.
    Unsafe {
        /// What became of the lease on each engine.
        released: Vec<(ShipId, Released)>,
        /// What the user should know about the ways to the engines.
        remarks: Vec<ShipNote>,
    },
    /// There was no lease to be had, or an interrupt gave it back, and nothing was changed.
    Refused(LeaseRefused),
    /// The caller stopped it before anything was changed.
    Stopped {
        /// Why.
        stop: E,
        /// What became of the lease on each engine, if one was held.
        released: Vec<(ShipId, Released)>,
        /// What the user should know about the ways to the engines.
        remarks: Vec<ShipNote>,
    },
}

/// Changes the environment as its planner makes of what the engines say, unless that or the preflight stops it. Nothing
/// new begins once `interrupted` is true.
pub async fn change<E: Send>(
    asked: ChangeRequest<E>,
    interrupted: watch::Receiver<bool>,
    tell: Broadcast,
) -> Outcome<E> {
    let begun = Instant::now();
    let (environment, routes) = (&*asked.environment, &*asked.routes);
    let quick_scope = Question { leases: true, ..asked.asking(asked.quick_scope) };
    let mut fleet = Fleet::connect_and_observe_on(environment, routes, &asked.needed, quick_scope).await;
    if let Some(instances) = &asked.anywhere {
        fleet.refresh_old_ships(environment, routes, instances, quick_scope).await;
    }
    if asked.identify {
        fleet.identify().await;
    }
    let mut last = match (asked.planner)(&fleet.observed) {
        Ok(first) => first,
        Err(stop) => return Outcome::Stopped { stop, released: Vec::new(), remarks: fleet.told() },
    };
    let places = in_order(fleet.places());
    // Another run may be about to change what this one found to be as it should.
    let needs_lease =
        last.plan.changes() || fleet.has_leases() || !asked.purpose.is_kept(environment, &fleet.observed);
    tell.send(Progress::Looked);
    let under = Under { asked: &asked, interrupted: &interrupted, places: &places, tell: &tell };
    let mut lease = None;
    if needs_lease {
        match under.lease(&mut fleet).await {
            Ok((taken, target)) => (lease, last) = (Some(taken), target),
            Err(ended) => return ended,
        }
    }
    let mut carried = under.carry_out(begun, &fleet, last, lease.as_mut()).await;
    if is_outdated(&carried.summary, lease.is_some()) {
        tell.send(Progress::Outdated);
        let (taken, target) = match under.lease(&mut fleet).await {
            Ok(taken) => taken,
            Err(ended) => return ended,
        };
        carried = under.carry_out(begun, &fleet, target, Some(lease.insert(taken))).await;
    }
    let Carried { summary, timeline, command } = carried;
    tell.send(Progress::Timed(Arc::clone(&timeline)));
    let (remarks, notes) = (std::mem::take(&mut fleet.remarks), std::mem::take(&mut fleet.notes));
    tell.send(Progress::Releasing);
    let released = match &mut lease {
        Some(lease) => {
            // Whoever has taken the lease away changes the engines now.
            if !summary.lease_lost {
                timing::keep(&timeline, command, environment, &fleet).await;
                purpose::forget_where_gone(command, environment, &fleet).await;
            }
            if asked.is_impatient {
                lease.look_unsettled(&asked.me).await;
            }
            lease.release(&asked.me).await
        }
        None => Vec::new(),
    };
    Outcome::Carried { summary, released, remarks, notes }
}

/// Whether what was verified without a lease has to be looked at anew, under one.
fn is_outdated(summary: &Summary, leased: bool) -> bool {
    summary.outdated > 0 && !leased && !summary.interrupted
}

/// Why there is no plan to carry out.
enum NoPlan<E> {
    /// An interrupt came first.
    Interrupted,
    /// The caller stopped it.
    Stopped(E),
    /// The preflight found what would fail a step.
    Unsafe,
}

/// What came of a plan.
struct Carried {
    summary: Summary,
    timeline: Arc<Timeline>,
    command: Command,
}

/// What it takes to plan and to act under the lease.
struct Under<'a, E> {
    asked: &'a ChangeRequest<E>,
    interrupted: &'a watch::Receiver<bool>,
    places: &'a [LeaseTarget],
    tell: &'a Broadcast,
}

impl<E: Send> Under<'_, E> {
    /// Takes the lease, asks the ships again and plans anew; how the change ends if that is not to be.
    async fn lease(&self, fleet: &mut Fleet) -> Result<(Lease, Target), Outcome<E>> {
        let taken = self.take(fleet).await.map_err(Outcome::Refused)?;
        match self.plan(fleet).await {
            Ok(target) => {
                let Self { asked, .. } = self;
                asked.purpose.keep(&asked.environment, fleet, &asked.me.holder.nonce).await;
                Ok((taken, target))
            }
            Err(NoPlan::Interrupted) => {
                taken.give_up(&self.asked.me, &mut self.teller()).await;
                Err(Outcome::Refused(LeaseRefused::Interrupted))
            }
            Err(NoPlan::Stopped(stop)) => {
                let (released, remarks) = self.release(taken, fleet).await;
                Err(Outcome::Stopped { stop, released, remarks })
            }
            Err(NoPlan::Unsafe) => {
                let (released, remarks) = self.release(taken, fleet).await;
                Err(Outcome::Unsafe { released, remarks })
            }
        }
    }

    /// Gives the lease back before anything was changed.
    async fn release(&self, lease: Lease, fleet: &Fleet) -> (Vec<(ShipId, Released)>, Vec<ShipNote>) {
        self.tell.send(Progress::Releasing);
        (lease.release(&self.asked.me).await, fleet.told())
    }

    /// Tells what happens to the lease.
    fn teller(&self) -> impl FnMut(LeaseEvent) + Send + '_ {
        |event| self.tell.send(Progress::Lease(Box::new(event)))
    }

    /// What is carried out under the lease.
    async fn plan(&self, fleet: &Fleet) -> Result<Target, NoPlan<E>> {
        let target = (self.asked.planner)(&fleet.observed).map_err(NoPlan::Stopped)?;
        if !self.asked.has_preflight {
            return Ok(target);
        }
        self.tell.send(Progress::Preflight);
        let other = target.environment.clone().map(Arc::new);
        let environment = other.unwrap_or_else(|| Arc::clone(&self.asked.environment));
        let mut until = self.interrupted.clone();
        let found = tokio::select! {
            biased;
            Ok(_) = until.wait_for(|&interrupted| interrupted) => return Err(NoPlan::Interrupted),
            found = fleet.preflight(&environment, &target.plan, &self.asked.credentials) => found,
        };
        let verdict = Arc::new(Verdict::of(&environment, &target.plan, found));
        if !verdict.findings.is_empty() {
            let command = target.plan.command;
            self.tell.send(Progress::Found { verdict: Arc::clone(&verdict), command, environment });
        }
        if verdict.is_refused { Err(NoPlan::Unsafe) } else { Ok(target) }
    }

    /// Carries out the plan and reports progress.
    async fn carry_out(
        &self,
        begun: Instant,
        fleet: &Fleet,
        target: Target,
        lease: Option<&mut Lease>,
    ) -> Carried {
        let Self { asked, tell, .. } = self;
        let leased = lease.is_some();
        let same_engine = fleet.same_engine();
        let after_killed = lease.as_deref().map(|lease| on_engines_of(&lease.after_killed, &same_engine));
        let (plan, other) = (Arc::new(target.plan), target.environment.map(Arc::new));
        tell.send(Progress::Planned { plan: plan.clone(), environment: other.clone(), leased });
        let (events, mut received) = mpsc::unbounded_channel();
        let guard = leased.then(|| {
            Arc::new(Held::by(&asked.me, &fleet.engines, after_killed.unwrap_or_default()))
                as Arc<dyn execute::Guard>
        });
        let carried_out = execute::execute(Run {
            environment: other.unwrap_or_else(|| Arc::clone(&asked.environment)),
            plan: plan.clone(),
            same_engine: same_engine.clone(),
            engines: fleet.engines.clone(),
            credentials: asked.credentials.anew(),
            concurrency: asked.concurrency,
            interrupted: self.interrupted.clone(),
            begun,
            events,
            guard,
            me: Arc::clone(&asked.me),
            sources: fleet.sources.clone(),
            carrying: execute::Carrying::default(),
            made: execute::CreatedContainers::default(),
        });
        let mut doubtful = BTreeSet::new();
        let mut timeline = TimelineBuilder::new(Arc::clone(&plan));
        let told = async {
            while let Some(event) = received.recv().await {
                timeline.event(begun.elapsed(), &event);
                if let Event::StepFailed { step, failure, .. } = &event
                    && failure.kind() == FailureKind::Unknown
                {
                    doubtful.insert(plan.steps[*step].ship);
                }
                // Another run of the plan follows, which comes to an end.
                let goes_on =
                    matches!(&event, Event::Finished { summary, .. } if is_outdated(summary, leased));
                if !goes_on {
                    tell.send(Progress::Event(Arc::new(event)));
                }
            }
        };
        let (summary, ()) = tokio::join!(carried_out, told);
        if let Some(lease) = lease {
            lease.doubtful = on_engines_of(&doubtful, &same_engine);
        }
        let timeline = Arc::new(timeline.finish(asked.me.run(), &asked.environment.name));
        Carried { summary, timeline, command: plan.command }
    }

    /// Takes the lease and asks the ships again. An interrupt gives it back.
    async fn take(&self, fleet: &mut Fleet) -> Result<Lease, LeaseRefused> {
        let Self { asked, interrupted, places, .. } = self;
        let mut until = (*interrupted).clone();
        let mut lease =
            take_within(&asked.me, places, asked.wait, (*interrupted).clone(), &mut self.teller()).await?;
        let interrupted = tokio::select! {
            biased;
            Ok(_) = until.wait_for(|&interrupted| interrupted) => true,
            () = self.observe(&mut lease, fleet) => false,
        };
        if interrupted {
            lease.give_up(&asked.me, &mut self.teller()).await;
            return Err(LeaseRefused::Interrupted);
        }
        Ok(lease)
    }

    /// Asks the ships again, under the lease, when what killed runs have begun is over.
    async fn observe(&self, lease: &mut Lease, fleet: &mut Fleet) {
        let asked = self.asked;
        let (me, environment, routes) = (&*asked.me, &*asked.environment, &*asked.routes);
        let refused = lease.unanswered.clone();
        let looked = fleet.refresh(environment, routes, asked.asking(asked.question), &refused);
        let (abandoned, ()) = tokio::join!(lease.abandoned(me), looked);
        if asked.is_impatient {
            return lease.leave_unsettled(abandoned);
        }
        if !abandoned.is_empty() {
            lease.settle(me, &abandoned, &mut self.teller()).await;
        }
        if !abandoned.is_empty() || !lease.unsettled.is_empty() {
            let refused = [&lease.unanswered[..], &lease.unsettled[..]].concat();
            fleet.refresh(environment, routes, asked.asking(asked.question), &refused).await;
        }
    }
}

/// All ships that lead to the engines of these; `same_engine` has the number of each ship's engine.
fn on_engines_of(ships: &BTreeSet<ShipId>, same_engine: &[usize]) -> BTreeSet<ShipId> {
    let engines: BTreeSet<usize> = ships.iter().map(|ship| same_engine[ship.0]).collect();
    let all = same_engine.iter().enumerate().filter(|(_, engine)| engines.contains(engine));
    all.map(|(ship, _)| ShipId(ship)).collect()
}
