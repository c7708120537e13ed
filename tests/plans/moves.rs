//! Plans of moves between ships.

use super::case::Case;
use maestro_core::plan::{apply::ApplyOptions, start::StartOptions};

const SHOP: &str = "name: shop
ships: {a: {ip: 10.0.0.1}, b: {ip: 10.0.0.2}}
services:
  db: {image: db, container_volumes: /data, instances: {db-1: {ship: a}}}
  web: {image: web, instances: {web-1: {ship: a}}}
";

const MOVES: ApplyOptions = ApplyOptions { moves: true, ..ApplyOptions::PLAIN };

#[test]
fn an_instance_without_data_moves() {
    insta::assert_snapshot!(Case::of(SHOP).only(&["web-1"]).sees("b/web-1: running").apply(), @r#"
    apply
    0 a/web-1: create web-1 from web [NoContainer]
    1 b/web-1: stop web-1 (web-1@b) 10s [Moved] after 0
    2 a/web-1: start web-1 [ContainerIsNew] after 0, 1
    3 a/web-1: ready web-1 [AwaitsReady] after 2
    4 (0) a/web-1: discard web-1, not web-1@b on b, 10s [NotReplaced]
    5 (0) b/web-1: start web-1@b [RanBefore] after 4
    6 (0) b/web-1: ready web-1@b [AwaitsReady] after 5
    7 b/web-1: remove web-1 (web-1@b) [MovedAndReady] after 3
    compensation 0: Instance(web-1) of 1 2 3
    move web-1: web-1@b from b, data: ""
    "#);
}

#[test]
fn a_container_that_is_down_is_not_stopped_first() {
    insta::assert_snapshot!(Case::of(SHOP).only(&["web-1"]).sees("b/web-1: exited").apply(), @r#"
    apply
    0 a/web-1: create web-1 from web [NoContainer]
    1 a/web-1: start web-1 [ContainerIsNew] after 0
    2 a/web-1: ready web-1 [AwaitsReady] after 1
    3 (0) a/web-1: discard web-1, not web-1@b on b, 10s [NotReplaced]
    4 b/web-1: remove web-1 (web-1@b) [MovedAndReady] after 2
    compensation 0: Instance(web-1) of 1 2
    move web-1: web-1@b from b, data: ""
    "#);
}

#[test]
fn data_on_the_old_ship_blocks_a_move() {
    let plan = Case::of(SHOP).only(&["db-1"]).sees("b/db-1: running anonymous /data").apply();
    insta::assert_snapshot!(plan, @r#"
    apply
    blocked db-1: Moved { from: b, data: ["volume <db-1/data> (/data)"] }
    "#);
}

#[test]
fn with_move_data_stays_on_the_old_ship() {
    let plan = Case::of(SHOP).only(&["db-1"]).sees("b/db-1: running anonymous /data").apply_with(MOVES);
    insta::assert_snapshot!(plan, @r#"
    apply
    0 a/db-1: create db-1 from db [NoContainer]
    1 b/db-1: stop db-1 (db-1@b) 10s [Moved] after 0
    2 a/db-1: start db-1 [ContainerIsNew] after 0, 1
    3 a/db-1: ready db-1 [AwaitsReady] after 2
    4 (0) a/db-1: discard db-1, not db-1@b on b, 10s [NotReplaced]
    5 (0) b/db-1: start db-1@b [RanBefore] after 4
    6 (0) b/db-1: ready db-1@b [AwaitsReady] after 5
    7 b/db-1: remove db-1 (db-1@b) leaves <db-1/data> [MovedAndReady] after 3
    compensation 0: Instance(db-1) of 1 2 3
    move db-1: db-1@b from b, data: "volume <db-1/data> (/data)"
    "#);
}

#[test]
fn a_start_moves_as_well() {
    let plan = Case::of(SHOP)
        .only(&["db-1"])
        .sees("b/db-1: running anonymous /data")
        .start_with(StartOptions { moves: true, ..StartOptions::default() });
    insta::assert_snapshot!(plan, @r#"
    start
    0 a/db-1: create db-1 from db [NoContainer]
    1 b/db-1: stop db-1 (db-1@b) 10s [Moved] after 0
    2 a/db-1: start db-1 [ContainerIsNew] after 0, 1
    3 a/db-1: ready db-1 [AwaitsReady] after 2
    4 (0) a/db-1: discard db-1, not db-1@b on b, 10s [NotReplaced]
    5 (0) b/db-1: start db-1@b [RanBefore] after 4
    6 (0) b/db-1: ready db-1@b [AwaitsReady] after 5
    7 b/db-1: remove db-1 (db-1@b) leaves <db-1/data> [MovedAndReady] after 3
    compensation 0: Instance(db-1) of 1 2 3
    move db-1: db-1@b from b, data: "volume <db-1/data> (/data)"
    "#);
}

#[test]
fn ships_of_one_engine_are_no_move() {
    let plan = Case::of(SHOP)
        .only(&["web-1"])
        .sees("a: engine e\nb: engine e\na/web-1: running\nb/web-1: running")
        .apply();
    insta::assert_snapshot!(plan, @r"
    apply
    unchanged web-1: RunsAsDeclared
    ");
}

#[test]
fn an_interrupted_move_is_completed() {
    let plan = Case::of(SHOP).only(&["web-1"]).sees("a/web-1: running\nb/web-1: exited").apply();
    insta::assert_snapshot!(plan, @r"
    apply
    0 a/web-1: ready web-1 [MoveLeftOld]
    1 b/web-1: remove web-1 (web-1@b) [MovedAndReady] after 0
    ");
}

#[test]
fn a_successor_that_an_interrupted_move_created_is_started() {
    let plan = Case::of(SHOP).only(&["web-1"]).sees("a/web-1: created\nb/web-1: running").apply();
    insta::assert_snapshot!(plan, @r#"
    apply
    0 b/web-1: stop web-1 (web-1@b) 10s [Moved]
    1 a/web-1: start web-1 [DownAsDeclared("Created")] after 0
    2 a/web-1: ready web-1 [AwaitsReady] after 1
    3 (0) a/web-1: discard web-1, not web-1@b on b, left: web-1@a, 10s [NotReplaced]
    4 (0) b/web-1: start web-1@b [RanBefore] after 3
    5 (0) b/web-1: ready web-1@b [AwaitsReady] after 4
    6 b/web-1: remove web-1 (web-1@b) [MovedAndReady] after 2
    compensation 0: Instance(web-1) of 0 1 2
    move web-1: web-1@b from b, data: ""
    "#);
}

#[test]
fn data_may_be_on_a_silent_ship() {
    insta::assert_snapshot!(Case::of(SHOP).sees("b: silent").apply(), @r#"
    apply
    0 a/web-1: create web-1 from web [NoContainer]
    1 a/web-1: start web-1 [ContainerIsNew] after 0
    2 a/web-1: ready web-1 [AwaitsReady] after 1
    blocked db-1: Elsewhere { ship: b, reason: NoAnswer(Words("connection refused")) }
    note web-1: MayRunOnSilentShip { ship: "b", instances: ["web-1"] }
    "#);
}

#[test]
fn with_move_a_silent_ship_is_noted() {
    insta::assert_snapshot!(Case::of(SHOP).sees("b: silent").apply_with(MOVES), @r#"
    apply
    0 a/db-1: create db-1 from db [NoContainer]
    1 a/db-1: start db-1 [ContainerIsNew] after 0
    2 a/db-1: ready db-1 [AwaitsReady] after 1
    3 a/web-1: create web-1 from web [NoContainer]
    4 a/web-1: start web-1 [ContainerIsNew] after 3
    5 a/web-1: ready web-1 [AwaitsReady] after 4
    note db-1: MayRunOnSilentShip { ship: "b", instances: ["db-1", "web-1"] }
    "#);
}

#[test]
fn checks_that_mean_the_same_are_made_on_the_old_ship() {
    let plan = Case::of(&SHOP.replace("image: web,", "image: web, ports: {http: 80}, lifecycle: {running: [{type: tcp, port: http}, {type: docker}], pre-stop: [{type: sleep, wait: 1}], stopped: [{type: tcp, port: http}]},")).only(&["web-1"]).sees("b/web-1: running").apply();
    insta::assert_snapshot!(plan, @r#"
    apply
    0 a/web-1: create web-1 from web [NoContainer]
    1 b/web-1: pre-stop web-1 (web-1@b) sleep 1s [Checked(PreStop)] after 0
    2 b/web-1: stop web-1 (web-1@b) 10s [Moved] after 1
    3 a/web-1: start web-1 [ContainerIsNew] after 0, 2
    4 a/web-1: ready web-1 tcp 80 docker [AwaitsReady] after 3
    5 (0) a/web-1: discard web-1, not web-1@b on b, 10s [NotReplaced]
    6 (0) b/web-1: start web-1@b [RanBefore] after 5
    7 (0) b/web-1: ready web-1@b docker [AwaitsReady] after 6
    8 b/web-1: remove web-1 (web-1@b) [MovedAndReady] after 4
    compensation 0: Instance(web-1) of 1 2 3 4
    move web-1: web-1@b from b, data: ""
    "#);
}

/// The removal of the old container of a move failed, and the file has the instance on its old ship again.
#[test]
fn what_an_earlier_move_has_left_is_not_started_beside_the_instance() {
    let case = Case::of(SHOP).sees(
        "a/db-1: exited anonymous /data\nb/db-1: running anonymous /data\na/web-1: exited\nb/web-1: running",
    );
    insta::assert_snapshot!(case.apply(), @r#"
    apply
    0 b/web-1: stop web-1 (web-1@b) 10s [Moved]
    1 a/web-1: start web-1 [DownAsDeclared("Exited (0) 2 hours ago")] after 0
    2 a/web-1: ready web-1 [AwaitsReady] after 1
    3 (0) a/web-1: discard web-1, not web-1@b on b, left: web-1@a, 10s [NotReplaced]
    4 (0) b/web-1: start web-1@b [RanBefore] after 3
    5 (0) b/web-1: ready web-1@b [AwaitsReady] after 4
    6 b/web-1: remove web-1 (web-1@b) [MovedAndReady] after 2
    compensation 0: Instance(web-1) of 0 1 2
    blocked db-1: Moved { from: b, data: ["volume <db-1/data> (/data)"] }
    move web-1: web-1@b from b, data: ""
    "#);
    assert!(case.start().contains("stop web-1 (web-1@b)"), "{}", case.start());
}
