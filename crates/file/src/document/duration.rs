//! Durations: a number of seconds, or numbers with units, `1m30s`.

use std::time::Duration;

use super::{convert, read::Reader, scalar::Value, yaml::NodeId};
use maestro_core::diagnostic::Diagnostic;

/// Units, the longest first, and their milliseconds.
const UNITS: [(&str, u64); 4] = [("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

impl Reader<'_> {
    /// A time in nanoseconds; an engine takes 0, or a millisecond and more.
    pub(super) fn nanoseconds(&mut self, node: NodeId, key: &str) -> Option<i64> {
        let time = self.duration(node, key, "10s")?;
        i64::try_from(time.as_nanos()).ok()
    }

    /// A time: a number of seconds, or numbers with units, the longest unit first.
    pub(super) fn duration(&mut self, node: NodeId, key: &str, example: &str) -> Option<Duration> {
        let text = match self.yaml.value(node) {
            Value::Text(text) if text.trim().parse::<f64>().is_err() => text,
            _ => return self.seconds(node, key, example),
        };
        let wanted = format!("`{key}` must be a time from 0 seconds to a week");
        let diagnostic = match parse(&text) {
            Some(duration) if duration <= Duration::from_secs(7 * 24 * 3600) => return Some(duration),
            Some(_) => Diagnostic::error("out-of-range", wanted).at(self.span(node), "more than a week"),
            None => Diagnostic::error("bad-duration", wanted)
                .at(self.span(node), "not a duration")
                .note("units are `h`, `m`, `s` and `ms`, the longest first"),
        };
        let meant = convert::seconds(&text).filter(|seconds| seconds.parse::<u32>().is_ok());
        self.diagnostics.push(match meant {
            Some(seconds) if parse(&text).is_none() => diagnostic
                .help(format!("write `{key}: {seconds}s`"))
                .fix(self.span(node), format!("{seconds}s")),
            Some(_) | None => diagnostic.help(format!("write for example `{key}: {example}`")),
        });
        None
    }
}

/// Whole numbers with units, each unit once at most, the longest first. None for all else, and for what is too long to
/// count.
fn parse(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut units = UNITS.iter();
    let mut total: u64 = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let end = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let (_, milliseconds) = units.find(|(unit, _)| *unit == &rest[..end])?;
        total = total.checked_add(number.checked_mul(*milliseconds)?)?;
        rest = &rest[end..];
    }
    Some(Duration::from_millis(total))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_with_units_add_up() {
        let table = [
            ("10s", 10_000),
            ("1m30s", 90_000),
            ("500ms", 500),
            ("1h", 3_600_000),
            ("1h1ms", 3_600_001),
            ("2m", 120_000),
            (" 3s ", 3_000),
            ("0s", 0),
        ];
        for (text, milliseconds) in table {
            assert_eq!(parse(text), Some(Duration::from_millis(milliseconds)), "{text}");
        }
    }

    #[test]
    fn all_else_is_no_duration() {
        for text in [
            "",
            "s",
            "10",
            "10 s",
            "30s1m",
            "1s1s",
            "1.5m",
            "-1s",
            "1d",
            "10sec",
            "soon",
            "99999999999999999999s",
            "9999999999999999h",
            "é1s",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[0-9hms. é-]{0,12}") {
            let _ = parse(&text);
        }

        #[test]
        fn what_is_written_comes_back(h in 0_u64..200, m in 0_u64..600, s in 0_u64..600, ms in 0_u64..5000) {
            let text = format!("{h}h{m}m{s}s{ms}ms");
            let expected = ((h * 60 + m) * 60 + s) * 1000 + ms;
            prop_assert_eq!(parse(&text), Some(Duration::from_millis(expected)));
        }
    }
}
