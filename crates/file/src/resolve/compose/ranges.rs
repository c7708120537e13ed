//! Numbers and forms that engines refuse, which docker compose passes on as they are.

use super::{ProjectResolver, refused::own, setting::resources};
use crate::{
    compose::element::{Content, Element},
    document::settings::{
        bounds, check_cpuset,
        limits::{LEAST_MEMORY, SHARES},
        user,
    },
};
use maestro_core::{
    diagnostic::{Diagnostic, Help},
    value::setting::Setting,
};

/// Numbers with bounds.
const BOUNDED: [Setting; 7] = [
    Setting::PidsLimit,
    Setting::OomScoreAdj,
    Setting::MemSwappiness,
    Setting::CpuPeriod,
    Setting::CpuQuota,
    Setting::CpuRtPeriod,
    Setting::CpuRtRuntime,
];
/// The weights of block devices.
const WEIGHTS: (i64, i64) = (10, 1000);

impl ProjectResolver<'_, '_> {
    /// Tells numbers that are out of range, users, processors and directories that cannot be.
    pub(super) fn ranges(&mut self, element: &Element) {
        let bounded = BOUNDED.iter().filter_map(|setting| {
            let (least, most) = bounds(*setting);
            out_of_range(element.get(setting.key())?, setting.key(), least, most)
        });
        let weight = element.get("blkio_config").and_then(|config| config.get("weight"));
        let weight = weight.and_then(|weight| out_of_range(weight, "weight", WEIGHTS.0, WEIGHTS.1));
        let memory = memory(element).and_then(|(key, value)| too_little(value, key));
        let of_memory = memory.into_iter().chain(swap(element)).chain(reservation(element));
        self.diagnostics.extend(bounded.chain(weight).chain(of_memory).chain(directory(element)));
        self.diagnostics.extend(processors(element));
        self.diagnostics.extend(health(element));
        self.diagnostics.extend(update(element));
        self.diagnostics.extend(requests(element));
        let text = |key: &str| element.spanned_text(key).filter(|text| !text.value.is_empty());
        if let Some(processors) = text("cpuset") {
            check_cpuset(self.diagnostics, &own(&processors));
        }
        if let Some(name) = text("user") {
            user::check(self.diagnostics, &own(&name));
        }
    }
}

fn number(element: &Element) -> Option<i64> {
    let Content::Integer(number) = element.content else { return None };
    number.try_into().ok()
}

/// Zero is what an engine takes for no value.
fn out_of_range(value: &Element, key: &str, least: i64, most: i64) -> Option<Diagnostic> {
    let number = number(value).filter(|number| *number != 0 && !(least..=most).contains(number))?;
    let wanted =
        if most == i64::MAX { format!("{least} or more") } else { format!("from {least} to {most}") };
    let (label, meant) = if number < least { ("too small", least) } else { ("too large", most) };
    Some(
        Diagnostic::error("out-of-range", format!("`{key}` must be {wanted}"))
            .at(value.span, label)
            .help(format!("write for example `{key}: {meant}`")),
    )
}

/// The memory that a service may use, and the key that says it.
fn memory(element: &Element) -> Option<(&'static str, &Element)> {
    let of_deploy = || resources(element, "limits").and_then(|limits| limits.get("memory"));
    element.get("mem_limit").map(|value| ("mem_limit", value)).or_else(|| Some(("memory", of_deploy()?)))
}

fn too_little(value: &Element, key: &str) -> Option<Diagnostic> {
    let bytes = number(value).filter(|bytes| *bytes > 0 && *bytes < LEAST_MEMORY)?;
    let may_be_megabytes = (6..=1 << 20).contains(&bytes);
    let help = if may_be_megabytes {
        let help = Help::from(format!("write `{key}: {bytes}m` if megabytes are meant"));
        help.replace(value.span, format!("{bytes}m"))
    } else {
        format!("write for example `{key}: 512m`").into()
    };
    Some(
        Diagnostic::error("out-of-range", format!("`{key}` must be at least 6m"))
            .at(value.span, format!("this is {bytes} bytes, less than an engine takes"))
            .help(help),
    )
}

/// Memory and swap together cannot be less than the memory; -1 is no limit.
fn swap(element: &Element) -> Option<Diagnostic> {
    let swap = element.get("memswap_limit")?;
    let (key, memory) = memory(element)?;
    let (both, own) = (number(swap)?, number(memory)?);
    if both <= 0 || both >= own {
        return None;
    }
    Some(
        Diagnostic::error("contradiction", format!("`memswap_limit` is less than `{key}`"))
            .at(swap.span, "memory and swap together")
            .also(memory.span, "the memory alone")
            .help(format!("make it at least as large as `{key}`, or leave it out")),
    )
}

/// What is reserved of the memory cannot be more than the limit.
fn reservation(element: &Element) -> Option<Diagnostic> {
    let of_deploy = || resources(element, "reservations").and_then(|reserved| reserved.get("memory"));
    let own = element.get("mem_reservation").map(|value| ("mem_reservation", value));
    let (key, reserved) = own.or_else(|| Some(("reservations.memory", of_deploy()?)))?;
    let (limit, memory) = memory(element)?;
    let (less, more) = (number(memory)?, number(reserved)?);
    if less <= 0 || more <= less {
        return None;
    }
    Some(
        Diagnostic::error("contradiction", format!("`{key}` is more than `{limit}`"))
            .at(reserved.span, "what the container is to have")
            .also(memory.span, "what it may have")
            .help("reserve less, or raise the limit"),
    )
}

/// The processors that a container may use, and its share of them.
fn processors(element: &Element) -> impl Iterator<Item = Diagnostic> {
    let of_deploy = |kind: &str| resources(element, kind)?.get("cpus");
    let numbers = [element.get("cpus"), of_deploy("limits"), of_deploy("reservations")];
    let negative = numbers.into_iter().flatten().filter(|value| is_negative(value)).map(|value| {
        Diagnostic::error("out-of-range", "`cpus` must be 0 or more")
            .at(value.span, "too small")
            .help("write for example `cpus: 0.5`")
    });
    let shares = element.get("cpu_shares").and_then(|value| {
        let problem = out_of_range(value, "cpu_shares", *SHARES.start(), *SHARES.end())?;
        Some(
            problem
                .note("it is a weight beside the other containers of the ship, where the usual one is 1024"),
        )
    });
    negative.chain(shares)
}

fn is_negative(value: &Element) -> bool {
    match &value.content {
        Content::Integer(number) => *number < 0,
        Content::Number(number) => *number < 0.0,
        Content::Text(text) => text.starts_with('-'),
        Content::Null | Content::Boolean(_) | Content::List(_) | Content::Mapping(_) => false,
    }
}

/// The times of a health check, of which an engine takes none below a millisecond, and its retries.
fn health(element: &Element) -> impl Iterator<Item = Diagnostic> {
    const MILLISECOND: i64 = 1_000_000;
    let check = element.get("healthcheck");
    let times =
        ["interval", "timeout", "start_period", "start_interval"].into_iter().filter_map(move |key| {
            let time = check?.get(key)?;
            number(time).filter(|time| *time != 0 && *time < MILLISECOND)?;
            Some(
                Diagnostic::error("out-of-range", format!("`{key}` must be at least 1ms"))
                    .at(time.span, "too short")
                    .help(format!("write for example `{key}: 10s`")),
            )
        });
    let retries = check.and_then(|check| out_of_range(check.get("retries")?, "retries", 1, i64::MAX));
    times.chain(retries)
}

/// How a service is updated.
fn update(element: &Element) -> impl Iterator<Item = Diagnostic> {
    let deploy = element.get("deploy");
    let configs = ["update_config", "rollback_config"].into_iter().filter_map(move |key| deploy?.get(key));
    configs.flat_map(|config| {
        let parallel = config.get("parallelism");
        let parallel = parallel.and_then(|value| out_of_range(value, "parallelism", 0, i64::MAX));
        let ratio =
            config.spanned_number("max_failure_ratio").filter(|ratio| !(0.0..=1.0).contains(&ratio.value));
        let ratio = ratio.map(|ratio| {
            let meant = if (1.0..=100.0).contains(&ratio.value) { ratio.value / 100.0 } else { 0.2 };
            Diagnostic::error("out-of-range", "`max_failure_ratio` must be from 0 to 1")
                .at(ratio.span, "a part of all containers")
                .help(format!("write for example `max_failure_ratio: {meant}`"))
        });
        parallel.into_iter().chain(ratio)
    })
}

/// How many devices are asked for: -1 is all.
fn requests(element: &Element) -> impl Iterator<Item = Diagnostic> {
    let reserved = resources(element, "reservations").into_iter();
    let requests = element.each("gpus").chain(reserved.flat_map(|reserved| reserved.each("devices")));
    requests.filter_map(|request| out_of_range(request.get("count")?, "count", -1, i64::MAX))
}

/// The directory that a program starts in is a whole path.
fn directory(element: &Element) -> Option<Diagnostic> {
    let path = element.spanned_text("working_dir").filter(|path| !path.value.is_empty())?;
    if path.value.starts_with('/') {
        return None;
    }
    let whole = format!("/{}", path.value.trim_start_matches("./"));
    let text = format!("`{}` is not a path inside a container", path.value);
    Some(
        Diagnostic::error("bad-path", text)
            .at(path.span, "it must begin with `/`")
            .help(format!("write the whole path, for example `working_dir: {whole}`")),
    )
}
