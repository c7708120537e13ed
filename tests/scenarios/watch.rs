//! `watch` on engines in memory: what it heals, and what it leaves alone.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use maestro_core::{
    model::{InstanceId, ShipId},
    observed::{ContainerState, revision::Author},
    value::on_unhealthy::OnUnhealthy,
    watch::{HealLimits, HealMethod, InstanceCondition, WatchEvent, WatchOutcome},
};
use maestro_engine::{Containers as _, credentials::Credentials};
use maestro_fake::{Behaviour, Fake, InjectedFault};
use maestro_run::operations::watching::{WatchOperation, WatchRequest, WatchUpdate};
use tokio::{sync::mpsc::UnboundedReceiver, time::sleep};

use crate::{
    takeovers::{Machines, Routes, seconds},
    world::World,
};

const LIMITS: HealLimits = HealLimits {
    tries: 3,
    backoff: Duration::from_secs(10),
    longest: Duration::from_secs(60),
    stable: Duration::from_secs(60),
};

/// A world that is watched.
struct Watching {
    world: World,
    machines: Arc<Machines>,
    operation: WatchOperation,
    told: UnboundedReceiver<WatchUpdate>,
}

impl Watching {
    /// Applies the world and watches it.
    async fn of(world: World, change: impl FnOnce(&mut WatchRequest)) -> Self {
        let machines = Arc::new(Machines::default());
        assert_eq!(machines.run(1, &world, "apply").await.summary.failed, 0);
        let (owners, number) = (Arc::clone(&machines), AtomicU32::new(100));
        let owner = move || {
            let owner = owners.process(number.fetch_add(1, Ordering::Relaxed));
            Arc::into_inner(owner).expect("nobody else has it")
        };
        let mut asked = WatchRequest {
            environment: Arc::new(world.environment.clone()),
            routes: Arc::new(Routes(world.engines.clone())),
            owner: Arc::new(owner),
            author: Author { by: "ann@box".into(), command: "maestro watch".into(), commit: None },
            credentials: Credentials::default(),
            limits: LIMITS,
            applies: false,
            is_dry_run: false,
        };
        change(&mut asked);
        let (operation, told) = WatchOperation::spawn(asked);
        let mut watching = Self { world, machines, operation, told };
        sleep(seconds(3)).await;
        let told = watching.told();
        assert!(matches!(told.first(), Some(WatchEvent::Began { .. })), "{told:?}");
        watching
    }

    fn engine(&self) -> &Fake {
        &self.world.engines[0]
    }

    /// All that was told since this was asked last.
    fn told(&mut self) -> Vec<WatchEvent> {
        let mut events = Vec::new();
        while let Ok(update) = self.told.try_recv() {
            match update {
                WatchUpdate::Event(event) => events.push(event),
                WatchUpdate::Progress(_) => {}
            }
        }
        events
    }

    async fn after(&mut self, time: Duration) -> Vec<WatchEvent> {
        sleep(time).await;
        self.told()
    }

    fn is(&self, name: &str, state: &ContainerState) -> bool {
        self.engine().states().get(name) == Some(state)
    }

    /// How often a container was created or started.
    fn starts(&self) -> usize {
        self.engine().calls().iter().filter(|call| call.method == "start").count()
    }
}

fn one(name: &str) -> World {
    let mut world = World::new(1);
    world.service(name, &[0], &[]);
    world
}

fn healed(told: &[WatchEvent]) -> Vec<WatchOutcome> {
    let outcomes = told.iter().filter_map(|event| match event {
        WatchEvent::Healed { outcome, .. } => Some(*outcome),
        _ => None,
    });
    outcomes.collect()
}

fn count(told: &[WatchEvent], is: impl Fn(&WatchEvent) -> bool) -> usize {
    told.iter().filter(|event| is(event)).count()
}

const WEB: InstanceId = InstanceId(0);

#[tokio::test(start_paused = true)]
async fn what_is_down_is_started_again_and_told_as_recovered_once() {
    let mut watching = Watching::of(one("web"), |_| {}).await;
    let before = watching.engine().peek(|all| all.map(|one| one.id.clone()).collect::<Vec<_>>());
    watching.engine().ends_by_itself("web-1", 137);
    let told = watching.after(seconds(10)).await;
    assert!(watching.is("web-1", &ContainerState::Running), "{told:?}");
    assert_eq!(healed(&told), [WatchOutcome::Done]);
    let down = InstanceCondition::Down(Some(137));
    assert_eq!(
        told[..3],
        [
            WatchEvent::Changed { instance: WEB, from: Some(InstanceCondition::Ready), to: down },
            WatchEvent::Broken(WEB, down),
            WatchEvent::Healing { instance: WEB, method: HealMethod::Start, number: 1, of: 3 },
        ]
    );
    // It is the same container, and the lease is free.
    assert_eq!(watching.engine().peek(|all| all.map(|one| one.id.clone()).collect::<Vec<_>>()), before);
    assert!(!watching.engine().volume_names().iter().any(|name| name.contains("lease")));
    let told = watching.after(seconds(300)).await;
    assert_eq!(told, [WatchEvent::Recovered(WEB)]);
}

#[tokio::test(start_paused = true)]
async fn what_is_stopped_on_purpose_stays_down_until_somebody_starts_it() {
    let mut watching = Watching::of(one("web"), |_| {}).await;
    watching.machines.run(2, &watching.world, "stop").await;
    let starts = watching.starts();
    let told = watching.after(seconds(600)).await;
    let stopped = WatchEvent::Changed {
        instance: WEB,
        from: Some(InstanceCondition::Ready),
        to: InstanceCondition::Stopped,
    };
    assert_eq!(told, [stopped]);
    assert_eq!(watching.starts(), starts);
    assert!(watching.is("web-1", &ContainerState::Exited));
    watching.machines.run(3, &watching.world, "apply").await;
    watching.after(seconds(10)).await;
    watching.engine().ends_by_itself("web-1", 1);
    let told = watching.after(seconds(10)).await;
    assert_eq!(healed(&told), [WatchOutcome::Done]);
}

#[tokio::test(start_paused = true)]
async fn what_was_stopped_before_watch_began_stays_down() {
    let mut watching = Watching::of(one("web"), |_| {}).await;
    watching.machines.run(2, &watching.world, "stop").await;
    watching.operation.interrupt();
    watching.operation.ended().await;
    let Watching { world, .. } = watching;
    let request = WatchRequest {
        environment: Arc::new(world.environment.clone()),
        routes: Arc::new(Routes(world.engines.clone())),
        owner: Arc::new(|| Arc::into_inner(Machines::default().process(9)).expect("nobody else has it")),
        author: Author { by: "ann@box".into(), command: "maestro watch".into(), commit: None },
        credentials: Credentials::default(),
        limits: LIMITS,
        applies: true,
        is_dry_run: false,
    };
    let (_operation, _told) = WatchOperation::spawn(request);
    sleep(seconds(600)).await;
    assert_eq!(world.engines[0].states()["web-1"], ContainerState::Exited);
}

#[tokio::test(start_paused = true)]
async fn it_never_fights_a_running_apply() {
    let mut world = one("web");
    world.engines[0].behave("app", Behaviour { stops_after: seconds(30), ..Behaviour::default() });
    world.service("db", &[0], &[]);
    let mut watching = Watching::of(world, |_| {}).await;
    // A stop of both holds the lease for half a minute; meanwhile another container dies.
    let (machines, world) = (Arc::clone(&watching.machines), &watching.world);
    let stop = machines.run(2, world, "stop");
    let observe = async {
        sleep(seconds(5)).await;
        world.engines[0].ends_by_itself("db-1", 1);
        sleep(seconds(20)).await;
        world.engines[0].calls().iter().filter(|call| call.method == "start").count()
    };
    let (_, starts) = tokio::join!(stop, observe);
    assert_eq!(starts, 2);
    let told = watching.after(seconds(60)).await;
    assert_eq!(healed(&told), []);
    assert_eq!(watching.starts(), 2);
}

#[tokio::test(start_paused = true)]
async fn while_another_run_holds_the_lease_it_waits() {
    let mut watching = Watching::of(one("web"), |_| {}).await;
    let other = watching.machines.process(2);
    let labels = other.holder.labels();
    maestro_run::store::LabelStore::on(watching.engine())
        .put("maestro-lease-world", &labels)
        .await
        .expect("the engine answers");
    watching.engine().ends_by_itself("web-1", 1);
    let told = watching.after(seconds(120)).await;
    assert_eq!(count(&told, |event| matches!(event, WatchEvent::Waits { ship: ShipId(0), .. })), 1);
    assert_eq!((healed(&told), watching.starts()), (vec![], 1));
    // Nobody is told of what that run may be about to change.
    assert_eq!(count(&told, |event| matches!(event, WatchEvent::Broken(..))), 0);
    maestro_run::store::LabelStore::on(watching.engine())
        .remove("maestro-lease-world")
        .await
        .expect("the engine answers");
    let told = watching.after(seconds(20)).await;
    assert_eq!(told.first(), Some(&WatchEvent::GoesOn));
    assert_eq!(healed(&told), [WatchOutcome::Done]);
}

#[tokio::test(start_paused = true)]
async fn a_flapping_container_is_started_a_bounded_number_of_times() {
    let world = one("web");
    let mut watching = Watching::of(world, |_| {}).await;
    let dies = Some((seconds(5), 3));
    watching.engine().behave("app", Behaviour { dies, ..Behaviour::default() });
    watching.engine().ends_by_itself("web-1", 3);
    let told = watching.after(seconds(3600)).await;
    assert_eq!(healed(&told), [WatchOutcome::Done; 3]);
    assert_eq!(watching.starts(), 1 + 3);
    assert_eq!(count(&told, |event| matches!(event, WatchEvent::Broken(..))), 1);
    assert_eq!(count(&told, |event| *event == WatchEvent::GaveUp { instance: WEB, tries: 3 }), 1);
    assert_eq!(count(&told, |event| matches!(event, WatchEvent::Recovered(_))), 0);
    // Somebody mends it: from then on it is healed again.
    watching.engine().behave("app", Behaviour::default());
    watching.machines.run(2, &watching.world, "apply").await;
    let told = watching.after(seconds(120)).await;
    assert_eq!(count(&told, |event| matches!(event, WatchEvent::Recovered(_))), 1, "{told:?}");
    watching.engine().ends_by_itself("web-1", 3);
    let told = watching.after(seconds(10)).await;
    assert_eq!(healed(&told), [WatchOutcome::Done]);
}

#[tokio::test(start_paused = true)]
async fn a_lost_ship_is_told_once_and_what_is_down_there_is_healed_when_it_is_back() {
    let mut watching = Watching::of(one("web"), |_| {}).await;
    watching.engine().fail_next("follow", "", InjectedFault::Unreachable);
    watching.engine().lose_events();
    watching.engine().ends_by_itself("web-1", 137);
    let told = watching.after(seconds(60)).await;
    assert_eq!(count(&told, |event| matches!(event, WatchEvent::ShipLost(ShipId(0), _))), 1, "{told:?}");
    assert_eq!(count(&told, |event| *event == WatchEvent::ShipBack(ShipId(0))), 1);
    assert_eq!(healed(&told), [WatchOutcome::Done]);
    assert!(watching.is("web-1", &ContainerState::Running));
}

#[tokio::test(start_paused = true)]
async fn what_is_unhealthy_is_healed_as_its_file_says() {
    for (policy, method) in [
        (OnUnhealthy::Restart, Some(HealMethod::Restart)),
        (OnUnhealthy::Replace, Some(HealMethod::Replace)),
        (OnUnhealthy::Notify, None),
    ] {
        let mut world = one("web");
        let unhealthy_after = Some(seconds(20));
        let healthy_after = Some(Duration::ZERO);
        world.engines[0].behave("app", Behaviour { healthy_after, unhealthy_after, ..Behaviour::default() });
        world.instance_mut("web-1").on_unhealthy = policy;
        let mut watching = Watching::of(world, |_| {}).await;
        let before = watching.engine().peek(|all| all.map(|one| one.id.clone()).collect::<Vec<_>>());
        watching.engine().behave("app", Behaviour { healthy_after, ..Behaviour::default() });
        let told = watching.after(seconds(60)).await;
        let broken = WatchEvent::Broken(WEB, InstanceCondition::Unhealthy);
        assert_eq!(count(&told, |event| *event == broken), 1, "{policy:?} {told:?}");
        let healing = told.iter().find_map(|event| match event {
            WatchEvent::Healing { method, .. } => Some(*method),
            _ => None,
        });
        assert_eq!(healing, method);
        let now = watching.engine().peek(|all| all.map(|one| one.id.clone()).collect::<Vec<_>>());
        assert_eq!(now != before, policy == OnUnhealthy::Replace, "{policy:?}");
        assert_eq!(now.len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_removed_is_made_again_unless_all_of_it_is_gone() {
    let mut world = World::new(1);
    world.service("web", &[0, 0], &[]);
    let mut watching = Watching::of(world, |_| {}).await;
    watching.engine().take_away("web-2");
    let told = watching.after(seconds(20)).await;
    assert_eq!(healed(&told), [WatchOutcome::Done], "{told:?}");
    for name in ["web-1", "web-2"] {
        watching.engine().stop(name, Duration::ZERO).await.expect("the engine answers");
        watching.engine().take_away(name);
    }
    let told = watching.after(seconds(600)).await;
    assert_eq!(watching.engine().states().len(), 0, "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn drift_is_told_once_and_applied_only_if_that_is_asked_for() {
    for applies in [false, true] {
        let world = one("web");
        let mut watching = Watching::of(world, |asked| {
            asked.applies = applies;
            let mut environment = (*asked.environment).clone();
            let mut spec = (*environment.instances[0].container).clone();
            spec.env.insert("DEBUG".to_owned(), Some("1".to_owned()));
            environment.instances[0].container = spec.into();
            asked.environment = Arc::new(environment);
        })
        .await;
        let told = watching.after(seconds(700)).await;
        let drifted = count(&told, |event| matches!(event, WatchEvent::Drifted(drift) if !drift.is_empty()));
        let applied =
            count(&told, |event| matches!(event, WatchEvent::Applied { outcome: WatchOutcome::Done, .. }));
        // What `of` has taken in was told before.
        assert!(drifted <= 1 && applied <= 1, "{told:?}");
        let creations = watching.engine().calls().iter().filter(|call| call.method == "create").count();
        assert_eq!(creations, if applies { 2 } else { 1 }, "{told:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_taken_down_while_it_is_watched_is_not_applied_again() {
    let mut watching = Watching::of(one("web"), |asked| asked.applies = true).await;
    watching.engine().take_away("web-1");
    let told = watching.after(seconds(1000)).await;
    assert_eq!(watching.engine().states().len(), 0, "{told:?}");
    watching.machines.run(2, &watching.world, "apply").await;
    watching.after(seconds(10)).await;
    watching.engine().ends_by_itself("web-1", 1);
    let told = watching.after(seconds(20)).await;
    assert_eq!(healed(&told), [WatchOutcome::Done]);
}

/// The process lives on, so nobody may take its lease.
#[tokio::test(start_paused = true)]
async fn a_lease_that_could_not_be_given_back_is_given_back_later() {
    let mut watching = Watching::of(one("web"), |_| {}).await;
    for _ in 0..3 {
        watching.engine().fail_next("remove_volume", "maestro-lease-world", InjectedFault::Unreachable);
    }
    watching.engine().ends_by_itself("web-1", 1);
    let is_held =
        |watching: &Watching| watching.engine().volume_names().iter().any(|name| name.contains("lease"));
    watching.after(seconds(3)).await;
    assert!(is_held(&watching));
    watching.after(seconds(10)).await;
    assert!(!is_held(&watching));
    assert_eq!(watching.machines.run(2, &watching.world, "apply").await.summary.failed, 0);
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_only_tells() {
    let mut watching = Watching::of(one("web"), |asked| asked.is_dry_run = true).await;
    watching.engine().ends_by_itself("web-1", 1);
    let told = watching.after(seconds(600)).await;
    assert_eq!(healed(&told), [WatchOutcome::DryRun; 3]);
    assert_eq!(watching.starts(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_interrupt_ends_a_run_in_good_order() {
    let world = one("web");
    world.engines[0].behave("app", Behaviour { starts_after: seconds(5), ..Behaviour::default() });
    let mut watching = Watching::of(world, |_| {}).await;
    watching.engine().ends_by_itself("web-1", 1);
    sleep(seconds(3)).await;
    watching.operation.interrupt();
    watching.operation.ended().await;
    assert!(watching.is("web-1", &ContainerState::Running));
    assert!(!watching.engine().volume_names().iter().any(|name| name.contains("lease")));
}
