//! Times as docker compose prints them.

/// A time as Go prints it: `1h0m0s`, `1m30s`, `1.5s`, `100ms`.
pub(in crate::compose) fn printed(nanoseconds: i64) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let time = nanoseconds.unsigned_abs();
    let minutes = time / 60_000_000_000;
    let text = match time {
        0 => "0s".to_owned(),
        1..1_000 => format!("{time}ns"),
        1_000..1_000_000 => with_fraction(time, 1_000, "µs"),
        1_000_000..1_000_000_000 => with_fraction(time, 1_000_000, "ms"),
        _ => {
            let seconds = with_fraction(time % 60_000_000_000, 1_000_000_000, "s");
            match (minutes / 60, minutes % 60) {
                (0, 0) => seconds,
                (0, minutes) => format!("{minutes}m{seconds}"),
                (hours, minutes) => format!("{hours}h{minutes}m{seconds}"),
            }
        }
    };
    format!("{sign}{text}")
}

/// A time in one unit, with the digits behind the point that it has.
fn with_fraction(nanoseconds: u64, unit: u64, name: &str) -> String {
    let width = unit.to_string().len() - 1;
    let fraction = format!("{:0width$}", nanoseconds % unit);
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{}{point}{fraction}{name}", nanoseconds / unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use maestro_core::value::duration::nanoseconds as parse;
    use proptest::prelude::*;

    #[test]
    fn times_are_read_and_printed_as_docker_compose_does() {
        for (text, meant) in [
            ("1m30s", "1m30s"),
            ("90s", "1m30s"),
            ("1h", "1h0m0s"),
            ("1d", "24h0m0s"),
            ("1w", "168h0m0s"),
            ("1.5s", "1.5s"),
            ("61.25s", "1m1.25s"),
            ("60.5s", "1m0.5s"),
            ("100ms", "100ms"),
            ("1500us", "1.5ms"),
            ("10ns", "10ns"),
            ("0", "0s"),
            ("-1s", "-1s"),
        ] {
            assert_eq!(parse(text).map(printed).as_deref(), Some(meant), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_printed_time_reads_back(seconds in 0_i64..1_000_000, milliseconds in 0_i64..1000) {
            let nanoseconds = seconds * 1_000_000_000 + milliseconds * 1_000_000;
            prop_assert_eq!(parse(&printed(nanoseconds)), Some(nanoseconds));
        }
    }
}
