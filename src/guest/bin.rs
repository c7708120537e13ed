//! The `maestro-guest` command: what `maestro guest` does, in a program small enough to be copied into an image.
//!
//! It is made of this folder and the standard library alone, so that `scripts/guest-binary` builds it in seconds.

#[path = "mod.rs"]
mod guest;

use std::process::ExitCode;

fn main() -> ExitCode {
    guest::main("maestro-guest", std::env::args_os().skip(1))
}
