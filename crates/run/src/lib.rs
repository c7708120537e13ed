//! Carries plans out.
//!
//! - [`operations`] is the way from the first question to the engines to the last.
//! - [`lease`] lets one run at a time change an environment.
//! - [`preflight`] finds out what would go wrong with a plan before its first step.
//! - [`execute`] does what a plan says, decides nothing, and emits events.
//! - [`archives`] copies files out of containers and volumes and into them.
//! - [`lifecycle`] is the checks that instances pass before they are ready.
//! - [`store`] keeps leases and revisions on engines.

pub mod archives;
pub mod execute;
pub mod lease;
pub mod lifecycle;
pub mod operations;
pub mod preflight;
pub mod store;
