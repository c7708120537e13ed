//! What several commands take, and what `clean` takes.

use std::{path::PathBuf, time::Duration};

use clap::{Arg, Args, ValueHint};
use clap_complete::engine::ArgValueCompleter;

use crate::cli::names;
use maestro_core::{model::selection::Request, plan::start::StartOptions};

// Names and filters of instances. A doc comment would become the help of the commands that it is flattened into.
#[derive(Debug, Clone, Default, Args)]
pub(in crate::cli) struct Things {
    /// Services and instances (default: all)
    #[arg(value_name = "SERVICE|INSTANCE", add = ArgValueCompleter::new(names::things))]
    #[expect(clippy::struct_field_names, reason = "it is what the command line calls them")]
    pub things: Vec<String>,
    /// Only instances whose name matches PATTERN
    #[arg(short = 'C', long, value_name = "PATTERN", add = ArgValueCompleter::new(names::instances))]
    pub container_filter: Option<String>,
    /// Only instances on ships whose name matches PATTERN
    #[arg(short = 'S', long, value_name = "PATTERN", add = ArgValueCompleter::new(names::ships))]
    pub ship_filter: Option<String>,
    /// Include dependencies (for stop, restart and kill: dependants)
    #[arg(short = 'd', long)]
    pub with_dependencies: bool,
    /// Ignore dependency order
    #[arg(short = 'i', long)]
    pub ignore_dependencies: bool,
    /// Maximum number of containers to change at once, over all ships
    #[arg(short = 'c', long, value_name = "LIMIT", value_parser = clap::value_parser!(u32).range(1..))]
    pub concurrency: Option<u32>,
}

impl Things {
    /// Whether nothing is named and nothing filtered out.
    pub(in crate::cli) fn is_all(&self) -> bool {
        self.things.is_empty() && self.container_filter.is_none() && self.ship_filter.is_none()
    }

    /// What is asked for; `include_omitted` says whether "all" takes in services with `omit: true`.
    pub(in crate::cli) fn request(&self, include_omitted: bool) -> Request {
        Request {
            things: self.things.clone(),
            container_filter: self.container_filter.clone(),
            ship_filter: self.ship_filter.clone(),
            with_dependencies: self.with_dependencies,
            include_omitted,
            ignore_dependencies: self.ignore_dependencies,
        }
    }
}

// Accepted because MaestroNG has them; here both always hold. No doc comment, as with `Things`.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct Expand {
    /// Expand services to their instances (always on; accepted for compatibility with `MaestroNG`)
    #[arg(short = 's', long)]
    expand_services: bool,
    /// Act on all instances if none is named (always on; accepted for compatibility with `MaestroNG`)
    #[arg(short = 'a', long)]
    all: bool,
}

#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct Adopt {
    /// Take over unmanaged containers that have an instance's name
    #[arg(long)]
    pub adopt: bool,
}

// What becomes of the data of a container that is replaced. No doc comment, as with `Things`.
#[derive(Debug, Clone, Copy, Default, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line, and any set of them is valid"
)]
pub(in crate::cli) struct NewContainers {
    /// Give new containers new anonymous volumes instead of the previous container's
    #[arg(long)]
    pub renew_anonymous_volumes: bool,
    /// Move instances to the ship in the file even if their data stays on the old ship
    #[arg(long = "move")]
    pub moves: bool,
    /// Do not wait 300 ms to see whether containers without checks stay up
    #[arg(long)]
    pub detach: bool,
    /// Leave instances on unreachable ships out; what requires them does not wait for them
    #[arg(long)]
    pub skip_unreachable: bool,
}

#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct Images {
    /// Pull every image again
    #[arg(short = 'r', long, conflicts_with = "reuse")]
    pub refresh_images: bool,
    /// Start stopped containers instead of creating new ones
    #[arg(long)]
    pub reuse: bool,
}

impl Images {
    /// What a start, or the start in a restart, is asked for.
    pub(in crate::cli) fn start_options(
        &self,
        things: &Things,
        adopt: &Adopt,
        new: NewContainers,
    ) -> StartOptions {
        StartOptions {
            refresh_images: self.refresh_images,
            reuse: self.reuse,
            adopt: adopt.adopt,
            ignore_dependencies: things.ignore_dependencies,
            renew_volumes: new.renew_anonymous_volumes,
            moves: new.moves,
            skip_unreachable: new.skip_unreachable,
            detach: new.detach,
        }
    }
}

#[derive(Debug, Clone, Copy, Args)]
pub(in crate::cli) struct PreflightArgs {
    /// Skip the preflight checks of images, ports, disks, mounts and links
    #[arg(long)]
    pub no_preflight: bool,
}

// How long containers may take to stop. No doc comment, as with `Things`.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(in crate::cli) struct StopWithin {
    /// Kill containers that have not stopped after DURATION, whatever the file says: `5`, `30s`, `2m`
    #[arg(short = 't', long, value_name = "DURATION", value_parser = duration)]
    pub timeout: Option<Duration>,
}

// What to do while another run changes the environment, and what is shown before something is changed. No doc comment, as
// with `Things`.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct LeaseArgs {
    /// Maximum time to wait for another run's lease: `30s`, `5m`, `1h`
    #[arg(long, value_name = "DURATION", default_value = "0", hide_default_value = true, value_parser = duration)]
    pub wait: Duration,
    /// Show what would be done and why, without changing anything
    #[arg(long)]
    pub dry_run: bool,
    /// Print each step of the plan
    #[arg(long)]
    pub steps: bool,
    /// Agree to what removes data or orphans; without a terminal, what removes data needs it (also `MAESTRO_YES=1`)
    #[arg(short = 'y', long)]
    pub yes: bool,
    /// Write a picture of the run to FILE: who waited for what, and where the time went (`.svg`, or data as `.json`)
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "dry_run")]
    pub timeline: Option<PathBuf>,
}

/// Says of an option of `MaestroNG` that it does nothing here.
pub(in crate::cli) fn accepted(option: Arg) -> Arg {
    option.help("Has no effect (accepted for compatibility with `MaestroNG`)")
}

/// A time as it is typed: a whole number of seconds, or of what the letter behind it says.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = match text.strip_suffix(['s', 'm', 'h']) {
        Some(number) => (number, &text[number.len()..]),
        None => (text, "s"),
    };
    let seconds = number
        .parse::<u32>()
        .map(u64::from)
        .map_err(|_| "expected a number and an optional unit: `30`, `30s`, `5m`, `1h`".to_owned())?;
    Ok(Duration::from_secs(match unit {
        "h" => seconds * 3600,
        "m" => seconds * 60,
        _ => seconds,
    }))
}

/// How many lines of a log are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Tail {
    /// All that there are.
    All,
    /// So many, from the end.
    Last(usize),
}

impl Tail {
    /// How many lines; none for all.
    pub(in crate::cli) fn count(self) -> Option<usize> {
        match self {
            Self::All => None,
            Self::Last(lines) => Some(lines),
        }
    }
}

/// A number of lines as it is typed.
pub(super) fn tail(text: &str) -> Result<Tail, String> {
    match text {
        "all" => Ok(Tail::All),
        text => text.parse().map(Tail::Last).map_err(|_| "a number of lines, or `all`".to_owned()),
    }
}

#[derive(Debug, Args)]
#[command(mut_arg("ignore_dependencies", accepted))]
pub(in crate::cli) struct CleanArgs {
    #[command(flatten)]
    pub things: Things,
    /// Also remove anonymous volumes left by removed containers, with their data
    #[arg(short = 'v', long)]
    pub volumes: bool,
    /// Also remove images that the environment has used and that no container and no kept revision needs
    #[arg(long)]
    pub images: bool,
    #[command(flatten)]
    pub adopt: Adopt,
}
