//! The `maestro` command.

fn main() {}
