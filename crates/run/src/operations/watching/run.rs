//! The runs that `watch` begins: the plan of one instance, or that of the whole file.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use crate::{
    lease::{LeaseRefused, Owner},
    operations::{ChangeRequest, Outcome, Purpose, Target, fleet::Connect},
};
use maestro_core::{
    event::Summary,
    model::{Environment, InstanceId, ShipId},
    observed::{Observed, revision::Author},
    plan::{
        Plan,
        apply::{self, ApplyOptions},
        orphan_scope::OrphanScope,
        restart::{self, RestartOptions},
        revision::recorded,
        start::{self, StartOptions},
    },
    watch::{CheckHistory, HealMethod, InstanceConditions, WatchOutcome},
};
use maestro_engine::{credentials::Credentials, observe::Question};

/// What has to be known to heal an instance.
const TO_HEAL: Question = Question { descriptions: false, revisions: false, ..TO_APPLY };
/// What has to be known to compare all with the file.
pub(super) const TO_APPLY: Question =
    Question { left_behind: false, leftover_files: false, stopped: true, ..Question::ALL };

/// Why a run is not begun: what was to be done is done, or is not wanted any more.
pub(super) struct NotNeeded;

/// What all runs have in common.
pub(super) struct Common {
    pub environment: Arc<Environment>,
    pub routes: Arc<dyn Connect>,
    pub owner: Arc<dyn Fn() -> Owner + Send + Sync>,
    pub credentials: Credentials,
    pub author: Author,
}

impl Common {
    fn request(
        &self,
        question: Question,
        planner: impl Fn(&Observed) -> Result<Target, NotNeeded> + Send + Sync + 'static,
    ) -> ChangeRequest<NotNeeded> {
        ChangeRequest {
            environment: Arc::clone(&self.environment),
            routes: Arc::clone(&self.routes),
            needed: self.environment.ship_ids().collect(),
            anywhere: None,
            quick_scope: question,
            question,
            identify: false,
            is_impatient: false,
            me: Arc::new((self.owner)()),
            wait: Duration::ZERO,
            credentials: self.credentials.anew(),
            concurrency: None,
            planner: Arc::new(planner),
            has_preflight: false,
            // It changes nothing of what users want.
            purpose: Purpose::Other,
        }
    }

    /// Heals one instance, if that is needed still when the lease is held.
    pub(super) fn heal(
        &self,
        id: InstanceId,
        method: HealMethod,
        checks: BTreeMap<InstanceId, CheckHistory>,
    ) -> ChangeRequest<NotNeeded> {
        let environment = Arc::clone(&self.environment);
        let ship = environment.instance(id).ship;
        let planner = move |observed: &Observed| {
            let condition =
                InstanceConditions::new(&environment, &observed.by_label(&environment)).of(id, &checks);
            if !condition.is_healable() {
                return Err(NotNeeded);
            }
            Ok(Target { plan: healing(&environment, observed, id, method), environment: None })
        };
        let request = self.request(TO_HEAL, planner);
        ChangeRequest { needed: [ship].into(), anywhere: Some([id].into()), ..request }
    }

    /// Makes all as the file says, but for what was stopped on purpose and what is on ships that were taken down.
    pub(super) fn apply(&self, taken_down: BTreeSet<ShipId>) -> ChangeRequest<NotNeeded> {
        let (environment, author) = (Arc::clone(&self.environment), self.author.clone());
        let planner = move |observed: &Observed| {
            let plan = applying(&environment, observed, &taken_down);
            let plan = recorded(plan, &environment, observed, &author);
            if plan.changes() { Ok(Target { plan, environment: None }) } else { Err(NotNeeded) }
        };
        ChangeRequest { has_preflight: true, ..self.request(TO_APPLY, planner) }
    }
}

/// The plan that heals an instance.
fn healing(environment: &Environment, observed: &Observed, id: InstanceId, method: HealMethod) -> Plan {
    let only = [id].into();
    let start = StartOptions { ignore_dependencies: true, ..StartOptions::default() };
    let reuse = StartOptions { reuse: true, ..start };
    match method {
        HealMethod::Create | HealMethod::Start => start::plan(environment, observed, &only, reuse),
        HealMethod::Restart => {
            let options = RestartOptions { start: reuse, ..RestartOptions::default() };
            restart::plan(environment, observed, &only, options)
        }
        HealMethod::Replace => {
            let options = RestartOptions { start, in_batches: true, ..RestartOptions::default() };
            restart::plan(environment, observed, &only, options)
        }
    }
}

/// The plan that makes all as the file says, but for what was stopped on purpose and what is on ships that were taken down.
pub(super) fn applying(
    environment: &Environment,
    observed: &Observed,
    taken_down: &BTreeSet<ShipId>,
) -> Plan {
    let stopped: BTreeSet<&String> = environment
        .ship_ids()
        .filter_map(|ship| observed.holdings(ship))
        .flat_map(|holdings| &holdings.stopped.instances)
        .collect();
    let is_wanted = |id: &InstanceId| {
        let instance = environment.instance(*id);
        !stopped.contains(&instance.name) && !taken_down.contains(&instance.ship)
    };
    let wanted = environment.instance_ids().filter(is_wanted);
    let (wanted, scope) = (wanted.collect(), OrphanScope::default());
    apply::plan_pruning(environment, observed, &wanted, ApplyOptions::default(), &scope)
}

/// How a run ended.
pub(super) fn outcome(ended: &Outcome<NotNeeded>) -> WatchOutcome {
    match ended {
        Outcome::Carried { summary, .. } => of_summary(summary),
        Outcome::Stopped { stop: NotNeeded, .. } => WatchOutcome::NotNeeded,
        Outcome::Refused(LeaseRefused::Busy(_)) => WatchOutcome::Busy,
        Outcome::Unsafe { .. } | Outcome::Refused(LeaseRefused::Unmanaged { .. }) => WatchOutcome::Failed,
        Outcome::Refused(LeaseRefused::Interrupted) => WatchOutcome::Interrupted,
    }
}

fn of_summary(summary: &Summary) -> WatchOutcome {
    let failed = summary.failed + summary.unreachable + summary.unknown;
    let blocked = summary.skipped + summary.blocked_unmanaged + summary.blocked_data + summary.blocked_behind;
    match () {
        () if summary.interrupted => WatchOutcome::Interrupted,
        () if summary.lease_lost => WatchOutcome::Busy,
        () if failed + blocked > 0 => WatchOutcome::Failed,
        () => WatchOutcome::Done,
    }
}
