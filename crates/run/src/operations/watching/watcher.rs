//! The loop of `watch`.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use futures_util::future::OptionFuture;
use tokio::{
    sync::{
        mpsc::{UnboundedReceiver, UnboundedSender},
        watch,
    },
    task::JoinHandle,
    time::{Instant, sleep_until, timeout},
};

use super::{
    checks::{Tried, to_check, try_all},
    compared::{Compared, compare},
    kept_routes::KeptRoutes,
    request::{WatchRequest, WatchUpdate},
    run::{Common, NotNeeded},
};
use crate::operations::{
    Operation, Outcome, Progress,
    fleet::Fleet,
    live::{EnvironmentState, LiveState, LiveUpdates},
};
use maestro_core::{
    model::{
        InstanceId, ShipId,
        graph::{Direction, Graph},
    },
    observed::ShipState,
    watch::{
        CheckHistory, HealLimits, InstanceCondition, InstanceConditions, InstanceDrift, WatchEvent,
        WatchedInstance,
    },
};
use maestro_engine::{Engine, observe::Question};

/// What is asked of engines after each event.
const QUESTION: Question = Question { stopped: true, ..Question::CONTAINERS };
/// How long ships may take to answer first.
const FIRST: Duration = Duration::from_secs(10);
/// How often engines are asked without an event, and checks are tried.
const REFRESH: Duration = Duration::from_secs(10);
/// How often all is compared with the file.
const COMPARED: Duration = Duration::from_secs(300);

/// A run that goes on.
pub(super) struct Running {
    pub(super) operation: Operation<NotNeeded>,
    pub(super) progress: UnboundedReceiver<Progress>,
    /// The instance that it heals; none if it applies the file.
    pub(super) heals: Option<InstanceId>,
    pub(super) begun: Instant,
}

#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a question of its own, and any set of them is valid"
)]
pub(super) struct Watcher {
    pub(super) common: Common,
    pub(super) limits: HealLimits,
    pub(super) applies: bool,
    pub(super) is_dry_run: bool,
    pub(super) engines: Vec<Option<Arc<dyn Engine>>>,
    pub(super) live: LiveState,
    pub(super) updates: LiveUpdates,
    pub(super) state: EnvironmentState,
    /// All instances in start order.
    pub(super) ordered: Vec<InstanceId>,
    pub(super) watched: BTreeMap<InstanceId, WatchedInstance>,
    pub(super) checks: BTreeMap<InstanceId, CheckHistory>,
    pub(super) lost: BTreeSet<ShipId>,
    /// Ships that had something of the environment since it is watched.
    pub(super) brought_up: BTreeSet<ShipId>,
    pub(super) drift: Vec<InstanceDrift>,
    /// Whether something differs that is to be applied, and how often that was tried.
    pub(super) to_apply: bool,
    pub(super) applied: WatchedInstance,
    pub(super) running: Option<Running>,
    pub(super) checking: Option<JoinHandle<Vec<Tried>>>,
    pub(super) comparing: Option<JoinHandle<Compared>>,
    pub(super) is_waiting: bool,
    pub(super) begun: Instant,
    pub(super) refresh_at: Instant,
    pub(super) compare_at: Instant,
    /// When the next decision is made at the latest.
    pub(super) decide_at: Option<Instant>,
    /// Until when the state may be an old one.
    pub(super) hold_until: Instant,
    pub(super) tell: UnboundedSender<WatchUpdate>,
}

impl Watcher {
    /// Connects to all ships and waits until they have answered, or have had their time.
    pub(super) async fn begin(asked: WatchRequest, tell: UnboundedSender<WatchUpdate>) -> Self {
        let WatchRequest { environment, routes, owner, author, credentials, limits, applies, is_dry_run } =
            asked;
        let fleet = Fleet::connect(&environment, &*routes).await;
        let routes = Arc::new(KeptRoutes::of(&environment, &fleet, routes));
        let live = LiveState::follow(&environment, &fleet.engines, fleet.observed.clone(), QUESTION);
        let (mut updates, mut state) = (live.subscribe(), live.now());
        let is_asked = |ship: &ShipState| !matches!(ship, ShipState::NotAsked);
        let all_answer = async {
            while !state.observed.ships.iter().all(is_asked) && updates.next(&mut state).await.is_some() {}
        };
        // What comes later is told later.
        timeout(FIRST, all_answer).await.ok();
        let ordered = Graph::of(&environment).instances_in_order(Direction::NeedsFirst).collect();
        let now = Instant::now();
        Self {
            common: Common { environment, routes, owner, credentials, author },
            limits,
            applies,
            is_dry_run,
            engines: fleet.engines,
            live,
            updates,
            state,
            ordered,
            watched: BTreeMap::new(),
            checks: BTreeMap::new(),
            lost: BTreeSet::new(),
            brought_up: BTreeSet::new(),
            drift: Vec::new(),
            to_apply: false,
            applied: WatchedInstance::default(),
            running: None,
            checking: None,
            comparing: None,
            is_waiting: false,
            begun: now,
            refresh_at: now + REFRESH,
            compare_at: now,
            decide_at: None,
            hold_until: now,
            tell,
        }
    }

    /// Watches until it is interrupted.
    pub(super) async fn run(mut self, mut interrupted: watch::Receiver<bool>) {
        self.first();
        while !*interrupted.borrow() {
            self.observe();
            self.act().await;
            let due = self.due();
            tokio::select! {
                biased;
                Ok(_) = interrupted.wait_for(|&interrupted| interrupted) => break,
                update = next(&mut self.running) => self.take(update),
                Some(_) = self.updates.next(&mut self.state) => {}
                Some(tried) = OptionFuture::from(self.checking.as_mut()) => self.checked(tried.ok()),
                Some(compared) = OptionFuture::from(self.comparing.as_mut()) => self.compared(compared.ok()),
                () = sleep_until(due) => self.tick(),
            }
        }
        if let Some(running) = &mut self.running {
            running.operation.interrupt();
        }
        while self.running.is_some() {
            let update = next(&mut self.running).await;
            self.take(update);
        }
    }

    fn take(&mut self, update: RunUpdate) {
        match update {
            RunUpdate::Progress(progress) => self.forward(progress),
            RunUpdate::Ended(ended) => self.ended(&ended),
        }
    }

    pub(super) fn event(&self, event: WatchEvent) {
        // Who has gone wants to know nothing.
        self.tell.send(WatchUpdate::Event(event)).ok();
    }

    pub(super) fn forward(&self, progress: Progress) {
        self.tell.send(WatchUpdate::Progress(progress)).ok();
    }

    pub(super) fn now(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Tells how all is at the beginning.
    fn first(&self) {
        let conditions = self.conditions();
        let well = conditions.values().filter(|condition| condition.is_well()).count();
        let ships = self.common.environment.ships.len();
        self.event(WatchEvent::Began { ships, instances: conditions.len(), well });
    }

    /// Ships of which somebody has removed all of the environment since it is watched, as `down` does: it is brought up again
    /// by those who want it.
    pub(super) fn taken_down(&self) -> BTreeSet<ShipId> {
        let environment = &self.common.environment;
        let is_down = |watched: &WatchedInstance| watched.condition == Some(InstanceCondition::NotDeployed);
        let down = self.watched.iter().filter(|(_, watched)| is_down(watched));
        let ships = down.map(|(id, _)| environment.instance(*id).ship);
        ships.filter(|ship| self.brought_up.contains(ship)).collect()
    }

    fn conditions(&self) -> BTreeMap<InstanceId, InstanceCondition> {
        let environment = &*self.common.environment;
        let observed = self.state.observed.by_label(environment);
        let conditions = InstanceConditions::new(environment, &observed);
        self.ordered.iter().map(|&id| (id, conditions.of(id, &self.checks))).collect()
    }

    /// Takes in how all is now, and tells what has changed.
    fn observe(&mut self) {
        for (at, state) in self.state.observed.ships.iter().enumerate() {
            let ship = ShipId(at);
            match state {
                ShipState::Unreachable { reason } if self.lost.insert(ship) => {
                    let lost = WatchEvent::ShipLost(ship, reason.clone());
                    self.tell.send(WatchUpdate::Event(lost)).ok();
                }
                ShipState::Answering(_) if self.lost.remove(&ship) => {
                    self.tell.send(WatchUpdate::Event(WatchEvent::ShipBack(ship))).ok();
                }
                ShipState::Unreachable { .. } | ShipState::Answering(_) | ShipState::NotAsked => {}
            }
        }
        // What a run of its own does to instances is told by its progress.
        let own = self.running.as_ref().map(|running| running.heals);
        let now = self.now();
        for (instance, to) in self.conditions() {
            if to.has_container() {
                self.brought_up.insert(self.common.environment.instance(instance).ship);
            }
            if own == Some(None) || own == Some(Some(instance)) {
                continue;
            }
            let watched = self.watched.entry(instance).or_default();
            let from = watched.condition;
            if watched.observe(to, now) {
                self.event(WatchEvent::Changed { instance, from, to });
            }
            let watched = self.watched.entry(instance).or_default();
            if watched.has_recovered(self.limits, now) {
                self.event(WatchEvent::Recovered(instance));
            }
        }
    }

    /// When something is to be done at the latest.
    fn due(&self) -> Instant {
        let compare = self.comparing.is_none().then_some(self.compare_at);
        let all = [self.decide_at, compare, Some(self.refresh_at)];
        all.into_iter().flatten().min().unwrap_or(self.refresh_at)
    }

    fn tick(&mut self) {
        let now = Instant::now();
        let environment = &self.common.environment;
        if now >= self.refresh_at {
            self.refresh_at = now + REFRESH;
            self.live.refresh();
            let checked = to_check(environment, &self.state.observed.by_label(environment));
            if self.checking.is_none() && self.running.is_none() && !checked.is_empty() {
                let tried = try_all(Arc::clone(environment), self.engines.clone(), checked);
                self.checking = Some(tokio::spawn(tried));
            }
        }
        if now >= self.compare_at && self.comparing.is_none() {
            self.compare_at = now + COMPARED;
            if self.running.is_none() {
                let (environment, routes) = (Arc::clone(environment), Arc::clone(&self.common.routes));
                let compared = compare(environment, routes, self.taken_down());
                self.comparing = Some(tokio::spawn(compared));
            }
        }
    }

    fn checked(&mut self, tried: Option<Vec<Tried>>) {
        self.checking = None;
        for (id, container, has_passed) in tried.into_iter().flatten() {
            self.checks.entry(id).or_default().take(&container, has_passed);
        }
    }

    fn compared(&mut self, compared: Option<Compared>) {
        self.comparing = None;
        let Some(Compared { drift, changes }) = compared else { return };
        if self.drift != drift {
            self.drift.clone_from(&drift);
            self.event(WatchEvent::Drifted(drift));
        }
        self.to_apply = self.applies && changes;
    }
}

/// What comes from a run.
enum RunUpdate {
    Progress(Progress),
    Ended(Outcome<NotNeeded>),
}

/// The next that a run tells; never, if none goes on.
async fn next(running: &mut Option<Running>) -> RunUpdate {
    let Some(running) = running else { return std::future::pending().await };
    tokio::select! {
        biased;
        Some(progress) = running.progress.recv() => RunUpdate::Progress(progress),
        ended = running.operation.outcome() => RunUpdate::Ended(ended),
    }
}
