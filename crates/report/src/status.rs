//! The status of instances, for people and for programs.

mod document;
mod entry;
mod finding;
mod lines;
mod ports;
mod seen;
mod silent;
mod text;
mod words;

pub use document::status_json;
pub use entry::{EntryState, EntrySubject, Silent, Status, StatusEntry, differs};
pub use finding::{Findings, InstanceDetails, NotReady, PortStates};
pub use ports::text as port_text;
pub use text::{Grouping, StatusOptions, changes, names, text};

#[cfg(test)]
mod tests;
