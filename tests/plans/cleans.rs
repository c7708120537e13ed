//! Plans of clean and pull.

use super::case::Case;
use maestro_core::plan::tidy::{CleanOptions, VolumeScope};

const SHOP: &str = "name: shop
ships: {a: {ip: 10.0.0.1}, b: {ip: 10.0.0.2}}
services:
  db: {image: db, instances: {db-1: {ship: a}}}
  web: {image: web, requires: db, instances: {web-1: {ship: a}, web-2: {ship: b}}}
";

const DOWN: &str = "a/db-1: exited anonymous /data\na/web-1: exited";

#[test]
fn what_is_down_is_removed_with_its_network() {
    insta::assert_snapshot!(Case::of(SHOP).sees(DOWN).clean(), @r#"
    clean
    0 a/web-1: remove web-1 (web-1@a) [IsDown("Exited (0) 2 hours ago")]
    1 a/db-1: remove db-1 (db-1@a) leaves <db-1/data> [IsDown("Exited (0) 2 hours ago")]
    2 a/: remove-network maestro-shop of shop [EnvironmentGone] after 0, 1
    3 b/: remove-network maestro-shop of shop [EnvironmentGone]
    unchanged web-2: Absent
    "#);
}

#[test]
fn what_runs_stays_with_its_network() {
    insta::assert_snapshot!(Case::of(SHOP).sees("a/db-1: running\na/web-1: exited").clean(), @r#"
    clean
    0 a/web-1: remove web-1 (web-1@a) [IsDown("Exited (0) 2 hours ago")]
    1 b/: remove-network maestro-shop of shop [EnvironmentGone]
    unchanged web-2: Absent
    unchanged db-1: RunsOn
    "#);
}

#[test]
fn unmanaged_containers_and_silent_ships_are_blocked() {
    insta::assert_snapshot!(Case::of(SHOP).sees("b: silent\na/db-1: exited unmanaged").clean(), @r#"
    clean
    unchanged web-1: Absent
    blocked web-2: Unreachable { reason: NoAnswer(Words("connection refused")) }
    blocked db-1: Unmanaged { id: "db-1@a", image: "db", environment: None }
    note db-1: NetworkStays { network: "maestro-shop", container: "db-1" }
    "#);
}

#[test]
fn adopt_removes_an_unmanaged_container() {
    let plan = Case::of(SHOP)
        .only(&["db-1"])
        .sees("a/db-1: exited unmanaged")
        .clean_with(CleanOptions { adopt: true, ..CleanOptions::default() });
    insta::assert_snapshot!(plan, @r#"
    clean
    0 a/db-1: remove db-1 (db-1@a) [IsDown("Exited (0) 2 hours ago")]
    1 a/: remove-network maestro-shop of shop [EnvironmentGone] after 0
    2 b/: remove-network maestro-shop of shop [EnvironmentGone]
    "#);
}

#[test]
fn a_leftover_is_removed_as_well() {
    let plan = Case::of(SHOP)
        .only(&["db-1"])
        .sees("a/db-1: running\na/db-1.next: created of db-1\na/db-1.previous: running of db-1")
        .clean();
    insta::assert_snapshot!(plan, @r"
    clean
    0 a/db-1: remove db-1.next (db-1.next@a) [Leftover]
    1 b/: remove-network maestro-shop of shop [EnvironmentGone]
    unchanged db-1: RunsOn
    ");
}

#[test]
fn a_network_that_an_unmanaged_container_is_on_stays() {
    let plan =
        Case::of(SHOP).only(&["web-1"]).sees("a/web-1: exited\na/other: running unmanaged of db-1").clean();
    insta::assert_snapshot!(plan, @r#"
    clean
    0 a/web-1: remove web-1 (web-1@a) [IsDown("Exited (0) 2 hours ago")]
    1 b/: remove-network maestro-shop of shop [EnvironmentGone]
    note web-1: NetworkStays { network: "maestro-shop", container: "other" }
    "#);
}

#[test]
fn ships_of_one_engine_have_one_network() {
    insta::assert_snapshot!(Case::of(SHOP).sees("a: engine e\nb: engine e").clean(), @r"
    clean
    0 a/: remove-network maestro-shop of shop [EnvironmentGone]
    unchanged web-1: Absent
    unchanged web-2: Absent
    unchanged db-1: Absent
    ");
}

#[test]
fn volumes_removes_what_the_selected_leave_behind() {
    let plan = Case::of(SHOP)
        .only(&["db-1"])
        .sees("a: left db-1 /old left gone /data\na/db-1: exited anonymous /data")
        .clean_with(CleanOptions { volumes: VolumeScope::OfSelected, ..CleanOptions::default() });
    insta::assert_snapshot!(plan, @r#"
    clean
    0 a/db-1: remove db-1 (db-1@a) leaves <db-1/data> [IsDown("Exited (0) 2 hours ago")]
    1 a/: remove-volume <db-1/old> of db-1 /old [LeftBehind]
    2 a/: remove-volume <db-1/data> of db-1 /data [LeftBehind] after 0
    3 a/: remove-network maestro-shop of shop [EnvironmentGone] after 0
    4 b/: remove-network maestro-shop of shop [EnvironmentGone]
    "#);
}

#[test]
fn all_volumes_are_removed_but_those_in_use() {
    let plan = Case::of(SHOP)
        .sees("a: left db-1 /old left gone /data\na/web-1: running has gone /data")
        .clean_with(CleanOptions { volumes: VolumeScope::All, ..CleanOptions::default() });
    insta::assert_snapshot!(plan, @r"
    clean
    0 a/: remove-volume <db-1/old> of db-1 /old [LeftBehind]
    1 b/: remove-network maestro-shop of shop [EnvironmentGone]
    unchanged web-1: RunsOn
    unchanged web-2: Absent
    unchanged db-1: Absent
    ");
}

#[test]
fn each_image_is_pulled_once_a_ship() {
    let plan = Case::of(&SHOP.replace("web-2: {ship: b}", "web-2: {ship: a}, web-3: {ship: b}"))
        .sees("a/db-1: running unmanaged")
        .pull();
    insta::assert_snapshot!(plan, @r"
    pull
    0 a/db-1: pull db [PullRequested]
    1 a/web-1: pull web [PullRequested]
    2 b/web-3: pull web [PullRequested]
    unchanged web-2: SharesPull(web-1)
    ");
}

#[test]
fn what_only_the_file_builds_is_not_pulled() {
    let shop = SHOP.replace("image: web,", "build: web,");
    assert_ne!(shop, SHOP);
    insta::assert_snapshot!(Case::of(&shop).pull(), @r#"
    pull
    0 a/db-1: pull db [PullRequested]
    unchanged web-1: ImageIsBuilt
    unchanged web-2: ImageIsBuilt
    "#);
}

#[test]
fn a_pull_leaves_out_silent_ships() {
    insta::assert_snapshot!(Case::of(SHOP).sees("b: silent").pull(), @r#"
    pull
    0 a/db-1: pull db [PullRequested]
    1 a/web-1: pull web [PullRequested]
    blocked web-2: Unreachable { reason: NoAnswer(Words("connection refused")) }
    "#);
}

const WITH_JOB: &str = "name: shop
ships: {a: {ip: 10.0.0.1}}
services:
  migrate: {image: tools, job: true, instances: {migrate-1: {ship: a}}}
  web: {image: web, requires: migrate, instances: {web-1: {ship: a}, web-2: {ship: a}}}
";

#[test]
fn a_job_that_has_completed_stays_while_something_runs() {
    let sees = "a/migrate-1: exited\na/web-1: running\na/web-2: exited";
    insta::assert_snapshot!(Case::of(WITH_JOB).sees(sees).clean(), @r#"
    clean
    0 a/web-2: remove web-2 (web-2@a) [IsDown("Exited (0) 2 hours ago")]
    unchanged web-1: RunsOn
    unchanged migrate-1: Completed, WouldRunAgain
    "#);
    let named = [maestro_core::model::InstanceId(0)].into();
    let options = CleanOptions { named: Some(&named), ..CleanOptions::default() };
    let plan = Case::of(WITH_JOB).only(&["migrate-1"]).sees(sees).clean_with(options);
    assert!(plan.contains("remove migrate-1"), "{plan}");
    let other = std::collections::BTreeSet::new();
    let options = CleanOptions { named: Some(&other), ..CleanOptions::default() };
    let plan = Case::of(WITH_JOB).sees(&sees.replace("running", "exited")).clean_with(options);
    assert!(!plan.contains("remove migrate-1") && plan.contains("remove web-1"), "{plan}");
    let plan = Case::of(WITH_JOB).sees(&sees.replace("running", "exited")).clean();
    assert!(plan.contains("remove migrate-1") && plan.contains("remove-network"), "{plan}");
}
