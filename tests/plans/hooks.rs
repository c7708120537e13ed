//! Plans with `hooks`: jobs that run before and after the update of a service.

use super::case::Case;

const SHOP: &str = "name: shop
ships: {a: {ip: 10.0.0.1}}
services:
  migrate: {image: tools, job: true, instances: {migrate-1: {ship: a}}}
  warm: {image: tools, job: true, instances: {warm-1: {ship: a}}}
  web:
    image: web
    hooks: {before_update: migrate, after_update: [warm]}
    instances: {web-1: {ship: a}, web-2: {ship: a}}
";

const DONE: &str = "a/migrate-1: exited\na/warm-1: exited\n";

fn old() -> String {
    SHOP.replace("image: web", "image: web:1")
}

#[test]
fn jobs_run_before_and_after_the_update_and_nothing_is_stopped_before_the_first() {
    let running = format!("{DONE}a/web-1: running old\na/web-2: running old");
    insta::assert_snapshot!(Case::of(SHOP).was(&old()).sees(&running).apply(), @r#"
    apply
    0 a/migrate-1: remove migrate-1 (migrate-1@a) [BeforeUpdate("web")]
    1 a/migrate-1: create migrate-1 from tools [BeforeUpdate("web")] after 0
    2 a/migrate-1: start migrate-1 [ContainerIsNew] after 1
    3 a/migrate-1: ready migrate-1 completion [AwaitsReady] after 2
    4 a/web-1: create web-1.next from web [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }]
    5 a/web-1: stop web-1 (web-1@a) 10s [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }] after 3, 4
    6 a/web-1: rename web-1 (web-1@a) to web-1.previous [KeptUntilReady] after 5
    7 a/web-1: rename web-1.next to web-1 [TakesPlace] after 6
    8 a/web-1: start web-1 [ContainerIsNew] after 7
    9 a/web-1: ready web-1 [AwaitsReady] after 8
    10 a/web-2: create web-2.next from web [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }]
    11 a/web-2: stop web-2 (web-2@a) 10s [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }] after 3, barrier 0, 10
    12 a/web-2: rename web-2 (web-2@a) to web-2.previous [KeptUntilReady] after 11
    13 a/web-2: rename web-2.next to web-2 [TakesPlace] after 12
    14 a/web-2: start web-2 [ContainerIsNew] after 13
    15 a/web-2: ready web-2 [AwaitsReady] after 14
    16 a/warm-1: remove warm-1 (warm-1@a) [AfterUpdate("web")] after barrier 1
    17 a/warm-1: create warm-1 from tools [AfterUpdate("web")] after 16
    18 a/warm-1: start warm-1 [ContainerIsNew] after 17, barrier 1
    19 a/warm-1: ready warm-1 completion [AwaitsReady] after 18
    20 (0) a/web-1: discard web-1.next or web-1, not web-1@a on a, 10s [NotReplaced]
    21 (0) a/web-1: rename web-1.previous (web-1@a) to web-1 [TakesPlaceAgain] after 20
    22 (0) a/web-1: start web-1 [RanBefore] after 21
    23 (0) a/web-1: ready web-1 [AwaitsReady] after 22
    24 (0) a/web-2: discard web-2.next or web-2, not web-2@a on a, 10s [NotReplaced]
    25 (0) a/web-2: rename web-2.previous (web-2@a) to web-2 [TakesPlaceAgain] after 24
    26 (0) a/web-2: start web-2 [RanBefore] after 25
    27 (0) a/web-2: ready web-2 [AwaitsReady] after 26
    28 a/web-1: remove web-1.previous (web-1@a) [SuccessorReady] after 9, barrier 2
    29 a/web-2: remove web-2.previous (web-2@a) [SuccessorReady] after 15, barrier 2
    barrier 0: Batch { service: web, number: 1, failures: 0 } after 9, 0 may fail, counted: None
    barrier 1: ServiceReady(web) after 9, 15
    barrier 2: ServiceReplaced(web) after 9, 15, 0 may fail, counted: None
    compensation 0: Service(web) of 5 6 7 8 9 11 12 13 14 15
    differs web-1: image web:1 → web, env.DOCKER_IMAGE web:1 → web, env.DOCKER_TAG 1 → latest
    differs web-2: image web:1 → web, env.DOCKER_IMAGE web:1 → web, env.DOCKER_TAG 1 → latest
    "#);
}

#[test]
fn an_update_by_name_brings_its_jobs() {
    let running = format!("{DONE}a/web-1: running old\na/web-2: running");
    let plan = Case::of(SHOP).was(&old()).only(&["web-1"]).sees(&running).apply();
    for job in ["create migrate-1", "create warm-1"] {
        assert!(plan.contains(job), "{plan}");
    }
}

#[test]
fn without_an_update_no_job_runs() {
    for running in [
        "a/web-1: running\na/web-2: running",
        // One more instance, and one that is down as the file says.
        "a/web-1: running",
        "a/web-1: running\na/web-2: exited",
    ] {
        let plan = Case::of(SHOP).sees(&format!("{DONE}{running}")).apply();
        assert!(!plan.contains("create migrate-1") && !plan.contains("create warm-1"), "{plan}");
    }
}

#[test]
fn a_service_that_has_no_container_any_more_is_updated() {
    let plan = Case::of(SHOP).sees(DONE).apply();
    assert!(plan.contains("create migrate-1") && plan.contains("create warm-1"), "{plan}");
}

#[test]
fn a_job_that_runs_is_waited_for() {
    let running = "a/migrate-1: running\na/warm-1: exited\na/web-1: running old\na/web-2: running";
    let plan = Case::of(SHOP).was(&old()).sees(running).apply();
    assert!(!plan.contains("create migrate-1"), "{plan}");
    assert!(plan.contains("\n0 a/migrate-1: verify migrate-1 (migrate-1@a) Settled completion"), "{plan}");
    assert!(plan.contains("2 a/web-1: stop web-1") && plan.contains("after 0, 1\n"), "{plan}");
}

#[test]
fn jobs_that_have_succeeded_are_not_run_by_a_start() {
    let plan = Case::of(SHOP).sees(&format!("{DONE}a/web-1: exited\na/web-2: exited")).start();
    assert!(plan.contains("start web-1") && !plan.contains("create migrate-1"), "{plan}");
}

#[test]
fn a_job_that_is_over_does_not_come_back_if_its_successor_fails() {
    let file = SHOP.replace("image: tools", "image: tools:2");
    let running = format!("{}a/web-1: running\na/web-2: running", DONE.replace("exited", "exited old"));
    let plan = Case::of(&file).was(SHOP).only(&["migrate-1"]).sees(&running).apply();
    insta::assert_snapshot!(plan, @r#"
    apply
    0 a/migrate-1: remove migrate-1 (migrate-1@a) [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }]
    1 a/migrate-1: create migrate-1 from tools:2 [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }] after 0
    2 a/migrate-1: start migrate-1 [ContainerIsNew] after 1
    3 a/migrate-1: ready migrate-1 completion [AwaitsReady] after 2
    differs migrate-1: image tools → tools:2, env.DOCKER_IMAGE tools → tools:2, env.DOCKER_TAG latest → 2
    "#);
}

#[test]
fn what_an_ended_run_has_set_aside_of_a_job_does_not_run_once_more() {
    let left = format!("{DONE}a/migrate-1.previous: exited of migrate-1\na/web-1: running\na/web-2: running");
    let plan = Case::of(SHOP)
        .only(&["migrate-1"])
        .sees(&left.replace("migrate-1: exited", "migrate-1: created"))
        .apply();
    assert!(plan.contains("rename migrate-1.previous") && !plan.contains("RanBefore"), "{plan}");
}
