//! Plans of apply.

use super::case::Case;
use maestro_core::plan::apply::ApplyOptions;

const SHOP: &str = "name: shop
ships: {a: {ip: 10.0.0.1}, b: {ip: 10.0.0.2}}
services:
  db: {image: db, instances: {db-1: {ship: a}}}
  web: {image: web, requires: db, instances: {web-1: {ship: a}, web-2: {ship: b}}}
";

/// What the file said before: another image of `web`.
fn older() -> String {
    SHOP.replace("image: web", "image: web:1")
}

/// A `web` that shares the network of `db`, and a `log` with the volumes of `web`.
const TIED: &str = "name: shop
ships: {a: {ip: 10.0.0.1}}
services:
  db: {image: db, instances: {db-1: {ship: a}}}
  web: {image: web, net: 'container:db-1', instances: {web-1: {ship: a}}}
  log: {image: log, volumes_from: web-1, instances: {log-1: {ship: a}}}
";

#[test]
fn what_is_missing_is_made() {
    insta::assert_snapshot!(Case::of(SHOP).apply(), @r"
    apply
    0 a/db-1: create db-1 from db [NoContainer]
    1 a/db-1: start db-1 [ContainerIsNew] after 0
    2 a/db-1: ready db-1 [AwaitsReady] after 1
    3 a/web-1: create web-1 from web [NoContainer]
    4 a/web-1: start web-1 [ContainerIsNew] after 3, 2
    5 a/web-1: ready web-1 [AwaitsReady] after 4
    6 b/web-2: create web-2 from web [NoContainer]
    7 b/web-2: start web-2 [ContainerIsNew] after 6, 2
    8 b/web-2: ready web-2 [AwaitsReady] after 7
    ");
}

#[test]
fn what_runs_as_declared_is_unchanged() {
    let plan = Case::of(SHOP).sees("a/db-1: running\na/web-1: running\nb/web-2: running").apply();
    insta::assert_snapshot!(plan, @r"
    apply
    unchanged db-1: RunsAsDeclared
    unchanged web-1: RunsAsDeclared
    unchanged web-2: RunsAsDeclared
    ");
}

#[test]
fn what_is_down_as_declared_starts_again() {
    insta::assert_snapshot!(Case::of(SHOP).only(&["db-1"]).sees("a/db-1: exited").apply(), @r#"
    apply
    0 a/db-1: start db-1 [DownAsDeclared("Exited (0) 2 hours ago")]
    1 a/db-1: ready db-1 [AwaitsReady] after 0
    "#);
}

#[test]
fn what_differs_is_replaced_in_batches() {
    let plan = Case::of(SHOP)
        .was(&older())
        .sees("a/db-1: running\na/web-1: running old\nb/web-2: running old")
        .apply();
    insta::assert_snapshot!(plan, @r#"
    apply
    0 a/web-1: create web-1.next from web [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }]
    1 a/web-1: stop web-1 (web-1@a) 10s [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }] after 0
    2 a/web-1: rename web-1 (web-1@a) to web-1.previous [KeptUntilReady] after 1
    3 a/web-1: rename web-1.next to web-1 [TakesPlace] after 2
    4 a/web-1: start web-1 [ContainerIsNew] after 3
    5 a/web-1: ready web-1 [AwaitsReady] after 4
    6 b/web-2: create web-2.next from web [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }]
    7 b/web-2: stop web-2 (web-2@b) 10s [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }] after barrier 0, 6
    8 b/web-2: rename web-2 (web-2@b) to web-2.previous [KeptUntilReady] after 7
    9 b/web-2: rename web-2.next to web-2 [TakesPlace] after 8
    10 b/web-2: start web-2 [ContainerIsNew] after 9
    11 b/web-2: ready web-2 [AwaitsReady] after 10
    12 (0) a/web-1: discard web-1.next or web-1, not web-1@a on a, 10s [NotReplaced]
    13 (0) a/web-1: rename web-1.previous (web-1@a) to web-1 [TakesPlaceAgain] after 12
    14 (0) a/web-1: start web-1 [RanBefore] after 13
    15 (0) a/web-1: ready web-1 [AwaitsReady] after 14
    16 (0) b/web-2: discard web-2.next or web-2, not web-2@b on b, 10s [NotReplaced]
    17 (0) b/web-2: rename web-2.previous (web-2@b) to web-2 [TakesPlaceAgain] after 16
    18 (0) b/web-2: start web-2 [RanBefore] after 17
    19 (0) b/web-2: ready web-2 [AwaitsReady] after 18
    20 a/web-1: remove web-1.previous (web-1@a) [SuccessorReady] after 5, barrier 1
    21 b/web-2: remove web-2.previous (web-2@b) [SuccessorReady] after 11, barrier 1
    barrier 0: Batch { service: web, number: 1, failures: 0 } after 5, 0 may fail, counted: None
    barrier 1: ServiceReplaced(web) after 5, 11, 0 may fail, counted: None
    compensation 0: Service(web) of 1 2 3 4 5 7 8 9 10 11
    unchanged db-1: RunsAsDeclared
    differs web-1: image web:1 → web, env.DOCKER_IMAGE web:1 → web, env.DOCKER_TAG 1 → latest
    differs web-2: image web:1 → web, env.DOCKER_IMAGE web:1 → web, env.DOCKER_TAG 1 → latest
    "#);
}

#[test]
fn what_differs_and_is_down_has_no_stop() {
    let plan =
        Case::of(SHOP).only(&["web-1"]).was(&older()).sees("a/db-1: running\na/web-1: exited old").apply();
    insta::assert_snapshot!(plan, @r#"
    apply
    0 a/web-1: create web-1.next from web [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }]
    1 a/web-1: rename web-1 (web-1@a) to web-1.previous [KeptUntilReady] after 0
    2 a/web-1: rename web-1.next to web-1 [TakesPlace] after 1
    3 a/web-1: start web-1 [ContainerIsNew] after 2
    4 a/web-1: ready web-1 [AwaitsReady] after 3
    5 (0) a/web-1: discard web-1.next or web-1, not web-1@a on a, 10s [NotReplaced]
    6 (0) a/web-1: rename web-1.previous (web-1@a) to web-1 [TakesPlaceAgain] after 5
    7 (0) a/web-1: start web-1 [RanBefore] after 6
    8 (0) a/web-1: ready web-1 [AwaitsReady] after 7
    9 a/web-1: remove web-1.previous (web-1@a) [SuccessorReady] after 4
    compensation 0: Instance(web-1) of 1 2 3 4
    differs web-1: image web:1 → web, env.DOCKER_IMAGE web:1 → web, env.DOCKER_TAG 1 → latest
    "#);
}

#[test]
fn what_differs_and_never_ran_is_not_tried_again() {
    let plan =
        Case::of(SHOP).only(&["web-1"]).was(&older()).sees("a/db-1: running\na/web-1: created old").apply();
    insta::assert_snapshot!(plan, @r#"
    apply
    0 a/web-1: create web-1.next from web [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }]
    1 a/web-1: rename web-1 (web-1@a) to web-1.previous [KeptUntilReady] after 0
    2 a/web-1: rename web-1.next to web-1 [TakesPlace] after 1
    3 a/web-1: start web-1 [ContainerIsNew] after 2
    4 a/web-1: ready web-1 [AwaitsReady] after 3
    5 (0) a/web-1: discard web-1.next or web-1, not web-1@a on a, 10s [NotReplaced]
    6 (0) a/web-1: rename web-1.previous (web-1@a) to web-1 [TakesPlaceAgain] after 5
    7 a/web-1: remove web-1.previous (web-1@a) [SuccessorReady] after 4
    compensation 0: Instance(web-1) of 1 2 3 4
    differs web-1: image web:1 → web, env.DOCKER_IMAGE web:1 → web, env.DOCKER_TAG 1 → latest
    "#);
}

#[test]
fn an_image_that_is_missing_is_pulled_before_anything_stops() {
    let plan = Case::of(SHOP)
        .only(&["web-1"])
        .was(&older())
        .sees("a: no-images\na/db-1: running\na/web-1: running old")
        .apply();
    insta::assert_snapshot!(plan, @r#"
    apply
    0 a/web-1: pull web [ImageMissing]
    1 a/web-1: create web-1.next from web [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }] after 0
    2 a/web-1: stop web-1 (web-1@a) 10s [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }] after 1
    3 a/web-1: rename web-1 (web-1@a) to web-1.previous [KeptUntilReady] after 2
    4 a/web-1: rename web-1.next to web-1 [TakesPlace] after 3
    5 a/web-1: start web-1 [ContainerIsNew] after 4
    6 a/web-1: ready web-1 [AwaitsReady] after 5
    7 (0) a/web-1: discard web-1.next or web-1, not web-1@a on a, 10s [NotReplaced]
    8 (0) a/web-1: rename web-1.previous (web-1@a) to web-1 [TakesPlaceAgain] after 7
    9 (0) a/web-1: start web-1 [RanBefore] after 8
    10 (0) a/web-1: ready web-1 [AwaitsReady] after 9
    11 a/web-1: remove web-1.previous (web-1@a) [SuccessorReady] after 6
    compensation 0: Instance(web-1) of 2 3 4 5 6
    differs web-1: image web:1 → web, env.DOCKER_IMAGE web:1 → web, env.DOCKER_TAG 1 → latest
    "#);
}

#[test]
fn a_network_of_others_blocks_a_replacement() {
    let plan = Case::of(SHOP)
        .only(&["web-1"])
        .was(&older())
        .sees("a: network-of other\na/db-1: running\na/web-1: running old")
        .apply();
    insta::assert_snapshot!(plan, @r#"
    apply
    blocked web-1: UnmanagedNetwork { network: "maestro-shop", environment: Some("other") }
    differs web-1: image web:1 → web, env.DOCKER_IMAGE web:1 → web, env.DOCKER_TAG 1 → latest
    "#);
}

#[test]
fn a_blocked_requirement_blocks_a_replacement() {
    let plan = Case::of(SHOP)
        .only(&["db-1", "web-1"])
        .was(&older())
        .sees("a/db-1: running unmanaged\na/web-1: running old")
        .apply();
    insta::assert_snapshot!(plan, @r#"
    apply
    blocked db-1: Unmanaged { id: "db-1@a", image: "db", environment: None }
    blocked web-1: Behind { other: db-1 }
    differs web-1: image web:1 → web, env.DOCKER_IMAGE web:1 → web, env.DOCKER_TAG 1 → latest
    "#);
}

#[test]
fn adopt_replaces_an_unmanaged_container() {
    let plan = Case::of(SHOP)
        .only(&["db-1"])
        .sees("a/db-1: running unmanaged")
        .apply_with(ApplyOptions { adopt: true, ..ApplyOptions::PLAIN });
    insta::assert_snapshot!(plan, @r"
    apply
    0 a/db-1: stop db-1 (db-1@a) 10s [Adopted]
    1 a/db-1: remove db-1 (db-1@a) [ReplacesUnmanaged] after 0
    2 a/db-1: create db-1 from db [ReplacesUnmanaged] after 1
    3 a/db-1: start db-1 [ContainerIsNew] after 2
    4 a/db-1: ready db-1 [AwaitsReady] after 3
    ");
}

#[test]
fn ignore_dependencies_replaces_all_at_once() {
    let plan = Case::of(SHOP)
        .only(&["db-1", "web-1"])
        .was(&older())
        .sees("a/web-1: running old")
        .apply_with(ApplyOptions { ignore_dependencies: true, ..ApplyOptions::PLAIN });
    insta::assert_snapshot!(plan, @r#"
    apply
    0 a/db-1: create db-1 from db [NoContainer]
    1 a/db-1: start db-1 [ContainerIsNew] after 0
    2 a/db-1: ready db-1 [AwaitsReady] after 1
    3 a/web-1: create web-1.next from web [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }]
    4 a/web-1: stop web-1 (web-1@a) 10s [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }] after 3
    5 a/web-1: rename web-1 (web-1@a) to web-1.previous [KeptUntilReady] after 4
    6 a/web-1: rename web-1.next to web-1 [TakesPlace] after 5
    7 a/web-1: start web-1 [ContainerIsNew] after 6
    8 a/web-1: ready web-1 [AwaitsReady] after 7
    9 (0) a/web-1: discard web-1.next or web-1, not web-1@a on a, 10s [NotReplaced]
    10 (0) a/web-1: rename web-1.previous (web-1@a) to web-1 [TakesPlaceAgain] after 9
    11 (0) a/web-1: start web-1 [RanBefore] after 10
    12 (0) a/web-1: ready web-1 [AwaitsReady] after 11
    13 a/web-1: remove web-1.previous (web-1@a) [SuccessorReady] after 8
    compensation 0: Instance(web-1) of 4 5 6 7 8
    differs web-1: image web:1 → web, env.DOCKER_IMAGE web:1 → web, env.DOCKER_TAG 1 → latest
    "#);
}

#[test]
fn what_is_tied_to_a_new_container_is_made_anew() {
    let plan = Case::of(TIED)
        .was(&TIED.replace("image: db", "image: db:1"))
        .sees("a/db-1: running old\na/web-1: running\na/log-1: running")
        .apply();
    insta::assert_snapshot!(plan, @r#"
    apply
    0 a/db-1: create db-1.next from db [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }]
    1 a/db-1: stop db-1 (db-1@a) 10s [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }] after 0
    2 a/db-1: rename db-1 (db-1@a) to db-1.previous [KeptUntilReady] after 1
    3 a/db-1: rename db-1.next to db-1 [TakesPlace] after 2
    4 a/db-1: start db-1 [ContainerIsNew] after 3
    5 a/db-1: ready db-1 [AwaitsReady] after 4
    6 a/web-1: create web-1.next from web [Differs { fields: ["net"], more: 0 }] after 3
    7 a/web-1: stop web-1 (web-1@a) 10s [Differs { fields: ["net"], more: 0 }] after 5, 6
    8 a/web-1: rename web-1 (web-1@a) to web-1.previous [KeptUntilReady] after 7
    9 a/web-1: rename web-1.next to web-1 [TakesPlace] after 8
    10 a/web-1: start web-1 [ContainerIsNew] after 9
    11 a/web-1: ready web-1 [AwaitsReady] after 10
    12 a/log-1: create log-1.next from log [Differs { fields: ["volumes_from"], more: 0 }] after 9
    13 a/log-1: stop log-1 (log-1@a) 10s [Differs { fields: ["volumes_from"], more: 0 }] after 11, 12
    14 a/log-1: rename log-1 (log-1@a) to log-1.previous [KeptUntilReady] after 13
    15 a/log-1: rename log-1.next to log-1 [TakesPlace] after 14
    16 a/log-1: start log-1 [ContainerIsNew] after 15
    17 a/log-1: ready log-1 [AwaitsReady] after 16
    18 (0) a/db-1: discard db-1.next or db-1, not db-1@a on a, 10s [NotReplaced]
    19 (0) a/db-1: rename db-1.previous (db-1@a) to db-1 [TakesPlaceAgain] after 18
    20 (0) a/db-1: start db-1 [RanBefore] after 19
    21 (0) a/db-1: ready db-1 [AwaitsReady] after 20
    22 a/db-1: remove db-1.previous (db-1@a) [SuccessorReady] after 5
    23 (1) a/web-1: discard web-1.next or web-1, not web-1@a on a, 10s [NotReplaced]
    24 (1) a/web-1: rename web-1.previous (web-1@a) to web-1 [TakesPlaceAgain] after 23
    25 (1) a/web-1: start web-1 [RanBefore] after 24
    26 (1) a/web-1: ready web-1 [AwaitsReady] after 25
    27 a/web-1: remove web-1.previous (web-1@a) [SuccessorReady] after 11
    28 (2) a/log-1: discard log-1.next or log-1, not log-1@a on a, 10s [NotReplaced]
    29 (2) a/log-1: rename log-1.previous (log-1@a) to log-1 [TakesPlaceAgain] after 28
    30 (2) a/log-1: start log-1 [RanBefore] after 29
    31 (2) a/log-1: ready log-1 [AwaitsReady] after 30
    32 a/log-1: remove log-1.previous (log-1@a) [SuccessorReady] after 17
    compensation 0: Instance(db-1) of 1 2 3 4 5
    compensation 1: Instance(web-1) of 7 8 9 10 11
    compensation 2: Instance(log-1) of 13 14 15 16 17
    differs db-1: image db:1 → db, env.DOCKER_IMAGE db:1 → db, env.DOCKER_TAG 1 → latest
    differs web-1: net db-1 as it was → db-1, which is replaced
    differs log-1: volumes_from web-1 as it was → web-1, which is replaced
    "#);
}

#[test]
fn other_peers_alone_replace_nothing() {
    let plan = Case::of(SHOP)
        .was(&SHOP.replace(", web-2: {ship: b}", ""))
        .only(&["web-1"])
        .sees("a/db-1: running\na/web-1: running old")
        .apply();
    insta::assert_snapshot!(plan, @r"
    apply
    unchanged web-1: OnlyPeersDiffer, PeersReplaceIt
    other peers web-1: env.WEB_INSTANCES web-1 → web-1,web-2 (peers), env.WEB_WEB_2_HOST - → 10.0.0.2 (peers)
    ");
}

#[test]
fn peers_replaces_what_differs_in_peers_alone() {
    let plan = Case::of(SHOP)
        .was(&SHOP.replace(", web-2: {ship: b}", ""))
        .only(&["web-1"])
        .sees("a/db-1: running\na/web-1: running old")
        .apply_with(ApplyOptions { peers: true, ..ApplyOptions::PLAIN });
    insta::assert_snapshot!(plan, @r#"
    apply
    0 a/web-1: create web-1.next from web [Differs { fields: ["env.WEB_INSTANCES", "env.WEB_WEB_2_HOST"], more: 0 }]
    1 a/web-1: stop web-1 (web-1@a) 10s [Differs { fields: ["env.WEB_INSTANCES", "env.WEB_WEB_2_HOST"], more: 0 }] after 0
    2 a/web-1: rename web-1 (web-1@a) to web-1.previous [KeptUntilReady] after 1
    3 a/web-1: rename web-1.next to web-1 [TakesPlace] after 2
    4 a/web-1: start web-1 [ContainerIsNew] after 3
    5 a/web-1: ready web-1 [AwaitsReady] after 4
    6 (0) a/web-1: discard web-1.next or web-1, not web-1@a on a, 10s [NotReplaced]
    7 (0) a/web-1: rename web-1.previous (web-1@a) to web-1 [TakesPlaceAgain] after 6
    8 (0) a/web-1: start web-1 [RanBefore] after 7
    9 (0) a/web-1: ready web-1 [AwaitsReady] after 8
    10 a/web-1: remove web-1.previous (web-1@a) [SuccessorReady] after 5
    compensation 0: Instance(web-1) of 1 2 3 4 5
    differs web-1: env.WEB_INSTANCES web-1 → web-1,web-2 (peers), env.WEB_WEB_2_HOST - → 10.0.0.2 (peers)
    "#);
}

#[test]
fn on_peer_change_replaces_as_well() {
    let plan = Case::of(&SHOP.replace("requires: db", "requires: db, update: {on_peer_change: replace}"))
        .was(&SHOP.replace(", web-2: {ship: b}", ""))
        .only(&["web-1"])
        .sees("a/db-1: running\na/web-1: running old")
        .apply();
    insta::assert_snapshot!(plan, @r#"
    apply
    0 a/web-1: create web-1.next from web [Differs { fields: ["env.WEB_INSTANCES", "env.WEB_WEB_2_HOST"], more: 0 }]
    1 a/web-1: stop web-1 (web-1@a) 10s [Differs { fields: ["env.WEB_INSTANCES", "env.WEB_WEB_2_HOST"], more: 0 }] after 0
    2 a/web-1: rename web-1 (web-1@a) to web-1.previous [KeptUntilReady] after 1
    3 a/web-1: rename web-1.next to web-1 [TakesPlace] after 2
    4 a/web-1: start web-1 [ContainerIsNew] after 3
    5 a/web-1: ready web-1 [AwaitsReady] after 4
    6 (0) a/web-1: discard web-1.next or web-1, not web-1@a on a, 10s [NotReplaced]
    7 (0) a/web-1: rename web-1.previous (web-1@a) to web-1 [TakesPlaceAgain] after 6
    8 (0) a/web-1: start web-1 [RanBefore] after 7
    9 (0) a/web-1: ready web-1 [AwaitsReady] after 8
    10 a/web-1: remove web-1.previous (web-1@a) [SuccessorReady] after 5
    compensation 0: Instance(web-1) of 1 2 3 4 5
    differs web-1: env.WEB_INSTANCES web-1 → web-1,web-2 (peers), env.WEB_WEB_2_HOST - → 10.0.0.2 (peers)
    "#);
}

#[test]
fn what_requires_an_instance_of_a_silent_ship_goes_on_if_that_is_left_out() {
    let case = Case::of(
        "name: shop
ships: {a: {ip: 10.0.0.1}, b: {ip: 10.0.0.2}}
services:
  db: {image: db, instances: {db-1: {ship: b}}}
  api: {image: api, requires: db, instances: {api-1: {ship: a}}}
",
    )
    .sees("b: silent");
    insta::assert_snapshot!(case.apply(), @r#"
    apply
    blocked db-1: Unreachable { reason: NoAnswer(Words("connection refused")) }
    blocked api-1: Behind { other: db-1 }
    "#);
    let skipping = ApplyOptions { skip_unreachable: true, ..ApplyOptions::PLAIN };
    insta::assert_snapshot!(case.apply_with(skipping), @r#"
    apply
    0 a/api-1: create api-1 from api [NoContainer]
    1 a/api-1: start api-1 [ContainerIsNew] after 0
    2 a/api-1: ready api-1 [AwaitsReady] after 1
    blocked db-1: Unreachable { reason: NoAnswer(Words("connection refused")) }
    note api-1: MayRunOnSilentShip { ship: "b", instances: ["api-1"] }
    "#);
}
