//! From the text of a file to the model: templates, YAML, the keys of each section, each value with its place; then names
//! resolved and values checked. Compose files have a format of their own.

pub mod compose;
pub mod document;
pub mod export;
pub mod resolve;
