//! What the user wrote: files, templates and YAML, every value with its place.

pub mod load;
#[cfg(test)]
mod messages;
pub mod scalar;
pub mod template;
pub mod yaml;

pub use load::{Loaded, load};
pub use scalar::{Scalar, Value};
pub use yaml::{Entry, Kind, NodeId, Yaml};
