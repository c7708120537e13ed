//! Settings that an engine takes as they are written, in the forms that Compose has for them.

use std::collections::BTreeSet;

use super::{
    command, device, health, labels::check_annotation, limits, pairs, platform::check_platform, tmpfs,
    words::check_exposed, written::WrittenSettings,
};
use crate::document::read::{Field, Fields, Reader};
use maestro_core::{
    diagnostic::{Diagnostic, Diagnostics, Help, nearest},
    source::Spanned,
    value::{
        expose::exposed,
        setting::{OF_CONTAINER, Setting, SettingForm, SettingValue},
    },
};

/// Reads the settings.
pub(super) fn read(reader: &mut Reader<'_>, fields: &Fields) -> WrittenSettings {
    let mut settings = health::read(reader, fields);
    device::read(reader, fields, &mut settings);
    for &setting in Setting::ALL {
        // Those of a mapping are read with it.
        let Some(field) = fields.get(reader, setting.key()).cloned() else { continue };
        let span = reader.span(field.value);
        let value = value(reader, fields, &field, setting);
        settings.extend(value.map(|value| (setting, Spanned::new(value, span))));
    }
    settings
}

fn value(reader: &mut Reader<'_>, fields: &Fields, field: &Field, setting: Setting) -> Option<SettingValue> {
    let key = setting.key();
    let (what, example) = (format!("`{key}`"), format!("{key}: {}", example(setting)));
    match setting.form() {
        SettingForm::Flag => reader.boolean(field.value, &what).map(SettingValue::Flag),
        SettingForm::Number => {
            let number = reader.integer(field.value, &what, bounds(setting), &example)?;
            Some(SettingValue::Number(number.value))
        }
        SettingForm::Bytes => limits::bytes(reader, field, key).map(SettingValue::Number),
        SettingForm::Nanoseconds => reader.nanoseconds(field.value, key).map(SettingValue::Number),
        SettingForm::Microseconds => microseconds(reader, field, setting, &example).map(SettingValue::Number),
        SettingForm::Processors => processors(reader, field).map(SettingValue::Number),
        SettingForm::Text => {
            let text = reader.text(field.value, &what, &example)?;
            check_text(reader, setting, &text);
            Some(SettingValue::Text(text.value))
        }
        SettingForm::Words => {
            command::words(reader, fields, key).map(|words| SettingValue::Texts(words.value))
        }
        SettingForm::Texts => {
            let texts = reader.texts(field.value, &what, &example);
            if setting == Setting::Devices {
                let devices = texts.iter().filter_map(|text| device(reader, text));
                return Some(SettingValue::Texts(devices.collect()));
            }
            if setting == Setting::Expose {
                for port in &texts {
                    check_exposed(reader.diagnostics, port);
                }
                let ports: BTreeSet<String> =
                    texts.iter().filter_map(|text| exposed(&text.value)).flatten().collect();
                return Some(SettingValue::Texts(ports.into_iter().collect()));
            }
            Some(SettingValue::Texts(texts.into_iter().map(|text| text.value).collect()))
        }
        SettingForm::Entries if setting == Setting::Tmpfs => {
            Some(SettingValue::Entries(tmpfs::read(reader, field)))
        }
        SettingForm::Entries => {
            let entries = entries(reader, field, key, &example);
            for (name, _) in &entries {
                if setting == Setting::Sysctls {
                    check_sysctl(reader.diagnostics, name);
                } else if setting == Setting::Annotations {
                    check_annotation(reader.diagnostics, name);
                }
            }
            let plain = entries.into_iter().map(|(name, value)| (name.value, value));
            Some(SettingValue::Entries(plain.collect()))
        }
        SettingForm::DeviceRequests => device::gpus(reader, field),
        // These stand in a mapping, with which they are read.
        SettingForm::DeviceNumbers => None,
    }
}

/// An example of its value, for messages.
fn example(setting: Setting) -> &'static str {
    const EXAMPLES: [(Setting, &str); 17] = [
        (Setting::Expose, "[\"8080\"]"),
        (Setting::Platform, "linux/arm64"),
        (Setting::StopSignal, "SIGINT"),
        (Setting::Pid, "host"),
        (Setting::Ipc, "host"),
        (Setting::Uts, "host"),
        (Setting::UsernsMode, "host"),
        (Setting::Cgroup, "host"),
        (Setting::Runtime, "runc"),
        (Setting::Cpuset, "0-1"),
        (Setting::CpuQuota, "50000"),
        (Setting::CpuPeriod, "100000"),
        (Setting::CpuRtRuntime, "50000"),
        (Setting::CpuRtPeriod, "100000"),
        (Setting::Sysctls, "{net.core.somaxconn: 1024}"),
        (Setting::StorageOpt, "{size: 10G}"),
        (Setting::Devices, "[/dev/ttyUSB0]"),
    ];
    let found = EXAMPLES.iter().find(|(known, _)| *known == setting).map(|(_, example)| *example);
    found.unwrap_or(match setting.form() {
        SettingForm::Flag => "true",
        SettingForm::Number => "100",
        SettingForm::Bytes => "64m",
        SettingForm::Nanoseconds | SettingForm::Microseconds => "10s",
        SettingForm::Processors => "0.5",
        SettingForm::Text => "text",
        SettingForm::Words | SettingForm::Texts => "[text]",
        SettingForm::Entries => "{name: value}",
        SettingForm::DeviceNumbers => "[{path: /dev/sda, rate: 12m}]",
        SettingForm::DeviceRequests => "all",
    })
}

/// What kernels and engines take.
pub(crate) fn bounds(setting: Setting) -> (i64, i64) {
    const BOUNDS: [(Setting, (i64, i64)); 7] = [
        (Setting::PidsLimit, (-1, i64::MAX)),
        (Setting::OomScoreAdj, (-1000, 1000)),
        (Setting::MemSwappiness, (0, 100)),
        (Setting::CpuPeriod, (1_000, 1_000_000)),
        (Setting::CpuQuota, (1_000, i64::MAX)),
        (Setting::CpuRtPeriod, (1_000, 1_000_000)),
        (Setting::CpuRtRuntime, (0, 1_000_000)),
    ];
    let found = BOUNDS.iter().find(|(known, _)| *known == setting);
    found.map_or((0, i64::MAX), |(_, bounds)| *bounds)
}

/// A number of microseconds, or a duration.
fn microseconds(reader: &mut Reader<'_>, field: &Field, setting: Setting, example: &str) -> Option<i64> {
    let (key, bounds) = (setting.key(), bounds(setting));
    if reader.written(field.value).trim_matches(['"', '\'']).parse::<f64>().is_ok() {
        return Some(reader.integer(field.value, &format!("`{key}`"), bounds, example)?.value);
    }
    let time = reader.duration(field.value, key, example.trim_start_matches(&format!("{key}: ")))?;
    let microseconds = i64::try_from(time.as_micros()).ok()?;
    if (bounds.0..=bounds.1).contains(&microseconds) {
        return Some(microseconds);
    }
    let wanted = if bounds.1 == i64::MAX { "1 ms or more" } else { "from 1 ms to 1 s" };
    let label = if microseconds < bounds.0 { "too small" } else { "too large" };
    reader.diagnostics.push(
        Diagnostic::error("out-of-range", format!("`{key}` must be {wanted}"))
            .at(reader.span(field.value), label)
            .help(format!("write for example `{example}`: a number counts microseconds")),
    );
    None
}

/// A number of processors with up to nine digits behind its point, in billionths.
fn processors(reader: &mut Reader<'_>, field: &Field) -> Option<i64> {
    let text = reader.text(field.value, "`cpus`", "cpus: 0.5")?;
    let (whole, part) = text.value.split_once('.').unwrap_or((&text.value, ""));
    let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    let billionths = (is_number(whole) && is_number(part) && part.len() <= 9 && !text.value.is_empty())
        .then(|| format!("{whole}{part:0<9}").parse::<i64>().ok())
        .flatten();
    if billionths.is_none() {
        let help = match of_thousandths(&text.value) {
            Some(meant) => Help::from(format!("write `cpus: {meant}`")).fix(text.span, meant),
            None => "write for example `cpus: 0.5` for half a processor".into(),
        };
        let problem = format!("`{}` is not a number of processors", text.value);
        reader.diagnostics.push(
            Diagnostic::error("bad-number", problem)
                .at(text.span, "expected a number such as 2 or 0.5")
                .help(help),
        );
    }
    billionths
}

/// `0.5` for `500m`, as Kubernetes writes it.
pub(crate) fn of_thousandths(text: &str) -> Option<String> {
    let number: u32 = text.strip_suffix('m')?.parse().ok()?;
    let meant = format!("{}.{:03}", number / 1000, number % 1000);
    Some(meant.trim_end_matches('0').trim_end_matches('.').to_owned())
}

/// What engines take for a mode.
const MODES: [(Setting, &[&str]); 5] = [
    (Setting::Pid, &["host"]),
    (Setting::Ipc, &["host", "private", "shareable", "none"]),
    (Setting::Uts, &["host"]),
    (Setting::UsernsMode, &["host"]),
    (Setting::Cgroup, &["host", "private"]),
];

/// Tells what no engine takes.
fn check_text(reader: &mut Reader<'_>, setting: Setting, text: &Spanned<String>) {
    if text.value.is_empty() {
        return;
    }
    check_mode(reader.diagnostics, setting, text);
    if setting == Setting::StopSignal {
        crate::document::signal::check_signal(reader.diagnostics, text, "stop_signal: SIGINT");
    }
    if setting == Setting::Platform {
        check_platform(reader.diagnostics, text);
    }
    if setting == Setting::Cpuset {
        check_cpuset(reader.diagnostics, text);
    }
}

/// Tells what is no list of processors.
pub(crate) fn check_cpuset(diagnostics: &mut Diagnostics, text: &Spanned<String>) {
    let is_processor_list = text.value.split(',').all(|range| {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        matches!((first.parse::<u16>(), last.parse::<u16>()), (Ok(first), Ok(last)) if first <= last)
    });
    if is_processor_list {
        return;
    }
    let problem = format!("`{}` is not a list of processors", text.value);
    diagnostics.push(
        Diagnostic::error("bad-cpuset", problem)
            .at(text.span, "expected numbers and ranges, from 0")
            .help("write for example `cpuset: 0-1` or `cpuset: \"0,2\"`"),
    );
}

/// Tells a mode that no engine takes, of a setting that has modes.
pub(crate) fn check_mode(diagnostics: &mut Diagnostics, setting: Setting, text: &Spanned<String>) {
    let Some((_, modes)) = MODES.iter().find(|(known, _)| *known == setting) else { return };
    let is_shared = matches!(setting, Setting::Pid | Setting::Ipc);
    if modes.contains(&text.value.as_str()) || (is_shared && text.value.starts_with(OF_CONTAINER)) {
        return;
    }
    let key = setting.key();
    let of_other = ["container:", "service:"].iter().find_map(|other| text.value.strip_prefix(other));
    let (label, help) = if let Some(other) = of_other {
        let (label, help) = if is_shared {
            ("expected the name of an instance", format!("write `{key}: container:{other}-1`"))
        } else {
            let label =
                "Maestro shares only the namespaces of networks, processes and IPC between containers";
            (label, format!("leave `{key}` out, or write `{key}: host`"))
        };
        (label.to_owned(), Help::from(help))
    } else if let Some(near) = nearest(&text.value, modes.iter().copied()) {
        ("unknown mode".to_owned(), Help::did_you_mean(text.span, &text.value, near))
    } else {
        let known: Vec<String> = modes.iter().map(|mode| format!("`{mode}`")).collect();
        ("unknown mode".to_owned(), Help::from(format!("write {}, or leave `{key}` out", known.join(", "))))
    };
    let problem = format!("`{}` is not a mode of `{key}`", text.value);
    diagnostics.push(Diagnostic::error("bad-mode", problem).at(text.span, label).help(help));
}

/// `path on the ship[:path inside[:rwm]]`, with all three parts.
fn device(reader: &mut Reader<'_>, text: &Spanned<String>) -> Option<String> {
    let parts: Vec<&str> = text.value.split(':').collect();
    let is_path = |part: &str| part.starts_with('/');
    let is_rights = |part: &str| !part.is_empty() && part.bytes().all(|byte| b"rwm".contains(&byte));
    match *parts.as_slice() {
        [path] if is_path(path) => return Some(format!("{path}:{path}:rwm")),
        [path, inside] if is_path(path) && is_path(inside) => return Some(format!("{path}:{inside}:rwm")),
        [path, rights] if is_path(path) && is_rights(rights) => {
            return Some(format!("{path}:{path}:{rights}"));
        }
        [path, inside, rights] if is_path(path) && is_path(inside) && is_rights(rights) => {
            return Some(text.value.clone());
        }
        _ => {}
    }
    let problem = format!("`{}` is not a device", text.value);
    reader.diagnostics.push(
        Diagnostic::error("bad-device", problem)
            .at(text.span, "expected `PATH ON THE SHIP`, and optionally `:PATH INSIDE` and `:rwm`")
            .help("write for example `devices: [\"/dev/ttyUSB0:/dev/modem:rw\"]`"),
    );
    None
}

/// Names and values: a mapping, or a list of `NAME=VALUE`.
fn entries(
    reader: &mut Reader<'_>,
    field: &Field,
    key: &str,
    example: &str,
) -> Vec<(Spanned<String>, String)> {
    let what = format!("`{key}`");
    if reader.is_mapping(field.value) {
        let spans = reader.yaml.entries(field.value);
        let spans: Vec<_> = spans.into_iter().map(|entry| reader.span(entry.key)).collect();
        let pairs = pairs(reader, field, &what, example);
        let place = |at: usize| spans.get(at).copied().unwrap_or(reader.span(field.value));
        let each = pairs.into_iter().enumerate();
        return each.map(|(at, (name, value))| (Spanned::new(name, place(at)), value)).collect();
    }
    let mut entries = Vec::new();
    for text in reader.texts(field.value, &what, example) {
        let Some((name, value)) = text.value.split_once('=') else {
            reader.diagnostics.push(
                Diagnostic::error("missing-value", format!("`{}` has no value", text.value))
                    .at(text.span, "each item is `NAME=VALUE`")
                    .help(format!("write for example `{example}`")),
            );
            continue;
        };
        entries.push((Spanned::new(name.to_owned(), text.span), value.to_owned()));
    }
    entries
}

/// Kernel parameters that a container has for itself.
const NAMESPACED: [&str; 9] = [
    "kernel.msgmax",
    "kernel.msgmnb",
    "kernel.msgmni",
    "kernel.sem",
    "kernel.shmall",
    "kernel.shmmax",
    "kernel.shmmni",
    "kernel.shm_rmid_forced",
    "kernel.domainname",
];

pub(crate) fn check_sysctl(diagnostics: &mut Diagnostics, name: &Spanned<String>) {
    let is_own = ["net.", "fs.mqueue."].iter().any(|first| name.value.starts_with(first));
    if is_own || NAMESPACED.contains(&name.value.as_str()) {
        return;
    }
    let problem = format!("`{}` cannot be set in a container", name.value);
    diagnostics.push(
        Diagnostic::error("bad-sysctl", problem)
            .at(name.span, "containers share this kernel parameter with their ship")
            .help(format!("leave it out, and set it on the ship: `sysctl -w {}=VALUE`", name.value)),
    );
}
