//! The model of an environment, what engines said of it, and the plans and events that follow: data and pure functions.
//!
//! - [`source`] keeps the files that the user wrote, and places in them.
//! - [`model`] is a valid environment: names resolved, values checked.
//! - [`endpoint`] is where an engine answers.
//! - [`fault`] is what goes wrong between Maestro and an engine.
//! - [`observed`] is what the engines said, once.
//! - [`plan`] decides, purely, what a command will do.
//! - [`event`] is what happened while a plan was carried out.
//! - [`watch`] decides what is done about an instance that does not work.
//! - [`diagnostic`] is what is wrong with a file, with its place.

pub mod diagnostic;
pub mod endpoint;
pub mod event;
pub mod fault;
pub mod model;
pub mod observed;
pub mod plan;
pub mod source;
pub mod timeline;
pub mod value;
pub mod watch;
