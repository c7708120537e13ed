//! Plans of down.

use super::case::Case;
use maestro_core::plan::{down::DownOptions, tidy::VolumeScope};

const SHOP: &str = "name: shop
ships: {a: {ip: 10.0.0.1}, b: {ip: 10.0.0.2}}
services:
  db: {image: db, instances: {db-1: {ship: a}}}
  web: {image: web, requires: db, instances: {web-1: {ship: a}, web-2: {ship: b}}}
";

const WITH_VOLUMES: &str = "__maestro: {schema: 3}
name: shop
ships: {a: {ip: 10.0.0.1}}
volumes: {data: {name: data}, theirs: {external: true, name: theirs}, kept: {name: kept}}
services:
  db: {image: db, instances: {db-1: {ship: a, volumes: [\"data:/data\", \"theirs:/theirs\"]}}}
  web: {image: web, instances: {web-1: {ship: a, volumes: [\"data:/data\", \"kept:/kept\"]}}}
";

fn volumes(volumes: VolumeScope) -> DownOptions<'static> {
    DownOptions { volumes, ..DownOptions::default() }
}

#[test]
fn dependants_go_first_and_the_network_last() {
    let plan = Case::of(SHOP).sees("a/db-1: running anonymous /data\na/web-1: running").down();
    insta::assert_snapshot!(plan, @r"
    down
    0 a/web-1: stop web-1 (web-1@a) 10s [IsRunning]
    1 a/db-1: stop db-1 (db-1@a) 10s [IsRunning] after 0
    2 a/web-1: remove web-1 (web-1@a) [DownRequested] after 0
    3 a/db-1: remove db-1 (db-1@a) leaves <db-1/data> [DownRequested] after 1
    4 a/: remove-network maestro-shop of shop [EnvironmentGone] after 2, 3
    5 b/: remove-network maestro-shop of shop [EnvironmentGone]
    unchanged web-2: Absent
    ");
}

#[test]
fn what_is_down_is_removed_as_well_and_leftovers_too() {
    let plan = Case::of(SHOP).only(&["db-1"]).sees("a/db-1: exited\na/db-1.previous: running of db-1").down();
    insta::assert_snapshot!(plan, @r#"
    down
    0 a/db-1: stop db-1.previous (db-1.previous@a) 10s [LeftoverRuns]
    1 a/db-1: remove db-1.previous (db-1.previous@a) [Leftover] after 0
    2 a/db-1: remove db-1 (db-1@a) [IsDown("Exited (0) 2 hours ago")] after 0
    3 a/: remove-network maestro-shop of shop [EnvironmentGone] after 1, 2
    4 b/: remove-network maestro-shop of shop [EnvironmentGone]
    "#);
}

#[test]
fn unmanaged_containers_silent_ships_and_foreign_networks_stay() {
    let plan = Case::of(SHOP)
        .sees("b: silent\na: network-of other\na/db-1: running unmanaged\na/web-1: running")
        .down();
    insta::assert_snapshot!(plan, @r#"
    down
    0 a/web-1: stop web-1 (web-1@a) 10s [IsRunning]
    1 a/web-1: remove web-1 (web-1@a) [DownRequested] after 0
    blocked web-2: Unreachable { reason: NoAnswer(Words("connection refused")) }
    blocked db-1: Unmanaged { id: "db-1@a", image: "db", environment: None }
    "#);
}

#[test]
fn an_instance_on_its_old_ship_is_removed_there() {
    let moved = SHOP.replace("web-2: {ship: b}", "web-2: {ship: a}");
    let plan = Case::of(&moved).was(SHOP).only(&["web-2"]).sees("b/web-2: running").down();
    insta::assert_snapshot!(plan, @r#"
    down
    0 b/web-2: stop web-2 (web-2@b) 10s [RunsElsewhere { here: "b", there: "a" }]
    1 b/web-2: remove web-2 (web-2@b) [DownRequested] after 0
    2 a/: remove-network maestro-shop of shop [EnvironmentGone]
    3 b/: remove-network maestro-shop of shop [EnvironmentGone] after 1
    "#);
}

#[test]
fn only_own_declared_volumes_that_nobody_else_has_are_removed() {
    let sees = "a: volume data shop volume theirs shop volume kept shop\na/db-1: running\na/web-1: running\n\
                a/other: exited unmanaged of db-1";
    let plan = Case::of(WITH_VOLUMES).sees(sees).down_with(volumes(VolumeScope::All));
    insta::assert_snapshot!(plan, @r#"
    down
    0 a/db-1: stop db-1 (db-1@a) 10s [IsRunning]
    1 a/web-1: stop web-1 (web-1@a) 10s [IsRunning]
    2 a/db-1: remove db-1 (db-1@a) [DownRequested] after 0
    3 a/web-1: remove web-1 (web-1@a) [DownRequested] after 1
    4 a/: remove-volume kept of shop [VolumesRequested] after 3
    note db-1: NetworkStays { network: "maestro-shop", container: "other" }
    "#);
}

#[test]
fn a_volume_of_another_environment_or_of_nobody_stays() {
    let sees = "a: volume data other volume kept -\na/db-1: running\na/web-1: running";
    let plan = Case::of(WITH_VOLUMES).sees(sees).down_with(volumes(VolumeScope::All));
    insta::assert_snapshot!(plan, @r"
    down
    0 a/db-1: stop db-1 (db-1@a) 10s [IsRunning]
    1 a/web-1: stop web-1 (web-1@a) 10s [IsRunning]
    2 a/db-1: remove db-1 (db-1@a) [DownRequested] after 0
    3 a/web-1: remove web-1 (web-1@a) [DownRequested] after 1
    4 a/: remove-network maestro-shop of shop [EnvironmentGone] after 2, 3
    ");
}

#[test]
fn volumes_stay_unless_they_are_asked_for() {
    let sees = "a: volume data shop volume kept shop\na/db-1: running\na/web-1: running";
    let plan = Case::of(WITH_VOLUMES).sees(sees).down();
    insta::assert_snapshot!(plan, @r"
    down
    0 a/db-1: stop db-1 (db-1@a) 10s [IsRunning]
    1 a/web-1: stop web-1 (web-1@a) 10s [IsRunning]
    2 a/db-1: remove db-1 (db-1@a) [DownRequested] after 0
    3 a/web-1: remove web-1 (web-1@a) [DownRequested] after 1
    4 a/: remove-network maestro-shop of shop [EnvironmentGone] after 2, 3
    ");
}

#[test]
fn of_named_instances_only_volumes_go_that_no_other_mounts() {
    let sees = "a: volume data shop volume kept shop\na/db-1: running\na/web-1: running";
    let plan = Case::of(WITH_VOLUMES).only(&["web-1"]).sees(sees).down_with(volumes(VolumeScope::OfSelected));
    insta::assert_snapshot!(plan, @r"
    down
    0 a/web-1: stop web-1 (web-1@a) 10s [IsRunning]
    1 a/web-1: remove web-1 (web-1@a) [DownRequested] after 0
    2 a/: remove-volume kept of shop [VolumesRequested] after 1
    ");
}

#[test]
fn volumes_go_though_their_containers_are_gone() {
    let sees = "a: volume data shop volume kept shop left db-1 /cache";
    let plan = Case::of(WITH_VOLUMES).sees(sees).down_with(volumes(VolumeScope::All));
    insta::assert_snapshot!(plan, @r"
    down
    0 a/: remove-volume <db-1/cache> of db-1 /cache [LeftBehind]
    1 a/: remove-volume data of shop [VolumesRequested]
    2 a/: remove-volume kept of shop [VolumesRequested]
    3 a/: remove-network maestro-shop of shop [EnvironmentGone]
    unchanged db-1: Absent
    unchanged web-1: Absent
    ");
}

#[test]
fn orphans_stay_unless_they_are_asked_for_or_named() {
    let small = SHOP.replace(", web-2: {ship: b}", "");
    let case = Case::of(&small).was(SHOP).sees("a/db-1: exited\nb/web-2: running");
    insta::assert_snapshot!(case.down(), @r#"
    down
    0 a/db-1: remove db-1 (db-1@a) [IsDown("Exited (0) 2 hours ago")]
    1 a/: remove-network maestro-shop of shop [EnvironmentGone] after 0
    unchanged web-1: Absent
    "#);
    let all = DownOptions { all_orphans: true, ..DownOptions::default() };
    insta::assert_snapshot!(case.down_with(all), @r#"
    down
    0 a/db-1: remove db-1 (db-1@a) [IsDown("Exited (0) 2 hours ago")]
    1 b/: stop web-2 (web-2@b) 10s [Orphan { orphan: NotDeclared, requested: Orphans }] after 0
    2 b/: remove web-2 (web-2@b) [Orphan { orphan: NotDeclared, requested: Orphans }] after 1, 0
    3 a/: remove-network maestro-shop of shop [EnvironmentGone] after 0
    4 b/: remove-network maestro-shop of shop [EnvironmentGone] after 2
    unchanged web-1: Absent
    orphan b/web-2 (web-2@b): NotDeclared, removed
    "#);
    let named = case.named(&["web-2"]);
    let case = case.only(&[]);
    insta::assert_snapshot!(case.down_with(DownOptions { orphans: &named, ..DownOptions::default() }), @r"
    down
    0 b/: stop web-2 (web-2@b) 10s [Orphan { orphan: NotDeclared, requested: Name }]
    1 b/: remove web-2 (web-2@b) [Orphan { orphan: NotDeclared, requested: Name }] after 0
    2 b/: remove-network maestro-shop of shop [EnvironmentGone] after 1
    orphan b/web-2 (web-2@b): NotDeclared, removed
    ");
}

#[test]
fn records_are_forgotten_with_the_last_container() {
    let plan = Case::of(SHOP).sees("a: revision 1 now\na/db-1: running").down_and_forget();
    insta::assert_snapshot!(plan, @r"
    down
    0 a/db-1: stop db-1 (db-1@a) 10s [IsRunning]
    1 a/db-1: remove db-1 (db-1@a) [DownRequested] after 0
    2 a/: remove-network maestro-shop of shop [EnvironmentGone] after 1
    3 b/: remove-network maestro-shop of shop [EnvironmentGone]
    4 a/: forget 1 (maestro-generation-shop-1) [EnvironmentGone] after 1
    unchanged web-1: Absent
    unchanged web-2: Absent
    ");
}

#[test]
fn all_orphans_are_commands_that_go_on_as_well() {
    let case = Case::of(SHOP).sees("a/web-1: running\na/web-1.run-1: running of web-1 one-off");
    let all = DownOptions { all_orphans: true, ..DownOptions::default() };
    insta::assert_snapshot!(case.down_with(all), @r#"
    down
    0 a/web-1: stop web-1 (web-1@a) 10s [IsRunning]
    1 a/web-1: remove web-1 (web-1@a) [DownRequested] after 0
    2 a/: stop web-1.run-1 (web-1.run-1@a) 10s [Orphan { orphan: OneOff { instance: "web-1", runs: true }, requested: Orphans }] after barrier 0
    3 a/: remove web-1.run-1 (web-1.run-1@a) [Orphan { orphan: OneOff { instance: "web-1", runs: true }, requested: Orphans }] after 2, barrier 0
    4 a/: remove-network maestro-shop of shop [EnvironmentGone] after 1, 3
    5 b/: remove-network maestro-shop of shop [EnvironmentGone]
    barrier 0: AllInPlace after 0, 1
    unchanged web-2: Absent
    unchanged db-1: Absent
    orphan a/web-1.run-1 (web-1.run-1@a): OneOff { instance: "web-1", runs: true }, removed
    "#);
}
