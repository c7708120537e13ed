//! Plans of start.

use super::case::Case;
use maestro_core::plan::start::StartOptions;

const SHOP: &str = "name: shop
ships: {a: {ip: 10.0.0.1}, b: {ip: 10.0.0.2}}
services:
  db: {image: db, instances: {db-1: {ship: a}}}
  web: {image: web, requires: db, instances: {web-1: {ship: a}, web-2: {ship: b}}}
";

#[test]
fn everything_is_made_each_after_what_it_requires() {
    insta::assert_snapshot!(Case::of(SHOP).sees("a: no-images no-network").start(), @r"
    start
    0 a/db-1: pull db [ImageMissing]
    1 a/: create-network maestro-shop of shop [NetworkMissing]
    2 a/db-1: create db-1 from db [NoContainer] after 0, 1
    3 a/db-1: start db-1 [ContainerIsNew] after 2
    4 a/db-1: ready db-1 [AwaitsReady] after 3
    5 a/web-1: pull web [ImageMissing]
    6 a/web-1: create web-1 from web [NoContainer] after 5, 1
    7 a/web-1: start web-1 [ContainerIsNew] after 6, 4
    8 a/web-1: ready web-1 [AwaitsReady] after 7
    9 b/web-2: create web-2 from web [NoContainer]
    10 b/web-2: start web-2 [ContainerIsNew] after 9, 4
    11 b/web-2: ready web-2 [AwaitsReady] after 10
    ");
}

#[test]
fn images_networks_and_what_runs_are_used() {
    insta::assert_snapshot!(Case::of(SHOP).sees("a/db-1: running").start(), @r"
    start
    0 a/web-1: create web-1 from web [NoContainer]
    1 a/web-1: start web-1 [ContainerIsNew] after 0
    2 a/web-1: ready web-1 [AwaitsReady] after 1
    3 b/web-2: create web-2 from web [NoContainer]
    4 b/web-2: start web-2 [ContainerIsNew] after 3
    5 b/web-2: ready web-2 [AwaitsReady] after 4
    unchanged db-1: AlreadyRunning
    ");
}

#[test]
fn what_is_down_is_made_anew() {
    let plan = Case::of(SHOP).sees("a/db-1: exited\na/web-1: created\nb/web-2: dead").start();
    insta::assert_snapshot!(plan, @r#"
    start
    0 a/db-1: remove db-1 (db-1@a) [OldIsDown("Exited (0) 2 hours ago")]
    1 a/db-1: create db-1 from db [OldIsDown("Exited (0) 2 hours ago")] after 0
    2 a/db-1: start db-1 [ContainerIsNew] after 1
    3 a/db-1: ready db-1 [AwaitsReady] after 2
    4 a/web-1: remove web-1 (web-1@a) [NeverStarted]
    5 a/web-1: create web-1 from web [NeverStarted] after 4
    6 a/web-1: start web-1 [ContainerIsNew] after 5, 3
    7 a/web-1: ready web-1 [AwaitsReady] after 6
    8 b/web-2: remove web-2 (web-2@b) [Dead]
    9 b/web-2: create web-2 from web [Dead] after 8
    10 b/web-2: start web-2 [ContainerIsNew] after 9, 3
    11 b/web-2: ready web-2 [AwaitsReady] after 10
    "#);
}

#[test]
fn ships_of_one_engine_share_pulls_and_the_network() {
    let plan =
        Case::of(SHOP).sees("a: no-images no-network engine e\nb: no-images no-network engine e").start();
    insta::assert_snapshot!(plan, @r"
    start
    0 a/db-1: pull db [ImageMissing]
    1 a/: create-network maestro-shop of shop [NetworkMissing]
    2 a/db-1: create db-1 from db [NoContainer] after 0, 1
    3 a/db-1: start db-1 [ContainerIsNew] after 2
    4 a/db-1: ready db-1 [AwaitsReady] after 3
    5 a/web-1: pull web [ImageMissing]
    6 a/web-1: create web-1 from web [NoContainer] after 5, 1
    7 a/web-1: start web-1 [ContainerIsNew] after 6, 4
    8 a/web-1: ready web-1 [AwaitsReady] after 7
    9 b/web-2: create web-2 from web [NoContainer] after 5, 1
    10 b/web-2: start web-2 [ContainerIsNew] after 9, 4
    11 b/web-2: ready web-2 [AwaitsReady] after 10
    ");
}

#[test]
fn refresh_images_pulls_what_is_there() {
    let plan = Case::of(SHOP)
        .only(&["web-1"])
        .sees("a/db-1: running")
        .start_with(StartOptions { refresh_images: true, ..StartOptions::default() });
    insta::assert_snapshot!(plan, @r"
    start
    0 a/web-1: pull web [Flag(RefreshImages)]
    1 a/web-1: create web-1 from web [NoContainer] after 0
    2 a/web-1: start web-1 [ContainerIsNew] after 1
    3 a/web-1: ready web-1 [AwaitsReady] after 2
    ");
}

#[test]
fn reuse_starts_the_container_that_is_there() {
    let plan = Case::of(SHOP)
        .only(&["web-1"])
        .sees("a/db-1: running\na/web-1: exited old")
        .start_with(StartOptions { reuse: true, ..StartOptions::default() });
    insta::assert_snapshot!(plan, @r"
    start
    0 a/web-1: start web-1 [Reused]
    1 a/web-1: ready web-1 [AwaitsReady] after 0
    ");
}

#[test]
fn ignore_dependencies_starts_all_at_once() {
    let plan =
        Case::of(SHOP).start_with(StartOptions { ignore_dependencies: true, ..StartOptions::default() });
    insta::assert_snapshot!(plan, @r"
    start
    0 a/db-1: create db-1 from db [NoContainer]
    1 a/db-1: start db-1 [ContainerIsNew] after 0
    2 a/db-1: ready db-1 [AwaitsReady] after 1
    3 a/web-1: create web-1 from web [NoContainer]
    4 a/web-1: start web-1 [ContainerIsNew] after 3
    5 a/web-1: ready web-1 [AwaitsReady] after 4
    6 b/web-2: create web-2 from web [NoContainer]
    7 b/web-2: start web-2 [ContainerIsNew] after 6
    8 b/web-2: ready web-2 [AwaitsReady] after 7
    ");
}

#[test]
fn what_is_required_and_not_selected_is_noted() {
    insta::assert_snapshot!(Case::of(SHOP).only(&["web-1"]).start(), @r#"
    start
    0 a/web-1: create web-1 from web [NoContainer]
    1 a/web-1: start web-1 [ContainerIsNew] after 0
    2 a/web-1: ready web-1 [AwaitsReady] after 1
    note web-1: RequiresDown(["db-1"])
    "#);
}

#[test]
fn an_unmanaged_container_blocks_its_instance_and_the_dependants() {
    insta::assert_snapshot!(Case::of(SHOP).sees("a/db-1: running unmanaged").start(), @r#"
    start
    blocked db-1: Unmanaged { id: "db-1@a", image: "db", environment: None }
    blocked web-1: Behind { other: db-1 }
    blocked web-2: Behind { other: db-1 }
    "#);
}

#[test]
fn adopt_stops_and_replaces_an_unmanaged_container() {
    let plan = Case::of(SHOP)
        .only(&["db-1"])
        .sees("a/db-1: running labelled other")
        .start_with(StartOptions { adopt: true, ..StartOptions::default() });
    insta::assert_snapshot!(plan, @r"
    start
    0 a/db-1: stop db-1 (db-1@a) 10s [Adopted]
    1 a/db-1: remove db-1 (db-1@a) [ReplacesUnmanaged] after 0
    2 a/db-1: create db-1 from db [ReplacesUnmanaged] after 1
    3 a/db-1: start db-1 [ContainerIsNew] after 2
    4 a/db-1: ready db-1 [AwaitsReady] after 3
    ");
}

#[test]
fn adopt_replaces_an_unmanaged_container_that_is_down() {
    let plan = Case::of(SHOP)
        .only(&["db-1"])
        .sees("a/db-1: exited unmanaged")
        .start_with(StartOptions { adopt: true, ..StartOptions::default() });
    insta::assert_snapshot!(plan, @r"
    start
    0 a/db-1: remove db-1 (db-1@a) [ReplacesUnmanaged]
    1 a/db-1: create db-1 from db [ReplacesUnmanaged] after 0
    2 a/db-1: start db-1 [ContainerIsNew] after 1
    3 a/db-1: ready db-1 [AwaitsReady] after 2
    ");
}

#[test]
fn a_network_of_others_blocks_what_has_to_be_made() {
    insta::assert_snapshot!(Case::of(SHOP).sees("a: network-of other\na/db-1: running").start(), @r#"
    start
    0 b/web-2: create web-2 from web [NoContainer]
    1 b/web-2: start web-2 [ContainerIsNew] after 0
    2 b/web-2: ready web-2 [AwaitsReady] after 1
    unchanged db-1: AlreadyRunning
    blocked web-1: UnmanagedNetwork { network: "maestro-shop", environment: Some("other") }
    "#);
}

#[test]
fn a_network_of_others_is_used_with_adopt() {
    let plan = Case::of(SHOP)
        .only(&["db-1"])
        .sees("a: network-of other")
        .start_with(StartOptions { adopt: true, ..StartOptions::default() });
    insta::assert_snapshot!(plan, @r"
    start
    0 a/db-1: create db-1 from db [NoContainer]
    1 a/db-1: start db-1 [ContainerIsNew] after 0
    2 a/db-1: ready db-1 [AwaitsReady] after 1
    ");
}

#[test]
fn a_silent_ship_blocks_its_instances_alone() {
    insta::assert_snapshot!(Case::of(SHOP).sees("b: silent\na/db-1: running").start(), @r#"
    start
    0 a/web-1: create web-1 from web [NoContainer]
    1 a/web-1: start web-1 [ContainerIsNew] after 0
    2 a/web-1: ready web-1 [AwaitsReady] after 1
    unchanged db-1: AlreadyRunning
    blocked web-2: Unreachable { reason: NoAnswer(Words("connection refused")) }
    note web-1: MayRunOnSilentShip { ship: "b", instances: ["web-1"] }
    "#);
}

#[test]
fn a_ship_that_was_not_asked_blocks_its_instances() {
    insta::assert_snapshot!(Case::of(SHOP).sees("a: not-asked").start(), @r"
    start
    blocked db-1: NotAsked
    blocked web-1: NotAsked
    blocked web-2: Behind { other: db-1 }
    ");
}

#[test]
fn a_running_container_of_an_older_file_is_noted() {
    let plan = Case::of(SHOP)
        .was(&SHOP.replace("image: web", "image: web:old"))
        .sees("a/db-1: running\na/web-1: running old\nb/web-2: running without-hash")
        .start();
    insta::assert_snapshot!(plan, @r"
    start
    unchanged db-1: AlreadyRunning
    unchanged web-1: AlreadyRunning, FileChanged
    unchanged web-2: AlreadyRunning
    ");
}

#[test]
fn paused_and_restarting_containers_are_verified() {
    let plan = Case::of(SHOP).sees("a/db-1: paused\na/web-1: restarting\nb/web-2: running").start();
    insta::assert_snapshot!(plan, @r#"
    start
    0 a/db-1: verify db-1 (db-1@a) Settled [Doubted(Paused)]
    1 a/web-1: verify web-1 (web-1@a) Young [Doubted(Restarting)]
    barrier 0: RequiredReady(web-1) after 0, 1
    unchanged db-1: Paused, CanBeUnpaused { container: "db-1" }
    unchanged web-1: Restarting, LogTellsWhy
    unchanged web-2: AlreadyRunning
    "#);
}

#[test]
fn an_environment_whose_name_docker_does_not_allow_keeps_its_older_network() {
    let file = SHOP.replace("name: shop", "name: my shop");
    insta::assert_snapshot!(Case::of(&file).only(&["db-1"]).sees("a: old-network").start(), @r"
    start
    0 a/db-1: create db-1 from db [NoContainer]
    1 a/db-1: start db-1 [ContainerIsNew] after 0
    2 a/db-1: ready db-1 [AwaitsReady] after 1
    ");
    insta::assert_snapshot!(Case::of(&file).only(&["db-1"]).sees("a: no-network").start(), @r"
    start
    0 a/: create-network maestro-my_shop-21e023186c79 of my shop [NetworkMissing]
    1 a/db-1: create db-1 from db [NoContainer] after 0
    2 a/db-1: start db-1 [ContainerIsNew] after 1
    3 a/db-1: ready db-1 [AwaitsReady] after 2
    ");
}
