//! What `cp` takes.

use clap::{Args, ValueHint};

#[derive(Debug, Args)]
pub(in crate::cli) struct CopyArgs {
    /// What is copied: `INSTANCE:PATH`, a path of this machine, or `-` for a tar archive from standard input. `PATH/.`
    /// copies what a directory has
    #[arg(value_name = "SOURCE", value_hint = ValueHint::AnyPath)]
    pub source: String,
    /// Where it is copied to: `INSTANCE:PATH`, a path of this machine, or `-` for a tar archive to standard output
    #[arg(value_name = "TARGET", value_hint = ValueHint::AnyPath)]
    pub target: String,
    /// Keep owners and all bits of modes; else files become yours, or root's in a container
    #[arg(short = 'a', long)]
    pub archive: bool,
    /// If SOURCE is a symbolic link, copy what it leads to
    #[arg(short = 'L', long)]
    pub follow_link: bool,
}
