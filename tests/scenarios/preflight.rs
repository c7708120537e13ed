//! What is asked before the first step: nothing is changed by it, nothing hangs on it, and all is told at once.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use maestro_core::{
    event::{Finding, Weight},
    fault::EngineFault,
    model::{
        ShipId,
        container::{Port, Protocol},
    },
    observed::{ContainerState, Published},
    plan::{
        Plan,
        restart::{RestartOptions, plan},
        start::StartOptions,
    },
};
use maestro_engine::{
    EngineInfo,
    credentials::Credentials,
    host::{DiskSpace, Host, PathKind, PortAnswer},
};
use maestro_fake::{Call, Fake, InjectedFault};
use maestro_run::preflight::{
    Answers, Questions,
    ask::{Seen, ask},
    findings,
};
use tokio::time::{Instant, sleep};

use crate::world::World;

/// A machine with this much room, where nothing listens but what is said.
#[derive(Clone, Default)]
struct Quiet {
    free: u64,
    listening: Option<Vec<Published>>,
    hangs: bool,
}

#[async_trait]
impl Host for Quiet {
    async fn room(&self, _: &EngineInfo) -> Result<Option<DiskSpace>, EngineFault> {
        if self.hangs {
            sleep(Duration::from_secs(3600)).await;
        }
        Ok(Some(DiskSpace { total: 100 << 30, free: self.free }))
    }

    async fn listening(&self, _: &EngineInfo) -> Result<Option<Vec<Published>>, EngineFault> {
        if self.hangs {
            sleep(Duration::from_secs(3600)).await;
        }
        Ok(self.listening.clone())
    }

    async fn at(&self, _: &EngineInfo, _: &str) -> Result<Option<PathKind>, EngineFault> {
        Ok(Some(PathKind::There))
    }

    async fn connect(&self, _: &str, _: u16, _: Duration) -> PortAnswer {
        PortAnswer::Accepts
    }
}

fn port(number: u16) -> Vec<Port> {
    let (name, container) = ("http".to_owned(), 80);
    vec![Port {
        name,
        container,
        host: number,
        count: 1,
        choice: 1,
        protocol: Protocol::Tcp,
        bind: None,
        ipv6: false,
    }]
}

/// Two ships with an instance each, which are restarted with an image that is fetched anew.
async fn restarted(world: &mut World) -> Plan {
    world.service("web", &[0, 1], &[]);
    world.instance_mut("web-1").ports = port(80);
    world.instance_mut("web-2").ports = port(81);
    let start = StartOptions { refresh_images: true, ..StartOptions::default() };
    let options = RestartOptions { start, ..RestartOptions::default() };
    plan(&world.environment, &world.observe().await, &world.all(), options)
}

async fn looked(world: &World, plan: &Plan, hosts: [Quiet; 2]) -> (Answers, Vec<Finding>) {
    let observed = world.observe().await;
    let questions = Questions::of(&world.environment, &observed, plan);
    let seen = world.engines.iter().zip(hosts).enumerate().map(|(at, (engine, host))| {
        (ShipId(at), Seen { engine: Arc::new(engine.clone()), host: Arc::new(host) })
    });
    let ships: BTreeMap<ShipId, Seen> = seen.collect();
    let answers = ask(&world.environment, &questions, &ships, &Credentials::default()).await;
    let found = findings(&world.environment, &observed, plan, &answers);
    (answers, found)
}

fn told(found: &[Finding]) -> Vec<(Weight, &str, usize)> {
    found.iter().map(|found| (found.weight, found.fact.code(), found.ship.0)).collect()
}

fn roomy(listening: Option<Vec<Published>>) -> Quiet {
    Quiet { free: 50 << 30, listening, hangs: false }
}

fn nothing_changed(engine: &Fake) {
    let changes: Vec<Call> = engine.calls().into_iter().filter(Call::changes).collect();
    assert!(changes.is_empty(), "{changes:?}");
}

#[tokio::test(start_paused = true)]
async fn all_is_found_on_all_ships_and_nothing_is_changed() {
    let mut world = World::new(2);
    world.engines[0].add_foreign("proxy", "nginx", ContainerState::Running);
    world.engines[0].hold_port("proxy", 80);
    world.engines[1].allow_pull("app");
    let plan = restarted(&mut world).await;
    let held = Published { address: None, port: 81, protocol: Protocol::Tcp };
    let full = Quiet { free: 0, ..roomy(Some(vec![held])) };
    let (_, found) = looked(&world, &plan, [roomy(Some(Vec::new())), full]).await;
    let error = Weight::Error;
    assert_eq!(
        told(&found),
        [(error, "disk-full", 1), (error, "image", 0), (error, "port-taken", 0), (error, "port-taken", 1)]
    );
    world.engines.iter().for_each(nothing_changed);
}

#[tokio::test(start_paused = true)]
async fn what_hangs_is_given_up_and_is_only_a_warning() {
    let mut world = World::new(2);
    let plan = restarted(&mut world).await;
    world.engines[0].slow("info", Duration::from_secs(3600));
    for engine in &world.engines {
        engine.slow("remote_image", Duration::from_secs(3600));
    }
    let began = Instant::now();
    let (_, found) = looked(&world, &plan, [Quiet::default(), Quiet { hangs: true, ..roomy(None) }]).await;
    assert!(began.elapsed() <= Duration::from_secs(17), "{:?}", began.elapsed());
    assert!(found.iter().all(|found| found.weight == Weight::Warning), "{found:#?}");
    let mut codes = told(&found);
    codes.sort_unstable();
    let warning = Weight::Warning;
    let expected = [
        (warning, "image", 0),
        (warning, "image", 1),
        (warning, "not-looked-at", 0),
        (warning, "not-looked-at", 1),
        (warning, "not-looked-at", 1),
        (warning, "port-taken", 1),
    ];
    assert_eq!(codes, expected);
}

#[tokio::test(start_paused = true)]
async fn an_image_is_asked_for_once_and_once_more_if_its_registry_was_not_reached() {
    let mut world = World::new(1);
    world.service("web", &[0; 20], &[]);
    let start = StartOptions { refresh_images: true, ..StartOptions::default() };
    let options = RestartOptions { start, ..RestartOptions::default() };
    let plan = plan(&world.environment, &world.observe().await, &world.all(), options);
    world.engines[0].allow_pull("app");
    world.engines[0].fail_next("remote_image", "", InjectedFault::Unreachable);
    let asked = || world.engines[0].calls().iter().filter(|call| call.method == "remote_image").count();
    let hosts = || [roomy(Some(Vec::new())), Quiet::default()];
    let (_, found) = looked(&world, &plan, hosts()).await;
    assert_eq!(told(&found), [(Weight::Warning, "image", 0)], "the engine itself did not answer");
    assert_eq!(asked(), 1);
    world.engines[0].fail_pull(maestro_core::model::registry::PullFault::Unreachable, "dial tcp: refused");
    let (_, found) = looked(&world, &plan, hosts()).await;
    assert_eq!(told(&found), [(Weight::Error, "image", 0)]);
    assert_eq!(found[0].instances.len(), 20, "one finding for all");
    assert_eq!(asked(), 3);
}
