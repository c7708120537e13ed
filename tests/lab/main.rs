//! The program as its user types it, on ships with addresses of their own, of two generations of Docker: see `docs/lab.md`.
//!
//! `MAESTRO_TEST_LAB` names the lab, which is up. `cargo test` ignores these tests; `scripts/lab-tests` brings up a lab and
//! runs them.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

#[path = "../support/mod.rs"]
mod support;

mod beforehand;
mod builds;
mod carrying;
mod compose;
mod docs;
mod example;
mod exec;
mod faults;
mod links;
mod logs;
mod looks;
mod many_hosts;
mod moves;
mod one_edit;
mod placements;
mod registry;
mod ships;
mod ssh;
mod stack;
mod swarm;
mod swarm_jobs;
mod swarm_of_three;
mod tls;
mod ui_pictures;
mod volume_moves;
mod volumes;
mod watch;
