//! What the user wrote: files, templates and YAML, every value with its place.

pub mod audit;
pub mod checks;
mod convert;
mod duration;
pub mod file;
mod foreign;
mod interpolation;
pub mod keys;
pub mod limits;
pub mod load;
mod numbers;
mod other;
pub mod placement;
mod ports;
mod read;
pub mod registries;
pub mod scalar;
mod sensitive;
pub mod service;
pub mod settings;
pub mod ship;
pub mod site;
pub mod template;
mod top;
pub mod unread;
pub mod update;
pub mod volumes;
mod wrong;
pub mod yaml;

pub(crate) use interpolation::as_template;
pub use load::{Loaded, load};
pub(crate) use other::is_compose_file;
pub use other::of_docker_run;
pub(crate) use ports::services::name_of as port_name;
pub use scalar::{Scalar, Value};
pub use yaml::{NodeId, NodeKind, Yaml, YamlEntry};
