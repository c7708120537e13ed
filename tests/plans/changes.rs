//! What plans do to each instance, in one line each.

use super::case::Case;
use maestro_core::plan::{apply::ApplyOptions, restart::RestartOptions, stop::StopMethod};

const SHOP: &str = "name: shop
ships: {a: {ip: 10.0.0.1}, b: {ip: 10.0.0.2}}
services:
  db: {image: db, instances: {db-1: {ship: a}}}
  web: {image: web, requires: db, instances: {web-1: {ship: a}, web-2: {ship: b}}}
  job: {image: job, update: {order: start-first, on_failure: continue}, instances: {job-1: {ship: a}}}
";

fn older() -> String {
    SHOP.replace("image: web", "image: web:1").replace("image: job", "image: job:1")
}

#[test]
fn an_apply_creates_replaces_and_starts() {
    let case = Case::of(SHOP).was(&older()).sees(
        "a: no-network\na/web-1: running old\nb/web-2: exited old\na/job-1: running old\n\
         b: no-images",
    );
    insta::assert_snapshot!(case.changes_of_apply(ApplyOptions::PLAIN), @r#"
    Network { ship: a, name: "maestro-shop" }: Create [NetworkMissing] by 0
    Instance(db-1): Create [NoContainer] by 1 2 3
    Instance(web-1): Replace StopFirst [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }] by 4 5 6 7 8 9 37, Service restored by 29 30 31 32
    Instance(web-2): Replace [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }] by 10 11 12 13 14 15 38, Service restored by 33 34 35 36
    Instance(job-1): Replace StartFirst [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }] by 16 17 18 19 20 21 22 23 24 39, Instance restored by 25 26 27 28
    "#);
}

#[test]
fn a_container_that_is_as_declared_is_started_or_renamed() {
    let before = SHOP.to_owned() + "  old: {image: old, instances: {old-1: {ship: a}}}\n";
    let case = Case::of(SHOP).was(&before).sees(
        "a/db-1: exited\na/web-1: running\nb/web-two: running of web-2\na/job-1: running\na/old-1: running",
    );
    let options = ApplyOptions { prune: true, ..ApplyOptions::PLAIN };
    insta::assert_snapshot!(case.changes_of_apply(options), @r#"
    Instance(web-2): Rename [NameDiffers] by 0
    Instance(db-1): Start { is_new: false } [DownAsDeclared("Exited (0) 2 hours ago")] by 1 2
    Container { ship: a, name: "old-1", id: "old-1@a" }: Remove [Orphan { orphan: NotDeclared, requested: Prune }] by 3 4
    "#);
}

#[test]
fn a_restart_makes_new_containers_and_starts_what_is_down() {
    let case = Case::of(SHOP).sees("a/db-1: exited\na/web-1: running\nb/web-2: running\na/job-1: running");
    insta::assert_snapshot!(case.changes_of_restart(RestartOptions::default()), @r#"
    Instance(web-1): Restart { is_new: true } StopFirst [RestartedAnew] by 0 7 8 9 10
    Instance(web-2): Restart { is_new: true } StopFirst [RestartedAnew] by 1 11 12 13 14
    Instance(job-1): Restart { is_new: true } StopFirst [RestartedAnew] by 2 15 16 17 18
    Instance(db-1): Start { is_new: true } [OldIsDown("Exited (0) 2 hours ago")] by 3 4 5 6
    "#);
    let in_batches = RestartOptions { in_batches: true, ..RestartOptions::default() };
    insta::assert_snapshot!(case.changes_of_restart(in_batches), @r#"
    Instance(db-1): Start { is_new: true } [OldIsDown("Exited (0) 2 hours ago")] by 0 1 2 3
    Instance(web-1): Restart { is_new: true } StopFirst [Restarted] by 4 5 6 7 8 9 37, Service restored by 29 30 31 32
    Instance(web-2): Restart { is_new: true } StopFirst [Restarted] by 10 11 12 13 14 15 38, Service restored by 33 34 35 36
    Instance(job-1): Restart { is_new: true } StartFirst [Restarted] by 16 17 18 19 20 21 22 23 24 39, Instance restored by 25 26 27 28
    "#);
}

#[test]
fn a_stop_a_kill_and_a_clean() {
    let case = Case::of(SHOP).sees("a/db-1: running\na/web-1: running\nb/web-2: exited");
    insta::assert_snapshot!(case.changes_of_stop(StopMethod::Stop), @r#"
    Instance(web-1): Stop [IsRunning] by 0
    Instance(db-1): Stop [IsRunning] by 1
    "#);
    insta::assert_snapshot!(case.changes_of_stop(StopMethod::Kill), @r#"
    Instance(web-1): Kill [IsRunning] by 0
    Instance(db-1): Kill [IsRunning] by 1
    "#);
    insta::assert_snapshot!(case.changes_of_clean(), @r#"
    Instance(web-2): Remove [IsDown("Exited (0) 2 hours ago")] by 0
    Network { ship: b, name: "maestro-shop" }: Remove [EnvironmentGone] by 1
    "#);
}

#[test]
fn an_instance_moves() {
    let moved = SHOP.replace("db-1: {ship: a}", "db-1: {ship: b}");
    let case = Case::of(&moved).was(SHOP).sees("a/db-1: running old");
    insta::assert_snapshot!(case.only(&["db-1"]).changes_of_apply(ApplyOptions::PLAIN), @"Instance(db-1): Move { from: a } StopFirst [NoContainer] by 0 1 2 3 7, Instance restored by 4 5 6");
}
