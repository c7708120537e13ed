//! From the text of a file to the model: templates, YAML, the keys of each section, each value with its place; then names
//! resolved and values checked.

pub mod document;
pub mod resolve;
