//! The dashboard of `maestro dash`: what it knows, what a key does, and how it looks, as pure functions. It knows nothing
//! of engines: [`update`] takes what happened and gives what to do, [`draw`] shows it.

mod age;
mod draw;
mod edit;
mod effect;
mod facts;
mod keys;
mod list;
mod log;
mod message;
mod model;
mod motion;
mod page;
mod parser;
mod screen;
mod update;
mod usage;
mod words;
mod work;

pub use draw::draw;
pub use effect::DashEffect;
pub use facts::{DashPlan, DashRow, DashRun, DashShip, DashState, LogText};
pub use keys::DashKey;
pub use message::DashMessage;
pub use model::{DashModel, DashOptions};
pub use parser::KeyParser;
pub use screen::DashScreen;
pub use update::update;
pub use usage::UsageSample;

#[cfg(test)]
mod tests;
