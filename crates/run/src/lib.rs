//! Carries plans out.
//!
//! - [`operations`] is the way from the first question to the engines to the last.
//! - [`lease`] lets one run at a time change an environment.
//! - [`preflight`] finds out what would go wrong with a plan before its first step.
//! - [`execute`] does what a plan says, decides nothing, and emits events.
//! - [`archives`] copies files out of containers and volumes and into them.
//! - [`carry`] carries images from one engine to others.
//! - [`lifecycle`] is the checks that instances pass before they are ready.
//! - [`store`] keeps leases and revisions on engines.

pub mod archives;
pub mod carry;
pub mod execute;
pub mod lease;
pub mod lifecycle;
pub mod operations;
pub mod preflight;
pub mod store;
