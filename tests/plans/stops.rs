//! Plans of stop and kill.

use super::case::Case;
use maestro_core::plan::stop::StopMethod;

const SHOP: &str = "name: shop
ships: {a: {ip: 10.0.0.1}, b: {ip: 10.0.0.2}}
services:
  db: {image: db, instances: {db-1: {ship: a}}}
  web: {image: web, requires: db, instances: {web-1: {ship: a}, web-2: {ship: b}}}
";

const ALL: &str = "a/db-1: running\na/web-1: running\nb/web-2: running";

/// A `db` with checks around its stop.
const CHECKED: &str = "name: shop
ships: {a: {ip: 10.0.0.1}}
services:
  db:
    image: db
    stop_timeout: 3
    instances: {db-1: {ship: a}}
    lifecycle: {pre-stop: [{type: rexec, command: may-stop}], stopped: [{type: sleep, wait: 1}]}
";

#[test]
fn dependants_go_down_first() {
    insta::assert_snapshot!(Case::of(SHOP).sees(ALL).stop(), @r"
    stop
    0 a/web-1: stop web-1 (web-1@a) 10s [IsRunning]
    1 b/web-2: stop web-2 (web-2@b) 10s [IsRunning]
    2 a/db-1: stop db-1 (db-1@a) 10s [IsRunning] after barrier 0
    barrier 0: ServiceDependantsDown(db) after 0, 1
    ");
}

#[test]
fn a_kill_has_the_same_order() {
    insta::assert_snapshot!(Case::of(SHOP).sees(ALL).stop_with(StopMethod::Kill, false, false), @r"
    kill
    0 a/web-1: kill web-1 (web-1@a) [IsRunning]
    1 b/web-2: kill web-2 (web-2@b) [IsRunning]
    2 a/db-1: kill db-1 (db-1@a) [IsRunning] after barrier 0
    barrier 0: ServiceDependantsDown(db) after 0, 1
    ");
}

#[test]
fn ignore_dependencies_stops_all_at_once() {
    insta::assert_snapshot!(Case::of(SHOP).sees(ALL).stop_with(StopMethod::Stop, false, true), @r"
    stop
    0 a/web-1: stop web-1 (web-1@a) 10s [IsRunning]
    1 b/web-2: stop web-2 (web-2@b) 10s [IsRunning]
    2 a/db-1: stop db-1 (db-1@a) 10s [IsRunning]
    ");
}

#[test]
fn what_is_down_or_absent_is_unchanged() {
    insta::assert_snapshot!(Case::of(SHOP).sees("a/db-1: exited\na/web-1: running").stop(), @r"
    stop
    0 a/web-1: stop web-1 (web-1@a) 10s [IsRunning]
    unchanged web-2: Absent
    unchanged db-1: AlreadyDown
    ");
}

#[test]
fn an_unselected_dependant_hands_on_what_it_waits_for() {
    insta::assert_snapshot!(Case::of(SHOP).only(&["db-1"]).sees(ALL).stop(), @r"
    stop
    0 a/db-1: stop db-1 (db-1@a) 10s [IsRunning]
    ");
}

#[test]
fn checks_stand_around_a_stop() {
    insta::assert_snapshot!(Case::of(CHECKED).sees("a/db-1: running").stop(), @r"
    stop
    0 a/db-1: pre-stop db-1 (db-1@a) rexec may-stop [Checked(PreStop)]
    1 a/db-1: stop db-1 (db-1@a) 3s [IsRunning] after 0
    2 a/db-1: stopped db-1 (db-1@a) sleep 1s [Checked(Stopped)] after 1
    ");
}

#[test]
fn a_kill_has_the_checks_after_it_alone() {
    let plan = Case::of(CHECKED).sees("a/db-1: running").stop_with(StopMethod::Kill, false, false);
    insta::assert_snapshot!(plan, @r"
    kill
    0 a/db-1: kill db-1 (db-1@a) [IsRunning]
    1 a/db-1: stopped db-1 (db-1@a) sleep 1s [Checked(Stopped)] after 0
    ");
}

#[test]
fn a_silent_ship_blocks_what_its_instances_require() {
    let plan = Case::of(SHOP).sees("b: silent\na/db-1: running\na/web-1: running").stop();
    insta::assert_snapshot!(plan, @r#"
    stop
    0 a/web-1: stop web-1 (web-1@a) 10s [IsRunning]
    blocked web-2: Unreachable { reason: NoAnswer(Words("connection refused")) }
    blocked db-1: Behind { other: web-2 }
    "#);
}

#[test]
fn an_unmanaged_container_blocks_nothing_else() {
    insta::assert_snapshot!(Case::of(SHOP).sees("a/db-1: running\na/web-1: running unmanaged").stop(), @r#"
    stop
    0 a/db-1: stop db-1 (db-1@a) 10s [IsRunning]
    unchanged web-2: Absent
    blocked web-1: Unmanaged { id: "web-1@a", image: "web", environment: None }
    "#);
}

#[test]
fn adopt_stops_an_unmanaged_container_without_checks() {
    let plan = Case::of(CHECKED).sees("a/db-1: running unmanaged").stop_with(StopMethod::Stop, true, false);
    insta::assert_snapshot!(plan, @r"
    stop
    0 a/db-1: stop db-1 (db-1@a) 3s [IsRunning]
    ");
}

#[test]
fn leftovers_stop_with_their_instance() {
    let plan =
        Case::of(SHOP).only(&["web-1"]).sees("a/web-1: running\na/web-1.next: running of web-1").stop();
    insta::assert_snapshot!(plan, @r"
    stop
    0 a/web-1: stop web-1.next (web-1.next@a) 10s [LeftoverRuns]
    1 a/web-1: stop web-1 (web-1@a) 10s [IsRunning] after 0
    ");
}

#[test]
fn an_instance_stops_on_its_old_ship() {
    insta::assert_snapshot!(Case::of(SHOP).only(&["db-1"]).sees("b/db-1: running").stop(), @r#"
    stop
    0 b/db-1: stop db-1 (db-1@b) 10s [RunsElsewhere { here: "b", there: "a" }]
    "#);
}

#[test]
fn an_instance_that_is_down_on_its_old_ship_is_unchanged() {
    insta::assert_snapshot!(Case::of(SHOP).only(&["db-1"]).sees("b/db-1: exited").stop(), @r"
    stop
    unchanged db-1: DownOnShip(b)
    ");
}

#[test]
fn a_blocked_dependant_blocks_the_stop_on_an_old_ship() {
    let plan = Case::of(&SHOP.replace("ship: b", "ship: c").replace("b: {ip", "c: {ip: 10.0.0.3}, b: {ip"))
        .sees("c: silent\nb/db-1: running")
        .stop();
    insta::assert_snapshot!(plan, @r#"
    stop
    unchanged web-1: Absent
    blocked web-2: Unreachable { reason: NoAnswer(Words("connection refused")) }
    blocked db-1: Behind { other: web-2 }
    "#);
}

#[test]
fn a_named_orphan_stops() {
    let plan = Case::of(SHOP)
        .was(&SHOP.replace("web-2", "web-3"))
        .sees("b/web-3: running old")
        .stop_orphans(StopMethod::Stop, &["web-3"]);
    insta::assert_snapshot!(plan, @r"
    stop
    0 b/: stop web-3 (web-3@b) 10s [Orphan { orphan: NotDeclared, requested: Name }]
    ");
}

#[test]
fn a_named_orphan_is_killed() {
    let plan = Case::of(SHOP)
        .was(&SHOP.replace("web-2", "web-3"))
        .sees("b/web-3: running old")
        .stop_orphans(StopMethod::Kill, &["web-3"]);
    insta::assert_snapshot!(plan, @r"
    kill
    0 b/: kill web-3 (web-3@b) [Orphan { orphan: NotDeclared, requested: Name }]
    ");
}

#[test]
fn a_named_orphan_that_is_down_has_no_step() {
    let plan = Case::of(SHOP)
        .was(&SHOP.replace("web-2", "web-3"))
        .sees("b/web-3: exited old")
        .stop_orphans(StopMethod::Stop, &["web-3"]);
    insta::assert_snapshot!(plan, @r"
    stop
    ");
}
