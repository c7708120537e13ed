//! Peers: more, fewer or other instances elsewhere restart nothing, unless that is asked for.

use maestro_core::{
    model::{
        ShipId,
        container::{LABEL_CONFIG_OWN, Port, Protocol},
        update::OnPeerChange,
    },
    observed::{Observed, ShipState},
    plan::{
        Plan,
        apply::{self, ApplyOptions},
        drift::{ObservedContainer, differences},
        reason::{Note, Reason, UnchangedReason},
        restart::{self, RestartOptions},
        start::{self, StartOptions},
    },
};
use maestro_engine::Containers as _;
use maestro_report::explain::{remark, unchanged};

use crate::{
    apply::{block_on, described, planned},
    world::World,
};

const PLAIN: ApplyOptions = ApplyOptions::PLAIN;
const PEERS: ApplyOptions = ApplyOptions { peers: true, ..PLAIN };

/// A load balancer that requires so many instances of `web`, which require a database.
fn declared(web: &[usize], change: impl Fn(&mut World)) -> World {
    let mut world = World::new(2);
    world.service("db", &[0], &[]);
    world.service("web", web, &["db"]);
    world.service("lb", &[0], &["web"]);
    change(&mut world);
    world.tell_peers();
    world
}

/// The same engines, with another file.
fn edited(world: World, web: &[usize], change: impl Fn(&mut World)) -> World {
    World { engines: world.engines, ..declared(web, change) }
}

fn port(host: u16) -> Port {
    let (count, choice, protocol, bind) = (1, 1, Protocol::Tcp, None);
    Port { name: "sql".into(), container: 5432, host, count, choice, protocol, bind, ipv6: false }
}

async fn apply(world: &World, options: ApplyOptions) -> Plan {
    let plan = planned(world, options).await;
    let outcome = world.run(plan.clone()).await;
    assert!(outcome.failures().is_empty(), "{:?}", outcome.failures());
    plan
}

/// Applies a file with so many instances of `web`, then plans for another one.
async fn changed(before: &[usize], after: &[usize], change: impl Fn(&mut World)) -> (World, Plan) {
    let world = declared(before, |_| {});
    apply(&world, PLAIN).await;
    let world = edited(world, after, change);
    let plan = apply(&world, PLAIN).await;
    (world, plan)
}

fn touched(world: &World, plan: &Plan) -> Vec<String> {
    let mut names: Vec<String> = plan
        .steps
        .iter()
        .filter(|step| {
            step.compensation.is_none() && matches!(step.action.word(), "create" | "stop" | "start")
        })
        .filter_map(|step| Some(world.environment.instance(step.instance?).name.clone()))
        .collect();
    names.sort();
    names.dedup();
    names
}

fn told(world: &World, plan: &Plan) -> Vec<String> {
    let each = plan.unchanged.iter().filter(|one| one.reason == UnchangedReason::OnlyPeersDiffer);
    each.map(|one| {
        let name = &world.environment.instance(one.instance).name;
        let reason = unchanged::sentence(one.reason, plan.command, &world.environment);
        let note = one.note.as_ref().map(|note| remark::planned(name, note, plan.command));
        format!("{name}: {reason} ({})", note.unwrap_or_default())
    })
    .collect()
}

#[test]
fn more_instances_restart_none_that_run() {
    block_on(async {
        let (world, plan) = changed(&[0, 0, 1], &[0, 0, 1, 1, 0], |_| {}).await;
        assert_eq!(touched(&world, &plan), ["web-4", "web-5"]);
        let sentence = |name: &str| {
            format!(
                "{name}: not replaced: only its peer variables differ (`apply --peers {name}` replaces it)"
            )
        };
        assert_eq!(told(&world, &plan), ["web-1", "web-2", "web-3", "lb-1"].map(sentence));
        assert_eq!(plan.other_peers.len(), 4);
        // A further one has nothing to do, and says the same.
        let again = planned(&world, PLAIN).await;
        assert!(again.steps.is_empty() && again.differing.is_empty(), "{again:?}");
        assert_eq!(told(&world, &again).len(), 4);
        // Asked for, they are replaced, one after the other, and then nothing differs.
        let replaced = apply(&world, PEERS).await;
        assert_eq!(touched(&world, &replaced), ["lb-1", "web-1", "web-2", "web-3"]);
        let again = planned(&world, PLAIN).await;
        assert!(again.steps.is_empty() && again.other_peers.is_empty(), "{again:?}");
    });
}

#[test]
fn fewer_other_or_moved_peers_restart_nothing() {
    block_on(async {
        let (world, plan) = changed(&[0, 0, 0], &[0], |_| {}).await;
        assert_eq!((touched(&world, &plan), plan.orphans.len()), (Vec::new(), 2));
        // A renamed one is one less and one more.
        let rename = |world: &mut World| {
            let instance = world.instance_mut("web-2");
            instance.name = "web-b".into();
            instance.container.name = "web-b".into();
        };
        let (world, plan) = changed(&[0, 0], &[0, 0], rename).await;
        assert_eq!(touched(&world, &plan), ["web-b"]);
        // One of its own service that is elsewhere is no reason; one of a service that it requires is.
        let (world, plan) = changed(&[0, 0, 0], &[0, 0, 1], |_| {}).await;
        assert_eq!(touched(&world, &plan), ["lb-1", "web-3"]);
        // A service that is required only by what it requires makes it known, no more.
        let (world, plan) = changed(&[0, 0], &[0, 0], |world| {
            let cache = world.service("cache", &[0], &[]);
            let on = maestro_core::model::Required::Service(cache);
            let by = maestro_core::model::RequiredBy::Requires;
            let state = maestro_core::model::RequiredState::Ready;
            let span = crate::world::span();
            world.environment.services[0].requires.push(maestro_core::model::Requirement {
                on,
                by,
                state,
                span,
            });
        })
        .await;
        assert_eq!(touched(&world, &plan), ["cache-1", "db-1"]);
        assert_eq!(told(&world, &plan).len(), 3);
    });
}

#[test]
fn another_address_or_port_of_what_it_requires_replaces_it() {
    block_on(async {
        let published = |world: &mut World| world.instance_mut("db-1").ports = vec![port(5432)];
        let world = declared(&[0, 0], published);
        apply(&world, PLAIN).await;
        let world = edited(world, &[0, 0], |world| world.instance_mut("db-1").ports = vec![port(5433)]);
        let plan = apply(&world, PLAIN).await;
        assert_eq!(touched(&world, &plan), ["lb-1", "web-1", "web-2"]);
        let world = edited(world, &[0, 0], |world| {
            published(world);
            world.environment.ships[0].address = "10.9.9.9".into();
        });
        let plan = planned(&world, PLAIN).await;
        assert_eq!(touched(&world, &plan), ["lb-1", "web-1", "web-2"]);
        // A port of one of its own service is told.
        let (world, plan) =
            changed(&[0, 0], &[0, 0], |world| world.instance_mut("web-2").ports = vec![port(80)]).await;
        assert_eq!(touched(&world, &plan), ["lb-1"]);
        assert_eq!(told(&world, &plan).len(), 2);
    });
}

#[test]
fn a_service_may_ask_for_it_and_what_is_down_is_made_anew() {
    block_on(async {
        let asks =
            |world: &mut World| world.environment.services[2].update.on_peer_change = OnPeerChange::Replace;
        let (world, plan) = changed(&[0], &[0, 0], asks).await;
        assert_eq!(touched(&world, &plan), ["lb-1", "web-2"]);
        let (world, _) = changed(&[0], &[0], |_| {}).await;
        let id = described(&world).await.holdings(ShipId(0)).unwrap().containers["web-1"].id.clone();
        world.engines[0].kill(&id).await.unwrap();
        let world = edited(world, &[0, 0], |_| {});
        let plan = apply(&world, PLAIN).await;
        assert_eq!(touched(&world, &plan), ["web-1", "web-2"]);
        assert_eq!(told(&world, &plan).len(), 1);
    });
}

#[test]
fn something_else_that_differs_replaces_it_with_the_peers_of_now() {
    block_on(async {
        let debug = |world: &mut World| {
            drop(world.instance_mut("web-1").container.env.insert("DEBUG".into(), Some("1".into())));
        };
        let (world, plan) = changed(&[0, 0], &[0, 0, 0], debug).await;
        assert_eq!(touched(&world, &plan), ["web-1", "web-3"]);
        let differing = plan.steps.iter().find_map(|step| match &step.reason {
            Reason::Differs { fields, .. } if step.action.word() == "create" => Some(fields),
            _ => None,
        });
        let fields = differing.expect("it is made anew");
        assert!(fields[0] == "env.DEBUG" && fields[1].starts_with("env.WEB_"), "{fields:?}");
        let again = planned(&world, PLAIN).await;
        assert_eq!((again.steps.len(), told(&world, &again).len()), (0, 2));
    });
}

/// What a container of 1.0.0-alpha.1 looks like: it has the hash of all, and no other.
fn of_older_release(observed: &mut Observed) {
    for ship in &mut observed.ships {
        let ShipState::Answering(holdings) = ship else { continue };
        let all = holdings.containers.values_mut().map(|container| &mut container.labels);
        for labels in all.chain(holdings.descriptions.values_mut().map(|one| &mut one.labels)) {
            assert!(labels.remove(LABEL_CONFIG_OWN).is_some());
        }
    }
}

#[test]
fn containers_of_an_older_release_are_unchanged_and_their_peers_no_reason_either() {
    block_on(async {
        let world = declared(&[0, 0], |_| {});
        apply(&world, PLAIN).await;
        let mut observed = described(&world).await;
        of_older_release(&mut observed);
        let plan = apply::plan(&world.environment, &observed, &world.all(), PLAIN);
        assert!(plan.steps.is_empty() && plan.other_peers.is_empty(), "{plan:?}");
        let world = edited(world, &[0, 0, 0], |_| {});
        let plan = apply::plan(&world.environment, &observed, &world.all(), PLAIN);
        assert_eq!((touched(&world, &plan), told(&world, &plan).len()), (vec!["web-3".to_owned()], 3));
    });
}

#[test]
fn what_an_engine_has_of_its_own_is_no_difference_beside_other_peers() {
    block_on(async {
        let world = declared(&[0, 0], |_| {});
        apply(&world, PLAIN).await;
        let world = edited(world, &[0, 0, 0], |_| {});
        let mut observed = described(&world).await;
        let instance = world.environment.instance(world.id("web-1"));
        let ShipState::Answering(holdings) = &mut observed.ships[0] else { panic!("it answers") };
        let container = holdings.containers["web-1"].clone();
        // An engine whose own log driver is another than Docker's.
        holdings.descriptions.get_mut(&container.id).unwrap().log_driver = "journald".into();
        let running =
            ObservedContainer::of(instance, &container, observed.holdings(ShipId(0)).unwrap()).unwrap();
        let found = differences(&world.environment, instance, running);
        assert!(!found.is_empty() && found.iter().all(|one| one.is_peers_alone), "{found:?}");
    });
}

#[test]
fn start_and_restart_tell_of_other_peers() {
    block_on(async {
        let (world, _) = changed(&[0], &[0, 0], |_| {}).await;
        let observed = world.observe().await;
        let plan = start::plan(&world.environment, &observed, &world.all(), StartOptions::default());
        let web = plan.unchanged.iter().find(|one| one.instance == world.id("web-1")).expect("it runs");
        assert_eq!((web.reason, &web.note), (UnchangedReason::AlreadyRunning, &Some(Note::PeersChanged)));
        let options = RestartOptions { only_if_changed: true, ..RestartOptions::default() };
        let plan = restart::plan(&world.environment, &observed, &world.all(), options);
        assert!(plan.steps.is_empty() && plan.unchanged.iter().all(|one| one.note.is_none()), "{plan:?}");
        // A restart makes containers with the peers of now.
        let plan = restart::plan(&world.environment, &observed, &world.all(), RestartOptions::default());
        world.run(plan).await;
        assert!(planned(&world, PLAIN).await.other_peers.is_empty());
    });
}
