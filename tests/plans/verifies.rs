//! Plans of the verification of containers that run, and barriers.

use super::case::Case;

const SHOP: &str = "name: shop
ships: {a: {ip: 10.0.0.1}}
services:
  db: {image: db, restart: always, instances: {db-1: {ship: a}}}
  web: {image: web, requires: db, lifecycle: {running: [{type: docker}]}, instances: {web-1: {ship: a}}}
  end: {image: end, requires: web, instances: {end-1: {ship: a}}}
";

/// Two services of two, one requiring the other, and a third that requires an instance.
const MANY: &str = "name: shop
ships: {a: {ip: 10.0.0.1}}
services:
  db: {image: db, instances: {db-1: {ship: a}, db-2: {ship: a}}}
  web: {image: web, requires: db, instances: {web-1: {ship: a}, web-2: {ship: a}}}
  end: {image: end, requires: web-1, instances: {end-1: {ship: a}}}
";

#[test]
fn what_has_checks_is_verified_for_its_dependants() {
    insta::assert_snapshot!(Case::of(SHOP).sees("a/db-1: running\na/web-1: running").start(), @r"
    start
    0 a/web-1: verify web-1 (web-1@a) Settled docker [Doubted(HasChecks)]
    1 a/end-1: create end-1 from end [NoContainer]
    2 a/end-1: start end-1 [ContainerIsNew] after 1, 0
    3 a/end-1: ready end-1 [AwaitsReady] after 2
    unchanged db-1: AlreadyRunning
    unchanged web-1: AlreadyRunning
    ");
}

#[test]
fn what_is_new_or_young_or_unhealthy_is_verified() {
    let plan = Case::of(SHOP)
        .sees("a/db-1: running up young\na/web-1: running up unhealthy\na/end-1: running up new")
        .start();
    insta::assert_snapshot!(plan, @r"
    start
    0 a/db-1: verify db-1 (db-1@a) Young [Doubted(Young)]
    1 a/web-1: verify web-1 (web-1@a) Settled docker [Doubted(Unhealthy)]
    2 a/end-1: verify end-1 (end-1@a) New [Doubted(New)]
    barrier 0: RequiredReady(web-1) after 0, 1
    barrier 1: RequiredReady(end-1) after barrier 0, 2
    unchanged db-1: AlreadyRunning
    unchanged web-1: AlreadyRunning
    unchanged end-1: AlreadyRunning
    ");
}

#[test]
fn what_has_run_for_long_is_not_verified() {
    insta::assert_snapshot!(Case::of(SHOP).only(&["db-1"]).sees("a/db-1: running").apply(), @r"
    apply
    unchanged db-1: RunsAsDeclared
    ");
}

#[test]
fn a_verification_waits_for_what_is_started_before_it() {
    insta::assert_snapshot!(Case::of(SHOP).sees("a/web-1: running").start(), @r"
    start
    0 a/db-1: create db-1 from db [NoContainer]
    1 a/db-1: start db-1 [ContainerIsNew] after 0
    2 a/db-1: ready db-1 [AwaitsReady] after 1
    3 a/web-1: verify web-1 (web-1@a) Settled docker [Doubted(HasChecks)] after 2
    4 a/end-1: create end-1 from end [NoContainer]
    5 a/end-1: start end-1 [ContainerIsNew] after 4, barrier 0
    6 a/end-1: ready end-1 [AwaitsReady] after 5
    barrier 0: RequiredReady(web-1) after 2, 3
    unchanged web-1: AlreadyRunning
    ");
}

#[test]
fn a_service_of_many_is_one_barrier() {
    insta::assert_snapshot!(Case::of(MANY).start(), @r"
    start
    0 a/db-1: create db-1 from db [NoContainer]
    1 a/db-1: start db-1 [ContainerIsNew] after 0
    2 a/db-1: ready db-1 [AwaitsReady] after 1
    3 a/db-2: create db-2 from db [NoContainer]
    4 a/db-2: start db-2 [ContainerIsNew] after 3
    5 a/db-2: ready db-2 [AwaitsReady] after 4
    6 a/web-1: create web-1 from web [NoContainer]
    7 a/web-1: start web-1 [ContainerIsNew] after 6, barrier 0
    8 a/web-1: ready web-1 [AwaitsReady] after 7
    9 a/web-2: create web-2 from web [NoContainer]
    10 a/web-2: start web-2 [ContainerIsNew] after 9, barrier 0
    11 a/web-2: ready web-2 [AwaitsReady] after 10
    12 a/end-1: create end-1 from end [NoContainer]
    13 a/end-1: start end-1 [ContainerIsNew] after 12, 8
    14 a/end-1: ready end-1 [AwaitsReady] after 13
    barrier 0: ServiceReady(db) after 2, 5
    ");
}

#[test]
fn a_stop_has_barriers_the_other_way() {
    let plan = Case::of(MANY)
        .sees("a/db-1: running\na/db-2: running\na/web-1: running\na/web-2: running\na/end-1: running")
        .stop();
    insta::assert_snapshot!(plan, @r"
    stop
    0 a/web-2: stop web-2 (web-2@a) 10s [IsRunning]
    1 a/end-1: stop end-1 (end-1@a) 10s [IsRunning]
    2 a/web-1: stop web-1 (web-1@a) 10s [IsRunning] after 1
    3 a/db-1: stop db-1 (db-1@a) 10s [IsRunning] after barrier 0
    4 a/db-2: stop db-2 (db-2@a) 10s [IsRunning] after barrier 0
    barrier 0: ServiceDependantsDown(db) after 2, 0
    ");
}

#[test]
fn an_unselected_instance_hands_on_its_barrier() {
    insta::assert_snapshot!(Case::of(MANY).only(&["db-1", "db-2", "end-1"]).start(), @r#"
    start
    0 a/db-1: create db-1 from db [NoContainer]
    1 a/db-1: start db-1 [ContainerIsNew] after 0
    2 a/db-1: ready db-1 [AwaitsReady] after 1
    3 a/db-2: create db-2 from db [NoContainer]
    4 a/db-2: start db-2 [ContainerIsNew] after 3
    5 a/db-2: ready db-2 [AwaitsReady] after 4
    6 a/end-1: create end-1 from end [NoContainer]
    7 a/end-1: start end-1 [ContainerIsNew] after 6, barrier 0
    8 a/end-1: ready end-1 [AwaitsReady] after 7
    barrier 0: ServiceReady(db) after 2, 5
    note end-1: RequiresDown(["web-1"])
    "#);
}
