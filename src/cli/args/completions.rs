//! What `completions` and `complete` take.

use clap::{Args, ValueEnum};

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
}

#[derive(Debug, Args)]
pub(in crate::cli) struct CompleteArgs {
    /// Words typed so far, starting with the program's name
    #[arg(value_name = "TOKEN", trailing_var_arg = true, allow_hyphen_values = true)]
    pub tokens: Vec<String>,
}
