//! Plans of moves between ships.

use super::case::Case;
use maestro_core::plan::{apply::ApplyOptions, restart::RestartOptions, start::StartOptions};

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
fn what_ran_on_a_ship_that_is_lost_is_not_started_elsewhere() {
    let case = || Case::of(SHOP).sees("b/web-1: running\nb/db-1: running anonymous /data").loses("b");
    insta::assert_snapshot!(case().apply(), @r#"
    apply
    blocked db-1: RunsElsewhere { ship: b, reason: NoAnswer(Words("connection refused")) }
    blocked web-1: RunsElsewhere { ship: b, reason: NoAnswer(Words("connection refused")) }
    "#);
    insta::assert_snapshot!(case().apply_with(MOVES), @r#"
    apply
    blocked db-1: RunsElsewhere { ship: b, reason: NoAnswer(Words("connection refused")) }
    blocked web-1: RunsElsewhere { ship: b, reason: NoAnswer(Words("connection refused")) }
    "#);
}

#[test]
fn an_instance_that_was_found_on_a_ship_that_is_lost_is_not_started_elsewhere() {
    let file = "name: shop
ships: {a: {ip: 10.0.0.1, drain: true}, b: {ip: 10.0.0.2}}
services: {web: {image: web, ships: all, replicas: 1}}
";
    let found = Case::of(file).sees("a/web-1: running").placed();
    insta::assert_snapshot!(found.sees("a: silent").apply(), @r#"
    apply
    blocked web-1: RunsElsewhere { ship: a, reason: NoAnswer(Words("connection refused")) }
    "#);
}

#[test]
fn what_earlier_moves_have_left_is_removed_with_the_old_container() {
    let seen = "b/web-1: running\nb/web-1.previous: exited of web-1";
    insta::assert_snapshot!(Case::of(SHOP).only(&["web-1"]).sees(seen).apply(), @r#"
    apply
    0 a/web-1: create web-1 from web [NoContainer]
    1 b/web-1: stop web-1 (web-1@b) 10s [Moved] after 0
    2 a/web-1: start web-1 [ContainerIsNew] after 0, 1
    3 a/web-1: ready web-1 [AwaitsReady] after 2
    4 (0) a/web-1: discard web-1, not web-1@b on b, 10s [NotReplaced]
    5 (0) b/web-1: start web-1@b [RanBefore] after 4
    6 (0) b/web-1: ready web-1@b [AwaitsReady] after 5
    7 b/web-1: remove web-1 (web-1@b) [MovedAndReady] after 3
    8 b/web-1: remove web-1.previous (web-1.previous@b) [Leftover] after 3
    compensation 0: Instance(web-1) of 1 2 3
    move web-1: web-1@b from b, data: ""
    "#);
}

#[test]
fn a_restart_stops_what_moves_after_its_dependants() {
    let file =
        SHOP.replace("image: web,", "image: web, requires: db,").replace(" container_volumes: /data,", "");
    insta::assert_snapshot!(Case::of(&file).sees("b/db-1: running\na/web-1: running").restart(RestartOptions::default()), @r#"
    restart
    0 a/web-1: stop web-1 (web-1@a) 10s [Restarted]
    1 a/db-1: create db-1 from db [NoContainer]
    2 b/db-1: stop db-1 (db-1@b) 10s [Moved] after 1, 0
    3 a/db-1: start db-1 [ContainerIsNew] after 1, 2
    4 a/db-1: ready db-1 [AwaitsReady] after 3
    5 a/web-1: remove web-1 (web-1@a) [RestartedAnew] after 0
    6 a/web-1: create web-1 from web [RestartedAnew] after 5
    7 a/web-1: start web-1 [ContainerIsNew] after 6, 4
    8 a/web-1: ready web-1 [AwaitsReady] after 7
    9 (0) a/db-1: discard db-1, not db-1@b on b, 10s [NotReplaced]
    10 (0) b/db-1: start db-1@b [RanBefore] after 9
    11 (0) b/db-1: ready db-1@b [AwaitsReady] after 10
    12 b/db-1: remove db-1 (db-1@b) [MovedAndReady] after 4
    compensation 0: Instance(db-1) of 2 3 4
    move db-1: db-1@b from b, data: ""
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

/// `web-1` and `db-1`, which it links to, on these ships.
fn linked(db: &str) -> String {
    format!(
        "name: shop
ships: {{a: {{ip: 10.0.0.1}}, b: {{ip: 10.0.0.2}}, c: {{ip: 10.0.0.3}}}}
services:
  db: {{image: db, instances: {{db-1: {{ship: {db}, ports: {{sql: 5432}}}}}}}}
  web: {{image: web, instances: {{web-1: {{ship: a, links: {{db-1: db}}}}}}}}
"
    )
}

#[test]
fn what_links_to_an_instance_that_moves_away_is_replaced_with_the_link_as_the_reason() {
    let sees = "a/db-1: running old\na/web-1: running old";
    let away = Case::of(&linked("b")).was(&linked("a")).sees(sees);
    insta::assert_snapshot!(away.apply(), @r#"
    apply
    0 b/db-1: create db-1 from db [NoContainer]
    1 a/db-1: stop db-1 (db-1@a) 10s [Moved] after 0
    2 b/db-1: start db-1 [ContainerIsNew] after 0, 1
    3 b/db-1: ready db-1 [AwaitsReady] after 2
    4 a/web-1: create web-1.next from web [Differs { fields: ["extra_hosts.db", "links.db"], more: 0 }]
    5 a/web-1: stop web-1 (web-1@a) 10s [Differs { fields: ["extra_hosts.db", "links.db"], more: 0 }] after 3, 4
    6 a/web-1: rename web-1 (web-1@a) to web-1.previous [KeptUntilReady] after 5
    7 a/web-1: rename web-1.next to web-1 [TakesPlace] after 6
    8 a/web-1: start web-1 [ContainerIsNew] after 7
    9 a/web-1: ready web-1 [AwaitsReady] after 8
    10 (0) b/db-1: discard db-1, not db-1@a on a, 10s [NotReplaced]
    11 (0) a/db-1: start db-1@a [RanBefore] after 10
    12 (0) a/db-1: ready db-1@a [AwaitsReady] after 11
    13 a/db-1: remove db-1 (db-1@a) [MovedAndReady] after 3
    14 (1) a/web-1: discard web-1.next or web-1, not web-1@a on a, 10s [NotReplaced]
    15 (1) a/web-1: rename web-1.previous (web-1@a) to web-1 [TakesPlaceAgain] after 14
    16 (1) a/web-1: start web-1 [RanBefore] after 15
    17 (1) a/web-1: ready web-1 [AwaitsReady] after 16
    18 a/web-1: remove web-1.previous (web-1@a) [SuccessorReady] after 9
    compensation 0: Instance(db-1) of 1 2 3
    compensation 1: Instance(web-1) of 5 6 7 8 9
    differs web-1: extra_hosts.db - → 10.0.0.2, links.db db-1 → -
    move db-1: db-1@a from a, data: ""
    "#);
}

#[test]
fn what_links_to_an_instance_on_another_ship_is_replaced_when_that_moves_on() {
    let sees = "b/db-1: running old\na/web-1: running old";
    let further = Case::of(&linked("c")).was(&linked("b")).sees(sees);
    insta::assert_snapshot!(further.apply(), @r#"
    apply
    0 c/db-1: create db-1 from db [NoContainer]
    1 b/db-1: stop db-1 (db-1@b) 10s [Moved] after 0
    2 c/db-1: start db-1 [ContainerIsNew] after 0, 1
    3 c/db-1: ready db-1 [AwaitsReady] after 2
    4 a/web-1: create web-1.next from web [Differs { fields: ["extra_hosts.db"], more: 0 }]
    5 a/web-1: stop web-1 (web-1@a) 10s [Differs { fields: ["extra_hosts.db"], more: 0 }] after 3, 4
    6 a/web-1: rename web-1 (web-1@a) to web-1.previous [KeptUntilReady] after 5
    7 a/web-1: rename web-1.next to web-1 [TakesPlace] after 6
    8 a/web-1: start web-1 [ContainerIsNew] after 7
    9 a/web-1: ready web-1 [AwaitsReady] after 8
    10 (0) c/db-1: discard db-1, not db-1@b on b, 10s [NotReplaced]
    11 (0) b/db-1: start db-1@b [RanBefore] after 10
    12 (0) b/db-1: ready db-1@b [AwaitsReady] after 11
    13 b/db-1: remove db-1 (db-1@b) [MovedAndReady] after 3
    14 (1) a/web-1: discard web-1.next or web-1, not web-1@a on a, 10s [NotReplaced]
    15 (1) a/web-1: rename web-1.previous (web-1@a) to web-1 [TakesPlaceAgain] after 14
    16 (1) a/web-1: start web-1 [RanBefore] after 15
    17 (1) a/web-1: ready web-1 [AwaitsReady] after 16
    18 a/web-1: remove web-1.previous (web-1@a) [SuccessorReady] after 9
    compensation 0: Instance(db-1) of 1 2 3
    compensation 1: Instance(web-1) of 5 6 7 8 9
    differs web-1: extra_hosts.db 10.0.0.2 → 10.0.0.3
    move db-1: db-1@b from b, data: ""
    "#);
}

#[test]
fn what_links_to_an_instance_that_moves_back_has_an_alias_again() {
    let sees = "b/db-1: running old\na/web-1: running old";
    let back = Case::of(&linked("a")).was(&linked("b")).sees(sees);
    insta::assert_snapshot!(back.apply(), @r#"
    apply
    0 a/db-1: create db-1 from db [NoContainer]
    1 b/db-1: stop db-1 (db-1@b) 10s [Moved] after 0
    2 a/db-1: start db-1 [ContainerIsNew] after 0, 1
    3 a/db-1: ready db-1 [AwaitsReady] after 2
    4 a/web-1: create web-1.next from web [Differs { fields: ["extra_hosts.db", "links.db"], more: 0 }]
    5 a/web-1: stop web-1 (web-1@a) 10s [Differs { fields: ["extra_hosts.db", "links.db"], more: 0 }] after 3, 4
    6 a/web-1: rename web-1 (web-1@a) to web-1.previous [KeptUntilReady] after 5
    7 a/web-1: rename web-1.next to web-1 [TakesPlace] after 6
    8 a/web-1: start web-1 [ContainerIsNew] after 7
    9 a/web-1: ready web-1 [AwaitsReady] after 8
    10 (0) a/db-1: discard db-1, not db-1@b on b, 10s [NotReplaced]
    11 (0) b/db-1: start db-1@b [RanBefore] after 10
    12 (0) b/db-1: ready db-1@b [AwaitsReady] after 11
    13 b/db-1: remove db-1 (db-1@b) [MovedAndReady] after 3
    14 (1) a/web-1: discard web-1.next or web-1, not web-1@a on a, 10s [NotReplaced]
    15 (1) a/web-1: rename web-1.previous (web-1@a) to web-1 [TakesPlaceAgain] after 14
    16 (1) a/web-1: start web-1 [RanBefore] after 15
    17 (1) a/web-1: ready web-1 [AwaitsReady] after 16
    18 a/web-1: remove web-1.previous (web-1@a) [SuccessorReady] after 9
    compensation 0: Instance(db-1) of 1 2 3
    compensation 1: Instance(web-1) of 5 6 7 8 9
    differs web-1: extra_hosts.db 10.0.0.2 → -, links.db - → db-1
    move db-1: db-1@b from b, data: ""
    "#);
}

#[test]
fn a_link_to_a_service_has_the_addresses_of_all_its_instances() {
    let shop = |ships: &str| {
        format!(
            "name: shop
ships: {{a: {{ip: 10.0.0.1}}, b: {{ip: 10.0.0.2}}}}
services:
  db: {{image: db, ports: {{sql: 5432}}, instances: {{{ships}}}}}
  web: {{image: web, instances: {{web-1: {{ship: a, links: {{db: db}}}}}}}}
"
        )
    };
    let (one, two) = (shop("db-1: {ship: a}"), shop("db-1: {ship: a}, db-2: {ship: b}"));
    let sees = "a/db-1: running old\na/web-1: running old";
    insta::assert_snapshot!(Case::of(&two).was(&one).sees(sees).apply(), @r#"
    apply
    0 b/db-2: create db-2 from db [NoContainer]
    1 b/db-2: start db-2 [ContainerIsNew] after 0
    2 b/db-2: ready db-2 [AwaitsReady] after 1
    3 a/web-1: create web-1.next from web [Differs { fields: ["extra_hosts.db", "links.db"], more: 0 }]
    4 a/web-1: stop web-1 (web-1@a) 10s [Differs { fields: ["extra_hosts.db", "links.db"], more: 0 }] after 2, 3
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
    unchanged db-1: OnlyPeersDiffer, PeersReplaceIt
    differs web-1: extra_hosts.db - → 10.0.0.1,10.0.0.2, links.db db → -
    other peers db-1: env.DB_DB_2_HOST - → 10.0.0.2 (peers), env.DB_DB_2_SQL_INTERNAL_PORT - → 5432 (peers), env.DB_DB_2_SQL_PORT - → 5432 (peers), env.DB_INSTANCES db-1 → db-1,db-2 (peers)
    "#);
}
