//! Plans of orphans.

use super::case::Case;
use maestro_core::plan::{apply::ApplyOptions, tidy::CleanOptions};

const SHOP: &str = "name: shop
ships: {a: {ip: 10.0.0.1}, b: {ip: 10.0.0.2}}
services:
  web: {image: web, ports: {http: 80}, instances: {web-1: {ship: a}}}
";

/// What the file said before: two more services.
const OLD: &str = "name: shop
ships: {a: {ip: 10.0.0.1}, b: {ip: 10.0.0.2}}
services:
  web: {image: web, ports: {http: 80}, instances: {web-1: {ship: a}}}
  old: {image: old, ports: {http: 80}, instances: {old-1: {ship: a}}}
  log: {image: log, volumes_from: old-1, instances: {log-1: {ship: a}}}
";

#[test]
fn an_orphan_is_told_and_left_alone() {
    let plan = Case::of(SHOP).was(OLD).sees("a/web-1: running\na/old-1: running old").apply();
    insta::assert_snapshot!(plan, @r"
    apply
    unchanged web-1: RunsAsDeclared
    orphan a/old-1 (old-1@a): NotDeclared
    ");
}

#[test]
fn prune_removes_users_before_what_they_use() {
    let plan = Case::of(SHOP)
        .was(OLD)
        .sees("a/web-1: running\na/old-1: running old\na/log-1: running old")
        .prune(&[]);
    insta::assert_snapshot!(plan, @r"
    apply
    0 a/: stop log-1 (log-1@a) 10s [Orphan { orphan: NotDeclared, requested: Prune }]
    1 a/: remove log-1 (log-1@a) [Orphan { orphan: NotDeclared, requested: Prune }] after 0
    2 a/: stop old-1 (old-1@a) 10s [Orphan { orphan: NotDeclared, requested: Prune }] after 0
    3 a/: remove old-1 (old-1@a) [Orphan { orphan: NotDeclared, requested: Prune }] after 2, 1
    unchanged web-1: RunsAsDeclared
    orphan a/log-1 (log-1@a): NotDeclared, removed
    orphan a/old-1 (old-1@a): NotDeclared, removed
    ");
}

#[test]
fn what_runs_of_a_service_without_an_active_profile_is_no_orphan() {
    let mut case =
        Case::of(SHOP).was(OLD).sees("a/web-1: running\na/old-1: running old\na/log-1: running old");
    case.environment.inactive = vec!["old".into()];
    let services = case.prune(&[]);
    case.environment.inactive = Vec::new();
    case.environment.inactive_instances = vec!["old-1".into()];
    assert_eq!(case.prune(&[]), services, "an instance without an active profile is no orphan either");
    case.environment.inactive = vec!["old".into()];
    insta::assert_snapshot!(case.prune(&[]), @r"
    apply
    0 a/: stop log-1 (log-1@a) 10s [Orphan { orphan: NotDeclared, requested: Prune }]
    1 a/: remove log-1 (log-1@a) [Orphan { orphan: NotDeclared, requested: Prune }] after 0
    unchanged web-1: RunsAsDeclared
    orphan a/log-1 (log-1@a): NotDeclared, removed
    ");
}

#[test]
fn prune_with_a_name_removes_that_alone() {
    let plan = Case::of(SHOP)
        .was(OLD)
        .sees("a/web-1: running\na/old-1: running old\na/log-1: exited old")
        .prune(&["log"]);
    insta::assert_snapshot!(plan, @r"
    apply
    0 a/: remove log-1 (log-1@a) [Orphan { orphan: NotDeclared, requested: Prune }]
    unchanged web-1: RunsAsDeclared
    orphan a/log-1 (log-1@a): NotDeclared, removed
    orphan a/old-1 (old-1@a): NotDeclared
    ");
}

#[test]
fn an_orphan_that_holds_a_port_is_noted() {
    insta::assert_snapshot!(Case::of(SHOP).was(OLD).sees("a/old-1: running old").apply(), @r#"
    apply
    0 a/web-1: create web-1 from web [NoContainer]
    1 a/web-1: start web-1 [ContainerIsNew] after 0
    2 a/web-1: ready web-1 [AwaitsReady] after 1
    note web-1: OrphanHasPort("old-1")
    orphan a/old-1 (old-1@a): NotDeclared
    "#);
}

#[test]
fn a_pruned_orphan_makes_way_for_its_port() {
    insta::assert_snapshot!(Case::of(SHOP).was(OLD).sees("a/old-1: running old").prune(&[]), @r"
    apply
    0 a/: stop old-1 (old-1@a) 10s [Orphan { orphan: NotDeclared, requested: Prune }]
    1 a/web-1: create web-1 from web [NoContainer]
    2 a/web-1: start web-1 [ContainerIsNew] after 1, 0
    3 a/web-1: ready web-1 [AwaitsReady] after 2
    4 a/: remove old-1 (old-1@a) [Orphan { orphan: NotDeclared, requested: Prune }] after 0, barrier 0
    barrier 0: AllInPlace after 0, 1, 2, 3
    orphan a/old-1 (old-1@a): NotDeclared, removed
    ");
}

#[test]
fn a_second_container_on_another_ship_is_an_orphan() {
    insta::assert_snapshot!(Case::of(SHOP).sees("a/web-1: running\nb/web-1: running").apply(), @r#"
    apply
    unchanged web-1: RunsAsDeclared
    orphan b/web-1 (web-1@b): OnOtherShip { instance: "web-1", ship: "a" }
    "#);
}

#[test]
fn a_named_orphan_is_cleaned() {
    let case = Case::of(SHOP).was(OLD).only(&["web-1"]).sees("a/web-1: running\na/old-1: exited old");
    let named = case.named(&["old"]);
    let plan = case.clean_with(CleanOptions { orphans: &named, ..CleanOptions::default() });
    insta::assert_snapshot!(plan, @r"
    clean
    0 a/: remove old-1 (old-1@a) [Orphan { orphan: NotDeclared, requested: Name }]
    1 b/: remove-network maestro-shop of shop [EnvironmentGone]
    unchanged web-1: RunsOn
    ");
}

#[test]
fn a_named_orphan_that_runs_is_not_cleaned() {
    let case = Case::of(SHOP).was(OLD).only(&["web-1"]).sees("a/web-1: running\na/old-1: running old");
    let named = case.named(&["old-1"]);
    let plan = case.clean_with(CleanOptions { orphans: &named, ..CleanOptions::default() });
    insta::assert_snapshot!(plan, @r"
    clean
    0 b/: remove-network maestro-shop of shop [EnvironmentGone]
    unchanged web-1: RunsOn
    ");
}

/// A service with that many instances.
fn replicas(number: usize) -> String {
    format!(
        "name: shop\nservices: {{web: {{image: web, replicas: {number}}}, db: {{image: db, replicas: 1}}}}\n"
    )
}

#[test]
fn an_instance_that_a_service_with_fewer_replicas_no_longer_has_is_removed() {
    let (one, three) = (replicas(1), replicas(3));
    let case = Case::of(&one)
        .was(&three)
        .sees("local/web-1: running\nlocal/web-2: running old\nlocal/web-3: running old anonymous /data\nlocal/db-1: running");
    insta::assert_snapshot!(case.apply(), @r#"
    apply
    0 local/: stop web-2 (web-2@local) 10s [Orphan { orphan: Surplus { service: "web", replicas: 1 }, requested: FewerReplicas }]
    1 local/: remove web-2 (web-2@local) [Orphan { orphan: Surplus { service: "web", replicas: 1 }, requested: FewerReplicas }] after 0
    unchanged web-1: RunsAsDeclared
    unchanged db-1: RunsAsDeclared
    orphan local/web-2 (web-2@local): Surplus { service: "web", replicas: 1 }, removed
    orphan local/web-3 (web-3@local): Surplus { service: "web", replicas: 1 }
    "#);
}

#[test]
fn a_service_that_is_named_as_one_loses_what_is_too_much() {
    let (one, two) = (replicas(1), replicas(2));
    let case =
        Case::of(&one).was(&two).sees("local/web-1: running\nlocal/web-2: running old\nlocal/db-1: running");
    let is_removed = |name: &str| case.apply_named(&[name]).contains("remove web-2");
    assert!(is_removed("web") && is_removed("service/web"));
    assert!(!is_removed("db") && !is_removed("web-1") && !is_removed("instance/web-1"));
}

#[test]
fn a_filter_leaves_alone_what_is_too_much_of_other_services() {
    let (one, two) = (replicas(1), replicas(2));
    let case =
        Case::of(&one).was(&two).sees("local/web-1: running\nlocal/web-2: running old\nlocal/db-1: running");
    for options in [ApplyOptions::PLAIN, ApplyOptions { prune: true, ..ApplyOptions::PLAIN }] {
        let is_removed = |filter: &str| case.apply_filtered(filter, options).contains("remove web-2");
        assert!(is_removed("web-*") && is_removed("*-2"), "{options:?}");
        assert!(!is_removed("db-*") && !is_removed("web-1"), "{options:?}");
    }
}

#[test]
fn a_service_without_replicas_has_none_left() {
    let (none, one) = (replicas(0), replicas(1));
    let case = Case::of(&none).was(&one).sees("local/web-1: exited old\nlocal/db-1: running");
    insta::assert_snapshot!(case.apply(), @r#"
    apply
    0 local/: remove web-1 (web-1@local) [Orphan { orphan: Surplus { service: "web", replicas: 0 }, requested: FewerReplicas }]
    unchanged db-1: RunsAsDeclared
    orphan local/web-1 (web-1@local): Surplus { service: "web", replicas: 0 }, removed
    "#);
}

#[test]
fn a_command_that_goes_on_is_pruned_by_its_name_alone() {
    let ended =
        "a/web-1: running\na/web-1.run-1: running of web-1 one-off\na/web-1.run-2: exited of web-1 one-off";
    let case = Case::of(SHOP).sees(ended);
    insta::assert_snapshot!(case.prune(&[]), @r#"
    apply
    0 a/: remove web-1.run-2 (web-1.run-2@a) [Orphan { orphan: OneOff { instance: "web-1", runs: false }, requested: Prune }]
    unchanged web-1: RunsAsDeclared
    orphan a/web-1.run-2 (web-1.run-2@a): OneOff { instance: "web-1", runs: false }, removed
    "#);
    insta::assert_snapshot!(case.prune(&["web-1.run-1"]), @r#"
    apply
    0 a/: stop web-1.run-1 (web-1.run-1@a) 10s [Orphan { orphan: OneOff { instance: "web-1", runs: true }, requested: Prune }]
    1 a/: remove web-1.run-1 (web-1.run-1@a) [Orphan { orphan: OneOff { instance: "web-1", runs: true }, requested: Prune }] after 0
    unchanged web-1: RunsAsDeclared
    orphan a/web-1.run-1 (web-1.run-1@a): OneOff { instance: "web-1", runs: true }, removed
    orphan a/web-1.run-2 (web-1.run-2@a): OneOff { instance: "web-1", runs: false }
    "#);
}
