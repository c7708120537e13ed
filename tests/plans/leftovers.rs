//! Plans of apply where containers have other names, or an interrupted run has left some.

use super::case::Case;

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

#[test]
fn a_container_of_another_name_gets_its_own_back() {
    insta::assert_snapshot!(Case::of(SHOP).only(&["db-1"]).sees("a/renamed: running of db-1").apply(), @r"
    apply
    0 a/db-1: rename renamed (renamed@a) to db-1 [NameDiffers]
    differs db-1: name renamed → db-1
    ");
}

#[test]
fn what_differs_and_has_another_name_is_renamed_first() {
    let plan = Case::of(SHOP)
        .only(&["web-1"])
        .was(&older())
        .sees("a/db-1: running\na/renamed: running old of web-1")
        .apply();
    insta::assert_snapshot!(plan, @r#"
    apply
    0 a/web-1: create web-1.next from web [Differs { fields: ["name", "image", "env.DOCKER_IMAGE"], more: 1 }]
    1 a/web-1: rename renamed (renamed@a) to web-1 [HasOtherName]
    2 a/web-1: stop renamed (renamed@a) 10s [Differs { fields: ["name", "image", "env.DOCKER_IMAGE"], more: 1 }] after 1, 0
    3 a/web-1: rename web-1 (renamed@a) to web-1.previous [KeptUntilReady] after 2
    4 a/web-1: rename web-1.next to web-1 [TakesPlace] after 3
    5 a/web-1: start web-1 [ContainerIsNew] after 4
    6 a/web-1: ready web-1 [AwaitsReady] after 5
    7 (0) a/web-1: discard web-1.next or web-1, not renamed@a on a, 10s [NotReplaced]
    8 (0) a/web-1: rename web-1.previous (renamed@a) to web-1 [TakesPlaceAgain] after 7
    9 (0) a/web-1: start web-1 [RanBefore] after 8
    10 (0) a/web-1: ready web-1 [AwaitsReady] after 9
    11 a/web-1: remove web-1.previous (renamed@a) [SuccessorReady] after 6
    compensation 0: Instance(web-1) of 2 3 4 5 6
    differs web-1: name renamed → web-1, image web:1 → web, env.DOCKER_IMAGE web:1 → web, env.DOCKER_TAG 1 → latest
    "#);
}

#[test]
fn a_leftover_successor_is_removed_when_its_instance_is_ready() {
    let plan = Case::of(SHOP).only(&["db-1"]).sees("a/db-1: running\na/db-1.next: created of db-1").apply();
    insta::assert_snapshot!(plan, @r"
    apply
    0 a/db-1: ready db-1 [LeftoversBeside]
    1 a/db-1: remove db-1.next (db-1.next@a) [Leftover] after 0
    ");
}

#[test]
fn an_old_container_comes_back_if_its_successor_does_not_get_ready() {
    let plan =
        Case::of(SHOP).only(&["db-1"]).sees("a/db-1: running\na/db-1.previous: exited of db-1").apply();
    insta::assert_snapshot!(plan, @r"
    apply
    0 a/db-1: ready db-1 [LeftoversBeside]
    1 (0) a/db-1: discard db-1 or db-1, not db-1.previous@a on a, left: db-1@a, 10s [NotReplaced]
    2 (0) a/db-1: rename db-1.previous (db-1.previous@a) to db-1 [TakesPlaceAgain] after 1
    3 (0) a/db-1: start db-1 [RanBefore] after 2
    4 (0) a/db-1: ready db-1 [AwaitsReady] after 3
    5 a/db-1: remove db-1.previous (db-1.previous@a) [Leftover] after 0
    compensation 0: Instance(db-1) of 0
    ");
}

#[test]
fn a_leftover_that_runs_stops_before_a_replacement_starts() {
    let plan = Case::of(SHOP)
        .only(&["web-1"])
        .was(&older())
        .sees("a/db-1: running\na/web-1: running old\na/web-1.next: running of web-1")
        .apply();
    insta::assert_snapshot!(plan, @r#"
    apply
    0 a/web-1: create web-1.next-2 from web [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }]
    1 a/web-1: stop web-1.next (web-1.next@a) 10s [Leftover] after 0
    2 a/web-1: stop web-1 (web-1@a) 10s [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }] after 1, 0
    3 a/web-1: rename web-1 (web-1@a) to web-1.previous [KeptUntilReady] after 2
    4 a/web-1: rename web-1.next-2 to web-1 [TakesPlace] after 3
    5 a/web-1: start web-1 [ContainerIsNew] after 4
    6 a/web-1: ready web-1 [AwaitsReady] after 5
    7 (0) a/web-1: discard web-1.next-2 or web-1, not web-1@a on a, 10s [NotReplaced]
    8 (0) a/web-1: rename web-1.previous (web-1@a) to web-1 [TakesPlaceAgain] after 7
    9 (0) a/web-1: start web-1 [RanBefore] after 8
    10 (0) a/web-1: ready web-1 [AwaitsReady] after 9
    11 a/web-1: remove web-1.previous (web-1@a) [SuccessorReady] after 6
    12 a/web-1: remove web-1.next (web-1.next@a) [Leftover] after 6
    compensation 0: Instance(web-1) of 2 3 4 5 6
    differs web-1: image web:1 → web, env.DOCKER_IMAGE web:1 → web, env.DOCKER_TAG 1 → latest
    "#);
}

#[test]
fn a_name_that_is_taken_is_not_used_for_the_successor() {
    let plan = Case::of(SHOP)
        .only(&["web-1"])
        .was(&older())
        .sees("a/db-1: running\na/web-1: running old\na/web-1.next: running unmanaged of web-1")
        .apply();
    insta::assert_snapshot!(plan, @r#"
    apply
    0 a/web-1: create web-1.next-2 from web [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }]
    1 a/web-1: stop web-1 (web-1@a) 10s [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }] after 0
    2 a/web-1: rename web-1 (web-1@a) to web-1.previous [KeptUntilReady] after 1
    3 a/web-1: rename web-1.next-2 to web-1 [TakesPlace] after 2
    4 a/web-1: start web-1 [ContainerIsNew] after 3
    5 a/web-1: ready web-1 [AwaitsReady] after 4
    6 (0) a/web-1: discard web-1.next-2 or web-1, not web-1@a on a, 10s [NotReplaced]
    7 (0) a/web-1: rename web-1.previous (web-1@a) to web-1 [TakesPlaceAgain] after 6
    8 (0) a/web-1: start web-1 [RanBefore] after 7
    9 (0) a/web-1: ready web-1 [AwaitsReady] after 8
    10 a/web-1: remove web-1.previous (web-1@a) [SuccessorReady] after 5
    compensation 0: Instance(web-1) of 1 2 3 4 5
    differs web-1: image web:1 → web, env.DOCKER_IMAGE web:1 → web, env.DOCKER_TAG 1 → latest
    "#);
}
