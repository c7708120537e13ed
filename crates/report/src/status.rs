//! The status of instances, for people and for programs.

mod document;
mod entry;
mod finding;
mod lines;
mod options;
mod ports;
mod seen;
mod silent;
mod text;
mod words;

pub use document::status_json;
pub use entry::{EntryState, EntrySubject, Silent, Status, StatusEntry, differs};
pub use finding::{Findings, InstanceDetails, NotReady, PortStates};
pub use options::{Grouping, StatusOptions};
pub use ports::text as port_text;
pub use text::{changes, names, text};
pub use words::health;
pub(crate) use words::{DIFFERS, MOVES};

#[cfg(test)]
mod tests;
