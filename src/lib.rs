//! Maestro brings up and looks after services that run as containers on one or many Docker hosts, from one YAML file.
//!
//! Every command goes the same way through the crates:
//!
//! ```text
//! text ─► document ─► model ─► plan ─► execute ─► report
//!         (spanned)   (valid)   ▲        │  ▲         ▲
//!                     engines ─► observed │  engines    │
//!                                         └─ events ────┘
//! ```
//!
//! - `maestro-core`: the model, what engines said, plans and events; data and pure functions.
//! - `maestro-file`: from the text of a file to the model.
//! - `maestro-engine`: Docker engines and the ways to them; `maestro-endpoint`: Docker's contexts, certificates and keys.
//! - `maestro-run`: leases, preflight, checks, execution.
//! - `maestro-report`: plans, events and diagnostics in words, tables and JSON.
//! - `maestro-guest`: what a container asks of the environment that it was given.
//! - `maestro-fake`: an engine in memory, for tests.
//!
//! This crate is the command line.

pub mod audit;
pub mod cli;
