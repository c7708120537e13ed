//! Plans of pause and unpause.

use super::case::Case;
use maestro_core::plan::pause::PauseMethod;

const SHOP: &str = "name: shop
ships: {a: {ip: 10.0.0.1}, b: {ip: 10.0.0.2}}
services:
  db: {image: db, instances: {db-1: {ship: a}, db-2: {ship: a}, db-3: {ship: a}}}
  web: {image: web, requires: db, instances: {web-1: {ship: a}, web-2: {ship: b}}}
";

const SEES: &str = "b: silent\na/db-1: running\na/db-2: paused\na/db-3: exited\na/web-1: running unmanaged";

#[test]
fn only_what_runs_is_paused() {
    insta::assert_snapshot!(Case::of(SHOP).sees(SEES).pause(PauseMethod::Pause), @r#"
    pause
    0 a/db-1: pause-container db-1 (db-1@a) [IsRunning]
    unchanged db-2: Paused
    unchanged db-3: AlreadyDown
    blocked web-1: Unmanaged { id: "web-1@a", image: "web", environment: None }
    blocked web-2: Unreachable { reason: NoAnswer(Words("connection refused")) }
    "#);
}

#[test]
fn only_what_is_paused_goes_on() {
    insta::assert_snapshot!(Case::of(SHOP).sees(SEES).pause(PauseMethod::Unpause), @r#"
    unpause
    0 a/db-2: unpause db-2 (db-2@a) [IsPaused]
    unchanged db-1: AlreadyRunning
    unchanged db-3: AlreadyDown
    blocked web-1: Unmanaged { id: "web-1@a", image: "web", environment: None }
    blocked web-2: Unreachable { reason: NoAnswer(Words("connection refused")) }
    "#);
}
