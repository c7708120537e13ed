//! Plans of anonymous volumes of replaced containers.

use super::case::Case;
use maestro_core::plan::apply::ApplyOptions;

const SHOP: &str = "name: shop
ships: {a: {ip: 10.0.0.1}}
services:
  db: {image: db, instances: {db-1: {ship: a}}}
";

/// The plan where the image was another one.
fn plan(file: &str, engines: &str, options: ApplyOptions) -> String {
    Case::of(file).was(&SHOP.replace("image: db", "image: db:1")).sees(engines).apply_with(options)
}

#[test]
fn a_volume_that_the_image_declares_is_taken_over() {
    let plan = plan(SHOP, "a: declares db /data\na/db-1: running old anonymous /data", ApplyOptions::PLAIN);
    insta::assert_snapshot!(plan, @r#"
    apply
    0 a/db-1: create db-1.next from db with <db-1/data> /data [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 1 }]
    1 a/db-1: stop db-1 (db-1@a) 10s [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 1 }] after 0
    2 a/db-1: rename db-1 (db-1@a) to db-1.previous [KeptUntilReady] after 1
    3 a/db-1: rename db-1.next to db-1 [TakesPlace] after 2
    4 a/db-1: start db-1 [ContainerIsNew] after 3
    5 a/db-1: ready db-1 [AwaitsReady] after 4
    6 (0) a/db-1: discard db-1.next or db-1, not db-1@a on a, 10s [NotReplaced]
    7 (0) a/db-1: rename db-1.previous (db-1@a) to db-1 [TakesPlaceAgain] after 6
    8 (0) a/db-1: start db-1 [RanBefore] after 7
    9 (0) a/db-1: ready db-1 [AwaitsReady] after 8
    10 a/db-1: remove db-1.previous (db-1@a) [SuccessorReady] after 5
    compensation 0: Instance(db-1) of 1 2 3 4 5
    differs db-1: image db:1 → db, env.DOCKER_IMAGE db:1 → db, env.DOCKER_TAG 1 → latest, container_volumes./data a volume of its own → -
    volume db-1 <db-1/data> /data: Carried
    "#);
}

#[test]
fn a_volume_that_the_file_declares_is_taken_over() {
    let plan = plan(
        &SHOP.replace("image: db,", "image: db, container_volumes: /data/,"),
        "a/db-1: running old anonymous /data",
        ApplyOptions::PLAIN,
    );
    insta::assert_snapshot!(plan, @r#"
    apply
    0 a/db-1: create db-1.next from db with <db-1/data> /data [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }]
    1 a/db-1: stop db-1 (db-1@a) 10s [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }] after 0
    2 a/db-1: rename db-1 (db-1@a) to db-1.previous [KeptUntilReady] after 1
    3 a/db-1: rename db-1.next to db-1 [TakesPlace] after 2
    4 a/db-1: start db-1 [ContainerIsNew] after 3
    5 a/db-1: ready db-1 [AwaitsReady] after 4
    6 (0) a/db-1: discard db-1.next or db-1, not db-1@a on a, 10s [NotReplaced]
    7 (0) a/db-1: rename db-1.previous (db-1@a) to db-1 [TakesPlaceAgain] after 6
    8 (0) a/db-1: start db-1 [RanBefore] after 7
    9 (0) a/db-1: ready db-1 [AwaitsReady] after 8
    10 a/db-1: remove db-1.previous (db-1@a) [SuccessorReady] after 5
    compensation 0: Instance(db-1) of 1 2 3 4 5
    differs db-1: image db:1 → db, env.DOCKER_IMAGE db:1 → db, env.DOCKER_TAG 1 → latest
    volume db-1 <db-1/data> /data: Carried
    "#);
}

#[test]
fn a_volume_of_an_image_to_be_pulled_is_taken_over_if_it_is_declared() {
    let plan = plan(SHOP, "a: no-images\na/db-1: running old anonymous /data", ApplyOptions::PLAIN);
    insta::assert_snapshot!(plan, @r#"
    apply
    0 a/db-1: pull db [ImageMissing]
    1 a/db-1: create db-1.next from db with <db-1/data> /data? [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 1 }] after 0
    2 a/db-1: stop db-1 (db-1@a) 10s [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 1 }] after 1
    3 a/db-1: rename db-1 (db-1@a) to db-1.previous [KeptUntilReady] after 2
    4 a/db-1: rename db-1.next to db-1 [TakesPlace] after 3
    5 a/db-1: start db-1 [ContainerIsNew] after 4
    6 a/db-1: ready db-1 [AwaitsReady] after 5
    7 (0) a/db-1: discard db-1.next or db-1, not db-1@a on a, 10s [NotReplaced]
    8 (0) a/db-1: rename db-1.previous (db-1@a) to db-1 [TakesPlaceAgain] after 7
    9 (0) a/db-1: start db-1 [RanBefore] after 8
    10 (0) a/db-1: ready db-1 [AwaitsReady] after 9
    11 a/db-1: remove db-1.previous (db-1@a) [SuccessorReady] after 6
    compensation 0: Instance(db-1) of 2 3 4 5 6
    differs db-1: image db:1 → db, env.DOCKER_IMAGE db:1 → db, env.DOCKER_TAG 1 → latest, container_volumes./data a volume of its own → -
    volume db-1 <db-1/data> /data: CarriedIfDeclared
    "#);
}

#[test]
fn a_volume_that_nothing_declares_stays_behind() {
    insta::assert_snapshot!(plan(SHOP, "a/db-1: running old anonymous /data", ApplyOptions::PLAIN), @r#"
    apply
    0 a/db-1: create db-1.next from db [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 1 }]
    1 a/db-1: stop db-1 (db-1@a) 10s [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 1 }] after 0
    2 a/db-1: rename db-1 (db-1@a) to db-1.previous [KeptUntilReady] after 1
    3 a/db-1: rename db-1.next to db-1 [TakesPlace] after 2
    4 a/db-1: start db-1 [ContainerIsNew] after 3
    5 a/db-1: ready db-1 [AwaitsReady] after 4
    6 (0) a/db-1: discard db-1.next or db-1, not db-1@a on a, 10s [NotReplaced]
    7 (0) a/db-1: rename db-1.previous (db-1@a) to db-1 [TakesPlaceAgain] after 6
    8 (0) a/db-1: start db-1 [RanBefore] after 7
    9 (0) a/db-1: ready db-1 [AwaitsReady] after 8
    10 a/db-1: remove db-1.previous (db-1@a) leaves <db-1/data> [SuccessorReady] after 5
    compensation 0: Instance(db-1) of 1 2 3 4 5
    differs db-1: image db:1 → db, env.DOCKER_IMAGE db:1 → db, env.DOCKER_TAG 1 → latest, container_volumes./data a volume of its own → -
    volume db-1 <db-1/data> /data: Undeclared
    "#);
}

#[test]
fn a_volume_that_the_file_covers_stays_behind() {
    let plan = plan(
        &SHOP.replace("image: db,", "image: db, volumes: {/data: /srv/db},"),
        "a/db-1: running old anonymous /data",
        ApplyOptions::PLAIN,
    );
    insta::assert_snapshot!(plan, @r#"
    apply
    0 a/db-1: create db-1.next from db [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 2 }]
    1 a/db-1: stop db-1 (db-1@a) 10s [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 2 }] after 0
    2 a/db-1: rename db-1 (db-1@a) to db-1.previous [KeptUntilReady] after 1
    3 a/db-1: rename db-1.next to db-1 [TakesPlace] after 2
    4 a/db-1: start db-1 [ContainerIsNew] after 3
    5 a/db-1: ready db-1 [AwaitsReady] after 4
    6 (0) a/db-1: discard db-1.next or db-1, not db-1@a on a, 10s [NotReplaced]
    7 (0) a/db-1: rename db-1.previous (db-1@a) to db-1 [TakesPlaceAgain] after 6
    8 (0) a/db-1: start db-1 [RanBefore] after 7
    9 (0) a/db-1: ready db-1 [AwaitsReady] after 8
    10 a/db-1: remove db-1.previous (db-1@a) leaves <db-1/data> [SuccessorReady] after 5
    compensation 0: Instance(db-1) of 1 2 3 4 5
    differs db-1: image db:1 → db, env.DOCKER_IMAGE db:1 → db, env.DOCKER_TAG 1 → latest, volumes./data - → /srv/db, container_volumes./data a volume of its own → -
    volume db-1 <db-1/data> /data: Covered("/srv/db")
    "#);
}

#[test]
fn renewed_volumes_stay_behind() {
    let plan = plan(
        SHOP,
        "a: declares db /data\na/db-1: running old anonymous /data",
        ApplyOptions { renew_volumes: true, ..ApplyOptions::PLAIN },
    );
    insta::assert_snapshot!(plan, @r#"
    apply
    0 a/db-1: create db-1.next from db [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 1 }]
    1 a/db-1: stop db-1 (db-1@a) 10s [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 1 }] after 0
    2 a/db-1: rename db-1 (db-1@a) to db-1.previous [KeptUntilReady] after 1
    3 a/db-1: rename db-1.next to db-1 [TakesPlace] after 2
    4 a/db-1: start db-1 [ContainerIsNew] after 3
    5 a/db-1: ready db-1 [AwaitsReady] after 4
    6 (0) a/db-1: discard db-1.next or db-1, not db-1@a on a, 10s [NotReplaced]
    7 (0) a/db-1: rename db-1.previous (db-1@a) to db-1 [TakesPlaceAgain] after 6
    8 (0) a/db-1: start db-1 [RanBefore] after 7
    9 (0) a/db-1: ready db-1 [AwaitsReady] after 8
    10 a/db-1: remove db-1.previous (db-1@a) leaves <db-1/data> [SuccessorReady] after 5
    compensation 0: Instance(db-1) of 1 2 3 4 5
    differs db-1: image db:1 → db, env.DOCKER_IMAGE db:1 → db, env.DOCKER_TAG 1 → latest, container_volumes./data a volume of its own → -
    volume db-1 <db-1/data> /data: Renewed
    "#);
}

#[test]
fn start_first_is_blocked_where_both_would_write() {
    let plan = plan(
        &SHOP.replace("image: db,", "image: db, update: {order: start-first},"),
        "a: declares db /data\na/db-1: running old anonymous /data",
        ApplyOptions::PLAIN,
    );
    insta::assert_snapshot!(plan, @r#"
    apply
    blocked db-1: SharedVolume { paths: ["/data"] }
    differs db-1: image db:1 → db, env.DOCKER_IMAGE db:1 → db, env.DOCKER_TAG 1 → latest, container_volumes./data a volume of its own → -
    "#);
}

#[test]
fn a_start_takes_volumes_over_before_the_old_container_goes() {
    let plan = Case::of(SHOP).sees("a: declares db /data\na/db-1: exited anonymous /data").start();
    insta::assert_snapshot!(plan, @r#"
    start
    0 a/db-1: create db-1.next from db with <db-1/data> /data [OldIsDown("Exited (0) 2 hours ago")]
    1 a/db-1: remove db-1 (db-1@a) [OldIsDown("Exited (0) 2 hours ago")] after 0
    2 a/db-1: rename db-1.next to db-1 [TakesPlace] after 1
    3 a/db-1: start db-1 [ContainerIsNew] after 2
    4 a/db-1: ready db-1 [AwaitsReady] after 3
    volume db-1 <db-1/data> /data: Carried
    "#);
}

#[test]
fn what_the_new_container_does_not_mount_stays_with_its_data() {
    let services = |volumes: &str| SHOP.replace("image: db,", &format!("image: db, volumes: {{{volumes}}},"));
    let was = "/data: db-data, /logs: /srv/logs, /moved: moved, /same: /srv/same, \
               /run/docker.sock: /run/docker.sock";
    let is = "/data: db-data-2, /elsewhere: moved, /same: /srv/same/";
    let plan = Case::of(&services(is))
        .was(&services(was))
        .sees("a/db-1: running old")
        .apply_with(ApplyOptions::PLAIN);
    let remarks: Vec<&str> = plan.lines().filter(|line| line.starts_with("note")).collect();
    insta::assert_snapshot!(remarks.join("\n"), @r#"
    note db-1: DataStays { source: "db-data", path: "/data", instead: Some("db-data-2") }
    note db-1: DataStays { source: "/srv/logs", path: "/logs", instead: None }
    "#);
}
