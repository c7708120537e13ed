//! The `maestro` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    maestro::cli::run(std::env::args_os())
}
