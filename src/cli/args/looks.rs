//! What commands take that look at containers: `stats`, `top`, `images`, `inspect`, `events`, `wait`, `links`.

use std::time::Duration;

use clap::Args;
use clap_complete::engine::ArgValueCompleter;

use super::{logs::moment, shared::duration};
use crate::cli::names;
use maestro_core::model::filter::Filter;
use maestro_report::events::EventFilter;
use maestro_run::operations::logs::Moment;

#[derive(Debug, Args)]
pub(in crate::cli) struct StatsArgs {
    /// Services and instances (default: all)
    #[arg(value_name = "SERVICE|INSTANCE", add = ArgValueCompleter::new(names::things))]
    pub things: Vec<String>,
    /// Only `ship=PATTERN`, `service=PATTERN`, `state=STATE`; several with commas between them
    #[arg(long, value_name = "FILTER")]
    pub filter: Vec<Filter>,
    /// Show one count and end, also on a terminal
    #[arg(long)]
    pub no_stream: bool,
    /// Print only the names of instances that are up
    #[arg(short = 'q', long, conflicts_with = "no_stream")]
    pub quiet: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct TopArgs {
    /// Services and instances (default: all)
    #[arg(value_name = "SERVICE|INSTANCE", add = ArgValueCompleter::new(names::things))]
    pub things: Vec<String>,
    /// Only `ship=PATTERN`, `service=PATTERN`, `state=STATE`; several with commas between them
    #[arg(long, value_name = "FILTER")]
    pub filter: Vec<Filter>,
    /// Print only the names of instances that are up
    #[arg(short = 'q', long)]
    pub quiet: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct LinksArgs {
    /// Services and instances (default: all)
    #[arg(value_name = "SERVICE|INSTANCE", add = ArgValueCompleter::new(names::things))]
    pub things: Vec<String>,
    /// Connect to each link from the consumer's side, in a short-lived container beside it
    #[arg(long)]
    pub check: bool,
    /// How long a connection may take
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = duration, requires = "check")]
    pub timeout: Duration,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ImagesArgs {
    /// Services and instances (default: all)
    #[arg(value_name = "SERVICE|INSTANCE", add = ArgValueCompleter::new(names::things))]
    pub things: Vec<String>,
    /// Only `ship=PATTERN`, `service=PATTERN`, `state=STATE`; several with commas between them
    #[arg(long, value_name = "FILTER")]
    pub filter: Vec<Filter>,
    /// Print only the ids of images
    #[arg(short = 'q', long)]
    pub quiet: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct OutdatedArgs {
    /// Services and instances (default: all)
    #[arg(value_name = "SERVICE|INSTANCE", add = ArgValueCompleter::new(names::things))]
    pub things: Vec<String>,
    /// Only `ship=PATTERN`, `service=PATTERN`, `state=STATE`; several with commas between them
    #[arg(long, value_name = "FILTER")]
    pub filter: Vec<Filter>,
    /// Print only the names of outdated instances
    #[arg(short = 'q', long)]
    pub quiet: bool,
    /// Exit with 3 if an instance is outdated
    #[arg(long)]
    pub detailed_exitcode: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct PushArgs {
    /// Services and instances (default: all)
    #[arg(value_name = "SERVICE|INSTANCE", add = ArgValueCompleter::new(names::things))]
    pub things: Vec<String>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct InspectArgs {
    /// Instances and services
    #[arg(value_name = "INSTANCE", required = true, add = ArgValueCompleter::new(names::things))]
    pub things: Vec<String>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct EventsArgs {
    /// Also show what happened since TIME, as far as engines remember: `10m`, `1h30m`, `2026-11-29T08:00:00Z`
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub since: Option<Moment>,
    /// End at TIME, without waiting for more if it is over
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub until: Option<Moment>,
    /// Only `ship=`, `service=`, `instance=`, `type=` (container, network, volume) or `event=` (start, die …); several with
    /// commas between them
    #[arg(long, value_name = "FILTER")]
    pub filter: Vec<EventFilter>,
    /// Print only the names of what something happened to, a line for each event
    #[arg(short = 'q', long)]
    pub quiet: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct WaitArgs {
    /// Instances and services
    #[arg(value_name = "INSTANCE", required = true, add = ArgValueCompleter::new(names::things))]
    pub things: Vec<String>,
    /// Wait until they are ready, not until they have stopped
    #[arg(long)]
    pub ready: bool,
    /// Wait no longer than DURATION: `30s`, `5m`, `1h`
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub timeout: Option<Duration>,
}
