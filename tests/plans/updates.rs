//! Plans of the roll-out of a service by `update`.

use maestro_core::plan::apply::ApplyOptions;

use super::case::Case;

const SHOP: &str = "name: shop
ships: {a: {ip: 10.0.0.1}}
services:
  web: {image: web, update: {UPDATE}, instances: {web-1: {ship: a}, web-2: {ship: a}, web-3: {ship: a}}}
";

/// The plan for three instances that differ.
fn plan(update: &str, instances: &[&str]) -> String {
    let file = SHOP.replace("UPDATE", update);
    let old = file.replace("image: web", "image: web:1");
    let running = "a/web-1: running old\na/web-2: running old\na/web-3: running old";
    Case::of(&file).was(&old).only(instances).sees(running).apply()
}

#[test]
fn one_by_one() {
    insta::assert_snapshot!(plan("parallel: 1", &["web-1", "web-2"]), @r#"
    apply
    0 a/web-1: create web-1.next from web [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }]
    1 a/web-1: stop web-1 (web-1@a) 10s [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }] after 0
    2 a/web-1: rename web-1 (web-1@a) to web-1.previous [KeptUntilReady] after 1
    3 a/web-1: rename web-1.next to web-1 [TakesPlace] after 2
    4 a/web-1: start web-1 [ContainerIsNew] after 3
    5 a/web-1: ready web-1 [AwaitsReady] after 4
    6 a/web-2: create web-2.next from web [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }]
    7 a/web-2: stop web-2 (web-2@a) 10s [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }] after barrier 0, 6
    8 a/web-2: rename web-2 (web-2@a) to web-2.previous [KeptUntilReady] after 7
    9 a/web-2: rename web-2.next to web-2 [TakesPlace] after 8
    10 a/web-2: start web-2 [ContainerIsNew] after 9
    11 a/web-2: ready web-2 [AwaitsReady] after 10
    12 (0) a/web-1: discard web-1.next or web-1, not web-1@a on a, 10s [NotReplaced]
    13 (0) a/web-1: rename web-1.previous (web-1@a) to web-1 [TakesPlaceAgain] after 12
    14 (0) a/web-1: start web-1 [RanBefore] after 13
    15 (0) a/web-1: ready web-1 [AwaitsReady] after 14
    16 (0) a/web-2: discard web-2.next or web-2, not web-2@a on a, 10s [NotReplaced]
    17 (0) a/web-2: rename web-2.previous (web-2@a) to web-2 [TakesPlaceAgain] after 16
    18 (0) a/web-2: start web-2 [RanBefore] after 17
    19 (0) a/web-2: ready web-2 [AwaitsReady] after 18
    20 a/web-1: remove web-1.previous (web-1@a) [SuccessorReady] after 5, barrier 1
    21 a/web-2: remove web-2.previous (web-2@a) [SuccessorReady] after 11, barrier 1
    barrier 0: Batch { service: web, number: 1, failures: 0 } after 5, 0 may fail, counted: None
    barrier 1: ServiceReplaced(web) after 5, 11, 0 may fail, counted: None
    compensation 0: Service(web) of 1 2 3 4 5 7 8 9 10 11
    differs web-1: image web:1 → web, env.DOCKER_IMAGE web:1 → web, env.DOCKER_TAG 1 → latest
    differs web-2: image web:1 → web, env.DOCKER_IMAGE web:1 → web, env.DOCKER_TAG 1 → latest
    "#);
}

#[test]
fn two_at_once() {
    insta::assert_snapshot!(plan("parallel: 2", &["web-1", "web-2", "web-3"]), @r#"
    apply
    0 a/web-1: create web-1.next from web [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }]
    1 a/web-1: stop web-1 (web-1@a) 10s [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }] after 0
    2 a/web-1: rename web-1 (web-1@a) to web-1.previous [KeptUntilReady] after 1
    3 a/web-1: rename web-1.next to web-1 [TakesPlace] after 2
    4 a/web-1: start web-1 [ContainerIsNew] after 3
    5 a/web-1: ready web-1 [AwaitsReady] after 4
    6 a/web-2: create web-2.next from web [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }]
    7 a/web-2: stop web-2 (web-2@a) 10s [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }] after 6
    8 a/web-2: rename web-2 (web-2@a) to web-2.previous [KeptUntilReady] after 7
    9 a/web-2: rename web-2.next to web-2 [TakesPlace] after 8
    10 a/web-2: start web-2 [ContainerIsNew] after 9
    11 a/web-2: ready web-2 [AwaitsReady] after 10
    12 a/web-3: create web-3.next from web [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }]
    13 a/web-3: stop web-3 (web-3@a) 10s [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }] after barrier 0, 12
    14 a/web-3: rename web-3 (web-3@a) to web-3.previous [KeptUntilReady] after 13
    15 a/web-3: rename web-3.next to web-3 [TakesPlace] after 14
    16 a/web-3: start web-3 [ContainerIsNew] after 15
    17 a/web-3: ready web-3 [AwaitsReady] after 16
    18 (0) a/web-1: discard web-1.next or web-1, not web-1@a on a, 10s [NotReplaced]
    19 (0) a/web-1: rename web-1.previous (web-1@a) to web-1 [TakesPlaceAgain] after 18
    20 (0) a/web-1: start web-1 [RanBefore] after 19
    21 (0) a/web-1: ready web-1 [AwaitsReady] after 20
    22 (0) a/web-2: discard web-2.next or web-2, not web-2@a on a, 10s [NotReplaced]
    23 (0) a/web-2: rename web-2.previous (web-2@a) to web-2 [TakesPlaceAgain] after 22
    24 (0) a/web-2: start web-2 [RanBefore] after 23
    25 (0) a/web-2: ready web-2 [AwaitsReady] after 24
    26 (0) a/web-3: discard web-3.next or web-3, not web-3@a on a, 10s [NotReplaced]
    27 (0) a/web-3: rename web-3.previous (web-3@a) to web-3 [TakesPlaceAgain] after 26
    28 (0) a/web-3: start web-3 [RanBefore] after 27
    29 (0) a/web-3: ready web-3 [AwaitsReady] after 28
    30 a/web-1: remove web-1.previous (web-1@a) [SuccessorReady] after 5, barrier 1
    31 a/web-2: remove web-2.previous (web-2@a) [SuccessorReady] after 11, barrier 1
    32 a/web-3: remove web-3.previous (web-3@a) [SuccessorReady] after 17, barrier 1
    barrier 0: Batch { service: web, number: 1, failures: 0 } after 5, 11, 0 may fail, counted: None
    barrier 1: ServiceReplaced(web) after 5, 11, 17, 0 may fail, counted: None
    compensation 0: Service(web) of 1 2 3 4 5 7 8 9 10 11 13 14 15 16 17
    differs web-1: image web:1 → web, env.DOCKER_IMAGE web:1 → web, env.DOCKER_TAG 1 → latest
    differs web-2: image web:1 → web, env.DOCKER_IMAGE web:1 → web, env.DOCKER_TAG 1 → latest
    differs web-3: image web:1 → web, env.DOCKER_IMAGE web:1 → web, env.DOCKER_TAG 1 → latest
    "#);
}

#[test]
fn a_delay_stands_between_batches() {
    insta::assert_snapshot!(plan("delay: 5", &["web-1", "web-2"]), @r#"
    apply
    0 a/web-1: create web-1.next from web [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }]
    1 a/web-1: stop web-1 (web-1@a) 10s [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }] after 0
    2 a/web-1: rename web-1 (web-1@a) to web-1.previous [KeptUntilReady] after 1
    3 a/web-1: rename web-1.next to web-1 [TakesPlace] after 2
    4 a/web-1: start web-1 [ContainerIsNew] after 3
    5 a/web-1: ready web-1 [AwaitsReady] after 4
    6 a/web-2: pause 5s [UpdateDelay] after barrier 0
    7 a/web-2: create web-2.next from web [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }]
    8 a/web-2: stop web-2 (web-2@a) 10s [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }] after 6, 7
    9 a/web-2: rename web-2 (web-2@a) to web-2.previous [KeptUntilReady] after 8
    10 a/web-2: rename web-2.next to web-2 [TakesPlace] after 9
    11 a/web-2: start web-2 [ContainerIsNew] after 10
    12 a/web-2: ready web-2 [AwaitsReady] after 11
    13 (0) a/web-1: discard web-1.next or web-1, not web-1@a on a, 10s [NotReplaced]
    14 (0) a/web-1: rename web-1.previous (web-1@a) to web-1 [TakesPlaceAgain] after 13
    15 (0) a/web-1: start web-1 [RanBefore] after 14
    16 (0) a/web-1: ready web-1 [AwaitsReady] after 15
    17 (0) a/web-2: discard web-2.next or web-2, not web-2@a on a, 10s [NotReplaced]
    18 (0) a/web-2: rename web-2.previous (web-2@a) to web-2 [TakesPlaceAgain] after 17
    19 (0) a/web-2: start web-2 [RanBefore] after 18
    20 (0) a/web-2: ready web-2 [AwaitsReady] after 19
    21 a/web-1: remove web-1.previous (web-1@a) [SuccessorReady] after 5, barrier 1
    22 a/web-2: remove web-2.previous (web-2@a) [SuccessorReady] after 12, barrier 1
    barrier 0: Batch { service: web, number: 1, failures: 0 } after 5, 0 may fail, counted: None
    barrier 1: ServiceReplaced(web) after 5, 12, 0 may fail, counted: None
    compensation 0: Service(web) of 1 2 3 4 5 8 9 10 11 12
    differs web-1: image web:1 → web, env.DOCKER_IMAGE web:1 → web, env.DOCKER_TAG 1 → latest
    differs web-2: image web:1 → web, env.DOCKER_IMAGE web:1 → web, env.DOCKER_TAG 1 → latest
    "#);
}

#[test]
fn start_first_hands_over_when_the_successor_is_ready() {
    insta::assert_snapshot!(plan("order: start-first", &["web-1"]), @r#"
    apply
    0 a/web-1: create web-1.next from web [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }]
    1 a/web-1: start web-1.next [ContainerIsNew] after 0
    2 a/web-1: ready web-1.next [AwaitsReady] after 1
    3 a/web-1: rejoin web-1.next on maestro-shop, links [], aliases ["web-1"] [IsReady] after 2
    4 a/web-1: rename web-1 (web-1@a) to web-1.previous [KeptUntilReady] after 3
    5 a/web-1: rename web-1.next to web-1 [TakesPlace] after 4
    6 a/web-1: rejoin web-1.previous (web-1@a) on maestro-shop, links [], aliases [] [SuccessorInPlace] after 5
    7 a/web-1: pause 2s [DrainsRequests] after 6
    8 a/web-1: stop web-1 (web-1@a) 10s [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }] after 7
    9 (0) a/web-1: start web-1@a [RanBefore]
    10 (0) a/web-1: ready web-1@a [AwaitsReady] after 9
    11 (0) a/web-1: discard web-1.next or web-1, not web-1@a on a, 10s [NotReplaced] after 10
    12 (0) a/web-1: rename web-1.previous (web-1@a) to web-1 [TakesPlaceAgain] after 11
    13 a/web-1: remove web-1.previous (web-1@a) [SuccessorReady] after 8
    compensation 0: Instance(web-1) of 1 2 3 4 5 6 7 8
    differs web-1: image web:1 → web, env.DOCKER_IMAGE web:1 → web, env.DOCKER_TAG 1 → latest
    "#);
}

#[test]
fn start_first_hands_over_on_each_network() {
    let file = "name: shop
__maestro: {schema: 3}
ships: {a: {ip: 10.0.0.1}}
networks: {front: {}, back: {}}
services:
  web:
    image: web
    update: {order: start-first}
    networks: {front: {aliases: [www]}, back: {aliases: [api, inner]}}
    instances: {web-1: {ship: a}}
";
    let old = file.replace("image: web", "image: web:1");
    insta::assert_snapshot!(Case::of(file).was(&old).sees("a/web-1: running old").apply(), @r#"
    apply
    0 a/: create-network shop_back of shop, fixed [NetworkMissing]
    1 a/: create-network shop_front of shop, fixed [NetworkMissing]
    2 a/web-1: create web-1.next from web [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 2 }] after 0, 1
    3 a/web-1: start web-1.next [ContainerIsNew] after 2
    4 a/web-1: ready web-1.next [AwaitsReady] after 3
    5 a/web-1: rejoin web-1.next on shop_back, links [], aliases ["web-1", "web", "api", "inner"] [IsReady] after 4
    6 a/web-1: rejoin web-1.next on shop_front, links [], aliases ["web", "www", "web-1"] [IsReady] after 5
    7 a/web-1: rename web-1 (web-1@a) to web-1.previous [KeptUntilReady] after 6
    8 a/web-1: rename web-1.next to web-1 [TakesPlace] after 7
    9 a/web-1: rejoin web-1.previous (web-1@a) on shop_back, links [], aliases [] [SuccessorInPlace] after 8
    10 a/web-1: rejoin web-1.previous (web-1@a) on shop_front, links [], aliases [] [SuccessorInPlace] after 9
    11 a/web-1: pause 2s [DrainsRequests] after 10
    12 a/web-1: stop web-1 (web-1@a) 10s [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 2 }] after 11
    13 (0) a/web-1: start web-1@a [RanBefore]
    14 (0) a/web-1: ready web-1@a [AwaitsReady] after 13
    15 (0) a/web-1: rejoin web-1 (web-1@a) on shop_back, links [], aliases ["web-1", "web", "api", "inner"] [TakesPlaceAgain] after 14
    16 (0) a/web-1: rejoin web-1 (web-1@a) on shop_front, links [], aliases ["web", "www", "web-1"] [TakesPlaceAgain] after 15
    17 (0) a/web-1: discard web-1.next or web-1, not web-1@a on a, 10s [NotReplaced] after 16
    18 (0) a/web-1: rename web-1.previous (web-1@a) to web-1 [TakesPlaceAgain] after 17
    19 a/web-1: remove web-1.previous (web-1@a) [SuccessorReady] after 12
    compensation 0: Instance(web-1) of 3 4 5 6 7 8 9 10 11 12
    differs web-1: image web:1 → web, env.DOCKER_IMAGE web:1 → web, env.DOCKER_TAG 1 → latest, networks.shop_front - → connected, networks.shop_back.aliases - → api, inner, web
    "#);
}

#[test]
fn pause_takes_back_each_by_itself() {
    insta::assert_snapshot!(plan("on_failure: pause", &["web-1", "web-2"]), @r#"
    apply
    0 a/web-1: create web-1.next from web [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }]
    1 a/web-1: stop web-1 (web-1@a) 10s [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }] after 0
    2 a/web-1: rename web-1 (web-1@a) to web-1.previous [KeptUntilReady] after 1
    3 a/web-1: rename web-1.next to web-1 [TakesPlace] after 2
    4 a/web-1: start web-1 [ContainerIsNew] after 3
    5 a/web-1: ready web-1 [AwaitsReady] after 4
    6 (0) a/web-1: discard web-1.next or web-1, not web-1@a on a, 10s [NotReplaced]
    7 (0) a/web-1: rename web-1.previous (web-1@a) to web-1 [TakesPlaceAgain] after 6
    8 (0) a/web-1: start web-1 [RanBefore] after 7
    9 (0) a/web-1: ready web-1 [AwaitsReady] after 8
    10 a/web-2: create web-2.next from web [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }]
    11 a/web-2: stop web-2 (web-2@a) 10s [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }] after barrier 1, 10
    12 a/web-2: rename web-2 (web-2@a) to web-2.previous [KeptUntilReady] after 11
    13 a/web-2: rename web-2.next to web-2 [TakesPlace] after 12
    14 a/web-2: start web-2 [ContainerIsNew] after 13
    15 a/web-2: ready web-2 [AwaitsReady] after 14
    16 (1) a/web-2: discard web-2.next or web-2, not web-2@a on a, 10s [NotReplaced]
    17 (1) a/web-2: rename web-2.previous (web-2@a) to web-2 [TakesPlaceAgain] after 16
    18 (1) a/web-2: start web-2 [RanBefore] after 17
    19 (1) a/web-2: ready web-2 [AwaitsReady] after 18
    20 a/web-1: remove web-1.previous (web-1@a) [SuccessorReady] after 5
    21 a/web-2: remove web-2.previous (web-2@a) [SuccessorReady] after 15
    barrier 0: Replaced(web-1) after 5, 9, 0 may fail, counted: None
    barrier 1: Batch { service: web, number: 1, failures: 0 } after barrier 0, 0 may fail, counted: None
    barrier 2: Replaced(web-2) after 15, 19, 0 may fail, counted: None
    compensation 0: Instance(web-1) of 1 2 3 4 5
    compensation 1: Instance(web-2) of 11 12 13 14 15
    differs web-1: image web:1 → web, env.DOCKER_IMAGE web:1 → web, env.DOCKER_TAG 1 → latest
    differs web-2: image web:1 → web, env.DOCKER_IMAGE web:1 → web, env.DOCKER_TAG 1 → latest
    "#);
}

#[test]
fn continue_goes_on_whatever_fails() {
    insta::assert_snapshot!(plan("on_failure: continue", &["web-1", "web-2"]), @r#"
    apply
    0 a/web-1: create web-1.next from web [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }]
    1 a/web-1: stop web-1 (web-1@a) 10s [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }] after 0
    2 a/web-1: rename web-1 (web-1@a) to web-1.previous [KeptUntilReady] after 1
    3 a/web-1: rename web-1.next to web-1 [TakesPlace] after 2
    4 a/web-1: start web-1 [ContainerIsNew] after 3
    5 a/web-1: ready web-1 [AwaitsReady] after 4
    6 (0) a/web-1: discard web-1.next or web-1, not web-1@a on a, 10s [NotReplaced]
    7 (0) a/web-1: rename web-1.previous (web-1@a) to web-1 [TakesPlaceAgain] after 6
    8 (0) a/web-1: start web-1 [RanBefore] after 7
    9 (0) a/web-1: ready web-1 [AwaitsReady] after 8
    10 a/web-2: create web-2.next from web [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }]
    11 a/web-2: stop web-2 (web-2@a) 10s [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }] after barrier 1, 10
    12 a/web-2: rename web-2 (web-2@a) to web-2.previous [KeptUntilReady] after 11
    13 a/web-2: rename web-2.next to web-2 [TakesPlace] after 12
    14 a/web-2: start web-2 [ContainerIsNew] after 13
    15 a/web-2: ready web-2 [AwaitsReady] after 14
    16 (1) a/web-2: discard web-2.next or web-2, not web-2@a on a, 10s [NotReplaced]
    17 (1) a/web-2: rename web-2.previous (web-2@a) to web-2 [TakesPlaceAgain] after 16
    18 (1) a/web-2: start web-2 [RanBefore] after 17
    19 (1) a/web-2: ready web-2 [AwaitsReady] after 18
    20 a/web-1: remove web-1.previous (web-1@a) [SuccessorReady] after 5
    21 a/web-2: remove web-2.previous (web-2@a) [SuccessorReady] after 15
    barrier 0: Replaced(web-1) after 5, 9, 0 may fail, counted: None
    barrier 1: Batch { service: web, number: 1, failures: 18446744073709551615 } after barrier 0, any may fail, counted: None
    barrier 2: Replaced(web-2) after 15, 19, 0 may fail, counted: None
    compensation 0: Instance(web-1) of 1 2 3 4 5
    compensation 1: Instance(web-2) of 11 12 13 14 15
    differs web-1: image web:1 → web, env.DOCKER_IMAGE web:1 → web, env.DOCKER_TAG 1 → latest
    differs web-2: image web:1 → web, env.DOCKER_IMAGE web:1 → web, env.DOCKER_TAG 1 → latest
    "#);
}

#[test]
fn some_may_fail_before_all_are_taken_back() {
    insta::assert_snapshot!(plan("max_failures: 1", &["web-1", "web-2"]), @r#"
    apply
    0 a/web-1: create web-1.next from web [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }]
    1 a/web-1: stop web-1 (web-1@a) 10s [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }] after 0
    2 a/web-1: rename web-1 (web-1@a) to web-1.previous [KeptUntilReady] after 1
    3 a/web-1: rename web-1.next to web-1 [TakesPlace] after 2
    4 a/web-1: start web-1 [ContainerIsNew] after 3
    5 a/web-1: ready web-1 [AwaitsReady] after 4
    6 (0) a/web-1: discard web-1.next or web-1, not web-1@a on a, 10s [NotReplaced]
    7 (0) a/web-1: rename web-1.previous (web-1@a) to web-1 [TakesPlaceAgain] after 6
    8 (0) a/web-1: start web-1 [RanBefore] after 7
    9 (0) a/web-1: ready web-1 [AwaitsReady] after 8
    10 a/web-2: create web-2.next from web [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }]
    11 a/web-2: stop web-2 (web-2@a) 10s [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }] after barrier 1, 10
    12 a/web-2: rename web-2 (web-2@a) to web-2.previous [KeptUntilReady] after 11
    13 a/web-2: rename web-2.next to web-2 [TakesPlace] after 12
    14 a/web-2: start web-2 [ContainerIsNew] after 13
    15 a/web-2: ready web-2 [AwaitsReady] after 14
    16 (1) a/web-2: discard web-2.next or web-2, not web-2@a on a, 10s [NotReplaced]
    17 (1) a/web-2: rename web-2.previous (web-2@a) to web-2 [TakesPlaceAgain] after 16
    18 (1) a/web-2: start web-2 [RanBefore] after 17
    19 (1) a/web-2: ready web-2 [AwaitsReady] after 18
    20 (2) a/web-1: discard web-1.next or web-1, not web-1@a on a, 10s [NotReplaced] after 9
    21 (2) a/web-1: rename web-1.previous (web-1@a) to web-1 [TakesPlaceAgain] after 20
    22 (2) a/web-1: start web-1 [RanBefore] after 21
    23 (2) a/web-1: ready web-1 [AwaitsReady] after 22
    24 (2) a/web-2: discard web-2.next or web-2, not web-2@a on a, 10s [NotReplaced] after 19
    25 (2) a/web-2: rename web-2.previous (web-2@a) to web-2 [TakesPlaceAgain] after 24
    26 (2) a/web-2: start web-2 [RanBefore] after 25
    27 (2) a/web-2: ready web-2 [AwaitsReady] after 26
    28 a/web-1: remove web-1.previous (web-1@a) [SuccessorReady] after 5, barrier 3
    29 a/web-2: remove web-2.previous (web-2@a) [SuccessorReady] after 15, barrier 3
    barrier 0: Replaced(web-1) after 5, 9, 0 may fail, counted: None
    barrier 1: Batch { service: web, number: 1, failures: 1 } after barrier 0, 1 may fail, counted: None
    barrier 2: Replaced(web-2) after 15, 19, 0 may fail, counted: None
    barrier 3: ServiceReplaced(web) after 5, 15, 1 may fail, counted: None
    compensation 0: Instance(web-1) of 1 2 3 4 5
    compensation 1: Instance(web-2) of 11 12 13 14 15
    compensation 2: Service(web) of 1 2 3 4 5 11 12 13 14 15, 1 may fail
    differs web-1: image web:1 → web, env.DOCKER_IMAGE web:1 → web, env.DOCKER_TAG 1 → latest
    differs web-2: image web:1 → web, env.DOCKER_IMAGE web:1 → web, env.DOCKER_TAG 1 → latest
    "#);
}

#[test]
fn failures_of_batches_add_up() {
    insta::assert_snapshot!(plan("on_failure: pause, max_failures: 1", &["web-1", "web-2", "web-3"]), @r#"
    apply
    0 a/web-1: create web-1.next from web [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }]
    1 a/web-1: stop web-1 (web-1@a) 10s [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }] after 0
    2 a/web-1: rename web-1 (web-1@a) to web-1.previous [KeptUntilReady] after 1
    3 a/web-1: rename web-1.next to web-1 [TakesPlace] after 2
    4 a/web-1: start web-1 [ContainerIsNew] after 3
    5 a/web-1: ready web-1 [AwaitsReady] after 4
    6 (0) a/web-1: discard web-1.next or web-1, not web-1@a on a, 10s [NotReplaced]
    7 (0) a/web-1: rename web-1.previous (web-1@a) to web-1 [TakesPlaceAgain] after 6
    8 (0) a/web-1: start web-1 [RanBefore] after 7
    9 (0) a/web-1: ready web-1 [AwaitsReady] after 8
    10 a/web-2: create web-2.next from web [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }]
    11 a/web-2: stop web-2 (web-2@a) 10s [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }] after barrier 1, 10
    12 a/web-2: rename web-2 (web-2@a) to web-2.previous [KeptUntilReady] after 11
    13 a/web-2: rename web-2.next to web-2 [TakesPlace] after 12
    14 a/web-2: start web-2 [ContainerIsNew] after 13
    15 a/web-2: ready web-2 [AwaitsReady] after 14
    16 (1) a/web-2: discard web-2.next or web-2, not web-2@a on a, 10s [NotReplaced]
    17 (1) a/web-2: rename web-2.previous (web-2@a) to web-2 [TakesPlaceAgain] after 16
    18 (1) a/web-2: start web-2 [RanBefore] after 17
    19 (1) a/web-2: ready web-2 [AwaitsReady] after 18
    20 a/web-3: create web-3.next from web [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }]
    21 a/web-3: stop web-3 (web-3@a) 10s [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }] after barrier 3, 20
    22 a/web-3: rename web-3 (web-3@a) to web-3.previous [KeptUntilReady] after 21
    23 a/web-3: rename web-3.next to web-3 [TakesPlace] after 22
    24 a/web-3: start web-3 [ContainerIsNew] after 23
    25 a/web-3: ready web-3 [AwaitsReady] after 24
    26 (2) a/web-3: discard web-3.next or web-3, not web-3@a on a, 10s [NotReplaced]
    27 (2) a/web-3: rename web-3.previous (web-3@a) to web-3 [TakesPlaceAgain] after 26
    28 (2) a/web-3: start web-3 [RanBefore] after 27
    29 (2) a/web-3: ready web-3 [AwaitsReady] after 28
    30 a/web-1: remove web-1.previous (web-1@a) [SuccessorReady] after 5
    31 a/web-2: remove web-2.previous (web-2@a) [SuccessorReady] after 15
    32 a/web-3: remove web-3.previous (web-3@a) [SuccessorReady] after 25
    barrier 0: Replaced(web-1) after 5, 9, 0 may fail, counted: None
    barrier 1: Batch { service: web, number: 1, failures: 1 } after barrier 0, 1 may fail, counted: None
    barrier 2: Replaced(web-2) after 15, 19, 0 may fail, counted: None
    barrier 3: Batch { service: web, number: 2, failures: 1 } after barrier 2, 1 may fail, counted: Some(BarrierId(1))
    barrier 4: Replaced(web-3) after 25, 29, 0 may fail, counted: None
    compensation 0: Instance(web-1) of 1 2 3 4 5
    compensation 1: Instance(web-2) of 11 12 13 14 15
    compensation 2: Instance(web-3) of 21 22 23 24 25
    differs web-1: image web:1 → web, env.DOCKER_IMAGE web:1 → web, env.DOCKER_TAG 1 → latest
    differs web-2: image web:1 → web, env.DOCKER_IMAGE web:1 → web, env.DOCKER_TAG 1 → latest
    differs web-3: image web:1 → web, env.DOCKER_IMAGE web:1 → web, env.DOCKER_TAG 1 → latest
    "#);
}

/// A service on two ships, two instances on each, one ship after the other.
const TWO_SHIPS: &str = "name: shop
ships: {a: {ip: 10.0.0.1}, b: {ip: 10.0.0.2}}
services:
  web:
    image: web
    update: {UPDATE}
    instances: {web-1: {ship: a}, web-2: {ship: b}, web-3: {ship: a}, web-4: {ship: b}}
";

/// The barriers between batches, and which stops wait for them.
fn batches(update: &str) -> String {
    let file = TWO_SHIPS.replace("UPDATE", update);
    let old = file.replace("image: web", "image: web:1");
    let running = "a/web-1: running old\na/web-3: running old\nb/web-2: running old\nb/web-4: running old";
    let plan = Case::of(&file).was(&old).sees(running).apply();
    let lines = plan.lines().filter(|line| line.contains(": stop ") || line.contains("Batch {"));
    let lines = lines.map(|line| {
        line.replace(
            "[Differs { fields: [\"image\", \"env.DOCKER_IMAGE\", \"env.DOCKER_TAG\"], more: 0 }] ",
            "",
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_batch_has_so_many_instances_of_a_ship_at_most() {
    insta::assert_snapshot!(batches("parallel: 4, max_per_ship: 1"), @r"
    1 a/web-1: stop web-1 (web-1@a) 10s after 0
    7 b/web-2: stop web-2 (web-2@b) 10s after 6
    13 a/web-3: stop web-3 (web-3@a) 10s after barrier 0, 12
    19 b/web-4: stop web-4 (web-4@b) 10s after barrier 0, 18
    barrier 0: Batch { service: web, number: 1, failures: 0 } after 5, 11, 0 may fail, counted: None
    ");
    insta::assert_snapshot!(batches("parallel: 3, max_per_ship: 2"), @r"
    1 a/web-1: stop web-1 (web-1@a) 10s after 0
    7 b/web-2: stop web-2 (web-2@b) 10s after 6
    13 a/web-3: stop web-3 (web-3@a) 10s after 12
    19 b/web-4: stop web-4 (web-4@b) 10s after barrier 0, 18
    barrier 0: Batch { service: web, number: 1, failures: 0 } after 5, 11, 17, 0 may fail, counted: None
    ");
    insta::assert_snapshot!(batches("parallel: 1, max_per_ship: 5"), @r"
    1 a/web-1: stop web-1 (web-1@a) 10s after 0
    7 b/web-2: stop web-2 (web-2@b) 10s after barrier 0, 6
    13 a/web-3: stop web-3 (web-3@a) 10s after barrier 1, 12
    19 b/web-4: stop web-4 (web-4@b) 10s after barrier 2, 18
    barrier 0: Batch { service: web, number: 1, failures: 0 } after 5, 0 may fail, counted: None
    barrier 1: Batch { service: web, number: 2, failures: 0 } after 11, 0 may fail, counted: Some(BarrierId(0))
    barrier 2: Batch { service: web, number: 3, failures: 0 } after 17, 0 may fail, counted: Some(BarrierId(1))
    ");
}

#[test]
fn a_percentage_is_of_all_instances_and_is_rounded_up() {
    let batches = |update: &str| batches(update).lines().filter(|line| line.contains("Batch {")).count();
    let table =
        [("1%", 3), ("25%", 3), ("26%", 1), ("50%", 1), ("51%", 1), ("75%", 1), ("76%", 0), ("100%", 0)];
    for (parallel, between) in table {
        assert_eq!(batches(&format!("parallel: {parallel}")), between, "{parallel}");
    }
}

/// A service with a canary, of whose instances these run with the old image.
fn canary(old: &[&str], options: ApplyOptions) -> String {
    let file = SHOP.replace("UPDATE", "canary: 1");
    let running = ["web-1", "web-2", "web-3"].map(|name| {
        let state = if old.contains(&name) { "running old" } else { "running" };
        format!("a/{name}: {state}")
    });
    let case = Case::of(&file).was(&file.replace("image: web", "image: web:1")).sees(&running.join("\n"));
    let plan = case.apply_with(options);
    let told = plan
        .lines()
        .filter(|line| ["create", "unchanged", "differs", "Batch {"].iter().any(|word| line.contains(word)));
    told.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_canary_is_replaced_first_and_the_others_wait_until_somebody_goes_on() {
    let go_on = ApplyOptions { continues: true, ..ApplyOptions::PLAIN };
    insta::assert_snapshot!(canary(&["web-1", "web-2", "web-3"], ApplyOptions::PLAIN), @r#"
    0 a/web-1: create web-1.next from web [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }]
    unchanged web-2: AwaitsCanary, ContinueReplacesIt
    unchanged web-3: AwaitsCanary, ContinueReplacesIt
    differs web-1: image web:1 → web, env.DOCKER_IMAGE web:1 → web, env.DOCKER_TAG 1 → latest
    "#);
    // The canary runs.
    insta::assert_snapshot!(canary(&["web-2", "web-3"], ApplyOptions::PLAIN), @r"
    unchanged web-1: RunsAsDeclared
    unchanged web-2: AwaitsCanary, ContinueReplacesIt
    unchanged web-3: AwaitsCanary, ContinueReplacesIt
    ");
    insta::assert_snapshot!(canary(&["web-2", "web-3"], go_on), @r#"
    0 a/web-2: create web-2.next from web [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }]
    6 a/web-3: create web-3.next from web [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }]
    barrier 0: Batch { service: web, number: 1, failures: 0 } after 5, 0 may fail, counted: None
    unchanged web-1: RunsAsDeclared
    differs web-2: image web:1 → web, env.DOCKER_IMAGE web:1 → web, env.DOCKER_TAG 1 → latest
    differs web-3: image web:1 → web, env.DOCKER_IMAGE web:1 → web, env.DOCKER_TAG 1 → latest
    "#);
    // Whoever does not want a canary this time goes on at once.
    insta::assert_snapshot!(canary(&["web-1", "web-2", "web-3"], go_on), @r#"
    0 a/web-1: create web-1.next from web [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }]
    6 a/web-2: create web-2.next from web [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }]
    12 a/web-3: create web-3.next from web [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }]
    barrier 0: Batch { service: web, number: 1, failures: 0 } after 5, 0 may fail, counted: None
    barrier 1: Batch { service: web, number: 2, failures: 0 } after 11, 0 may fail, counted: Some(BarrierId(0))
    differs web-1: image web:1 → web, env.DOCKER_IMAGE web:1 → web, env.DOCKER_TAG 1 → latest
    differs web-2: image web:1 → web, env.DOCKER_IMAGE web:1 → web, env.DOCKER_TAG 1 → latest
    differs web-3: image web:1 → web, env.DOCKER_IMAGE web:1 → web, env.DOCKER_TAG 1 → latest
    "#);
    insta::assert_snapshot!(canary(&[], ApplyOptions::PLAIN), @r"
    unchanged web-1: RunsAsDeclared
    unchanged web-2: RunsAsDeclared
    unchanged web-3: RunsAsDeclared
    ");
}

#[test]
fn checks_stand_around_both_orders() {
    let checks = "lifecycle: {pre-start: [{type: sleep, wait: 1}], running: [{type: docker}], \
                  pre-stop: [{type: sleep, wait: 2}], stopped: [{type: sleep, wait: 3}]}, update: {";
    let file = |order: &str| SHOP.replace("update: {UPDATE", &format!("{checks}order: {order}"));
    let plan = |order: &str| {
        let (file, old) = (file(order), file(order).replace("image: web", "image: web:1"));
        Case::of(&file).was(&old).only(&["web-1"]).sees("a/web-1: running old").apply()
    };
    insta::assert_snapshot!(plan("stop-first"), @r#"
    apply
    0 a/web-1: create web-1.next from web [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }]
    1 a/web-1: pre-stop web-1 (web-1@a) sleep 2s [Checked(PreStop)] after 0
    2 a/web-1: stop web-1 (web-1@a) 10s [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }] after 0, 1
    3 a/web-1: stopped web-1 (web-1@a) sleep 3s [Checked(Stopped)] after 2
    4 a/web-1: rename web-1 (web-1@a) to web-1.previous [KeptUntilReady] after 3
    5 a/web-1: rename web-1.next to web-1 [TakesPlace] after 4
    6 a/web-1: pre-start web-1 (web-1@a) sleep 1s [Checked(PreStart)] after 5
    7 a/web-1: start web-1 [ContainerIsNew] after 6
    8 a/web-1: ready web-1 docker [AwaitsReady] after 7
    9 (0) a/web-1: discard web-1.next or web-1, not web-1@a on a, 10s [NotReplaced]
    10 (0) a/web-1: rename web-1.previous (web-1@a) to web-1 [TakesPlaceAgain] after 9
    11 (0) a/web-1: start web-1 [RanBefore] after 10
    12 (0) a/web-1: ready web-1 docker [AwaitsReady] after 11
    13 a/web-1: remove web-1.previous (web-1@a) [SuccessorReady] after 8
    compensation 0: Instance(web-1) of 1 2 3 4 5 6 7 8
    differs web-1: image web:1 → web, env.DOCKER_IMAGE web:1 → web, env.DOCKER_TAG 1 → latest
    "#);
    insta::assert_snapshot!(plan("start-first"), @r#"
    apply
    0 a/web-1: create web-1.next from web [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }]
    1 a/web-1: pre-start web-1 (web-1@a) sleep 1s [Checked(PreStart)] after 0
    2 a/web-1: start web-1.next [ContainerIsNew] after 0, 1
    3 a/web-1: ready web-1.next docker [AwaitsReady] after 2
    4 a/web-1: rejoin web-1.next on maestro-shop, links [], aliases ["web-1"] [IsReady] after 3
    5 a/web-1: rename web-1 (web-1@a) to web-1.previous [KeptUntilReady] after 4
    6 a/web-1: rename web-1.next to web-1 [TakesPlace] after 5
    7 a/web-1: rejoin web-1.previous (web-1@a) on maestro-shop, links [], aliases [] [SuccessorInPlace] after 6
    8 a/web-1: pause 2s [DrainsRequests] after 7
    9 a/web-1: pre-stop web-1 (web-1@a) sleep 2s [Checked(PreStop)] after 8
    10 a/web-1: stop web-1 (web-1@a) 10s [Differs { fields: ["image", "env.DOCKER_IMAGE", "env.DOCKER_TAG"], more: 0 }] after 8, 9
    11 a/web-1: stopped web-1 (web-1@a) sleep 3s [Checked(Stopped)] after 10
    12 (0) a/web-1: start web-1@a [RanBefore]
    13 (0) a/web-1: ready web-1@a docker [AwaitsReady] after 12
    14 (0) a/web-1: discard web-1.next or web-1, not web-1@a on a, 10s [NotReplaced] after 13
    15 (0) a/web-1: rename web-1.previous (web-1@a) to web-1 [TakesPlaceAgain] after 14
    16 a/web-1: remove web-1.previous (web-1@a) [SuccessorReady] after 11
    compensation 0: Instance(web-1) of 1 2 3 4 5 6 7 8 9 10 11
    differs web-1: image web:1 → web, env.DOCKER_IMAGE web:1 → web, env.DOCKER_TAG 1 → latest
    "#);
}
