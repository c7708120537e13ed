//! Maestro brings up and looks after services that run as containers on one or many Docker hosts, from one YAML file.
//!
//! Every command goes the same way through this library:
//!
//! ```text
//! text ─► document ─► model ─► plan ─► execute ─► report
//!         (spanned)   (valid)   ▲        │  ▲         ▲
//!                     engines ─► observed │  engines    │
//!                                         └─ events ────┘
//! ```
//!
//! - [`source`] keeps the files that the user wrote, and places in them.
//! - `document` reads them: templates, YAML, the keys of each section, each value with its place.
//! - [`model`] is a valid environment: names resolved, values checked.
//! - [`endpoint`] is where an engine answers: sockets, TLS, SSH, Docker's contexts.
//! - [`observed`] is what the engines said, once.
//! - [`plan`] decides, purely, what a command will do.
//! - `execute` does it, deciding nothing, and emits [`event`]s.
//! - [`flow`] is that way, from the first question to the engines to the last.
//! - [`report`] shows [`diagnostic`]s, plans and events.
//!
//! Beside them stand [`lease`], which lets one run at a time change an environment, [`preflight`], which finds out
//! what would go wrong with a plan before its first step, and [`guest`]: what a container asks of the environment that it was given.

pub mod cli;
pub mod diagnostic;
pub mod document;
pub mod endpoint;
pub mod engine;
pub mod event;
pub mod execute;
pub mod flow;
pub mod guest;
pub mod lease;
pub mod lifecycle;
pub mod model;
pub mod observed;
pub mod plan;
pub mod preflight;
pub mod report;
pub mod source;
pub mod value;
pub mod web;
