//! `MaestroNG` 0.8.3 as it was published and this program bring up the same files on an engine that only records what it
//! is asked. What they ask is compared field by field: every difference is in a table, with its reason, and a
//! difference in the table that does not occur any more fails as well.
//!
//! `MAESTRO_TEST_MAESTRO_NG` is the path of a Python that has `MaestroNG`. `cargo test` ignores these tests; `./test`
//! installs `MaestroNG` and runs them.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

#[path = "../support/recorder.rs"]
mod recorder;

mod differences;
mod fields;
mod keys;
mod programs;
mod same;
mod templates;
