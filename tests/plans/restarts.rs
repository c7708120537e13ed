//! Plans of restart.

use std::time::Duration;

use super::case::Case;
use maestro_core::plan::{restart::RestartOptions, start::StartOptions};

const SHOP: &str = "name: shop
ships: {a: {ip: 10.0.0.1}, b: {ip: 10.0.0.2}}
services:
  db: {image: db, instances: {db-1: {ship: a}}}
  web: {image: web, requires: db, instances: {web-1: {ship: a}, web-2: {ship: b}}}
";

const ALL: &str = "a/db-1: running\na/web-1: running\nb/web-2: running";

/// Two instances of a service, in batches of one.
const PAIR: &str = "name: shop
ships: {a: {ip: 10.0.0.1}}
services:
  web: {image: web, instances: {web-1: {ship: a}, web-2: {ship: a}}}
";

fn reuse() -> StartOptions {
    StartOptions { reuse: true, ..StartOptions::default() }
}

#[test]
fn all_go_down_before_any_comes_up() {
    insta::assert_snapshot!(Case::of(SHOP).sees(ALL).restart(RestartOptions::default()), @r"
    restart
    0 a/web-1: stop web-1 (web-1@a) 10s [Restarted]
    1 b/web-2: stop web-2 (web-2@b) 10s [Restarted]
    2 a/db-1: stop db-1 (db-1@a) 10s [Restarted] after barrier 0
    3 a/db-1: remove db-1 (db-1@a) [RestartedAnew] after 2
    4 a/db-1: create db-1 from db [RestartedAnew] after 3
    5 a/db-1: start db-1 [ContainerIsNew] after 4
    6 a/db-1: ready db-1 [AwaitsReady] after 5
    7 a/web-1: remove web-1 (web-1@a) [RestartedAnew] after 0
    8 a/web-1: create web-1 from web [RestartedAnew] after 7
    9 a/web-1: start web-1 [ContainerIsNew] after 8, 6
    10 a/web-1: ready web-1 [AwaitsReady] after 9
    11 b/web-2: remove web-2 (web-2@b) [RestartedAnew] after 1
    12 b/web-2: create web-2 from web [RestartedAnew] after 11
    13 b/web-2: start web-2 [ContainerIsNew] after 12, 6
    14 b/web-2: ready web-2 [AwaitsReady] after 13
    barrier 0: ServiceDependantsDown(db) after 0, 1
    ");
}

#[test]
fn nothing_stops_before_its_image_is_there() {
    let plan = Case::of(SHOP)
        .only(&["db-1"])
        .sees("a: no-images\na/db-1: running")
        .restart(RestartOptions::default());
    insta::assert_snapshot!(plan, @r"
    restart
    0 a/db-1: pull db [ImageMissing]
    1 a/db-1: stop db-1 (db-1@a) 10s [Restarted] after 0
    2 a/db-1: remove db-1 (db-1@a) [RestartedAnew] after 0, 1
    3 a/db-1: create db-1 from db [RestartedAnew] after 0, 2
    4 a/db-1: start db-1 [ContainerIsNew] after 3
    5 a/db-1: ready db-1 [AwaitsReady] after 4
    ");
}

#[test]
fn what_is_down_is_started() {
    let plan = Case::of(SHOP).only(&["db-1"]).sees("a/db-1: exited").restart(RestartOptions::default());
    insta::assert_snapshot!(plan, @r#"
    restart
    0 a/db-1: remove db-1 (db-1@a) [OldIsDown("Exited (0) 2 hours ago")]
    1 a/db-1: create db-1 from db [OldIsDown("Exited (0) 2 hours ago")] after 0
    2 a/db-1: start db-1 [ContainerIsNew] after 1
    3 a/db-1: ready db-1 [AwaitsReady] after 2
    "#);
}

#[test]
fn reuse_starts_the_same_container() {
    let plan = Case::of(SHOP)
        .only(&["db-1"])
        .sees("a/db-1: running")
        .restart(RestartOptions { start: reuse(), ..RestartOptions::default() });
    insta::assert_snapshot!(plan, @r"
    restart
    0 a/db-1: stop db-1 (db-1@a) 10s [Restarted]
    1 a/db-1: start db-1 [Reused] after 0
    2 a/db-1: ready db-1 [AwaitsReady] after 1
    ");
}

#[test]
fn delays_stand_before_stops_and_starts() {
    let plan = Case::of(SHOP).only(&["web-1", "web-2"]).sees(ALL).restart(RestartOptions {
        step_delay: Duration::from_secs(1),
        stop_start_delay: Duration::from_secs(2),
        ..RestartOptions::default()
    });
    insta::assert_snapshot!(plan, @r"
    restart
    0 a/web-1: pause 1s [Flag(StepDelay)]
    1 a/web-1: stop web-1 (web-1@a) 10s [Restarted] after 0
    2 b/web-2: pause 1s [Flag(StepDelay)] after 0
    3 b/web-2: stop web-2 (web-2@b) 10s [Restarted] after 2
    4 a/web-1: pause 2s [Flag(StopStartDelay)] after 1
    5 b/web-2: pause 2s [Flag(StopStartDelay)] after 3
    6 a/web-1: remove web-1 (web-1@a) [RestartedAnew] after 4
    7 a/web-1: create web-1 from web [RestartedAnew] after 6
    8 a/web-1: start web-1 [ContainerIsNew] after 7
    9 a/web-1: ready web-1 [AwaitsReady] after 8
    10 b/web-2: remove web-2 (web-2@b) [RestartedAnew] after 5
    11 b/web-2: create web-2 from web [RestartedAnew] after 10
    12 b/web-2: start web-2 [ContainerIsNew] after 11
    13 b/web-2: ready web-2 [AwaitsReady] after 12
    barrier 0: ServiceDependantsDown(db) after 1, 3
    ");
}

#[test]
fn only_if_changed_leaves_the_ships_image_alone() {
    let plan = Case::of(SHOP)
        .sees("a: new-image web\na/db-1: running\na/web-1: running\nb/web-2: exited")
        .restart(RestartOptions { only_if_changed: true, ..RestartOptions::default() });
    insta::assert_snapshot!(plan, @r#"
    restart
    0 a/web-1: stop web-1 (web-1@a) 10s [ImageChanged]
    1 a/web-1: remove web-1 (web-1@a) [RestartedAnew] after 0
    2 a/web-1: create web-1 from web [RestartedAnew] after 1
    3 a/web-1: start web-1 [ContainerIsNew] after 2
    4 a/web-1: ready web-1 [AwaitsReady] after 3
    5 b/web-2: remove web-2 (web-2@b) [OldIsDown("Exited (0) 2 hours ago")]
    6 b/web-2: create web-2 from web [OldIsDown("Exited (0) 2 hours ago")] after 5
    7 b/web-2: start web-2 [ContainerIsNew] after 6
    8 b/web-2: ready web-2 [AwaitsReady] after 7
    unchanged db-1: RunsShipsImage
    "#);
}

#[test]
fn a_network_of_others_blocks_the_stop() {
    let plan = Case::of(SHOP)
        .only(&["db-1"])
        .sees("a: network-of other\na/db-1: running")
        .restart(RestartOptions::default());
    insta::assert_snapshot!(plan, @r#"
    restart
    blocked db-1: UnmanagedNetwork { network: "maestro-shop", environment: Some("other") }
    "#);
}

#[test]
fn batches_replace_one_after_another() {
    let plan = Case::of(PAIR)
        .sees("a/web-1: running\na/web-2: running")
        .restart(RestartOptions { in_batches: true, ..RestartOptions::default() });
    insta::assert_snapshot!(plan, @r"
    restart
    0 a/web-1: create web-1.next from web [Restarted]
    1 a/web-1: stop web-1 (web-1@a) 10s [Restarted] after 0
    2 a/web-1: rename web-1 (web-1@a) to web-1.previous [KeptUntilReady] after 1
    3 a/web-1: rename web-1.next to web-1 [TakesPlace] after 2
    4 a/web-1: start web-1 [ContainerIsNew] after 3
    5 a/web-1: ready web-1 [AwaitsReady] after 4
    6 a/web-2: create web-2.next from web [Restarted]
    7 a/web-2: stop web-2 (web-2@a) 10s [Restarted] after barrier 0, 6
    8 a/web-2: rename web-2 (web-2@a) to web-2.previous [KeptUntilReady] after 7
    9 a/web-2: rename web-2.next to web-2 [TakesPlace] after 8
    10 a/web-2: start web-2 [ContainerIsNew] after 9
    11 a/web-2: ready web-2 [AwaitsReady] after 10
    12 (0) a/web-1: discard web-1.next or web-1, not web-1@a on a, 10s [NotReplaced]
    13 (0) a/web-1: rename web-1.previous (web-1@a) to web-1 [TakesPlaceAgain] after 12
    14 (0) a/web-1: start web-1 [RanBefore] after 13
    15 (0) a/web-1: ready web-1 [AwaitsReady] after 14
    16 (0) a/web-2: discard web-2.next or web-2, not web-2@a on a, 10s [NotReplaced]
    17 (0) a/web-2: rename web-2.previous (web-2@a) to web-2 [TakesPlaceAgain] after 16
    18 (0) a/web-2: start web-2 [RanBefore] after 17
    19 (0) a/web-2: ready web-2 [AwaitsReady] after 18
    20 a/web-1: remove web-1.previous (web-1@a) [SuccessorReady] after 5, barrier 1
    21 a/web-2: remove web-2.previous (web-2@a) [SuccessorReady] after 11, barrier 1
    barrier 0: Batch { service: web, number: 1, failures: 0 } after 5, 0 may fail, counted: None
    barrier 1: ServiceReplaced(web) after 5, 11, 0 may fail, counted: None
    compensation 0: Service(web) of 1 2 3 4 5 7 8 9 10 11
    ");
}

#[test]
fn batches_with_reuse_and_delays() {
    let plan = Case::of(PAIR).sees("a/web-1: running\na/web-2: running").restart(RestartOptions {
        in_batches: true,
        start: reuse(),
        step_delay: Duration::from_secs(1),
        stop_start_delay: Duration::from_secs(2),
        ..RestartOptions::default()
    });
    insta::assert_snapshot!(plan, @r"
    restart
    0 a/web-1: pause 1s [Flag(StepDelay)]
    1 a/web-1: stop web-1 (web-1@a) 10s [Restarted] after 0
    2 a/web-1: pause 2s [Flag(StopStartDelay)] after 1
    3 a/web-1: start web-1 [Reused] after 2
    4 a/web-1: ready web-1 [AwaitsReady] after 3
    5 a/web-2: pause 1s [Flag(StepDelay)] after barrier 0
    6 a/web-2: stop web-2 (web-2@a) 10s [Restarted] after 5
    7 a/web-2: pause 2s [Flag(StopStartDelay)] after 6
    8 a/web-2: start web-2 [Reused] after 7
    9 a/web-2: ready web-2 [AwaitsReady] after 8
    barrier 0: Batch { service: web, number: 1, failures: 0 } after 4, 0 may fail, counted: None
    ");
}

#[test]
fn batches_start_what_is_down() {
    let plan = Case::of(PAIR)
        .sees("a/web-1: exited\na/web-2: running")
        .restart(RestartOptions { in_batches: true, ..RestartOptions::default() });
    insta::assert_snapshot!(plan, @r#"
    restart
    0 a/web-1: remove web-1 (web-1@a) [OldIsDown("Exited (0) 2 hours ago")]
    1 a/web-1: create web-1 from web [OldIsDown("Exited (0) 2 hours ago")] after 0
    2 a/web-1: start web-1 [ContainerIsNew] after 1
    3 a/web-1: ready web-1 [AwaitsReady] after 2
    4 a/web-2: create web-2.next from web [Restarted]
    5 a/web-2: stop web-2 (web-2@a) 10s [Restarted] after 4
    6 a/web-2: rename web-2 (web-2@a) to web-2.previous [KeptUntilReady] after 5
    7 a/web-2: rename web-2.next to web-2 [TakesPlace] after 6
    8 a/web-2: start web-2 [ContainerIsNew] after 7
    9 a/web-2: ready web-2 [AwaitsReady] after 8
    10 (0) a/web-2: discard web-2.next or web-2, not web-2@a on a, 10s [NotReplaced]
    11 (0) a/web-2: rename web-2.previous (web-2@a) to web-2 [TakesPlaceAgain] after 10
    12 (0) a/web-2: start web-2 [RanBefore] after 11
    13 (0) a/web-2: ready web-2 [AwaitsReady] after 12
    14 a/web-2: remove web-2.previous (web-2@a) [SuccessorReady] after 9
    compensation 0: Instance(web-2) of 5 6 7 8 9
    "#);
}
