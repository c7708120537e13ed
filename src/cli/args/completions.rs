//! What `completions`, `complete` and `man` take.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

#[derive(Debug, Args)]
pub(in crate::cli) struct CompletionsArgs {
    /// Shell
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
}

/// A shell that commands can be completed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Shell {
    Bash,
    Zsh,
    Fish,
    #[value(alias = "nu")]
    Nushell,
    #[value(alias = "pwsh")]
    Powershell,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct CompleteArgs {
    /// Words typed so far, starting with the program's name
    #[arg(value_name = "TOKEN", trailing_var_arg = true, allow_hyphen_values = true)]
    pub tokens: Vec<String>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ManArgs {
    /// Directory to write the pages of all commands to [default: print the page of `maestro`]
    #[arg(value_name = "DIRECTORY", value_hint = ValueHint::DirPath)]
    pub folder: Option<PathBuf>,
}
