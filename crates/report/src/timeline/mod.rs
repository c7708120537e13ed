//! The timeline of a run: who waited for what, and where the time went. Drawn as SVG, text and JSON from the facts of
//! [`maestro_core::timeline`].

mod json;
mod list;
mod rows;
mod svg;
mod text;
mod words;

pub use json::{json, list_json};
pub use list::list;
pub use svg::svg;
pub use text::text;

#[cfg(test)]
mod tests;
