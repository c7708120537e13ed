//! What is meant by times, sizes and numbers of processors that are written as elsewhere.

use super::size;
use crate::document::settings::of_thousandths;
use maestro_core::value::duration::nanoseconds;

/// Words for units of time, and the units.
const TIMES: [(&str, &[&str]); 5] = [
    ("ms", &["millis", "millisecond", "milliseconds"]),
    ("s", &["", "sec", "secs", "second", "seconds"]),
    ("m", &["min", "mins", "minute", "minutes"]),
    ("h", &["hour", "hours", "hr", "hrs"]),
    ("d", &["day", "days"]),
];

/// Words for units of sizes, and the units.
const SIZES: [(&str, &[&str]); 4] = [
    ("k", &["ki", "kilobyte", "kilobytes"]),
    ("m", &["mi", "meg", "megs", "megabyte", "megabytes"]),
    ("g", &["gi", "gig", "gigs", "gigabyte", "gigabytes"]),
    ("t", &["ti", "terabyte", "terabytes"]),
];

/// `5` and `5 seconds` are `5s`.
pub(super) fn time(text: &str) -> Option<String> {
    let joined: String = text.split_whitespace().collect();
    let whole = Some(joined).filter(|joined| joined != text && nanoseconds(joined).is_some());
    whole.or_else(|| with_unit(text, &TIMES).filter(|meant| nanoseconds(meant).is_some()))
}

/// `512Mi` and `512 megabytes` are `512m`; `1,5g` is `1.5g`.
pub(super) fn size(text: &str) -> Option<String> {
    with_unit(text, &SIZES).filter(|meant| size::parse(meant).is_some())
}

/// `500m` is `0.5`, as Kubernetes has it; `0,5` is `0.5`.
pub(super) fn processors(text: &str) -> Option<String> {
    if text.ends_with('m') {
        return of_thousandths(text);
    }
    let meant = text.replace(',', ".");
    (meant != text && meant.parse::<f32>().is_ok()).then_some(meant)
}

/// The number with the unit that a word stands for. A word that is a unit itself stays.
fn with_unit(text: &str, units: &[(&str, &[&str])]) -> Option<String> {
    let text = text.trim().replacen(',', ".", 1);
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, word) = text.split_at(end);
    let word = word.trim().to_lowercase();
    let known = units.iter().find(|(_, words)| words.contains(&word.as_str()));
    let unit = known.map_or(word.as_str(), |(unit, _)| unit);
    (!number.is_empty()).then(|| format!("{number}{unit}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_meant_is_found() {
        let own = |meant: &str| Some(meant.to_owned());
        for (text, meant) in [
            ("5", own("5s")),
            ("5 seconds", own("5s")),
            ("1.5 h", own("1.5h")),
            ("10 min", own("10m")),
            ("1h 30m", own("1h30m")),
            ("soon", None),
            ("5 x", None),
        ] {
            assert_eq!(time(text), meant, "{text}");
        }
        for (text, meant) in [
            ("512Mi", own("512m")),
            ("512 megabytes", own("512m")),
            ("1,5gb", own("1.5gb")),
            ("much", None),
            ("5q", None),
        ] {
            assert_eq!(size(text), meant, "{text}");
        }
        for (text, meant) in [("500m", own("0.5")), ("2000m", own("2")), ("0,5", own("0.5")), ("half", None)]
        {
            assert_eq!(processors(text), meant, "{text}");
        }
    }
}
