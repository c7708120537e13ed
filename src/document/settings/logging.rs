//! `log_driver` and `log_opt`: what engines take there.

use super::pairs;
use crate::{
    diagnostic::{Diagnostic, nearest},
    document::read::{Field, Fields, Reader},
    source::Spanned,
};

/// Drivers that come with today's engines; plugins bring others.
const DRIVERS: [&str; 11] = [
    "json-file",
    "local",
    "none",
    "syslog",
    "journald",
    "gelf",
    "fluentd",
    "awslogs",
    "splunk",
    "etwlogs",
    "gcplogs",
];

/// Options that every driver takes.
const COMMON: [&str; 2] = ["mode", "max-buffer-size"];
/// Drivers whose options are the same on all engines, and these options.
const OPTIONS: [(&str, &[&str]); 2] = [
    ("json-file", &["max-size", "max-file", "compress", "labels", "labels-regex", "env", "env-regex", "tag"]),
    ("local", &["max-size", "max-file", "compress"]),
];

/// A log driver; one that is nearly known is a slip of the pen, for no engine would find it.
pub(super) fn driver(reader: &mut Reader<'_>, name: Spanned<String>) -> Option<String> {
    let known = DRIVERS.contains(&name.value.as_str());
    let Some(near) = nearest(&name.value, DRIVERS).filter(|_| !known) else { return Some(name.value) };
    reader.diagnostics.push(
        Diagnostic::error("bad-log-driver", format!("there is no log driver `{}`", name.value))
            .at(name.span, "unknown driver")
            .help(format!("did you mean `{near}`?")),
    );
    None
}

/// Reads `log_opt`. Options are checked where the driver is written beside them.
pub(super) fn options(
    reader: &mut Reader<'_>,
    fields: &Fields,
    driver: Option<&str>,
) -> Vec<(String, String)> {
    let Some(field) = fields.get(reader, "log_opt").cloned() else { return Vec::new() };
    let options = pairs(reader, &field, "`log_opt`", "log_opt: {max-size: 10m}");
    let known = OPTIONS.iter().find(|(name, _)| Some(*name) == driver);
    let Some((driver, known)) = known else { return options };
    let entries = reader.mapping(field.value, "`log_opt`", "names to values", "log_opt: {max-size: 10m}");
    for entry in entries.unwrap_or_default() {
        check(reader, driver, known, &entry);
    }
    options
}

fn check(reader: &mut Reader<'_>, driver: &str, known: &[&'static str], entry: &Field) {
    let name = entry.key.value.as_str();
    if !known.contains(&name) && !COMMON.contains(&name) {
        let all: Vec<&str> = known.iter().chain(&COMMON).copied().collect();
        let help = match nearest(name, all.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("its options are {}", all.join(", ")),
        };
        let text = format!("the log driver `{driver}` has no option `{name}`");
        reader
            .diagnostics
            .push(Diagnostic::error("bad-log-opt", text).at(entry.key.span, "unknown option").help(help));
        return;
    }
    let value = reader.written(entry.value).to_owned();
    let (wanted, example) = match name {
        "max-size" | "max-buffer-size" if !is_size(&value) => ("a size above 0, as `10m`", "10m"),
        "max-file" if value.parse::<u32>().map_or(true, |count| count == 0) => {
            ("a whole number above 0", "3")
        }
        "mode" if !["blocking", "non-blocking"].contains(&value.as_str()) => {
            ("`blocking` or `non-blocking`", "non-blocking")
        }
        _ => return,
    };
    let text = format!("the log option `{name}` must be {wanted}");
    let diagnostic =
        Diagnostic::error("bad-log-opt", text).at(reader.span(entry.value), "no engine takes this");
    reader.diagnostics.push(diagnostic.help(format!("write for example `{name}: {example}`")));
}

/// A size as engines read it: `10m`, `1.5gb`, `512`; -1 is no limit.
fn is_size(text: &str) -> bool {
    if text == "-1" {
        return true;
    }
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let unit = text[digits..].trim_start().to_ascii_lowercase();
    let unit = unit.strip_suffix("ib").or(unit.strip_suffix('b')).unwrap_or(&unit);
    text[..digits].parse::<f64>().is_ok_and(|number| number > 0.0)
        && ["", "k", "m", "g", "t", "p"].contains(&unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_those_of_engines() {
        for good in ["10m", "1g", "1.5gb", "512", "100 MB", "10MiB", "-1"] {
            assert!(is_size(good), "{good}");
        }
        for bad in ["", "m", "0", "x", "10x", "-2"] {
            assert!(!is_size(bad), "{bad}");
        }
    }
}
