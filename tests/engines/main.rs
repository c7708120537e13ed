//! The program as its user types it, on a real engine.
//!
//! `MAESTRO_TEST_DOCKER_HOST` is the engine's address. `cargo test` ignores these tests; `./test` brings an engine and
//! runs them.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

#[path = "../support/mod.rs"]
mod support;

mod apply;
mod audit;
mod backups;
mod builds;
mod checks;
mod commands;
mod compose;
mod compose_files;
mod compose_rollout;
mod compose_settings;
mod contents;
mod copying;
mod dash;
mod docs;
mod downs;
mod exec;
mod failures;
mod guest;
mod guide;
mod inside;
mod killed;
mod leases;
mod links;
mod logs;
mod looks;
mod moving;
mod networks;
mod orphans;
mod port_forward;
mod preflight;
mod projects;
mod registries;
mod requests;
mod restart;
mod revisions;
mod rollout;
mod run;
mod safety;
mod saved;
mod scale;
mod secrets;
mod settings;
mod signals;
mod terminal;
mod timelines;
mod transports;
mod tutorial;
mod ui;
mod update_hooks;
mod volumes;
mod watch;
