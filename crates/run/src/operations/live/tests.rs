//! The live state follows engines in memory.

use std::collections::BTreeMap;

use maestro_core::{
    model::container::{ContainerNames, ContainerOwner, ContainerSpec, Network},
    observed::ContainerState,
};
use maestro_engine::Containers as _;
use maestro_fake::{Fake, InjectedFault};
use proptest::prelude::*;
use tokio::time::{sleep, timeout};

use super::*;
use crate::operations::test_environment::environment_of;

const FILE: &str = "name: shop\nships: {a: {ip: 10.0.0.1}, b: {ip: 10.0.0.2}}\nservices:\n  web: {image: app, \
                    instances: {web-1: {ship: a}, web-2: {ship: b}}}\n";

/// The names of all containers of each ship with their states; none for a ship that does not answer.
type Shown = Vec<Option<BTreeMap<String, ContainerState>>>;

fn shown(observed: &Observed) -> Shown {
    let of = |state: &ShipState| match state {
        ShipState::Answering(holdings) => {
            Some(holdings.containers.values().map(|one| (one.name.clone(), one.state.clone())).collect())
        }
        ShipState::NotAsked | ShipState::Unreachable { .. } => None,
    };
    observed.ships.iter().map(of).collect()
}

async fn create(fake: &Fake, name: &str) -> String {
    let network = Network::Environment { name: "net".into(), links: Vec::new() };
    let owner = ContainerOwner { environment: "shop".into(), service: "web".into() };
    let spec = ContainerSpec::new(name, "app", network, owner);
    fake.create(name, &spec.into(), &[].into(), &ContainerNames::default()).await.unwrap().id
}

struct World {
    environment: Arc<Environment>,
    fakes: [Fake; 2],
    engines: Vec<Option<Arc<dyn Engine>>>,
}

impl World {
    fn new() -> Self {
        let fakes = [Fake::new("a"), Fake::new("b")];
        for fake in &fakes {
            fake.add_image("app");
        }
        let engines = fakes.iter().map(|fake| Some(Arc::new(fake.clone()) as Arc<dyn Engine>)).collect();
        Self { environment: Arc::new(environment_of(FILE)), fakes, engines }
    }

    async fn fresh(&self) -> Observed {
        let asked = self.engines.iter().flatten();
        let ships = join_all(asked.map(|engine| look_at(&**engine, &self.environment, Question::default())));
        Observed { ships: ships.await, ..Observed::default() }
    }

    async fn follow(&self) -> LiveState {
        LiveState::follow(&self.environment, &self.engines, self.fresh().await, Question::default())
    }
}

/// The state after the next change that passes the test.
async fn until(live: &LiveState, is_there: impl Fn(&Shown) -> bool) -> Duration {
    let (mut updates, mut state, begun) = (live.subscribe(), live.now(), Instant::now());
    let wait = async {
        while !is_there(&shown(&state.observed)) {
            updates.next(&mut state).await.expect("a change");
        }
    };
    timeout(Duration::from_secs(90), wait).await.expect("the change in time");
    begun.elapsed()
}

fn is(ship: usize, name: &'static str, wanted: Option<ContainerState>) -> impl Fn(&Shown) -> bool {
    move |shown| shown[ship].as_ref().is_some_and(|containers| containers.get(name).cloned() == wanted)
}

#[tokio::test(start_paused = true)]
async fn a_container_that_is_killed_is_told_within_a_tenth_of_a_second() {
    let world = World::new();
    let id = create(&world.fakes[0], "web-1").await;
    world.fakes[0].start(&id).await.unwrap();
    let live = world.follow().await;
    until(&live, is(0, "web-1", Some(ContainerState::Running))).await;
    sleep(Duration::from_secs(5)).await;
    world.fakes[0].ends_by_itself("web-1", 137);
    let took = until(&live, is(0, "web-1", Some(ContainerState::Exited))).await;
    assert!(took < Duration::from_millis(100), "{took:?}");
    world.fakes[0].start(&id).await.unwrap();
    until(&live, is(0, "web-1", Some(ContainerState::Running))).await;
}

#[tokio::test(start_paused = true)]
async fn what_happens_between_the_list_and_the_subscription_is_seen() {
    let world = World::new();
    let before = world.fresh().await;
    create(&world.fakes[1], "web-2").await;
    let live = LiveState::follow(&world.environment, &world.engines, before, Question::default());
    let took = until(&live, is(1, "web-2", Some(ContainerState::Created))).await;
    assert!(took < Duration::from_secs(1), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_lost_ship_is_told_with_the_time_and_comes_back() {
    let world = World::new();
    let live = world.follow().await;
    sleep(Duration::from_secs(5)).await;
    assert_eq!(live.now().lost, [None, None]);
    world.fakes[0].fail_next("follow", "", InjectedFault::Unreachable);
    world.fakes[0].lose_events();
    until(&live, |shown| shown[0].is_none() && shown[1].is_some()).await;
    assert!(live.now().lost[0].is_some());
    // It happened while nobody listened.
    create(&world.fakes[0], "web-1").await;
    until(&live, is(0, "web-1", Some(ContainerState::Created))).await;
    assert_eq!(live.now().lost, [None, None]);
}

#[tokio::test(start_paused = true)]
async fn a_lost_ship_is_asked_at_once_if_somebody_wants_it() {
    let world = World::new();
    let live = world.follow().await;
    sleep(Duration::from_secs(5)).await;
    for _ in 0..5 {
        world.fakes[0].fail_next("follow", "", InjectedFault::Unreachable);
    }
    world.fakes[0].lose_events();
    until(&live, |shown| shown[0].is_none()).await;
    // After five tries the pause is 30 s.
    sleep(Duration::from_secs(40)).await;
    assert!(live.now().lost[0].is_some());
    live.retry();
    let took = until(&live, |shown| shown[0].is_some() && shown[1].is_some()).await;
    assert!(took < Duration::from_millis(500), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_list_that_lags_is_asked_for_again() {
    let world = World::new();
    let id = create(&world.fakes[0], "web-1").await;
    world.fakes[0].start(&id).await.unwrap();
    let live = world.follow().await;
    sleep(Duration::from_secs(5)).await;
    world.fakes[0].list_late(Duration::from_millis(200));
    world.fakes[0].ends_by_itself("web-1", 0);
    let took = until(&live, is(0, "web-1", Some(ContainerState::Exited))).await;
    assert!(took < Duration::from_secs(1), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn an_engine_with_much_to_tell_is_asked_a_few_times() {
    let world = World::new();
    let id = create(&world.fakes[0], "web-1").await;
    let live = world.follow().await;
    sleep(Duration::from_secs(5)).await;
    let lists = || world.fakes[0].calls().iter().filter(|call| call.method == "list").count();
    let before = lists();
    for _ in 0..100 {
        world.fakes[0].start(&id).await.unwrap();
        sleep(Duration::from_millis(5)).await;
        world.fakes[0].ends_by_itself("web-1", 0);
        sleep(Duration::from_millis(5)).await;
    }
    until(&live, is(0, "web-1", Some(ContainerState::Exited))).await;
    assert!(lists() - before <= 6, "{}", lists() - before);
    // At rest it is asked no more than a silent connection needs.
    sleep(Duration::from_secs(1)).await;
    let before = lists();
    sleep(Duration::from_secs(600)).await;
    assert!(lists() - before <= 21, "{}", lists() - before);
}

#[derive(Debug, Clone)]
enum Change {
    Create,
    Start,
    End(i64),
    Remove,
    Rename,
    Pause,
    Unpause,
    ByHand,
    LoseEvents,
    FailFollow,
    FailList,
    Reboot,
    Pass(u64),
}

fn changes() -> impl Strategy<Value = Vec<(usize, usize, Change)>> {
    let change = prop_oneof![
        3 => Just(Change::Create),
        3 => Just(Change::Start),
        2 => (0_i64..3).prop_map(Change::End),
        1 => Just(Change::Remove),
        1 => Just(Change::Rename),
        1 => Just(Change::Pause),
        1 => Just(Change::Unpause),
        1 => Just(Change::ByHand),
        1 => Just(Change::LoseEvents),
        1 => Just(Change::FailFollow),
        1 => Just(Change::FailList),
        1 => Just(Change::Reboot),
        3 => (0_u64..400).prop_map(Change::Pass),
    ];
    proptest::collection::vec((0_usize..2, 0_usize..3, change), 0..40)
}

/// Does it, as far as the engine can.
async fn happen(fake: &Fake, name: &str, change: Change) {
    match change {
        Change::Create if !fake.states().contains_key(name) => drop(create(fake, name).await),
        Change::Create => {}
        Change::Start => drop(fake.start(name).await),
        Change::End(code) => fake.ends_by_itself(name, code),
        Change::Remove => fake.take_away(name),
        Change::Rename => drop(fake.rename_by_hand(name, &format!("{name}-old"))),
        Change::Pause => fake.pause(name),
        Change::Unpause => fake.unpause(name),
        Change::ByHand => drop(fake.run_by_hand(&format!("{name}-hand"), "app")),
        Change::LoseEvents => fake.lose_events(),
        Change::FailFollow => fake.fail_next("follow", "", InjectedFault::Unreachable),
        Change::FailList => fake.fail_next("list", "", InjectedFault::Unreachable),
        Change::Reboot => fake.reboot(),
        Change::Pass(milliseconds) => sleep(Duration::from_millis(milliseconds)).await,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    /// Once nothing happens any more, the live state is what a fresh look shows.
    #[test]
    fn the_live_state_becomes_what_a_fresh_look_shows(changes in changes()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let world = World::new();
            let live = world.follow().await;
            let (mut updates, mut state) = (live.subscribe(), live.now());
            for (ship, name, change) in changes {
                happen(&world.fakes[ship], ["web-1", "web-2", "web-3"][name], change).await;
                tokio::task::yield_now().await;
            }
            for fake in &world.fakes {
                fake.forget_faults();
            }
            // The longest pause before a ship is asked again.
            sleep(Duration::from_secs(65)).await;
            let fresh = shown(&world.fresh().await);
            assert_eq!(shown(&live.now().observed), fresh);
            // So it is for a subscriber that slept.
            timeout(Duration::from_secs(1), updates.next(&mut state)).await.expect("changes").expect("a change");
            assert_eq!(shown(&state.observed), fresh);
        });
    }
}
