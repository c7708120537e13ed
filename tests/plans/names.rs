//! Plans where containers have other names than their instances.

use super::case::Case;

const SHOP: &str = "name: shop
container_names: \"{environment}-{instance}\"
ships: {a: {ip: 10.0.0.1}}
services:
  db: {image: db, instances: {db-1: {}}}
  web: {image: web, requires: db, instances: {web-1: {}}}
";

/// The same without names of containers.
fn plain() -> String {
    SHOP.replace("container_names: \"{environment}-{instance}\"\n", "")
}

#[test]
fn new_containers_have_their_names_and_are_found_as_instances() {
    insta::assert_snapshot!(Case::of(SHOP).apply(), @r"
    apply
    0 a/db-1: create shop-db-1 from db found as db-1 [NoContainer]
    1 a/db-1: start shop-db-1 [ContainerIsNew] after 0
    2 a/db-1: ready shop-db-1 [AwaitsReady] after 1
    3 a/web-1: create shop-web-1 from web found as web-1 [NoContainer]
    4 a/web-1: start shop-web-1 [ContainerIsNew] after 3, 2
    5 a/web-1: ready shop-web-1 [AwaitsReady] after 4
    ");
}

#[test]
fn other_names_rename_containers_that_run_or_are_down() {
    let case = Case::of(SHOP).was(&plain()).sees("a/db-1: running\na/web-1: exited");
    insta::assert_snapshot!(case.apply(), @r#"
    apply
    0 a/db-1: rename db-1 (db-1@a) to shop-db-1 [NameDiffers]
    1 a/web-1: rename web-1 (web-1@a) to shop-web-1 [NameDiffers]
    2 a/web-1: start shop-web-1 [DownAsDeclared("Exited (0) 2 hours ago")] after 1, 0
    3 a/web-1: ready shop-web-1 [AwaitsReady] after 2
    differs db-1: name db-1 → shop-db-1
    differs web-1: name web-1 → shop-web-1
    "#);
    insta::assert_snapshot!(case.changes_of_apply(maestro_core::plan::apply::ApplyOptions::PLAIN), @r"
    Instance(db-1): Rename [NameDiffers] by 0
    Instance(web-1): Start { is_new: false } [NameDiffers] by 1 2 3
    ");
    // Only `apply` renames.
    insta::assert_snapshot!(case.start(), @r#"
    start
    0 a/web-1: remove web-1 (web-1@a) [OldIsDown("Exited (0) 2 hours ago")]
    1 a/web-1: create shop-web-1 from web found as web-1 [OldIsDown("Exited (0) 2 hours ago")] after 0
    2 a/web-1: start shop-web-1 [ContainerIsNew] after 1
    3 a/web-1: ready shop-web-1 [AwaitsReady] after 2
    unchanged db-1: AlreadyRunning
    "#);
}

#[test]
fn names_as_the_instances_come_back() {
    let case = Case::of(&plain()).sees("a/shop-db-1: running of db-1\na/shop-web-1: running of web-1");
    insta::assert_snapshot!(case.apply(), @r"
    apply
    0 a/db-1: rename shop-db-1 (shop-db-1@a) to db-1 [NameDiffers]
    1 a/web-1: rename shop-web-1 (shop-web-1@a) to web-1 [NameDiffers]
    barrier 0: RequiredReady(web-1) after 0, 1
    differs db-1: name shop-db-1 → db-1
    differs web-1: name shop-web-1 → web-1
    ");
}

#[test]
fn a_container_of_its_name_is_unchanged() {
    let case = Case::of(SHOP).sees("a/shop-db-1: running of db-1\na/shop-web-1: running of web-1");
    insta::assert_snapshot!(case.apply(), @r"
    apply
    unchanged db-1: RunsAsDeclared
    unchanged web-1: RunsAsDeclared
    ");
}

#[test]
fn a_replacement_keeps_the_containers_name() {
    let older = SHOP.replace("image: web", "image: web:1");
    let case = Case::of(SHOP).only(&["web-1"]).was(&older);
    let case = case.sees("a/shop-db-1: running of db-1\na/shop-web-1: running old of web-1");
    insta::assert_snapshot!(case.apply(), @r#"
    apply
    0 a/web-1: create shop-web-1.next from web found as web-1 [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }]
    1 a/web-1: stop shop-web-1 (shop-web-1@a) 10s [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }] after 0
    2 a/web-1: rename shop-web-1 (shop-web-1@a) to shop-web-1.previous [KeptUntilReady] after 1
    3 a/web-1: rename shop-web-1.next to shop-web-1 [TakesPlace] after 2
    4 a/web-1: start shop-web-1 [ContainerIsNew] after 3
    5 a/web-1: ready shop-web-1 [AwaitsReady] after 4
    6 (0) a/web-1: discard shop-web-1.next or shop-web-1, not shop-web-1@a on a, 10s [NotReplaced]
    7 (0) a/web-1: rename shop-web-1.previous (shop-web-1@a) to shop-web-1 [TakesPlaceAgain] after 6
    8 (0) a/web-1: start shop-web-1 [RanBefore] after 7
    9 (0) a/web-1: ready shop-web-1 [AwaitsReady] after 8
    10 a/web-1: remove shop-web-1.previous (shop-web-1@a) [SuccessorReady] after 5
    compensation 0: Instance(web-1) of 1 2 3 4 5
    differs web-1: image web:1 → web, env.DOCKER_IMAGE web:1 → web, env.DOCKER_TAG 1 → latest
    "#);
}

#[test]
fn a_successor_that_starts_first_is_found_when_it_is_ready() {
    let first = SHOP.replace("requires: db", "requires: db, update: {order: start-first}");
    let older = first.replace("image: web", "image: web:1");
    let case = Case::of(&first).only(&["web-1"]).was(&older);
    let case = case.sees("a/shop-db-1: running of db-1\na/shop-web-1: running old of web-1");
    insta::assert_snapshot!(case.apply(), @r#"
    apply
    0 a/web-1: create shop-web-1.next from web [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }]
    1 a/web-1: start shop-web-1.next [ContainerIsNew] after 0
    2 a/web-1: ready shop-web-1.next [AwaitsReady] after 1
    3 a/web-1: rejoin shop-web-1.next on maestro-shop, links [], aliases ["web-1"] [IsReady] after 2
    4 a/web-1: rename shop-web-1 (shop-web-1@a) to shop-web-1.previous [KeptUntilReady] after 3
    5 a/web-1: rename shop-web-1.next to shop-web-1 [TakesPlace] after 4
    6 a/web-1: rejoin shop-web-1.previous (shop-web-1@a) on maestro-shop, links [], aliases [] [SuccessorInPlace] after 5
    7 a/web-1: pause 2s [DrainsRequests] after 6
    8 a/web-1: stop shop-web-1 (shop-web-1@a) 10s [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }] after 7
    9 (0) a/web-1: start shop-web-1@a [RanBefore]
    10 (0) a/web-1: ready shop-web-1@a [AwaitsReady] after 9
    11 (0) a/web-1: rejoin shop-web-1 (shop-web-1@a) on maestro-shop, links [], aliases ["web-1"] [TakesPlaceAgain] after 10
    12 (0) a/web-1: discard shop-web-1.next or shop-web-1, not shop-web-1@a on a, 10s [NotReplaced] after 11
    13 (0) a/web-1: rename shop-web-1.previous (shop-web-1@a) to shop-web-1 [TakesPlaceAgain] after 12
    14 a/web-1: remove shop-web-1.previous (shop-web-1@a) [SuccessorReady] after 8
    compensation 0: Instance(web-1) of 1 2 3 4 5 6 7 8
    differs web-1: image web:1 → web, env.DOCKER_IMAGE web:1 → web, env.DOCKER_TAG 1 → latest
    "#);
}

#[test]
fn an_unmanaged_container_of_the_name_blocks() {
    let case = Case::of(SHOP).only(&["db-1"]).sees("a/shop-db-1: running unmanaged of db-1\na/db-1: running");
    // Its own container keeps its name, and is no orphan.
    insta::assert_snapshot!(case.apply(), @r#"
    apply
    blocked db-1: Unmanaged { id: "shop-db-1@a", image: "db", environment: None }
    "#);
    let case = Case::of(SHOP).only(&["db-1"]).sees("a/shop-db-1: running unmanaged of db-1");
    insta::assert_snapshot!(case.apply(), @r#"
    apply
    blocked db-1: Unmanaged { id: "shop-db-1@a", image: "db", environment: None }
    "#);
}

#[test]
fn a_name_is_given_when_its_container_has_another() {
    let chain = "name: shop
container_names: \"x-{instance}\"
services: {web: {image: web, instances: {a1: {}, x-a1: {}}}}
";
    let case = Case::of(chain).sees("local/a1: running\nlocal/x-a1: running");
    insta::assert_snapshot!(case.apply(), @r"
    apply
    0 local/x-a1: rename x-a1 (x-a1@local) to x-x-a1 [NameDiffers]
    1 local/a1: rename a1 (a1@local) to x-a1 [NameDiffers] after 0
    differs a1: name a1 → x-a1
    differs x-a1: name x-a1 → x-x-a1
    ");
    let ring = "name: shop
services: {web: {image: web, instances: {a1: {container_name: b1}, b1: {container_name: a1}}}}
";
    let case = Case::of(ring).sees("local/a1: running\nlocal/b1: running");
    insta::assert_snapshot!(case.apply(), @r"
    apply
    0 local/b1: rename b1 (b1@local) to a1.previous [NameDiffers]
    1 local/a1: rename a1 (a1@local) to b1 [NameDiffers] after 0
    2 local/b1: rename a1.previous (b1@local) to a1 [NameDiffers] after 1, 0
    differs a1: name a1 → b1
    differs b1: name b1 → a1
    ");
    // The other is not part of the command and keeps its name.
    insta::assert_snapshot!(case.only(&["a1"]).apply(), @r"
    apply
    unchanged a1: RunsAsDeclared
    ");
}

#[test]
fn what_is_made_with_another_container_is_told_its_name() {
    let shared = "name: shop
container_names: \"{environment}-{instance}\"
services:
  data: {image: data, instances: {data-1: {}}}
  web: {image: web, net: \"container:data-1\", volumes_from: data-1, instances: {web-1: {}}}
";
    insta::assert_snapshot!(Case::of(shared).apply(), @r"
    apply
    0 local/data-1: create shop-data-1 from data found as data-1 [NoContainer]
    1 local/data-1: start shop-data-1 [ContainerIsNew] after 0
    2 local/data-1: ready shop-data-1 [AwaitsReady] after 1
    3 local/web-1: create shop-web-1 from web found as web-1 data-1 is shop-data-1 [NoContainer] after 0
    4 local/web-1: start shop-web-1 [ContainerIsNew] after 3, 2
    5 local/web-1: ready shop-web-1 [AwaitsReady] after 4
    ");
}

#[test]
fn leftovers_are_known_under_the_older_names() {
    let case = Case::of(SHOP).only(&["db-1"]);
    let case = case.sees("a/db-1: running\na/db-1.next: created of db-1");
    insta::assert_snapshot!(case.apply(), @r"
    apply
    0 a/db-1: rename db-1 (db-1@a) to shop-db-1 [NameDiffers]
    1 a/db-1: ready shop-db-1 [LeftoversBeside] after 0
    2 a/db-1: remove db-1.next (db-1.next@a) [Leftover] after 1
    differs db-1: name db-1 → shop-db-1
    ");
    let case = case.sees("a/db-1.previous: exited of db-1\na/db-1.next: created of db-1");
    insta::assert_snapshot!(case.apply(), @r#"
    apply
    0 a/db-1: rename db-1.previous (db-1.previous@a) to shop-db-1 [NameDiffers]
    1 a/db-1: start shop-db-1 [DownAsDeclared("Exited (0) 2 hours ago")] after 0
    2 a/db-1: ready shop-db-1 [AwaitsReady] after 1
    3 a/db-1: remove db-1.next (db-1.next@a) [Leftover] after 2
    differs db-1: name db-1.previous → shop-db-1
    "#);
}

#[test]
fn a_container_that_is_renamed_is_verified_and_passes_on_what_it_waits_for() {
    let file = SHOP.replace(
        "  web: {image: web, requires: db, instances: {web-1: {}}}",
        "  web: {image: web, requires: db, instances: {web-1: {}}}\n  api: {image: api, requires: web, instances: {api-1: {}}}",
    );
    let was = file.replace("container_names: \"{environment}-{instance}\"\n", "");
    let case =
        Case::of(&file).was(&was).sees("a/db-1: exited\na/web-1: running up unhealthy\na/api-1: exited");
    insta::assert_snapshot!(case.apply(), @r#"
    apply
    0 a/db-1: rename db-1 (db-1@a) to shop-db-1 [NameDiffers]
    1 a/web-1: rename web-1 (web-1@a) to shop-web-1 [NameDiffers]
    2 a/api-1: rename api-1 (api-1@a) to shop-api-1 [NameDiffers]
    3 a/db-1: start shop-db-1 [DownAsDeclared("Exited (0) 2 hours ago")] after 0
    4 a/db-1: ready shop-db-1 [AwaitsReady] after 3
    5 a/web-1: verify shop-web-1 (web-1@a) Settled [Doubted(Unhealthy)] after 4, 1
    6 a/api-1: start shop-api-1 [DownAsDeclared("Exited (0) 2 hours ago")] after 2, barrier 0
    7 a/api-1: ready shop-api-1 [AwaitsReady] after 6
    barrier 0: RequiredReady(web-1) after 4, 1, 5
    differs db-1: name db-1 → shop-db-1
    differs web-1: name web-1 → shop-web-1
    differs api-1: name api-1 → shop-api-1
    "#);
}
