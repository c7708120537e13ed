//! Images that come from another engine: what is looked for, what the plan says, what comes of it.

use std::{collections::BTreeSet, sync::Arc};

use async_trait::async_trait;
use maestro_core::{
    event::{Cause, Event, Fact},
    fault::CarryFault,
    model::{Ship, ShipId},
    observed::carriable::{Carriable, CarrySource},
    plan::{
        Plan,
        action::{Action, ActionKind, ImageAction},
        start::{self, StartOptions},
    },
    value::{
        image_source::ImageSource,
        setting::{Setting, SettingValue},
    },
};
use maestro_engine::{
    Engine, ImageArchives as _, connect::Connection, credentials::Credentials, observe::Question,
};
use maestro_fake::Fake;
use maestro_run::operations::fleet::{Connect, Fleet};

use crate::{
    takeovers::Routes,
    world::{Outcome, World},
};

const BASE: &[u8] = &[b'b'; 50_000];
const OLD: &[u8] = &[b'o'; 5_000];
const NEW: &[u8] = &[b'n'; 5_000];
const API: &str = "api:1";

/// Ways to ships, and to this machine's own engine.
struct Ways {
    ships: Routes,
    own: Fake,
    /// The ship that has built the image for the others.
    builder: Option<ShipId>,
}

#[async_trait]
impl Connect for Ways {
    async fn connect(&self, ship: &Ship) -> Connection {
        self.ships.connect(ship).await
    }

    async fn this_machine(&self) -> Option<Arc<dyn Engine>> {
        Some(Arc::new(self.own.clone()))
    }

    fn builder(&self, image: &str, for_ship: ShipId) -> Option<CarrySource> {
        let builder = self.builder.filter(|builder| image == API && *builder != for_ship)?;
        Some(CarrySource::Ship { id: builder, name: format!("ship-{}", builder.0) })
    }
}

/// An instance of `api` on each of so many ships, whose engines lack its image.
fn world(ships: usize, source: ImageSource) -> World {
    let mut world = World::new(ships);
    let all: Vec<usize> = (0..ships).collect();
    world.service("api", &all, &[]);
    for instance in &mut world.environment.instances {
        API.clone_into(&mut instance.container.image);
        instance.image_source = source;
    }
    world
}

/// This machine's own engine, with the image.
fn own() -> Fake {
    let own = Fake::new("own");
    own.add_layered_image(API, &[BASE, NEW]);
    own
}

async fn fleet(world: &World, own: &Fake, needed: &[usize]) -> Fleet {
    fleet_with(world, own, needed, None).await
}

async fn fleet_with(world: &World, own: &Fake, needed: &[usize], builder: Option<ShipId>) -> Fleet {
    let routes = Ways { ships: Routes(world.engines.clone()), own: own.clone(), builder };
    let needed: BTreeSet<ShipId> = needed.iter().copied().map(ShipId).collect();
    let question = Question { images: true, networks: true, identity: true, ..Question::default() };
    Fleet::connect_and_observe_on(&world.environment, &routes, &needed, question).await
}

fn plan(world: &World, fleet: &Fleet) -> Plan {
    start::plan(&world.environment, &fleet.observed, &world.all(), StartOptions::default())
}

async fn run(world: &mut World, own: &Fake) -> Outcome {
    let all: Vec<usize> = (0..world.engines.len()).collect();
    let fleet = fleet(world, own, &all).await;
    world.sources.clone_from(&fleet.sources);
    world.run(plan(world, &fleet)).await
}

/// What a plan does to images: the ship, what, where from, and the bytes that are sent at most.
fn images(plan: &Plan) -> Vec<(usize, &'static str, String, u64)> {
    let image = |action: &Action| match action {
        Action::Image(ImageAction::Pull { .. }) => Some(("pull", String::new(), 0)),
        Action::Image(ImageAction::Carry { from, missing, .. }) => {
            let from = match from {
                CarrySource::Ship { name, .. } => name.clone(),
                CarrySource::ThisMachine => "this machine".to_owned(),
            };
            Some(("carry", from, *missing))
        }
        _ => None,
    };
    let steps = plan.steps.iter();
    let images = steps
        .filter_map(|step| image(&step.action).map(|(word, from, bytes)| (step.ship.0, word, from, bytes)));
    images.collect()
}

fn carried(from: &str, ship: usize, missing: u64) -> (usize, &'static str, String, u64) {
    (ship, "carry", from.to_owned(), missing)
}

fn faults(outcome: &Outcome) -> Vec<CarryFault> {
    let fault = |event: &&Event| match event {
        Event::StepFailed { failure, .. } => match &failure.cause {
            Cause::NotCarried { fault, .. } => Some(fault.clone()),
            _ => None,
        },
        _ => None,
    };
    outcome.failures().iter().filter_map(fault).collect()
}

/// The id of the image that a name leads to.
async fn stored(engine: &Fake, image: &str) -> String {
    engine.stored_image(image).await.expect("an answer").expect("an image").id
}

fn calls(engine: &Fake, method: &str) -> usize {
    engine.calls().iter().filter(|call| call.method == method).count()
}

#[tokio::test(start_paused = true)]
async fn what_a_ship_built_takes_the_place_of_the_name_on_the_others() {
    let (mut world, own) = (world(3, ImageSource::Auto), own());
    world.engines[0].add_layered_image(API, &[BASE, NEW, OLD]);
    world.engines[1].add_layered_image(API, &[BASE, OLD]);
    let found = fleet_with(&world, &own, &[0, 1, 2], Some(ShipId(0))).await;
    // This machine's own engine has an image of that name too, and is not the one that built it.
    let builder = world.environment.ships[0].name.clone();
    assert_eq!(images(&plan(&world, &found)), [carried(&builder, 1, 10_000), carried(&builder, 2, 60_000)]);
    world.sources.clone_from(&found.sources);
    let outcome = world.run(plan(&world, &found)).await;
    assert!(outcome.failures().is_empty(), "{:?}", outcome.failures());
    // The name leads to the builder's image on all, and the containers are made of it.
    let built = stored(&world.engines[0], API).await;
    assert_ne!(built, stored(&own, API).await);
    for engine in &world.engines {
        assert_eq!(stored(engine, API).await, built);
        let containers = engine.peek(|all| all.map(|one| one.image_id.clone()).collect::<Vec<_>>());
        assert_eq!(containers, std::slice::from_ref(&built));
    }
    // What all have already is not carried again.
    assert!(images(&plan(&world, &fleet_with(&world, &own, &[0, 1, 2], Some(ShipId(0))).await)).is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_image_that_no_registry_knows_is_carried_to_each_ship_from_one_read() {
    let (mut world, own) = (world(3, ImageSource::Auto), own());
    world.engines[1].add_layered_image("api:0", &[BASE, OLD]);
    let found = fleet(&world, &own, &[0, 1, 2]).await;
    let expected =
        [(0, 55_000), (1, 5_000), (2, 55_000)].map(|(ship, bytes)| carried("this machine", ship, bytes));
    assert_eq!(images(&plan(&world, &found)), expected);
    let outcome = run(&mut world, &own).await;
    assert!(outcome.failures().is_empty(), "{:?}", outcome.failures());
    assert_eq!(calls(&own, "save_image"), 1);
    assert!(world.engines[1].loaded_bytes() < 10_000 && world.engines[2].loaded_bytes() > 55_000);
    assert!(outcome.at("carry", "api-2", true) < outcome.at("create", "api-2", false));
    assert!(images(&plan(&world, &fleet(&world, &own, &[0, 1, 2]).await)).is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_image_that_a_registry_knows_is_pulled() {
    let (world, own) = (world(1, ImageSource::Auto), own());
    own.publish(API, "api@sha256:0123");
    let found = fleet(&world, &own, &[0]).await;
    assert_eq!(images(&plan(&world, &found)), [(0, "pull", String::new(), 0)]);
}

#[tokio::test(start_paused = true)]
async fn a_registry_is_asked_where_an_engine_does_not_tell_whether_an_image_came_from_one() {
    let (world, own) = (world(1, ImageSource::Auto), own());
    // As containerd's store names every image.
    let id = own.stored_image(API).await.unwrap().unwrap().id;
    own.publish(API, &format!("api@{id}"));
    let found = fleet(&world, &own, &[0]).await;
    assert_eq!(images(&plan(&world, &found)), [carried("this machine", 0, 55_000)]);
    own.allow_pull(API);
    let found = fleet(&world, &own, &[0]).await;
    assert_eq!(images(&plan(&world, &found)), [(0, "pull", String::new(), 0)]);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_carried_where_the_file_says_so_or_the_engine_is_the_ship() {
    let (registry, source) = (world(1, ImageSource::Registry), own());
    assert_eq!(
        images(&plan(&registry, &fleet(&registry, &source, &[0]).await)),
        [(0, "pull", String::new(), 0)]
    );
    let auto = world(1, ImageSource::Auto);
    let found = fleet(&auto, &auto.engines[0], &[0]).await;
    assert_eq!(images(&plan(&auto, &found)), [(0, "pull", String::new(), 0)]);
}

#[tokio::test(start_paused = true)]
async fn a_ship_gives_its_image_to_another_though_it_has_no_instance() {
    let (mut world, none) = (world(1, ImageSource::Carry), Fake::new("own"));
    let builder = Fake::new("builder");
    builder.add_layered_image(API, &[BASE, NEW]);
    builder.publish(API, "api@sha256:0123");
    world.environment.ships.push(Ship { name: "ship-1".to_owned(), ..world.environment.ships[0].clone() });
    world.engines.push(builder);
    world.same_engine.push(1);
    let found = fleet(&world, &none, &[0]).await;
    assert_eq!(images(&plan(&world, &found)), [carried("ship-1", 0, 55_000)]);
    world.sources.clone_from(&found.sources);
    assert!(world.run(plan(&world, &found)).await.failures().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_newer_image_of_the_same_name_is_carried_where_the_file_says_so() {
    let (mut world, own) = (world(1, ImageSource::Carry), own());
    assert!(run(&mut world, &own).await.failures().is_empty());
    assert!(images(&plan(&world, &fleet(&world, &own, &[0]).await)).is_empty());
    own.add_layered_image(API, &[BASE, OLD]);
    let found = fleet(&world, &own, &[0]).await;
    let newer = &found.observed.carriable[&(ShipId(0), API.to_owned())];
    assert_eq!(found.observed.holdings(ShipId(0)).unwrap().image_id(API), Some(newer.id.as_str()));
    assert_eq!(newer.missing, 5_000);
}

#[tokio::test(start_paused = true)]
async fn what_is_carried_for_one_instance_is_what_all_of_its_engine_are_made_of() {
    let own = own();
    let mut world = World::on_one_engine(2);
    world.service("api", &[0, 1], &[]);
    for (instance, source) in
        world.environment.instances.iter_mut().zip([ImageSource::Auto, ImageSource::Carry])
    {
        API.clone_into(&mut instance.container.image);
        instance.image_source = source;
    }
    world.engines[0].add_layered_image(API, &[BASE, OLD]);
    let outcome = run(&mut world, &own).await;
    assert!(outcome.failures().is_empty(), "{:?}", outcome.failures());
    let ids: BTreeSet<String> = world.engines[0].peek(|all| all.map(|one| one.image_id.clone()).collect());
    let new = own.stored_image(API).await.unwrap().unwrap().id;
    assert_eq!(ids, [new].into());
    assert_eq!(world.engines[0].states().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_ship_without_room_does_not_keep_the_others_from_their_image() {
    let (mut world, own) = (world(2, ImageSource::Auto), own());
    world.engines[0].limit_image_room(10_000);
    let outcome = run(&mut world, &own).await;
    assert!(matches!(&faults(&outcome)[..], [CarryFault::NoRoom(_)]), "{:?}", outcome.failures());
    assert!(outcome.at("start", "api-2", true).is_some() && outcome.at("create", "api-1", false).is_none());
    let text = outcome.failure_texts()[0];
    assert!(text.reason.contains("the disk of ship ship-0 has no room for image api:1"), "{}", text.reason);
}

#[tokio::test(start_paused = true)]
async fn a_line_that_is_cut_is_told_and_the_next_run_carries_it() {
    let (mut world, own) = (world(1, ImageSource::Auto), own());
    own.break_archive_after(20_000);
    let outcome = run(&mut world, &own).await;
    assert!(matches!(&faults(&outcome)[..], [CarryFault::Read(_)]), "{:?}", outcome.failures());
    assert!(!world.engines[0].has_image(API));
    assert!(run(&mut world, &own).await.failures().is_empty());
}

#[tokio::test(start_paused = true)]
async fn one_ship_at_a_time_is_no_second_read() {
    let (mut world, own) = (world(3, ImageSource::Auto), own());
    let found = fleet(&world, &own, &[0, 1, 2]).await;
    world.sources.clone_from(&found.sources);
    let (_keep, interrupted) = tokio::sync::watch::channel(false);
    let outcome = world.run_with(plan(&world, &found), Some(1), interrupted).await;
    assert!(outcome.failures().is_empty(), "{:?}", outcome.failures());
    assert_eq!(calls(&own, "save_image"), 1);
}

async fn findings(world: &World, own: &Fake) -> Vec<Fact> {
    let found = fleet(world, own, &[0]).await;
    let plan = plan(world, &found);
    let findings = found.preflight(&world.environment, &plan, &Credentials::default()).await;
    findings.into_iter().map(|finding| finding.fact).filter(|fact| fact.code() == "image").collect()
}

#[tokio::test(start_paused = true)]
async fn an_image_for_another_processor_is_told_beforehand() {
    let (mut world, own) = (world(1, ImageSource::Auto), own());
    own.set_architecture("arm64");
    let wrong = Fact::OtherPlatform {
        image: API.to_owned(),
        has: "linux/arm64".to_owned(),
        needs: "linux/amd64".to_owned(),
    };
    assert_eq!(findings(&world, &own).await, [wrong]);
    // A ship may emulate what the file names.
    let platform = SettingValue::Text("linux/arm64".to_owned());
    world.instance_mut("api-1").container.settings.insert(Setting::Platform, platform);
    assert!(findings(&world, &own).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_image_that_no_engine_has_is_told_beforehand() {
    let world = world(1, ImageSource::Carry);
    assert_eq!(findings(&world, &Fake::new("own")).await, [Fact::ImageNowhere(API.to_owned())]);
}

#[tokio::test(start_paused = true)]
async fn an_image_that_is_gone_when_its_turn_comes_is_told() {
    let (mut world, own) = (world(1, ImageSource::Auto), own());
    let found = fleet(&world, &own, &[0]).await;
    world.sources.clone_from(&found.sources);
    let plan = plan(&world, &found);
    assert!(plan.steps.iter().any(|step| step.action.kind() == ActionKind::Carry));
    own.lose_image(API);
    let outcome = world.run(plan).await;
    assert_eq!(faults(&outcome), [CarryFault::Gone]);
    let Carriable { from, .. } = &found.observed.carriable[&(ShipId(0), API.to_owned())];
    assert_eq!(*from, CarrySource::ThisMachine);
}

/// What all ships hear at once is told in the order of the plan, so that a simulation can be replayed.
#[tokio::test(start_paused = true)]
async fn the_same_run_is_told_in_the_same_order_each_time() {
    let mut told = BTreeSet::new();
    for _ in 0..20 {
        let (mut world, own) = (world(3, ImageSource::Auto), own());
        let found = fleet(&world, &own, &[0, 1, 2]).await;
        world.sources.clone_from(&found.sources);
        let plan = plan(&world, &found);
        own.lose_image(API);
        let outcome = world.run(plan).await;
        assert_eq!(faults(&outcome), [CarryFault::Gone, CarryFault::Gone, CarryFault::Gone]);
        let instance = |event: &&Event| match event {
            Event::StepFailed { subject, .. } => subject.instance.clone(),
            _ => None,
        };
        told.insert(outcome.failures().iter().map(instance).collect::<Vec<_>>());
    }
    assert_eq!(told.len(), 1, "{told:?}");
}
