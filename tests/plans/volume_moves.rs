//! Plans of moves with the data of named volumes.

use super::case::Case;
use maestro_core::plan::apply::ApplyOptions;

const SHOP: &str = "__maestro: {schema: 3}
name: shop
ships: {a: {ip: 10.0.0.1}, b: {ip: 10.0.0.2}}
volumes: {data: {}, shared: {external: true}}
services:
  db: {image: db, volumes: ['data:/data'], instances: {db-1: {ship: b}}}
  web: {image: web, volumes: ['/srv:/srv', 'data:/d', 'shared:/s'], instances: {web-1: {ship: b}}}
";

fn db(sees: &str) -> Case {
    Case::of(SHOP).only(&["db-1"]).sees(sees)
}

#[test]
fn a_volume_is_copied_between_the_stop_and_the_start() {
    insta::assert_snapshot!(db("a: volume shop_data shop\nb: volume x -\na/db-1: running").move_volumes(false), @r#"
    volume move
    0 a/db-1: stop db-1 (db-1@a) 10s [Moved]
    1 b/db-1: copy-volume shop_data of shop and a [Moved] after 0
    2 b/db-1: create db-1 from db [NoContainer] after 1
    3 b/db-1: start db-1 [ContainerIsNew] after 2
    4 b/db-1: ready db-1 [AwaitsReady] after 3
    5 (0) a/db-1: start db-1@a [RanBefore]
    6 (0) a/db-1: ready db-1@a [AwaitsReady] after 5
    7 (0) b/db-1: discard db-1, not db-1@a on a, 10s [NotReplaced]
    8 (0) b/db-1: remove-volume shop_data of shop [NotReplaced] after 7
    9 (1) b/db-1: discard db-1, not db-1@a on a, 10s [NotReplaced]
    10 (1) b/db-1: remove-volume shop_data of shop [NotReplaced] after 9
    11 (1) a/db-1: start db-1@a [RanBefore] after 9
    12 (1) a/db-1: ready db-1@a [AwaitsReady] after 11
    13 a/db-1: keep-volume shop_data of shop and b [MovedAndReady] after 4
    14 b/db-1: take-volume shop_data of shop [MovedAndReady] after 13
    15 a/db-1: remove db-1 (db-1@a) [MovedAndReady] after 14, 4
    compensation 0: Instance(db-1) of 0 1 2
    compensation 1: Instance(db-1) of 3 4
    move db-1: db-1@a from a, data: ""
    "#);
}

#[test]
fn what_is_down_is_not_started_again_unless_a_move_was_interrupted() {
    insta::assert_snapshot!(db("b: volume x -\na/db-1: exited").move_volumes(false), @r#"
    volume move
    0 b/db-1: copy-volume shop_data of shop and a [Moved]
    1 b/db-1: create db-1 from db [NoContainer] after 0
    2 b/db-1: start db-1 [ContainerIsNew] after 1
    3 b/db-1: ready db-1 [AwaitsReady] after 2
    4 (0) b/db-1: discard db-1, not db-1@a on a, 10s [NotReplaced]
    5 (0) b/db-1: remove-volume shop_data of shop [NotReplaced] after 4
    6 (1) b/db-1: discard db-1, not db-1@a on a, 10s [NotReplaced]
    7 (1) b/db-1: remove-volume shop_data of shop [NotReplaced] after 6
    8 a/db-1: keep-volume shop_data of shop and b [MovedAndReady] after 3
    9 b/db-1: take-volume shop_data of shop [MovedAndReady] after 8
    10 a/db-1: remove db-1 (db-1@a) [MovedAndReady] after 9, 3
    compensation 0: Instance(db-1) of 0 1
    compensation 1: Instance(db-1) of 2 3
    move db-1: db-1@a from a, data: ""
    "#);
    insta::assert_snapshot!(db("b: copy shop_data a\na/db-1: exited").move_volumes(false), @r#"
    volume move
    0 b/db-1: copy-volume shop_data of shop and a [Moved]
    1 b/db-1: create db-1 from db [NoContainer] after 0
    2 b/db-1: start db-1 [ContainerIsNew] after 1
    3 b/db-1: ready db-1 [AwaitsReady] after 2
    4 (0) a/db-1: start db-1@a [RanBefore]
    5 (0) a/db-1: ready db-1@a [AwaitsReady] after 4
    6 (0) b/db-1: discard db-1, not db-1@a on a, 10s [NotReplaced]
    7 (0) b/db-1: remove-volume shop_data of shop [NotReplaced] after 6
    8 (1) b/db-1: discard db-1, not db-1@a on a, 10s [NotReplaced]
    9 (1) b/db-1: remove-volume shop_data of shop [NotReplaced] after 8
    10 (1) a/db-1: start db-1@a [RanBefore] after 8
    11 (1) a/db-1: ready db-1@a [AwaitsReady] after 10
    12 a/db-1: keep-volume shop_data of shop and b [MovedAndReady] after 3
    13 b/db-1: take-volume shop_data of shop [MovedAndReady] after 12
    14 a/db-1: remove db-1 (db-1@a) [MovedAndReady] after 13, 3
    compensation 0: Instance(db-1) of 0 1
    compensation 1: Instance(db-1) of 2 3
    move db-1: db-1@a from a, data: ""
    "#);
}

#[test]
fn what_an_interrupted_move_has_created_is_made_again_with_the_copy() {
    insta::assert_snapshot!(db("b: copy shop_data a\nb/db-1: created\na/db-1: exited").move_volumes(false), @r#"
    volume move
    0 b/db-1: remove db-1 (db-1@b) [NeverStarted]
    1 b/db-1: copy-volume shop_data of shop and a [Moved] after 0
    2 b/db-1: create db-1 from db [NoContainer] after 1, 0
    3 b/db-1: start db-1 [ContainerIsNew] after 2
    4 b/db-1: ready db-1 [AwaitsReady] after 3
    5 (0) a/db-1: start db-1@a [RanBefore]
    6 (0) a/db-1: ready db-1@a [AwaitsReady] after 5
    7 (0) b/db-1: discard db-1, not db-1@a on a, 10s [NotReplaced]
    8 (0) b/db-1: remove-volume shop_data of shop [NotReplaced] after 7
    9 (1) b/db-1: discard db-1, not db-1@a on a, 10s [NotReplaced]
    10 (1) b/db-1: remove-volume shop_data of shop [NotReplaced] after 9
    11 (1) a/db-1: start db-1@a [RanBefore] after 9
    12 (1) a/db-1: ready db-1@a [AwaitsReady] after 11
    13 a/db-1: keep-volume shop_data of shop and b [MovedAndReady] after 4
    14 b/db-1: take-volume shop_data of shop [MovedAndReady] after 13
    15 a/db-1: remove db-1 (db-1@a) [MovedAndReady] after 14, 4
    compensation 0: Instance(db-1) of 1 2
    compensation 1: Instance(db-1) of 3 4
    move db-1: db-1@a from a, data: ""
    "#);
}

#[test]
fn a_move_whose_instance_runs_already_is_completed() {
    let sees = "b: copy shop_data a\nb/db-1: running\na/db-1: exited";
    insta::assert_snapshot!(db(sees).move_volumes(false), @r#"
    volume move
    0 b/db-1: ready db-1 [MoveLeftOld]
    1 a/db-1: keep-volume shop_data of shop and b [MovedAndReady] after 0
    2 b/db-1: take-volume shop_data of shop [MovedAndReady] after 1
    3 a/db-1: remove db-1 (db-1@a) [MovedAndReady] after 0, 2
    "#);
    // So does an `apply`.
    insta::assert_snapshot!(db(sees).apply(), @r#"
    apply
    0 b/db-1: ready db-1 [MoveLeftOld]
    1 a/db-1: keep-volume shop_data of shop and b [MovedAndReady] after 0
    2 b/db-1: take-volume shop_data of shop [MovedAndReady] after 1
    3 a/db-1: remove db-1 (db-1@a) [MovedAndReady] after 0, 2
    "#);
}

#[test]
fn what_could_harm_data_blocks_a_move() {
    let plans = [
        "b: volume shop_data shop\na/db-1: running",
        "a: restoring shop_data\nb: volume x -\na/db-1: running",
        "b: volume x -\na/db-1: running\na/web-1: running",
        "b: copy shop_data a\na/db-1: exited\nb/web-1: running",
        "b: volume x -\na/db-1: running anonymous /cache",
    ];
    let plans = plans.map(|sees| db(sees).move_volumes(false));
    insta::assert_snapshot!(plans.join("\n"), @r#"
    volume move
    blocked db-1: Volume(Exists { volume: "shop_data" })

    volume move
    blocked db-1: Volume(Incomplete { volume: "shop_data", ship: a })

    volume move
    blocked db-1: Volume(InUse { volume: "shop_data", containers: ["web-1"], ship: a })

    volume move
    blocked db-1: Volume(InUse { volume: "shop_data", containers: ["web-1"], ship: b })

    volume move
    blocked db-1: Moved { from: a, data: ["volume <db-1/cache> (/cache)"] }
    "#);
}

#[test]
fn other_data_stays_if_that_is_asked_for() {
    let case = Case::of(SHOP).only(&["web-1"]).sees("b: volume shared -\na/web-1: running");
    insta::assert_snapshot!(case.move_volumes(false), @r#"
    volume move
    blocked web-1: Moved { from: a, data: ["/srv (/srv)", "volume shared (/s)"] }
    "#);
    insta::assert_snapshot!(case.move_volumes(true), @r#"
    volume move
    0 a/web-1: stop web-1 (web-1@a) 10s [Moved]
    1 b/web-1: copy-volume shop_data of shop and a [Moved] after 0
    2 b/web-1: create web-1 from web [NoContainer] after 1
    3 b/web-1: start web-1 [ContainerIsNew] after 2
    4 b/web-1: ready web-1 [AwaitsReady] after 3
    5 (0) a/web-1: start web-1@a [RanBefore]
    6 (0) a/web-1: ready web-1@a [AwaitsReady] after 5
    7 (0) b/web-1: discard web-1, not web-1@a on a, 10s [NotReplaced]
    8 (0) b/web-1: remove-volume shop_data of shop [NotReplaced] after 7
    9 (1) b/web-1: discard web-1, not web-1@a on a, 10s [NotReplaced]
    10 (1) b/web-1: remove-volume shop_data of shop [NotReplaced] after 9
    11 (1) a/web-1: start web-1@a [RanBefore] after 9
    12 (1) a/web-1: ready web-1@a [AwaitsReady] after 11
    13 a/web-1: keep-volume shop_data of shop and b [MovedAndReady] after 4
    14 b/web-1: take-volume shop_data of shop [MovedAndReady] after 13
    15 a/web-1: remove web-1 (web-1@a) [MovedAndReady] after 14, 4
    compensation 0: Instance(web-1) of 0 1 2
    compensation 1: Instance(web-1) of 3 4
    move web-1: web-1@a from a, data: "/srv (/srv), volume shared (/s)"
    "#);
}

#[test]
fn a_copy_that_no_instance_has_taken_is_not_used() {
    let moves = ApplyOptions { moves: true, ..ApplyOptions::PLAIN };
    for sees in ["b: copy shop_data a\na/db-1: exited", "b: copy shop_data a"] {
        let case = db(sees);
        let plan = case.apply_with(moves);
        assert_eq!(plan, case.apply());
        assert_eq!(case.start().replacen("start", "apply", 1), plan);
        insta::allow_duplicates! {
            insta::assert_snapshot!(plan, @r#"
            apply
            blocked db-1: Volume(CopyNotTaken { volume: "shop_data", from: "a" })
            "#);
        }
    }
}

#[test]
fn a_volume_that_a_move_has_kept_is_not_used_unless_that_is_asked_for() {
    let moves = ApplyOptions { moves: true, ..ApplyOptions::PLAIN };
    let case = db("b: kept shop_data a");
    insta::assert_snapshot!(case.apply(), @r#"
    apply
    blocked db-1: Volume(Kept { volume: "shop_data", to: "a" })
    "#);
    insta::assert_snapshot!(case.apply_with(moves), @r#"
    apply
    0 b/db-1: create db-1 from db [NoContainer]
    1 b/db-1: start db-1 [ContainerIsNew] after 0
    2 b/db-1: ready db-1 [AwaitsReady] after 1
    3 b/db-1: take-volume shop_data of shop [IsReady] after 2
    "#);
    assert_eq!(case.start().replacen("start", "apply", 1), case.apply());
    // A container that ran here since has written to it.
    insta::assert_snapshot!(db("b: kept shop_data a\nb/db-1: exited").apply(), @r#"
    apply
    0 b/db-1: start db-1 [DownAsDeclared("Exited (0) 2 hours ago")]
    1 b/db-1: ready db-1 [AwaitsReady] after 0
    "#);
}

#[test]
fn what_is_where_the_file_has_it_does_not_move() {
    insta::assert_snapshot!(db("b: volume x -\nb/db-1: running").move_volumes(false), @r#"
    volume move
    unchanged db-1: RunsAsDeclared
    "#);
    insta::assert_snapshot!(db("b: volume x -").move_volumes(false), @r#"
    volume move
    unchanged db-1: Absent
    "#);
}
