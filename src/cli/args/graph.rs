//! The options of `graph`.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};
use clap_complete::engine::ArgValueCompleter;

use crate::cli::names;
use maestro_core::model::filter::Filter;

#[derive(Debug, Args)]
pub(in crate::cli) struct GraphArgs {
    /// Services and instances, with all that they require (default: all)
    #[arg(value_name = "SERVICE|INSTANCE", add = ArgValueCompleter::new(names::things))]
    pub things: Vec<String>,
    /// Only `ship=PATTERN`, `service=PATTERN`, and with --observe `state=STATE`; several with commas between them
    #[arg(long, value_name = "FILTER")]
    pub filter: Vec<Filter>,
    /// Ask the ships, and show the state of each instance
    #[arg(long)]
    pub observe: bool,
    /// Show each instance, or services with their numbers of instances (default: services from 61 instances on)
    #[arg(long, value_name = "WHAT")]
    pub by: Option<GraphBy>,
    /// How to draw it (default: as the name of FILE ends, otherwise `text`)
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<GraphFormat>,
    /// Write it to FILE: `graph.svg`, `graph.mmd`, `graph.dot`, `graph.json`, `graph.txt`
    #[arg(short = 'o', long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub out: Option<PathBuf>,
}

/// What the nodes of a graph are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum GraphBy {
    /// Instances, in their ships.
    Instance,
    /// Services, and how many instances of them are on which ship.
    Service,
}

/// How a graph is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum GraphFormat {
    /// For a terminal.
    Text,
    /// A picture, for a browser and for documents.
    Svg,
    /// For Markdown on GitHub, GitLab and others.
    Mermaid,
    /// For Graphviz.
    Dot,
    /// For programs.
    Json,
}
