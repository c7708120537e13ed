//! Errors are the product: each mistake in a file is a fixture, and the whole message that people get for it a snapshot.
//!
//! A fixture is a file in `bad/`, its message a file of its name in `snapshots/`. To add one, write the file, run
//! `INSTA_UPDATE=always cargo test --test diagnostics`, and read the message as the one who is woken by it.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod bad;
mod canaries;
mod command_line;
mod compose;
mod contents;
mod fix;
mod good;
mod messages;
mod mutations;
mod partial;
mod program;
mod saved;
mod secrets;
mod several;
mod streams;
mod suggestions;
