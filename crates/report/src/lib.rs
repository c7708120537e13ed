//! Shows plans, events and observations to people and to programs. Knows no engine and decides nothing.
//!
//! Everything here either returns text or writes into the writer that it is given. Text that comes from a file or an
//! engine goes through [`text::harmless`] before it is shown.

mod alike;
pub mod blocked;
pub mod builds;
mod carried;
pub mod config;
pub mod copying;
pub mod data;
pub mod deptree;
pub mod diagnostics;
pub mod drift;
pub mod events;
pub mod explain;
pub mod failure;
pub mod graph;
pub mod history;
mod hook;
mod id;
pub mod images;
pub mod inspect;
pub mod json;
pub mod layout;
pub mod lines;
pub mod links;
pub mod live;
pub mod logs;
pub mod markdown;
pub mod message;
pub mod moves;
pub mod outdated;
pub mod picture;
pub mod plan;
pub mod preflight;
pub mod problem;
pub mod programs;
pub mod progress;
pub mod pushes;
pub mod removals;
pub mod retry;
pub mod run_state;
pub mod run_text;
pub mod schema;
pub mod screen;
pub mod ships;
pub mod silent;
mod size;
mod speed;
pub mod stale;
pub mod stats;
pub mod status;
pub mod style;
pub mod table;
pub mod text;
pub mod text_diff;
pub mod timeline;
pub mod volume_list;
pub mod volumes;
pub mod yaml;

mod action_words;
mod ansi;
mod barriers;
mod details;
mod ending;
mod frame;
pub mod labels;
mod milestones;
mod overview;
mod part;
mod steps;
mod throttle;
mod verify;
mod waits;
pub mod watch;
pub mod why;
mod wrap;

#[cfg(test)]
mod samples;
