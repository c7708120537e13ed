//! What `logs` takes.

use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use jiff::{SignedDuration, Timestamp, civil, tz::TimeZone};
use regex::Regex;

use super::shared::{Tail, tail};
use crate::cli::names;
use maestro_core::model::filter::Filter;
use maestro_run::operations::logs::Moment;

#[derive(Debug, Args)]
pub(in crate::cli) struct LogsArgs {
    /// Services and instances (default: all)
    #[arg(value_name = "SERVICE|INSTANCE", add = ArgValueCompleter::new(names::things))]
    pub things: Vec<String>,
    /// Only `ship=PATTERN`, `service=PATTERN`, `state=STATE`; several with commas between them
    #[arg(long, value_name = "FILTER")]
    pub filter: Vec<Filter>,
    /// Follow log output, also that of containers which replace others (also `-f` after `logs`)
    #[arg(short = 'F', long)]
    pub follow: bool,
    /// Show only the last LINES lines of each container; `all` shows all
    #[arg(short = 'n', long = "tail", value_name = "LINES", value_parser = tail)]
    pub lines: Option<Tail>,
    /// Show only lines since TIME: `10m`, `1h30m`, `2026-11-29`, `2026-11-29T08:00:00Z`
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub since: Option<Moment>,
    /// Show only lines before TIME
    #[arg(long, value_name = "TIME", value_parser = moment, conflicts_with = "follow")]
    pub until: Option<Moment>,
    /// Show the time of each line
    #[arg(short = 't', long)]
    pub timestamps: bool,
    /// Do not show the instance before each line
    #[arg(long)]
    pub no_prefix: bool,
    /// Show only lines that match REGEX, and mark what matches
    #[arg(long, value_name = "REGEX")]
    pub grep: Option<Regex>,
}

impl LogsArgs {
    /// All lines of these services and instances, with nothing before them.
    pub(in crate::cli) fn of(things: Vec<String>) -> Self {
        Self {
            things,
            filter: Vec::new(),
            follow: false,
            lines: None,
            since: None,
            until: None,
            timestamps: false,
            no_prefix: true,
            grep: None,
        }
    }
}

/// A moment as it is typed: how long ago, a date or a time.
pub(super) fn moment(text: &str) -> Result<Moment, String> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(Moment::At(time));
    }
    // Without an offset it is the time of this machine.
    let local = text.parse::<civil::DateTime>().ok().or_else(|| {
        let date = text.parse::<civil::Date>().ok()?;
        Some(date.to_datetime(civil::Time::midnight()))
    });
    if let Some(time) = local.and_then(|time| time.to_zoned(TimeZone::system()).ok()) {
        return Ok(Moment::At(time.timestamp()));
    }
    if let Ok(seconds) = text.parse::<i64>() {
        let time = Timestamp::from_second(seconds).map_err(|_| EXPECTED.to_owned())?;
        return Ok(Moment::At(time));
    }
    let days = text.strip_suffix('d').and_then(|days| days.parse::<i64>().ok());
    let ago = match days {
        Some(days) => days.checked_mul(24).map(SignedDuration::from_hours),
        None => text.parse::<SignedDuration>().ok(),
    };
    ago.and_then(|ago| ago.try_into().ok()).map(Moment::Ago).ok_or_else(|| EXPECTED.to_owned())
}

const EXPECTED: &str =
    "expected how long ago (`90s`, `10m`, `1h30m`, `2d`) or a time (`2026-11-29`, `2026-11-29T08:00:00Z`)";

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_moment_is_how_long_ago_or_a_time() {
        let ago = |seconds| Ok(Moment::Ago(Duration::from_secs(seconds)));
        assert_eq!(moment("90s"), ago(90));
        assert_eq!(moment("10m"), ago(600));
        assert_eq!(moment("1h30m"), ago(5400));
        assert_eq!(moment("2d"), ago(172_800));
        let at = |time: &str| Ok(Moment::At(time.parse().unwrap()));
        assert_eq!(moment("2026-11-29T08:00:00.5+02:00"), at("2026-11-29T06:00:00.5Z"));
        assert_eq!(moment("1700000000"), at("2023-11-14T22:13:20Z"));
        let local = civil::date(2026, 11, 29).at(0, 0, 0, 0).to_zoned(TimeZone::system()).unwrap();
        assert_eq!(moment("2026-11-29"), Ok(Moment::At(local.timestamp())));
        assert_eq!(moment("2026-11-29T00:00"), Ok(Moment::At(local.timestamp())));
        assert_eq!(moment("10"), at("1970-01-01T00:00:10Z"));
        for wrong in ["", "soon", "-10m", "2026-13-01", "99999999999999999999d"] {
            assert!(moment(wrong).is_err(), "{wrong}");
        }
    }
}
