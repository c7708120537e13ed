//! Engines that lie, text that steers terminals, files that have no end, and secrets: through the real program.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod answers;
mod many;
mod paths;
mod secrets;
mod server;
mod words;
