//! Plans of services that have a choice of ships: a ship more or less, drained ships, and what cannot move.

use super::case::Case;
use maestro_core::{
    model::placement::{DataMoves, Whereabouts},
    plan::apply::ApplyOptions,
};

const SHOP: &str = "name: shop
ships:
  a: {ip: 10.0.0.1, labels: {zone: east}}
  b: {ip: 10.0.0.2, labels: {zone: east}}
  c: {ip: 10.0.0.3, labels: {zone: west}}
services:
  web: {image: web, ships: all, replicas: 4}
";

const MOVES: ApplyOptions = ApplyOptions { moves: true, ..ApplyOptions::PLAIN };

/// The file with other words in it.
fn shop(from: &str, to: &str) -> String {
    assert!(SHOP.contains(from), "{from}");
    SHOP.replace(from, to)
}

#[test]
fn without_containers_the_file_alone_places_instances() {
    insta::assert_snapshot!(Case::of(SHOP).ships(), @"web-1 a, web-2 b, web-3 c, web-4 a");
    insta::assert_snapshot!(Case::of(SHOP).placed().ships(), @"web-1 a, web-2 b, web-3 c, web-4 a");
}

#[test]
fn an_added_ship_gets_its_part() {
    let case = Case::of(SHOP)
        .sees("a/web-1: running\na/web-3: running\nb/web-2: running\nb/web-4: running")
        .placed();
    insta::assert_snapshot!(case.apply(), @r#"
    apply
    0 c/web-3: create web-3 from web [Spread { service: "web" }]
    1 a/web-3: stop web-3 (web-3@a) 10s [Spread { service: "web" }] after 0
    2 c/web-3: start web-3 [ContainerIsNew] after 0, 1
    3 c/web-3: ready web-3 [AwaitsReady] after 2
    4 (0) c/web-3: discard web-3, not web-3@a on a, 10s [NotReplaced]
    5 (0) a/web-3: start web-3@a [RanBefore] after 4
    6 (0) a/web-3: ready web-3@a [AwaitsReady] after 5
    7 a/web-3: remove web-3 (web-3@a) [MovedAndReady] after 3
    compensation 0: Instance(web-3) of 1 2 3
    unchanged web-1: RunsAsDeclared
    unchanged web-2: RunsAsDeclared
    unchanged web-4: RunsAsDeclared
    move web-3: web-3@a from a, data: ""
    "#);
}

#[test]
fn instances_of_a_removed_ship_move_and_no_others() {
    let case = Case::of(&shop("ships: all", "ships: [b, c]"))
        .sees("a/web-1: running\na/web-4: running\nb/web-2: running\nc/web-3: running")
        .placed();
    insta::assert_snapshot!(case.changes_of_apply(ApplyOptions::PLAIN), @r"
    Instance(web-1): Move { from: a } StopFirst [NoContainer] by 0 1 2 3 14, Service restored by 8 9 10
    Instance(web-4): Move { from: a } StopFirst [NoContainer] by 4 5 6 7 15, Service restored by 11 12 13
    ");
}

const RUNNING: &str = "a/web-1: running\na/web-4: running\nb/web-2: running\nc/web-3: running";

#[test]
fn a_drained_ship_loses_its_instances() {
    let case = Case::of(&shop("ip: 10.0.0.1,", "ip: 10.0.0.1, drain: true,")).sees(RUNNING).placed();
    insta::assert_snapshot!(case.apply(), @r#"
    apply
    0 b/web-1: create web-1 from web [Drained { ship: "a" }]
    1 a/web-1: stop web-1 (web-1@a) 10s [Drained { ship: "a" }] after 0
    2 b/web-1: start web-1 [ContainerIsNew] after 0, 1
    3 b/web-1: ready web-1 [AwaitsReady] after 2
    4 c/web-4: create web-4 from web [Drained { ship: "a" }]
    5 a/web-4: stop web-4 (web-4@a) 10s [Drained { ship: "a" }] after 4, barrier 0
    6 c/web-4: start web-4 [ContainerIsNew] after 4, 5, barrier 0
    7 c/web-4: ready web-4 [AwaitsReady] after 6
    8 (0) b/web-1: discard web-1, not web-1@a on a, 10s [NotReplaced]
    9 (0) a/web-1: start web-1@a [RanBefore] after 8
    10 (0) a/web-1: ready web-1@a [AwaitsReady] after 9
    11 (0) c/web-4: discard web-4, not web-4@a on a, 10s [NotReplaced]
    12 (0) a/web-4: start web-4@a [RanBefore] after 11
    13 (0) a/web-4: ready web-4@a [AwaitsReady] after 12
    14 a/web-1: remove web-1 (web-1@a) [MovedAndReady] after 3, barrier 1
    15 a/web-4: remove web-4 (web-4@a) [MovedAndReady] after 7, barrier 1
    barrier 0: Batch { service: web, number: 1, failures: 0 } after 3, 0 may fail, counted: None
    barrier 1: ServiceReplaced(web) after 3, 7, 0 may fail, counted: None
    compensation 0: Service(web) of 1 2 3 5 6 7
    unchanged web-2: RunsAsDeclared
    unchanged web-3: RunsAsDeclared
    move web-1: web-1@a from a, data: ""
    move web-4: web-4@a from a, data: ""
    "#);
}

#[test]
fn data_keeps_an_instance_on_a_drained_ship() {
    let seen = RUNNING.replace("a/web-4: running", "a/web-4: running anonymous /data");
    let file = shop("ip: 10.0.0.1,", "ip: 10.0.0.1, drain: true,")
        .replace("image: web,", "image: web, container_volumes: /data,");
    let case = Case::of(&file).sees(&seen).placed();
    insta::assert_snapshot!(case.changes_of_apply(ApplyOptions::PLAIN), @r#"Instance(web-1): Move { from: a } StopFirst [Drained { ship: "a" }] by 0 1 2 3 7, Instance restored by 4 5 6"#);
    insta::assert_snapshot!(case.apply(), @r#"
    apply
    0 b/web-1: create web-1 from web [Drained { ship: "a" }]
    1 a/web-1: stop web-1 (web-1@a) 10s [Drained { ship: "a" }] after 0
    2 b/web-1: start web-1 [ContainerIsNew] after 0, 1
    3 b/web-1: ready web-1 [AwaitsReady] after 2
    4 (0) b/web-1: discard web-1, not web-1@a on a, 10s [NotReplaced]
    5 (0) a/web-1: start web-1@a [RanBefore] after 4
    6 (0) a/web-1: ready web-1@a [AwaitsReady] after 5
    7 a/web-1: remove web-1 (web-1@a) [MovedAndReady] after 3
    compensation 0: Instance(web-1) of 1 2 3
    unchanged web-2: RunsAsDeclared
    unchanged web-3: RunsAsDeclared
    unchanged web-4: RunsAsDeclared
    note web-4: StaysOnDrained { ship: "a", has_choice: true, data: ["volume <web-4/data> (/data)"] }
    move web-1: web-1@a from a, data: ""
    "#);
    let asked = Whereabouts { data_moves: DataMoves::All, ..Whereabouts::default() };
    let case = Case::of(&file).sees(&seen).placed_with(asked);
    insta::assert_snapshot!(case.changes_of_apply(MOVES), @r#"
    Instance(web-1): Move { from: a } StopFirst [Drained { ship: "a" }] by 0 1 2 3 14, Service restored by 8 9 10
    Instance(web-4): Move { from: a } StopFirst [Drained { ship: "a" }] by 4 5 6 7 15, Service restored by 11 12 13
    "#);
    let asked = Whereabouts { data_moves: DataMoves::Of("web-4".to_owned()), ..Whereabouts::default() };
    let case = Case::of(&file).sees(&seen).placed_with(asked);
    insta::assert_snapshot!(case.only(&["web-4"]).ships(), @"web-1 b, web-2 b, web-3 c, web-4 c");
}

#[test]
fn an_instance_whose_ship_the_file_names_stays_on_a_drained_ship() {
    let file = shop("ip: 10.0.0.1,", "ip: 10.0.0.1, drain: true,")
        .replace("ships: all, replicas: 4", "ship: a, replicas: 1");
    insta::assert_snapshot!(Case::of(&file).sees("a/web-1: running").placed().apply(), @r#"
    apply
    unchanged web-1: RunsAsDeclared
    note web-1: StaysOnDrained { ship: "a", has_choice: false, data: [] }
    "#);
}

#[test]
fn with_rebalance_instances_are_placed_as_if_none_ran() {
    let seen = "a/web-1: running\nb/web-2: running\nc/web-3: running\nc/web-4: running";
    insta::assert_snapshot!(Case::of(SHOP).sees(seen).placed().apply(), @r"
    apply
    unchanged web-1: RunsAsDeclared
    unchanged web-2: RunsAsDeclared
    unchanged web-3: RunsAsDeclared
    unchanged web-4: RunsAsDeclared
    ");
    let asked = Whereabouts { rebalances: true, ..Whereabouts::default() };
    let case = Case::of(SHOP).sees(seen).placed_with(asked);
    insta::assert_snapshot!(case.changes_of_apply(ApplyOptions::PLAIN), @r#"Instance(web-4): Move { from: c } StopFirst [Spread { service: "web" }] by 0 1 2 3 7, Instance restored by 4 5 6"#);
    insta::assert_snapshot!(case.apply(), @r#"
    apply
    0 a/web-4: create web-4 from web [Spread { service: "web" }]
    1 c/web-4: stop web-4 (web-4@c) 10s [Spread { service: "web" }] after 0
    2 a/web-4: start web-4 [ContainerIsNew] after 0, 1
    3 a/web-4: ready web-4 [AwaitsReady] after 2
    4 (0) a/web-4: discard web-4, not web-4@c on c, 10s [NotReplaced]
    5 (0) c/web-4: start web-4@c [RanBefore] after 4
    6 (0) c/web-4: ready web-4@c [AwaitsReady] after 5
    7 c/web-4: remove web-4 (web-4@c) [MovedAndReady] after 3
    compensation 0: Instance(web-4) of 1 2 3
    unchanged web-1: RunsAsDeclared
    unchanged web-2: RunsAsDeclared
    unchanged web-3: RunsAsDeclared
    move web-4: web-4@c from c, data: ""
    "#);
}

#[test]
fn instances_with_data_are_not_rebalanced() {
    let seen = "a/web-1: running\nb/web-2: running\nc/web-3: running\nc/web-4: running anonymous /data";
    let file = shop("image: web,", "image: web, container_volumes: /data,");
    let asked = Whereabouts { rebalances: true, ..Whereabouts::default() };
    insta::assert_snapshot!(Case::of(&file).sees(seen).placed_with(asked.clone()).ships(), @"web-1 a, web-2 b, web-3 a, web-4 c");
    let asked = Whereabouts { data_moves: DataMoves::All, ..asked };
    insta::assert_snapshot!(Case::of(&file).sees(seen).placed_with(asked).ships(), @"web-1 a, web-2 b, web-3 c, web-4 a");
}

#[test]
fn a_port_of_another_service_is_avoided() {
    let file = format!(
        "{}  proxy: {{image: proxy, ports: {{http: \"80:80\"}}, instances: {{proxy: {{ship: a}}}}}}\n",
        shop(
            "image: web, ships: all, replicas: 4",
            "image: web, ships: all, replicas: 2, ports: {http: \"8080:80\"}"
        )
    );
    insta::assert_snapshot!(Case::of(&file).ships(), @"web-1 b, web-2 c, proxy a");
    let case = Case::of(&file).sees("a/web-1: running\nb/web-2: running\na/proxy: running").placed();
    insta::assert_snapshot!(case.changes_of_apply(ApplyOptions::PLAIN), @r#"Instance(web-1): Move { from: a } StopFirst [Spread { service: "web" }] by 0 1 2 3 7, Instance restored by 4 5 6"#);
}

#[test]
fn declared_memory_decides_among_equals() {
    let file = format!(
        "{}  cache: {{image: cache, mem_limit: 1g, instances: {{cache: {{ship: a}}}}}}\n",
        shop("replicas: 4", "replicas: 2, mem_reservation: 64m")
    );
    insta::assert_snapshot!(Case::of(&file).ships(), @"web-1 b, web-2 c, cache a");
}

#[test]
fn a_ship_has_no_more_than_its_maximum() {
    let file = shop("replicas: 4", "replicas: 4, max_per_ship: 2");
    let seen = "a/web-1: running\na/web-2: running\na/web-3: running\nb/web-4: running";
    insta::assert_snapshot!(Case::of(&file).sees(seen).placed().ships(), @"web-1 a, web-2 a, web-3 c, web-4 b");
}

#[test]
fn values_of_a_label_get_equally_many() {
    let file = shop("replicas: 4", "replicas: 4, preferences: [{spread: zone}]");
    insta::assert_snapshot!(Case::of(&file).ships(), @"web-1 a, web-2 c, web-3 b, web-4 c");
    let case = Case::of(&file).sees(RUNNING).placed();
    insta::assert_snapshot!(case.changes_of_apply(ApplyOptions::PLAIN), @r#"Instance(web-4): Move { from: a } StopFirst [Spread { service: "web" }] by 0 1 2 3 7, Instance restored by 4 5 6"#);
}

#[test]
fn nothing_that_may_run_on_a_silent_ship_is_started_elsewhere() {
    // As the file alone places them: web-3 is on the silent ship.
    let seen = "a/web-1: running\na/web-4: running\nb/web-2: running\nc: silent";
    insta::assert_snapshot!(Case::of(SHOP).sees(seen).placed().apply(), @r#"
    apply
    unchanged web-1: RunsAsDeclared
    unchanged web-2: RunsAsDeclared
    unchanged web-4: RunsAsDeclared
    blocked web-3: Unreachable { reason: NoAnswer(Words("connection refused")) }
    "#);
    // Another placement than the file's: web-1 and web-4 may be anywhere, so they stay with the silent ship.
    let seen = "a/web-3: running\nb/web-2: running\nc: silent";
    insta::assert_snapshot!(Case::of(SHOP).sees(seen).placed().apply(), @r#"
    apply
    unchanged web-2: RunsAsDeclared
    unchanged web-3: RunsAsDeclared
    blocked web-1: Unreachable { reason: NoAnswer(Words("connection refused")) }
    blocked web-4: Unreachable { reason: NoAnswer(Words("connection refused")) }
    "#);
    let drained = shop("ip: 10.0.0.3,", "ip: 10.0.0.3, drain: true,");
    insta::assert_snapshot!(Case::of(&drained).sees("a/web-1: running\na/web-4: running\nb/web-2: running\nc: silent").placed().apply(), @r#"
    apply
    unchanged web-1: RunsAsDeclared
    unchanged web-2: RunsAsDeclared
    unchanged web-4: RunsAsDeclared
    blocked web-3: Unreachable { reason: NoAnswer(Words("connection refused")) }
    note web-3: StaysOnDrained { ship: "c", has_choice: true, data: [] }
    "#);
}

#[test]
fn a_killed_drain_is_carried_on() {
    let file = shop("ip: 10.0.0.1,", "ip: 10.0.0.1, drain: true,").replace("replicas: 4", "replicas: 6");
    // web-4 has moved, web-1 not yet.
    let seen = "a/web-1: running\nc/web-1: created\nb/web-4: running\na/web-4: exited\nb/web-2: running\nc/web-3: running\nb/web-5: running\nc/web-6: running";
    insta::assert_snapshot!(Case::of(&file).sees(seen).placed().apply(), @r#"
    apply
    0 a/web-1: stop web-1 (web-1@a) 10s [Drained { ship: "a" }]
    1 c/web-1: start web-1 [DownAsDeclared("Created")] after 0
    2 c/web-1: ready web-1 [AwaitsReady] after 1
    3 b/web-4: ready web-4 [MoveLeftOld]
    4 a/web-4: remove web-4 (web-4@a) [MovedAndReady] after 3
    5 (0) c/web-1: discard web-1, not web-1@a on a, left: web-1@c, 10s [NotReplaced]
    6 (0) a/web-1: start web-1@a [RanBefore] after 5
    7 (0) a/web-1: ready web-1@a [AwaitsReady] after 6
    8 a/web-1: remove web-1 (web-1@a) [MovedAndReady] after 2
    compensation 0: Instance(web-1) of 0 1 2
    unchanged web-2: RunsAsDeclared
    unchanged web-3: RunsAsDeclared
    unchanged web-5: RunsAsDeclared
    unchanged web-6: RunsAsDeclared
    move web-1: web-1@a from a, data: ""
    "#);
    let seen = "a/web-1: running\nc/web-1: created\na/web-4: running\nb/web-4: created\nb/web-2: running\nc/web-3: running\nb/web-5: running\nc/web-6: running";
    insta::assert_snapshot!(Case::of(&file).sees(seen).placed().ships(), @"web-1 c, web-2 b, web-3 c, web-4 b, web-5 b, web-6 c");
}
