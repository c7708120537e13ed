//! Build contexts: which files an image is built from, their digest, and the archive that a builder is sent.
//!
//! Everything here reads files of this machine and blocks; nothing contacts an engine. Errors are facts; `report` words them.

mod archive;
mod buildkit;
mod cache;
mod context;
mod error;
mod ignore;
mod instruction;
mod source;
mod walk;

pub use cache::DigestCache;
pub use context::{BuildContext, Dockerfile};
pub use error::ContextError;
pub use ignore::{IgnoreError, IgnoreFault, IgnoreRules, Matched};
pub use instruction::{Instruction, base_images, frontend, instructions, of_buildkit};
pub use source::{BuildMeans, BuildSource, NotBuiltHere};
pub use walk::{ContextEntry, ContextEntryKind};
