//! What `watch` decides for all instances together, and what it begins.

use std::{collections::BTreeSet, time::Duration};

use tokio::time::Instant;

use super::{
    leases::{OtherRun, other_run},
    run::{NotNeeded, outcome},
    watcher::{Running, Watcher},
};
use crate::operations::{ChangeRequest, Operation, Outcome};
use maestro_core::{
    model::{Environment, InstanceId, Required},
    watch::{
        HealDecision, HealFacts, HealMethod, InstanceCondition, WatchEvent, WatchOutcome, WatchedInstance,
    },
};

/// How often a lease of another run is looked at.
const LEASE: Duration = Duration::from_secs(2);
/// How long after a run the state may be an old one.
const SETTLED: Duration = Duration::from_millis(1500);
/// How long after all was told a decision is made again.
const AGAIN: Duration = Duration::from_millis(50);

impl Watcher {
    /// Decides, and begins what is to be done.
    pub(super) async fn act(&mut self) {
        self.decide_at = None;
        if self.running.is_some() {
            return;
        }
        if Instant::now() < self.hold_until {
            self.decide_at = Some(self.hold_until);
            return;
        }
        let Decided { heal, given_up, broken, next } = self.decided();
        let (limits, now) = (self.limits, self.now());
        let apply = self.to_apply
            && match self.applied.retry_at(limits) {
                Some(at) if at > now => {
                    self.decide_at = Some(self.begun + at);
                    false
                }
                Some(_) | None => true,
            };
        if heal.is_some() || !given_up.is_empty() || !broken.is_empty() || apply || self.is_waiting {
            if self.waits_for_lease().await {
                return;
            }
        } else {
            self.decide_at = [self.decide_at, next.map(|next| self.begun + next)].into_iter().flatten().min();
            return;
        }
        for (id, condition) in broken {
            if self.watched.entry(id).or_default().is_to_be_told(now) {
                self.event(WatchEvent::Broken(id, condition));
            }
        }
        for id in given_up {
            let watched = self.watched.entry(id).or_default();
            watched.has_given_up = true;
            let tries = watched.tries;
            self.event(WatchEvent::GaveUp { instance: id, tries });
        }
        match heal {
            _ if apply => self.apply(),
            Some((id, method)) => self.heal(id, method),
            None => self.decide_at = Some(Instant::now() + AGAIN),
        }
    }

    /// What is to be done about all instances now.
    fn decided(&self) -> Decided {
        let environment = &*self.common.environment;
        let now = self.now();
        let mut decided = Decided::default();
        let mut busy = BTreeSet::new();
        let earlier = |at: Option<Duration>, next: &mut Option<Duration>| {
            *next = [at, *next].into_iter().flatten().min();
        };
        for &id in &self.ordered {
            let Some(watched) = self.watched.get(&id) else { continue };
            let Some(condition) = watched.condition else { continue };
            if condition == InstanceCondition::Starting {
                busy.insert(id);
            }
            if watched.due(self.limits).is_some_and(|due| due <= now) && condition.is_broken() {
                decided.broken.push((id, condition));
            } else {
                earlier(watched.due(self.limits), &mut decided.next);
            }
            if !condition.is_healable() {
                continue;
            }
            let instance = environment.instance(id);
            let is_behind = !busy.is_empty() && requires_any(environment, id, &busy);
            let (policy, is_swarm) = (instance.on_unhealthy, instance.swarm.is_some());
            let facts = HealFacts { condition, policy, is_behind, is_swarm };
            match watched.decide(facts, self.limits, now) {
                HealDecision::Nothing => {}
                HealDecision::WaitUntil(at) => {
                    busy.insert(id);
                    earlier(Some(at), &mut decided.next);
                }
                HealDecision::Heal(method) => {
                    busy.insert(id);
                    decided.heal.get_or_insert((id, method));
                }
                HealDecision::GiveUp => decided.given_up.push(id),
            }
        }
        decided
    }

    /// Whether another run holds the lease, which is told when that changes.
    async fn waits_for_lease(&mut self) -> bool {
        let me = (self.common.owner)();
        let other = other_run(&me, &self.common.environment, &self.engines).await;
        match other {
            Some(OtherRun { ship, holder, .. }) => {
                if !std::mem::replace(&mut self.is_waiting, true) {
                    let (user, host, command) = (holder.user, holder.machine.host, holder.command);
                    self.event(WatchEvent::Waits { ship, user, host, command });
                }
                self.decide_at = Some(Instant::now() + LEASE);
                true
            }
            None if std::mem::take(&mut self.is_waiting) => {
                self.event(WatchEvent::GoesOn);
                self.compare_at = Instant::now();
                self.settle();
                true
            }
            None => false,
        }
    }

    /// Asks all engines, and decides nothing until they have told.
    fn settle(&mut self) {
        self.live.refresh();
        self.hold_until = Instant::now() + SETTLED;
        self.decide_at = Some(self.hold_until);
    }

    fn heal(&mut self, instance: InstanceId, method: HealMethod) {
        let number = self.watched.get(&instance).map_or(0, |watched| watched.tries) + 1;
        self.event(WatchEvent::Healing { instance, method, number, of: self.limits.tries });
        if self.is_dry_run {
            self.done(Some(instance), WatchOutcome::DryRun, Duration::ZERO);
            return;
        }
        self.spawn(Some(instance), self.common.heal(instance, method, self.checks.clone()));
    }

    fn apply(&mut self) {
        self.event(WatchEvent::Applying);
        if self.is_dry_run {
            self.done(None, WatchOutcome::DryRun, Duration::ZERO);
            return;
        }
        self.spawn(None, self.common.apply(self.taken_down()));
    }

    fn spawn(&mut self, heals: Option<InstanceId>, request: ChangeRequest<NotNeeded>) {
        let (operation, progress) = Operation::spawn(request);
        self.running = Some(Running { operation, progress, heals, begun: Instant::now() });
    }

    /// A run has ended.
    pub(super) fn ended(&mut self, ended: &Outcome<NotNeeded>) {
        let Some(mut running) = self.running.take() else { return };
        while let Ok(progress) = running.progress.try_recv() {
            self.forward(progress);
        }
        self.done(running.heals, outcome(ended), running.begun.elapsed());
    }

    fn done(&mut self, heals: Option<InstanceId>, outcome: WatchOutcome, took: Duration) {
        let now = self.now();
        let is_try = matches!(outcome, WatchOutcome::Done | WatchOutcome::Failed | WatchOutcome::DryRun);
        match heals {
            Some(instance) => {
                if is_try {
                    self.watched.entry(instance).or_default().tried(now);
                }
                self.event(WatchEvent::Healed { instance, outcome, took });
            }
            None => {
                match outcome {
                    WatchOutcome::Done | WatchOutcome::NotNeeded | WatchOutcome::DryRun => {
                        (self.to_apply, self.applied) = (false, WatchedInstance::default());
                    }
                    WatchOutcome::Failed | WatchOutcome::Busy | WatchOutcome::Interrupted => {
                        self.applied.tried(now);
                    }
                }
                self.compare_at = Instant::now() + SETTLED;
                self.event(WatchEvent::Applied { outcome, took });
            }
        }
        self.settle();
    }
}

/// What is to be done about all instances.
#[derive(Default)]
struct Decided {
    /// The first one to heal.
    heal: Option<(InstanceId, HealMethod)>,
    /// Those whose tries are used up.
    given_up: Vec<InstanceId>,
    /// Those that are to be told as broken.
    broken: Vec<(InstanceId, InstanceCondition)>,
    /// When the time alone makes a difference.
    next: Option<Duration>,
}

/// Whether an instance requires one of these.
fn requires_any(environment: &Environment, id: InstanceId, others: &BTreeSet<InstanceId>) -> bool {
    let instance = environment.instance(id);
    let service = environment.service(instance.service);
    instance.requires.iter().chain(&service.requires).any(|requirement| match requirement.on {
        Required::Instance(other) => others.contains(&other),
        Required::Service(service) => {
            environment.service(service).instances.iter().any(|other| others.contains(other))
        }
    })
}
