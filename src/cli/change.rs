//! What every command that changes something does, by [`crate::operations`], with its words and signals.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::{
    args::{LeaseArgs, PreflightArgs, Things},
    carry_out::{Followed, Shown},
    consent::{self, Consent},
    dry_run,
    error::{End, Problem},
    fleet::{Fleet, ships_of},
    lease::{self, facts},
    session::Session,
};
use maestro_core::{
    event::lease::LeaseRefusal,
    model::{Environment, InstanceId, ShipId},
    observed::Observed,
    plan::Plan,
    source::Sources,
};
use maestro_engine::{credentials::Credentials, observe::Question};
use maestro_report::{data, drift};
use maestro_run::{
    lease::{LeaseRefused, Owner},
    operations::{self, Operation, Outcome, Purpose, Target},
};

/// What is asked for.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a question of its own, and any set of them is valid"
)]
pub(super) struct ChangeCommand<'a> {
    session: &'a Arc<Session>,
    instances: &'a BTreeSet<InstanceId>,
    quick_scope: Question,
    question: Question,
    concurrency: Option<u32>,
    wait: Duration,
    is_impatient: bool,
    everywhere: bool,
    anywhere: bool,
    also: BTreeSet<ShipId>,
    agreed: Option<Arc<Agreed>>,
    preflight: bool,
    dry_run: bool,
    steps: bool,
    /// Whether the user has agreed to everything.
    is_agreed: bool,
    /// Whether the user is asked first.
    asks: bool,
    purpose: Purpose,
}

/// A plan with what is told of it: one that is carried out with remarks on its data and, where `sources` are given, on what
/// differs from the file. Of one that is only shown the overview says this itself.
pub(super) fn with_remarks(
    plan: Plan,
    environment: &Environment,
    sources: Option<&Sources>,
    is_only_shown: bool,
) -> Plan {
    if is_only_shown {
        return plan;
    }
    let mut plan = data::with_remarks(plan, environment);
    if let Some(sources) = sources {
        plan.remarks.extend(drift::remarks(&plan, sources));
    }
    plan
}

/// Refuses a plan that is not the one that was agreed on.
pub(super) type Agreed = dyn Fn(&Observed, &Plan) -> Result<(), Problem> + Send + Sync;

/// What was found out when the plan was made; of several plans, the last one counts.
pub(super) struct Latest<T>(Arc<Mutex<T>>);

impl<T> Clone for Latest<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Latest<T> {
    /// As long as nothing else is found out.
    pub(super) fn new(value: T) -> Self {
        Self(Arc::new(Mutex::new(value)))
    }

    /// Takes the place of what was found out before.
    pub(super) fn set(&self, value: T) {
        *self.value() = value;
    }

    fn value(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Copy> Latest<T> {
    /// What was found out last.
    pub(super) fn get(&self) -> T {
        *self.value()
    }
}

impl<T: Default> Latest<T> {
    /// What was found out last.
    pub(super) fn take(&self) -> T {
        std::mem::take(&mut *self.value())
    }
}

impl<'a> ChangeCommand<'a> {
    /// A change of these instances; `question` is what its plan has to know.
    pub(super) fn new(
        session: &'a Arc<Session>,
        instances: &'a BTreeSet<InstanceId>,
        question: Question,
        things: &Things,
        lease: &LeaseArgs,
    ) -> Self {
        let concurrency = things.concurrency;
        let LeaseArgs { wait, dry_run, steps, .. } = *lease;
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
            dry_run,
            steps,
            is_agreed: consent::is_given(session, lease.yes),
            asks: false,
            purpose: Purpose::Other,
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
    pub(super) fn with_preflight(self, preflight: PreflightArgs) -> Self {
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

    /// The same, which leaves these instances down on purpose.
    pub(super) fn stopping(self, instances: &BTreeSet<InstanceId>) -> Self {
        Self { purpose: Purpose::Stop(instances.clone()), ..self }
    }

    /// The same, which means these instances to be up from now on.
    pub(super) fn bringing_up(self, instances: &BTreeSet<InstanceId>) -> Self {
        Self { purpose: Purpose::Run(instances.clone()), ..self }
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

    /// Asks the ships, as for a change.
    async fn look(&self, ships: &BTreeSet<ShipId>, identify: bool) -> Fleet {
        let (environment, routes) = (&self.session.environment, self.session.routes());
        let mut fleet = Fleet::connect_and_observe_on(environment, &routes, ships, self.question).await;
        if self.anywhere {
            fleet.refresh_old_ships(environment, &routes, self.instances, self.question).await;
        }
        if identify {
            fleet.identify().await;
        }
        fleet
    }

    /// The same, for which these ships are asked too.
    pub(super) fn also_on(self, also: BTreeSet<ShipId>) -> Self {
        Self { also, ..self }
    }

    /// The same, which if `asks` needs the user's consent to remove data or orphans.
    pub(super) fn asking(self, asks: bool) -> Self {
        Self { asks, ..self }
    }

    /// The same, of which nothing is carried out but what was agreed on.
    pub(super) fn if_agreed(self, agreed: Option<Arc<Agreed>>) -> Self {
        Self { agreed, ..self }
    }
}

/// Changes the environment as `plan` makes of what the engines say.
pub(super) async fn change(
    asked: ChangeCommand<'_>,
    plan: impl Fn(&Observed) -> Plan + Send + Sync + 'static,
) -> Result<End, Problem> {
    change_to(asked, move |observed| Ok(Target { plan: plan(observed), environment: None })).await
}

/// Changes the environment as `target` makes of what the engines say, unless it refuses, and shows it. Of signals, the
/// first one ends that in good order, the second at once.
pub(super) async fn change_to(
    asked: ChangeCommand<'_>,
    target: impl Fn(&Observed) -> Result<Target, Problem> + Send + Sync + 'static,
) -> Result<End, Problem> {
    let ChangeCommand { session, instances, wait, .. } = asked;
    let me = Arc::new(lease::me(session));
    let needed = asked.needed();
    let (identify, agreed) = (asked.agreed.is_some(), asked.agreed.clone());
    let planner = move |observed: &Observed| -> Result<Target, Problem> {
        let target = target(observed)?;
        agreed.as_ref().map_or(Ok(()), |agreed| agreed(observed, &target.plan))?;
        Ok(target)
    };
    if asked.dry_run {
        let fleet = asked.look(&needed, identify).await;
        let shown = dry_run::Asked { session, has_preflight: asked.preflight, steps: asked.steps };
        return dry_run::show(&shown, &fleet, planner(&fleet.observed)).await;
    }
    let planner = with_consent(&asked, &needed, planner).await?;
    let (mut operation, told) = Operation::spawn(operations::ChangeRequest {
        environment: Arc::clone(&session.environment),
        routes: Arc::new(session.routes()),
        needed,
        anywhere: asked.anywhere.then(|| instances.clone()),
        quick_scope: asked.quick_scope,
        question: asked.question,
        identify,
        is_impatient: asked.is_impatient,
        me: Arc::clone(&me),
        wait,
        credentials: Credentials::new(&session.variables),
        concurrency: asked.concurrency.and_then(|limit| usize::try_from(limit).ok()),
        planner: Arc::new(planner),
        has_preflight: asked.preflight,
        purpose: asked.purpose.clone(),
    });
    let mut shown = Shown::new(session, instances, &me.holder.nonce, wait, asked.steps);
    let ended = match shown.follow(&mut operation, told).await? {
        Followed::Outcome(ended) => ended,
        Followed::Left(end) => return Ok(end),
    };
    match ended {
        Outcome::Carried { summary, released, remarks, notes } => {
            let lost = lease::released(session, &me, released)?;
            Ok(shown.finish(&summary, &remarks, &notes).await?.worse(lost))
        }
        Outcome::Stopped { stop, released, remarks } => {
            lease::released(session, &me, released)?;
            session.ship_notes(&remarks)?;
            Err(stop)
        }
        Outcome::Unsafe { released, remarks } => {
            let lost = lease::released(session, &me, released)?;
            session.ship_notes(&remarks)?;
            Ok(shown.unfinished(End::Refused)?.worse(lost))
        }
        Outcome::Refused(refusal) => refused(session, &me, wait, refusal, shown.signal()),
    }
}

/// What is planned, as far as the user agrees to what it removes for good. Whoever agreed to a whole plan has agreed to that.
async fn with_consent<P>(
    asked: &ChangeCommand<'_>,
    needed: &BTreeSet<ShipId>,
    planner: P,
) -> Result<impl Fn(&Observed) -> Result<Target, Problem> + Send + Sync + use<P>, Problem>
where
    P: Fn(&Observed) -> Result<Target, Problem> + Send + Sync + 'static,
{
    let session = asked.session;
    let consent = if asked.asks && !asked.is_agreed && asked.agreed.is_none() {
        let fleet = asked.look(needed, false).await;
        let Target { plan, environment } = planner(&fleet.observed)?;
        let environment = environment.as_ref().unwrap_or(&session.environment);
        Some(Consent::ask(session, environment, &plan).await?)
    } else {
        None
    };
    let declared = Arc::clone(&session.environment);
    Ok(move |observed: &Observed| {
        let target = planner(observed)?;
        let environment = target.environment.as_ref().unwrap_or(&declared);
        consent.as_ref().map_or(Ok(()), |consent| consent.holds(environment, &target.plan))?;
        Ok(target)
    })
}

/// How the command ends that got no lease.
pub(super) fn refused(
    session: &Session,
    me: &Owner,
    wait: Duration,
    refusal: LeaseRefused,
    signal: Option<u8>,
) -> Result<End, Problem> {
    if let Some(number) = signal {
        return Ok(End::Signal(number));
    }
    // Only a signal interrupts.
    lease_refusal(session, me, wait, refusal).map_or(Ok(End::Failed), Err)
}

/// Why there is no lease; none if somebody interrupted.
pub(super) fn lease_refusal(
    session: &Session,
    me: &Owner,
    wait: Duration,
    refusal: LeaseRefused,
) -> Option<Problem> {
    match refusal {
        LeaseRefused::Busy(busy) => Some(facts::refused(session, &facts::busy(session, me, &busy, wait))),
        LeaseRefused::Unmanaged { ship, volume } => {
            let ship = session.environment.ship(ship).name.clone();
            Some(facts::refused(session, &LeaseRefusal::Unmanaged { ship, volume }))
        }
        LeaseRefused::Interrupted => None,
    }
}
