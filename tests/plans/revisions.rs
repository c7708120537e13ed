//! Plans of revisions and rollback.

use super::case::Case;

const SHOP: &str = "name: shop
ships: {a: {ip: 10.0.0.1}}
services:
  db: {image: db, instances: {db-1: {ship: a}}}
  web: {image: web, requires: db, instances: {web-1: {ship: a}}}
";

/// What the file said before: another image of `web`.
fn older() -> String {
    SHOP.replace("image: web", "image: web:1")
}

const RUN: &str = "\na/db-1: running\na/web-1: running";

fn sees(ship: &str) -> Case {
    Case::of(SHOP).was(&older()).sees(&format!("{ship}{RUN}"))
}

#[test]
fn the_first_change_records_what_ran_before() {
    let plan = Case::of(SHOP).was(&older()).sees("a/db-1: running\na/web-1: running old").recorded();
    insta::assert_snapshot!(plan, @r#"
    apply
    0 a/: record 1 before "maestro apply": db-1 db id-of-db:latest, web-1 web:1 id-of-web:1 [FirstRecord]
    1 a/web-1: create web-1.next from web [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }] after 0
    2 a/web-1: stop web-1 (web-1@a) 10s [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }] after 1
    3 a/web-1: rename web-1 (web-1@a) to web-1.previous [KeptUntilReady] after 2
    4 a/web-1: rename web-1.next to web-1 [TakesPlace] after 3
    5 a/web-1: start web-1 [ContainerIsNew] after 4
    6 a/web-1: ready web-1 [AwaitsReady] after 5
    7 (0) a/web-1: discard web-1.next or web-1, not web-1@a on a, 10s [NotReplaced] after 0
    8 (0) a/web-1: rename web-1.previous (web-1@a) to web-1 [TakesPlaceAgain] after 7
    9 (0) a/web-1: start web-1 [RanBefore] after 8
    10 (0) a/web-1: ready web-1 [AwaitsReady] after 9
    11 a/web-1: remove web-1.previous (web-1@a) [SuccessorReady] after 6
    12 a/: record 2 "maestro apply": db-1 db id-of-db:latest, web-1 web id-of-web:latest [Recorded] after barrier 0
    barrier 0: AllDone after 0, 1, 2, 3, 4, 5, 6, 11
    compensation 0: Instance(web-1) of 2 3 4 5 6
    unchanged db-1: RunsAsDeclared
    differs web-1: image web:1 → web, env.DOCKER_IMAGE web:1 → web, env.DOCKER_TAG 1 → latest
    "#);
}

#[test]
fn the_first_start_records_its_result() {
    insta::assert_snapshot!(Case::of(SHOP).recorded(), @r#"
    apply
    0 a/db-1: create db-1 from db [NoContainer]
    1 a/db-1: start db-1 [ContainerIsNew] after 0
    2 a/db-1: ready db-1 [AwaitsReady] after 1
    3 a/web-1: create web-1 from web [NoContainer]
    4 a/web-1: start web-1 [ContainerIsNew] after 3, 2
    5 a/web-1: ready web-1 [AwaitsReady] after 4
    6 a/: record 1 "maestro apply": db-1 db id-of-db:latest, web-1 web id-of-web:latest [Recorded] after barrier 0
    barrier 0: AllDone after 0, 1, 2, 3, 4, 5
    "#);
}

#[test]
fn what_is_recorded_already_is_not_recorded_again() {
    insta::assert_snapshot!(sees("a: revision 1 now").recorded(), @r"
    apply
    unchanged db-1: RunsAsDeclared
    unchanged web-1: RunsAsDeclared
    ");
}

#[test]
fn a_result_that_differs_from_the_newest_revision_is_recorded() {
    insta::assert_snapshot!(sees("a: revision 1 old").recorded(), @r#"
    apply
    0 a/: record 2 "maestro apply": db-1 db id-of-db:latest, web-1 web id-of-web:latest [RevisionDiffers]
    unchanged db-1: RunsAsDeclared
    unchanged web-1: RunsAsDeclared
    "#);
}

#[test]
fn old_revisions_are_removed() {
    let all: Vec<String> = (1..=10).map(|number| format!("revision {number} old")).collect();
    let plan = sees(&format!("a: {}", all.join(" "))).recorded();
    insta::assert_snapshot!(plan, @r#"
    apply
    0 a/: record 11 "maestro apply": db-1 db id-of-db:latest, web-1 web id-of-web:latest [RevisionDiffers]
    1 a/: forget 1 (maestro-generation-shop-1) [TooManyRevisions] after 0
    unchanged db-1: RunsAsDeclared
    unchanged web-1: RunsAsDeclared
    "#);
}

#[test]
fn a_clean_removes_the_records_of_an_engine_that_has_nothing_left() {
    let plan = Case::of(SHOP).sees("a: revision 1 now\na/db-1: exited\na/web-1: exited").clean_and_forget();
    insta::assert_snapshot!(plan, @r#"
    clean
    0 a/web-1: remove web-1 (web-1@a) [IsDown("Exited (0) 2 hours ago")]
    1 a/db-1: remove db-1 (db-1@a) [IsDown("Exited (0) 2 hours ago")]
    2 a/: remove-network maestro-shop of shop [EnvironmentGone] after 0, 1
    3 a/: forget 1 (maestro-generation-shop-1) [EnvironmentGone] after 1, 0
    "#);
}

#[test]
fn a_clean_keeps_records_where_something_is_left() {
    let plan = Case::of(SHOP).sees("a: revision 1 now\na/db-1: running\na/web-1: exited").clean_and_forget();
    insta::assert_snapshot!(plan, @r#"
    clean
    0 a/web-1: remove web-1 (web-1@a) [IsDown("Exited (0) 2 hours ago")]
    unchanged db-1: RunsOn
    "#);
}

#[test]
fn a_rollback_replaces_what_differs_from_the_revision() {
    insta::assert_snapshot!(sees("a: revision 1 old revision 2 now").rollback(Some(1)), @r#"
    rollback 1
    0 a/web-1: create web-1.next from web:1 [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }]
    1 a/web-1: stop web-1 (web-1@a) 10s [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }] after 0
    2 a/web-1: rename web-1 (web-1@a) to web-1.previous [KeptUntilReady] after 1
    3 a/web-1: rename web-1.next to web-1 [TakesPlace] after 2
    4 a/web-1: start web-1 [ContainerIsNew] after 3
    5 a/web-1: ready web-1 [AwaitsReady] after 4
    6 (0) a/web-1: discard web-1.next or web-1, not web-1@a on a, 10s [NotReplaced]
    7 (0) a/web-1: rename web-1.previous (web-1@a) to web-1 [TakesPlaceAgain] after 6
    8 (0) a/web-1: start web-1 [RanBefore] after 7
    9 (0) a/web-1: ready web-1 [AwaitsReady] after 8
    10 a/web-1: remove web-1.previous (web-1@a) [SuccessorReady] after 5
    compensation 0: Instance(web-1) of 1 2 3 4 5
    unchanged db-1: RunsAsDeclared
    differs web-1: image web → web:1, env.DOCKER_IMAGE web → web:1, env.DOCKER_TAG latest → 1
    "#);
}

#[test]
fn a_rollback_without_a_number_goes_to_the_newest_other_revision() {
    insta::assert_snapshot!(sees("a: revision 1 old revision 2 now").rollback(None), @r#"
    rollback 1
    0 a/web-1: create web-1.next from web:1 [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }]
    1 a/web-1: stop web-1 (web-1@a) 10s [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }] after 0
    2 a/web-1: rename web-1 (web-1@a) to web-1.previous [KeptUntilReady] after 1
    3 a/web-1: rename web-1.next to web-1 [TakesPlace] after 2
    4 a/web-1: start web-1 [ContainerIsNew] after 3
    5 a/web-1: ready web-1 [AwaitsReady] after 4
    6 (0) a/web-1: discard web-1.next or web-1, not web-1@a on a, 10s [NotReplaced]
    7 (0) a/web-1: rename web-1.previous (web-1@a) to web-1 [TakesPlaceAgain] after 6
    8 (0) a/web-1: start web-1 [RanBefore] after 7
    9 (0) a/web-1: ready web-1 [AwaitsReady] after 8
    10 a/web-1: remove web-1.previous (web-1@a) [SuccessorReady] after 5
    compensation 0: Instance(web-1) of 1 2 3 4 5
    unchanged db-1: RunsAsDeclared
    differs web-1: image web → web:1, env.DOCKER_IMAGE web → web:1, env.DOCKER_TAG latest → 1
    "#);
}

#[test]
fn a_rollback_needs_records() {
    insta::assert_snapshot!(sees("a: engine e").rollback(None), @r"
    missing: Records
    ");
}

#[test]
fn a_rollback_needs_a_revision_that_is_not_what_runs() {
    insta::assert_snapshot!(sees("a: revision 1 now").rollback(None), @r"
    missing: Earlier
    ");
}

#[test]
fn a_rollback_needs_a_revision_that_exists() {
    insta::assert_snapshot!(sees("a: revision 1 now").rollback(Some(7)), @r"
    missing: Revision { number: 7, known: [1] }
    ");
}

#[test]
fn a_rollback_needs_a_record_that_can_be_read() {
    insta::assert_snapshot!(sees("a: revision 1 unreadable revision 2 now").rollback(Some(1)), @r"
    missing: Unreadable { ship: a, number: 1, newer: None }
    ");
}

#[test]
fn a_rollback_needs_the_images() {
    insta::assert_snapshot!(sees("a: no-images revision 1 old").rollback(Some(1)), @r#"
    missing: Image { ship: a, instance: "db-1", image: "db", id: "id-of-db:latest" }
    missing: Image { ship: a, instance: "web-1", image: "web:1", id: "id-of-web:1" }
    "#);
}

#[test]
fn a_rollback_needs_all_ships() {
    insta::assert_snapshot!(Case::of(SHOP).sees("a: silent").rollback(None), @r#"
    missing: Ship { ship: a, reason: NoAnswer(Words("connection refused")) }
    "#);
}

#[test]
fn a_rollback_needs_a_record_that_is_not_removed() {
    let numbers = (2..=11).map(|number| format!("revision {number} now"));
    let all: Vec<String> = numbers.collect();
    let file = SHOP.replace("ships: {", "ships: {b: {ip: 10.0.0.2}, ");
    let case = Case::of(&file).sees(&format!("b: revision 1 now\na: {}{RUN}", all.join(" ")));
    insta::assert_snapshot!(case.rollback(Some(1)), @r"
    missing: Forgotten { ship: a, oldest: 2 }
    ");
}

/// A command that somebody runs with the settings of an instance is of no revision, and no way back ends it.
#[test]
fn commands_that_go_on_are_not_recorded() {
    let with_command = |ship: &str| sees(&format!("{ship}\na/web-1.run-1: running of web-1 one-off"));
    insta::assert_snapshot!(with_command("a: revision 1 now").recorded(), @r"
    apply
    unchanged db-1: RunsAsDeclared
    unchanged web-1: RunsAsDeclared
    ");
    let revisions = "a: revision 1 old revision 2 now";
    assert_eq!(with_command(revisions).rollback(Some(1)), sees(revisions).rollback(Some(1)));
}
