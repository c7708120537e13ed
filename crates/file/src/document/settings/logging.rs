//! `log_driver` and `log_opt`: what engines take there.

mod drivers;

use std::collections::BTreeMap;

use regex::Regex;

use super::{pairs, text};
use crate::document::{
    keys,
    read::{Field, Fields, Reader},
    synonyms,
};
pub(crate) use drivers::Driver;
use maestro_core::{
    diagnostic::{Diagnostic, Diagnostics, Help, nearest},
    source::{Span, Spanned},
};

/// What is said of a value.
const REFUSED: &str = "no engine takes this";

/// Reads `log_driver` and `log_opt`, or `logging` with both.
pub(super) fn read(reader: &mut Reader<'_>, fields: &Fields) -> (Option<String>, Vec<(String, String)>) {
    let own = ["log_driver", "log_opt"].map(|key| fields.get(reader, key).cloned());
    let Some(logging) = fields.get(reader, "logging").cloned() else {
        return parts(reader, fields, ["log_driver", "log_opt"]);
    };
    if let Some(other) = own.into_iter().flatten().next() {
        let key = other.key.value.clone();
        reader.diagnostics.push(synonyms::both(reader.yaml, (&logging, "logging"), (&other, &key)));
    }
    let example = "logging: {driver: syslog}";
    let fields = reader.section(logging.value, "`logging`", &[keys::LOGGING], example);
    parts(reader, &fields, ["driver", "options"])
}

fn parts(
    reader: &mut Reader<'_>,
    fields: &Fields,
    [driver_key, options_key]: [&'static str; 2],
) -> (Option<String>, Vec<(String, String)>) {
    let name = text(reader, fields, driver_key, "json-file").and_then(|name| driver(reader, name));
    let options = options(reader, fields, options_key, name.as_deref());
    (name, options)
}

/// A log driver; one that is nearly known is a slip of the pen, for no engine would find it.
fn driver(reader: &mut Reader<'_>, name: Spanned<String>) -> Option<String> {
    check_log_driver(reader.diagnostics, &name).then_some(name.value)
}

/// Tells a log driver that is a slip of the pen. Whether it is none.
pub(crate) fn check_log_driver(diagnostics: &mut Diagnostics, name: &Spanned<String>) -> bool {
    if drivers::NAMES.contains(&name.value.as_str()) {
        return true;
    }
    let Some(near) = nearest(&name.value, drivers::NAMES) else { return true };
    diagnostics.push(
        Diagnostic::error("bad-log-driver", format!("there is no log driver `{}`", name.value))
            .at(name.span, "unknown driver")
            .help(Help::did_you_mean(name.span, &name.value, near)),
    );
    false
}

/// Reads the options. They are checked where the driver is written beside them; [`wrong_together`] checks the others.
fn options(
    reader: &mut Reader<'_>,
    fields: &Fields,
    key: &'static str,
    driver: Option<&str>,
) -> Vec<(String, String)> {
    let Some(field) = fields.get(reader, key).cloned() else { return Vec::new() };
    let (what, example) = (format!("`{key}`"), format!("{key}: {{max-size: 10m}}"));
    let options = pairs(reader, &field, &what, &example);
    let Some(driver) = driver.and_then(Driver::of) else { return options };
    let entries = reader.mapping(field.value, &what, "names to values", &example);
    for entry in entries.unwrap_or_default() {
        check(reader, driver, &entry);
    }
    options
}

fn check(reader: &mut Reader<'_>, driver: &Driver, entry: &Field) {
    let value = reader.written(entry.value).to_owned();
    let Some(fault) = fault(driver, &entry.key.value, &value) else { return };
    let span = reader.span(entry.value);
    reader.diagnostics.push(fault.at(entry.key.span, span));
}

/// What is wrong with one option of a driver.
pub(crate) struct OptionFault {
    /// Whether its value is wrong; else the driver has no such option.
    of_value: bool,
    text: String,
    /// What to write, in the words of a file of Maestro.
    pub(crate) help: String,
}

impl OptionFault {
    /// The problem at the option's name, or at its value where that is wrong.
    pub(crate) fn at(self, name: Span, value: Span) -> Diagnostic {
        let (span, label) = if self.of_value { (value, REFUSED) } else { (name, "unknown option") };
        Diagnostic::error("bad-log-opt", self.text).at(span, label).help(self.help)
    }
}

/// What is wrong with an option of a driver.
pub(crate) fn fault(driver: &Driver, name: &str, value: &str) -> Option<OptionFault> {
    if !driver.has(name) {
        let (text, help) = unknown(driver, name);
        return Some(OptionFault { of_value: false, text, help });
    }
    let (wanted, example) = wrong_value(name, value)?;
    Some(OptionFault {
        of_value: true,
        text: format!("the log option `{name}` must be {wanted}"),
        help: format!("write for example `{name}: {example}`"),
    })
}

/// What to say of an option that a driver has not.
fn unknown(driver: &Driver, name: &str) -> (String, String) {
    let help = match nearest(name, driver.options()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("its options are {}", driver.options().collect::<Vec<_>>().join(", ")),
    };
    (format!("the log driver `{}` has no option `{name}`", driver.name), help)
}

/// What a value must be that no engine takes, and an example.
fn wrong_value(name: &str, value: &str) -> Option<(&'static str, &'static str)> {
    let scheme = value.split_once("://").map(|(scheme, _)| scheme);
    let is_level = || value.parse::<i8>().is_ok_and(|level| (-1..=9).contains(&level));
    let (is_right, wanted, example) = match name {
        "max-size" | "max-buffer-size" | "fluentd-buffer-limit" => {
            (is_size(value), "a size above 0, as `10m`", "10m")
        }
        "max-file" => (value.parse::<u32>().is_ok_and(|count| count > 0), "a whole number above 0", "3"),
        "mode" => {
            (["blocking", "non-blocking"].contains(&value), "`blocking` or `non-blocking`", "non-blocking")
        }
        "compress"
        | "fluentd-async"
        | "fluentd-async-connect"
        | "fluentd-request-ack"
        | "fluentd-sub-second-precision"
        | "splunk-insecureskipverify"
        | "splunk-verify-connection"
        | "splunk-gzip"
        | "splunk-index-acknowledgment"
        | "awslogs-create-group"
        | "awslogs-create-stream" => (is_boolean(value).is_some(), "true or false", "\"true\""),
        "labels-regex" | "env-regex" => (is_pattern(value), "a regular expression", "\"^(app|team)\""),
        "tag" => (is_template(value), "a template of the engine", "\"{{ '{{.Name}}' }}\""),
        "syslog-address" => (
            scheme.is_some_and(|scheme| ["tcp", "tcp+tls", "udp", "unix", "unixgram"].contains(&scheme)),
            "an address with `udp://`, `tcp://`, `tcp+tls://`, `unix://` or `unixgram://`",
            "\"udp://10.0.0.9:514\"",
        ),
        "syslog-format" => (
            ["", "rfc3164", "rfc5424", "rfc5424micro"].contains(&value),
            "`rfc3164`, `rfc5424` or `rfc5424micro`",
            "rfc5424",
        ),
        "syslog-facility" => (is_facility(value), "a facility of syslog or its number", "daemon"),
        "gelf-address" => (
            scheme.is_some_and(|scheme| ["tcp", "udp"].contains(&scheme))
                && value.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok()),
            "an address with `udp://` or `tcp://` and a port",
            "\"udp://10.0.0.9:12201\"",
        ),
        "gelf-compression-type" => {
            (["gzip", "zlib", "none"].contains(&value), "`gzip`, `zlib` or `none`", "gzip")
        }
        "gelf-compression-level" | "splunk-gzip-level" => {
            (is_level(), "a whole number from -1 to 9", "\"1\"")
        }
        "gelf-tcp-max-reconnect" | "gelf-tcp-reconnect-delay" | "fluentd-max-retries" => {
            (value.parse::<u32>().is_ok(), "a whole number", "\"3\"")
        }
        "fluentd-retry-wait"
        | "fluentd-async-reconnect-interval"
        | "fluentd-read-timeout"
        | "fluentd-write-timeout" => (is_duration(value), "a time with a unit, as `500ms`", "1s"),
        "splunk-format" => (["inline", "json", "raw"].contains(&value), "`inline`, `json` or `raw`", "json"),
        _ => return None,
    };
    (!is_right).then_some((wanted, example))
}

/// What is wrong with one option of a driver: a problem, a label and what to do.
fn wrong_option(driver: &Driver, name: &str, value: &str) -> Option<(String, String, String)> {
    let OptionFault { of_value, text, help } = fault(driver, name, value)?;
    let label = if of_value { REFUSED.to_owned() } else { format!("`{name}` is not one of its options") };
    Some((text, label, help))
}

/// What is wrong with all options of a container together, those of its service and its own: a problem, a label and what
/// to do. `apart` are options that are written apart from the driver, so that nobody has looked at them.
pub(crate) fn wrong_together(
    driver: &str,
    options: &BTreeMap<String, String>,
    apart: &[String],
) -> Option<(String, String, String)> {
    let driver = Driver::of(driver)?;
    let get = |name: &str| options.get(name).map(String::as_str);
    let wrong = |name: &String| wrong_option(driver, name, get(name).unwrap_or_default());
    if let Some(wrong) = apart.iter().find_map(wrong) {
        return Some(wrong);
    }
    if let Some(needed) = driver.needed.iter().find(|name| get(name).is_none_or(str::is_empty)) {
        let text = format!("the log driver `{}` needs the option `{needed}`", driver.name);
        return Some((
            text,
            "without it no engine takes this driver".to_owned(),
            format!("write `log_opt: {{{needed}: …}}`"),
        ));
    }
    if get("max-buffer-size").is_some() && get("mode") != Some("non-blocking") {
        return Some((
            "the log option `max-buffer-size` needs `mode: non-blocking`".to_owned(),
            "no engine takes a buffer in another mode".to_owned(),
            "add `mode: non-blocking`, or leave `max-buffer-size` out".to_owned(),
        ));
    }
    let files = get("max-file").and_then(|count| count.parse::<u32>().ok());
    let compress = get("compress").and_then(is_boolean);
    let is_too_few = match driver.name {
        "json-file" => compress == Some(true) && (files.unwrap_or(1) < 2 || get("max-size").is_none()),
        "local" => compress != Some(false) && files == Some(1),
        _ => false,
    };
    is_too_few.then(|| {
        (
            format!("the log driver `{}` compresses old files, and here it keeps none", driver.name),
            "no engine takes this".to_owned(),
            "write `max-size: 10m` and `max-file: \"3\"`, or `compress: \"false\"`".to_owned(),
        )
    })
}

/// A size as engines read it: `10m`, `1.5gb`, `512`.
fn is_size(text: &str) -> bool {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let unit = text[digits..].trim_start().to_ascii_lowercase();
    let unit = unit.strip_suffix("ib").or(unit.strip_suffix('b')).unwrap_or(&unit);
    text[..digits].parse::<f64>().is_ok_and(|number| number > 0.0)
        && ["", "k", "m", "g", "t", "p"].contains(&unit)
}

/// True and false as Go reads them; a file's own `true` is `true` or, as Python writes it, `True`.
fn is_boolean(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

/// A regular expression as Go reads it. What only Go knows is let through.
fn is_pattern(text: &str) -> bool {
    text.contains(r"\Q") || text.contains(r"\C") || Regex::new(text).is_ok()
}

/// A template whose braces are closed, and whose fields there are.
fn is_template(text: &str) -> bool {
    const FIELDS: [&str; 20] = [
        "Config",
        "ContainerID",
        "ContainerName",
        "ContainerEntrypoint",
        "ContainerArgs",
        "ContainerImageID",
        "ContainerImageName",
        "ContainerCreated",
        "ContainerEnv",
        "ContainerLabels",
        "LogPath",
        "DaemonName",
        "ExtraAttributes",
        "Hostname",
        "Command",
        "ID",
        "FullID",
        "Name",
        "ImageID",
        "ImageFullID",
    ];
    let mut rest = text;
    while let Some((_, inside)) = rest.split_once("{{") {
        let Some((action, after)) = inside.split_once("}}") else { return false };
        let field = action.trim().strip_prefix('.');
        let is_plain = |name: &&str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric());
        if field.filter(is_plain).is_some_and(|name| !FIELDS.contains(&name) && name != "ImageName") {
            return false;
        }
        rest = after;
    }
    true
}

/// A facility of syslog, by its name or number.
fn is_facility(text: &str) -> bool {
    const NAMES: [&str; 20] = [
        "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
        "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
    ];
    text.is_empty() || NAMES.contains(&text) || text.parse::<u8>().is_ok_and(|number| number <= 23)
}

/// A time as Go reads it: `1.5s`, `1m30s`.
fn is_duration(text: &str) -> bool {
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let unit = &rest[digits..];
        let unit = &unit[..unit.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(unit.len())];
        if rest[..digits].parse::<f64>().is_err() || !["ns", "us", "µs", "ms", "s", "m", "h"].contains(&unit)
        {
            return false;
        }
        rest = &rest[digits + unit.len()..];
    }
    !text.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_those_of_engines() {
        for good in ["10m", "1g", "1.5gb", "512", "100 MB", "10MiB"] {
            assert!(is_size(good), "{good}");
        }
        for bad in ["", "m", "0", "x", "10x", "-2", "-1"] {
            assert!(!is_size(bad), "{bad}");
        }
    }

    /// As engines 20.10, 26.1 and 28 answer a create and a start.
    #[test]
    fn values_are_those_of_engines() {
        for (name, good) in [
            ("compress", "True"),
            ("labels-regex", "^a|b"),
            ("tag", "x-{{.Name}}/{{ .ID }}{{with .Name}}y{{end}}"),
            ("syslog-address", "tcp+tls://127.0.0.1:514"),
            ("syslog-facility", "local7"),
            ("syslog-facility", "3"),
            ("syslog-format", "rfc5424micro"),
            ("gelf-address", "udp://127.0.0.1:12201"),
            ("gelf-compression-level", "-1"),
            ("fluentd-retry-wait", "1m0.5s"),
            ("splunk-format", "raw"),
            ("nope", "anything"),
        ] {
            assert_eq!(wrong_value(name, good), None, "{name}: {good}");
        }
        for (name, bad) in [
            ("compress", "maybe"),
            ("max-size", "-1"),
            ("labels-regex", "("),
            ("env-regex", "("),
            ("tag", "{{.Nope}}"),
            ("tag", "{{.Name"),
            ("syslog-address", "nope"),
            ("syslog-address", "http://1.2.3.4"),
            ("syslog-facility", "nope"),
            ("syslog-format", "nope"),
            ("gelf-address", "nope"),
            ("gelf-address", "http://127.0.0.1:1"),
            ("gelf-address", "udp://127.0.0.1"),
            ("gelf-compression-type", "nope"),
            ("gelf-compression-level", "99"),
            ("fluentd-async", "maybe"),
            ("fluentd-retry-wait", "x"),
            ("fluentd-retry-wait", "1"),
            ("fluentd-buffer-limit", "x"),
        ] {
            assert!(wrong_value(name, bad).is_some(), "{name}: {bad}");
        }
    }

    #[test]
    fn options_are_checked_together() {
        let wrong = |driver: &str, options: &[(&str, &str)], apart: &[&str]| {
            let options = options.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
            let apart: Vec<String> = apart.iter().map(|&name| name.to_owned()).collect();
            wrong_together(driver, &options, &apart).is_some()
        };
        assert!(wrong("gelf", &[], &[]) && wrong("splunk", &[("splunk-url", "http://h")], &[]));
        assert!(!wrong("gelf", &[("gelf-address", "udp://h:1")], &["gelf-address"]));
        assert!(wrong("json-file", &[("max-buffer-size", "1m")], &[]));
        assert!(!wrong("json-file", &[("max-buffer-size", "1m"), ("mode", "non-blocking")], &[]));
        assert!(wrong("json-file", &[("compress", "true"), ("max-file", "2")], &[]));
        assert!(wrong("json-file", &[("compress", "true"), ("max-size", "1m")], &[]));
        assert!(!wrong("json-file", &[("compress", "true"), ("max-size", "1m"), ("max-file", "2")], &[]));
        assert!(wrong("local", &[("max-file", "1")], &[]) && !wrong("local", &[("max-file", "2")], &[]));
        assert!(!wrong("local", &[("max-file", "1"), ("compress", "false")], &[]));
        assert!(wrong("syslog", &[("max-size", "1m")], &["max-size"]));
        assert!(!wrong("syslog", &[("max-size", "1m")], &[]), "told beside its driver");
        assert!(!wrong("none", &[("nope", "x")], &["nope"]) && !wrong("of-a-plugin", &[], &["x"]));
    }
}
