//! Numbers and forms that engines refuse, which docker compose passes on as they are.

use super::{ProjectResolver, refused::own, setting::resources};
use crate::{
    compose::element::{Content, Element},
    document::settings::{bounds, check_cpuset, limits::LEAST_MEMORY, user},
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
        for problem in bounded.chain(weight).chain(memory).chain(swap(element)).chain(directory(element)) {
            self.diagnostics.push(problem);
        }
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
