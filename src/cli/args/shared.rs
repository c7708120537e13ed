//! What several commands take, and what `clean` takes.

use std::time::Duration;

use clap::Args;
use clap_complete::engine::ArgValueCompleter;

use crate::{cli::names, model::selection::Request, plan::start::StartOptions};

// Names and filters of instances. A doc comment would become the help of the commands that it is flattened into.
#[derive(Debug, Clone, Default, Args)]
pub(in crate::cli) struct Things {
    /// Services and instances to act on; none means all
    #[arg(value_name = "THING", add = ArgValueCompleter::new(names::things))]
    #[expect(clippy::struct_field_names, reason = "it is what the command line calls them")]
    pub things: Vec<String>,
    /// Only instances whose name matches this pattern
    #[arg(short = 'C', long, value_name = "PATTERN", add = ArgValueCompleter::new(names::instances))]
    pub container_filter: Option<String>,
    /// Only instances on ships whose name matches this pattern
    #[arg(short = 'S', long, value_name = "PATTERN", add = ArgValueCompleter::new(names::ships))]
    pub ship_filter: Option<String>,
    /// Take in what the named ones depend on (for stop, restart and kill: what depends on them)
    #[arg(short = 'd', long)]
    pub with_dependencies: bool,
    /// Act on everything at once, in no order
    #[arg(short = 'i', long)]
    pub ignore_dependencies: bool,
    /// How many containers may be acted on at once, over all ships
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
    /// Names of services stand for their instances (always so; kept for `MaestroNG`'s habits)
    #[arg(short = 's', long)]
    expand_services: bool,
    /// No names means all (always so; kept for `MaestroNG`'s habits)
    #[arg(short = 'a', long)]
    all: bool,
}

#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct Adopt {
    /// Take over containers of these names that this environment did not make
    #[arg(long)]
    pub adopt: bool,
}

// What becomes of the data of a container that is replaced. No doc comment, as with `Things`.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(in crate::cli) struct NewContainers {
    /// Give new containers new anonymous volumes; those of their predecessors stay behind
    #[arg(long)]
    pub renew_anonymous_volumes: bool,
    /// Move instances to the ship that the file says though their data stays where it is
    #[arg(long = "move")]
    pub moves: bool,
    /// Do not watch whether containers without checks stay up for 300 ms after their start
    #[arg(long)]
    pub detach: bool,
}

#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct Images {
    /// Fetch every image anew
    #[arg(short = 'r', long, conflicts_with = "reuse")]
    pub refresh_images: bool,
    /// Start stopped containers again rather than making new ones
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
            detach: new.detach,
        }
    }
}

#[derive(Debug, Clone, Copy, Args)]
pub(in crate::cli) struct Preflight {
    /// Do not look beforehand for what would go wrong: images, ports, disks, mounts, links
    #[arg(long)]
    pub no_preflight: bool,
}

// What to do while another run changes the environment. No doc comment, as with `Things`.
#[derive(Debug, Clone, Copy, Args)]
pub(in crate::cli) struct LeaseArgs {
    /// Wait that long for another run that changes the environment: `30s`, `5m`, `1h`
    #[arg(long, value_name = "DURATION", default_value = "0", hide_default_value = true, value_parser = duration)]
    pub wait: Duration,
}

/// A time as it is typed: a whole number of seconds, or of what the letter behind it says.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = match text.strip_suffix(['s', 'm', 'h']) {
        Some(number) => (number, &text[number.len()..]),
        None => (text, "s"),
    };
    let seconds = number.parse::<u32>().map(u64::from).map_err(|_| {
        "a whole number of seconds, or of what stands behind it: `30`, `30s`, `5m`, `1h`".to_owned()
    })?;
    Ok(Duration::from_secs(match unit {
        "h" => seconds * 3600,
        "m" => seconds * 60,
        _ => seconds,
    }))
}

#[derive(Debug, Args)]
pub(in crate::cli) struct CleanArgs {
    #[command(flatten)]
    pub things: Things,
    /// Remove also the anonymous volumes that removed containers have left behind, with their data
    #[arg(long)]
    pub volumes: bool,
    /// Show what would be removed, and why; changes nothing
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub adopt: Adopt,
}
