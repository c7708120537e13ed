//! Many ships: engines of this process, each at an address of its own on this machine, and ships that do not answer.
//!
//! - [`state`] is what such an engine has, and what it answers.
//! - [`fleet`] brings them up, and those that are dead.
//! - [`file`] writes the file with all of them.

pub mod file;
pub mod fleet;
pub mod state;
