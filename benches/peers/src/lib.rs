//! Maestro beside its peers and beside the floor, a minimal client that does the same work with the same calls.
//!
//! - [`case`] says what is measured and what is to come of it.
//! - [`tool`] says who is measured, and what each is told to do.
//! - [`files`] writes the files that each tool reads, all for the same containers.
//! - [`floor`] is the minimal client.
//! - [`measure`] runs a command and tells what it took.
//! - [`ships`] are many ships, for how Maestro grows with them.
//! - [`run`] goes through the cases, in turns.
//! - [`statistics`], [`table`], [`page`] and [`chart`] make figures of it.

pub mod case;
pub mod chart;
pub mod engine;
pub mod fake_engines;
pub mod files;
pub mod floor;
pub mod machine;
pub mod measure;
pub mod page;
pub mod row;
pub mod run;
pub mod ships;
pub mod statistics;
pub mod table;
pub mod tool;
