//! The `maestro-guest` command: what `maestro guest` does, in a program small enough to be copied into an image.
//!
//! It has the library as a module, so that `scripts/guest-binary` builds it from one file, in seconds.

#[path = "lib.rs"]
mod guest;

use std::process::ExitCode;

fn main() -> ExitCode {
    guest::main("maestro-guest", std::env::args_os().skip(1))
}
