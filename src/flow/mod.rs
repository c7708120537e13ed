//! What every command that changes something does: asks, plans, takes the lease, asks and plans once more, carries out,
//! gives the lease back. It writes nothing and knows no signal: what happens is told, and an interrupt comes from outside.
//! So the same runs in the program and, on engines in memory, in the simulation.
//!
//! What is planned before the lease is taken decides only whether it is needed: a command that has nothing to do asks
//! and changes nothing, the lease included. What is carried out was planned from what the engines said under the lease.

pub mod fleet;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use tokio::sync::{
    mpsc::{self, UnboundedSender},
    watch,
};

use crate::{
    engine::{credentials::Credentials, observe::Question},
    event::{Event, Summary},
    execute::{self, Run},
    lease::{Lease, Me, News, Place, Refusal, Released, in_order, leftovers, take_within},
    model::{Environment, ShipId},
    observed::Observed,
    plan::Plan,
};
use fleet::{Connect, Fleet};

/// What is asked for, and what it takes.
pub struct Change<'a> {
    /// What the file says.
    pub environment: &'a Environment,
    /// The way to the engines.
    pub routes: &'a dyn Connect,
    /// The ships that are asked.
    pub needed: BTreeSet<ShipId>,
    /// What the plan has to know.
    pub question: Question,
    /// Whether leases that killed runs have left are a reason to take the lease, and so to remove them.
    pub leftovers: bool,
    /// Who takes the lease.
    pub me: &'a Me,
    /// How long another run's lease is waited for.
    pub wait: Duration,
    /// Who one is to the registries.
    pub credentials: Credentials,
    /// How many changes may be under way at once over all ships.
    pub concurrency: Option<usize>,
    /// How the user calls the program.
    pub invocation: String,
    /// Becomes true when nothing new may begin.
    pub interrupted: watch::Receiver<bool>,
}

/// How far a change is.
#[derive(Debug, Clone)]
pub enum Told {
    /// The ships were asked. From now on an interrupt is heeded.
    Looked,
    /// This plan is carried out, and nothing else.
    Planned {
        /// The plan.
        plan: Arc<Plan>,
        /// Whether a lease is held for it.
        leased: bool,
    },
    /// Something happened while it is carried out.
    Event(Box<Event>),
    /// All is over but the lease, which is being given back.
    Releasing,
}

/// How a change ended.
pub enum Ended {
    /// The plan was carried out, as far as that went.
    Carried {
        /// What came of it.
        summary: Summary,
        /// What became of the lease on each engine.
        released: Vec<(ShipId, Released)>,
        /// What the user should know about the ways to the engines.
        remarks: Vec<String>,
    },
    /// There was no lease to be had, and nothing was changed.
    Refused(Refusal),
}

/// Changes the environment as `plan` makes of what the engines say.
pub async fn change(
    asked: Change<'_>,
    plan: &dyn Fn(&Observed) -> Plan,
    news: &mut (dyn FnMut(News) + Send),
    tell: &UnboundedSender<Told>,
) -> Ended {
    let mut fleet = Fleet::muster_on(asked.environment, asked.routes, &asked.needed, asked.question).await;
    let first = plan(&fleet.observed);
    let places = in_order(fleet.places());
    let mut lease = None;
    let mut last = first;
    let needs_lease = !last.steps.is_empty() || asked.leftovers && have_leftovers(asked.me, &places).await;
    // Without a listener nobody wants to know.
    let _ = tell.send(Told::Looked);
    if needs_lease {
        match take(&asked, &places, &mut fleet, news).await {
            Ok(taken) => lease = Some(taken),
            Err(refusal) => return Ended::Refused(refusal),
        }
        last = plan(&fleet.observed);
    }
    let plan = Arc::new(last);
    let _ = tell.send(Told::Planned { plan: plan.clone(), leased: lease.is_some() });
    let (events, mut received) = mpsc::unbounded_channel();
    let carried_out = execute::execute(Run {
        environment: Arc::new(asked.environment.clone()),
        plan,
        same_engine: fleet.same_engine(),
        engines: fleet.engines,
        credentials: asked.credentials,
        concurrency: asked.concurrency,
        invocation: asked.invocation,
        interrupted: asked.interrupted,
        events,
    });
    let told = async {
        while let Some(event) = received.recv().await {
            let _ = tell.send(Told::Event(Box::new(event)));
        }
    };
    let (summary, ()) = tokio::join!(carried_out, told);
    let _ = tell.send(Told::Releasing);
    let released = match &lease {
        Some(lease) => lease.release(asked.me).await,
        None => Vec::new(),
    };
    Ended::Carried { summary, released, remarks: fleet.remarks }
}

/// Takes the lease and asks the ships again. An interrupt gives it back.
async fn take(
    asked: &Change<'_>,
    places: &[Place],
    fleet: &mut Fleet,
    news: &mut (dyn FnMut(News) + Send),
) -> Result<Lease, Refusal> {
    let mut until = asked.interrupted.clone();
    let lease = take_within(asked.me, places, asked.wait, asked.interrupted.clone(), news).await?;
    let interrupted = tokio::select! {
        biased;
        Ok(_) = until.wait_for(|&interrupted| interrupted) => true,
        () = fleet.look_again(&asked.environment.name, asked.question, &lease.unanswered) => false,
    };
    if interrupted {
        lease.give_up(asked.me, news).await;
        return Err(Refusal::Interrupted);
    }
    Ok(lease)
}

/// Whether a killed run has left a lease on any of these engines. Those that do not say will be asked another time.
async fn have_leftovers(me: &Me, places: &[Place]) -> bool {
    let asked = places.iter().map(|place| leftovers(me, &*place.engine));
    futures_util::future::join_all(asked).await.into_iter().any(|left| left.unwrap_or(false))
}
