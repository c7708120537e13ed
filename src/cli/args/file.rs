//! The options that say what is read.

use std::path::PathBuf;

use clap::{Args, ValueHint};

// What says which file is read, and how. A doc comment would become the help of each command.
#[derive(Debug, Clone, Default, Args)]
pub(in crate::cli) struct FileOptions {
    /// Read the environment from FILE; `-` is standard input. Later files are merged over earlier ones (default: `MAESTRO_FILE`, else `maestro.yaml` or `compose.yaml` here or in a parent directory)
    #[arg(short = 'f', long = "file", value_name = "FILE", value_hint = ValueHint::FilePath, global = true)]
    pub files: Vec<PathBuf>,
    /// Allow templates to include files outside the directory of FILE
    #[arg(long, global = true)]
    pub allow_outside: bool,
    #[command(flatten)]
    pub compose: ComposeOptions,
}

// What a Compose project is read with.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Profiles, variables and Compose files")]
pub(in crate::cli) struct ComposeOptions {
    /// Include services with profile NAME; `*` includes all
    #[arg(long = "profile", value_name = "NAME", global = true)]
    pub profiles: Vec<String>,
    /// Read variables from FILE; of several, the last counts. Compose files then do not read `.env`
    #[arg(long = "env-file", value_name = "FILE", value_hint = ValueHint::FilePath, global = true)]
    pub env_files: Vec<PathBuf>,
    /// Use NAME as the project's name
    #[arg(long, value_name = "NAME", global = true)]
    pub project_name: Option<String>,
    /// Resolve relative paths from DIR instead of the directory of the first file
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, global = true)]
    pub project_directory: Option<PathBuf>,
}

impl ComposeOptions {
    /// Whether one of these options is given.
    pub(in crate::cli) fn is_given(&self) -> bool {
        !self.profiles.is_empty() || !self.env_files.is_empty() || self.of_compose_alone().is_some()
    }

    /// The first option that is given and means nothing beside a file of Maestro.
    pub(in crate::cli) fn of_compose_alone(&self) -> Option<&'static str> {
        let given = [
            (self.project_name.is_some(), "--project-name"),
            (self.project_directory.is_some(), "--project-directory"),
        ];
        given.into_iter().find_map(|(is_given, option)| is_given.then_some(option))
    }
}
