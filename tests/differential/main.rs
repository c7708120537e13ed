//! `MaestroNG` 0.8.3 as it was published and this program bring up the same files on an engine that only records what it
//! is asked. What they ask is compared field by field: every difference is in a table, with its reason, and a
//! difference in the table that does not occur any more fails as well.
//!
//! `compose` does the same with docker compose 2.40 and Compose files.
//!
//! `MAESTRO_TEST_MAESTRO_NG` is the path of a Python that has `MaestroNG`, `MAESTRO_BENCH_COMPOSE` that of docker compose.
//! `cargo test` ignores these tests; `./test` installs both and runs them.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

#[path = "../support/recorder.rs"]
mod recorder;

mod comparison;
mod compose;
mod differences;
mod fields;
mod keys;
mod programs;
mod same;
mod templates;
