//! Compose files: from texts to one project, merged and interpolated, with the place of every value.

mod canonical;
mod complete;
mod consistent;
mod defaults;
mod dotenv;
pub mod element;
mod environment;
mod extends;
pub mod files;
pub mod form;
mod format;
mod interpolation;
pub mod keys;
pub mod load;
mod loader;
mod merge;
mod model;
mod name;
mod normal;
mod path;
mod paths;
mod print;
pub mod project;
mod read;
mod recognise;
pub mod request;
mod scalar;
mod unique;
mod words;

pub use files::{FilesOnDisk, ProjectFiles};
pub use format::CanonicalFormat;
pub use load::{LoadedProject, load};
pub use project::{Project, ProjectSection};
pub use recognise::is_compose;
pub use request::ProjectRequest;
