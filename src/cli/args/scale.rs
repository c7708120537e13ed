//! What `scale` takes.

use clap::Args;
use clap_complete::engine::ArgValueCompleter;

use super::{Adopt, NewContainers, PreflightArgs};
use crate::cli::names;

/// More instances than a file may say either.
const MOST: usize = 100_000;

/// How many instances a service has in this run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct Scale {
    pub service: String,
    pub count: usize,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ScaleArgs {
    /// Services, each with its number of instances
    #[arg(value_name = "SERVICE=N", required = true, value_parser = scale, add = ArgValueCompleter::new(names::services))]
    pub scales: Vec<Scale>,
    /// Include dependencies
    #[arg(short = 'd', long)]
    pub with_dependencies: bool,
    /// Ignore dependency order
    #[arg(short = 'i', long)]
    pub ignore_dependencies: bool,
    /// Maximum number of containers to change at once, over all ships
    #[arg(short = 'c', long, value_name = "LIMIT", value_parser = clap::value_parser!(u32).range(1..))]
    pub concurrency: Option<u32>,
    #[command(flatten)]
    pub adopt: Adopt,
    #[command(flatten)]
    pub preflight: PreflightArgs,
    #[command(flatten)]
    pub new: NewContainers,
}

/// `SERVICE=N` as it is typed.
pub(super) fn scale(text: &str) -> Result<Scale, String> {
    let Some((service, count)) = text.split_once('=') else {
        return Err(format!("write the number of instances behind it: `{text}=3`"));
    };
    let service = service.strip_prefix("service/").unwrap_or(service);
    if service.is_empty() {
        return Err(format!("write the service before it: `web={count}`"));
    }
    match count.parse() {
        Ok(count) if count <= MOST => Ok(Scale { service: service.to_owned(), count }),
        Ok(_) => Err(format!("{MOST} instances are the most that a service may have")),
        Err(_) => Err(format!("`{count}` is no number of instances: `{service}=3`")),
    }
}
