//! What an instance may use, and how it is stopped and started again.

use std::time::Duration;

use super::{Settings, restart, ulimits};
use crate::document::{
    convert,
    interpolation::as_template,
    keys,
    read::{Field, Fields, Reader},
    synonyms,
    yaml::Yaml,
};
use maestro_core::{
    diagnostic::{Diagnostic, Help},
    source::Spanned,
};

/// Reads `limits`, `ulimits`, `stop_timeout` and `restart`.
pub(super) fn read(reader: &mut Reader<'_>, fields: &Fields, settings: &mut Settings) {
    settings.stop_timeout = stop_timeout(reader, fields);
    if let Some(field) = fields.get(reader, "restart").cloned() {
        settings.restart = restart::read(reader, &field);
    }
    if let Some(field) = fields.get(reader, "ulimits").cloned() {
        settings.ulimits = Some(ulimits::read(reader, &field));
    }
    let example = "limits: {memory: 512m, cpu: 512}";
    let field = fields.get(reader, "limits").cloned();
    let limits = field.map(|field| reader.section(field.value, "`limits`", &[keys::LIMITS], example));
    let mut written = |inner: &'static str, key: &'static str| {
        let old = limits.as_ref().and_then(|limits| limits.get(reader, inner)).cloned();
        let new = fields.get(reader, key).cloned();
        if let (Some(old), Some(new)) = (&old, &new) {
            let own = format!("{inner}` of `limits");
            reader.diagnostics.push(synonyms::both(reader.yaml, (new, key), (old, &own)));
        }
        new.map(|field| (key, field)).or_else(|| old.map(|field| (inner, field)))
    };
    let (cpu, memory) = (written("cpu", "cpu_shares"), written("memory", "mem_limit"));
    let swap = written("swap", "memswap_limit");
    if let Some((key, field)) = cpu {
        settings.cpu = shares(reader, &field, key);
    }
    if let Some((key, field)) = memory {
        settings.memory = bytes(reader, &field, key);
        check_memory(reader, &field, settings.memory, key);
    }
    if let Some((key, field)) = swap {
        let span = reader.span(field.value);
        settings.swap = bytes(reader, &field, key).map(|swap| Spanned::new(swap, span));
    }
}

/// How long a stop may take: a number of seconds, or Compose's duration.
fn stop_timeout(reader: &mut Reader<'_>, fields: &Fields) -> Option<Duration> {
    let own = fields.get(reader, "stop_timeout").cloned();
    let of_compose = fields.get(reader, "stop_grace_period").cloned();
    if let (Some(own), Some(of_compose)) = (&own, &of_compose) {
        reader.diagnostics.push(synonyms::both(
            reader.yaml,
            (of_compose, "stop_grace_period"),
            (own, "stop_timeout"),
        ));
    }
    match (own, of_compose) {
        (Some(field), _) => reader.seconds(field.value, "stop_timeout", "30"),
        (None, Some(field)) => reader.duration(field.value, "stop_grace_period", "1m30s"),
        (None, None) => None,
    }
}

/// What an engine gives a container that says nothing.
const DEFAULT_SHARES: i64 = 1024;
/// What kernels take.
pub(crate) const SHARES: std::ops::RangeInclusive<i64> = 2..=262_144;
/// So few are hardly meant as a weight.
const FEW_SHARES: i64 = 32;

/// A weight, 0 for the engine's own.
fn shares(reader: &mut Reader<'_>, field: &Field, key: &str) -> Option<i64> {
    if processors(reader, field, key) {
        return None;
    }
    let shares = reader.integer(field.value, &format!("`{key}`"), (0, i64::MAX), &format!("{key}: 512"))?;
    let note =
        format!("`{key}` is a weight beside the other containers of the ship, not a number of processors");
    if shares.value != 0 && !SHARES.contains(&shares.value) {
        reader.diagnostics.push(
            Diagnostic::error(
                "out-of-range",
                format!("`{key}` must be from {} to {}", SHARES.start(), SHARES.end()),
            )
            .at(shares.span, if shares.value == 1 { "too small" } else { "too large" })
            .note(note)
            .help(number_of_processors(reader.yaml, field, key, &shares.value.to_string()))
            .help(format!("write `{key}: {DEFAULT_SHARES}` for the usual weight, or leave it out"))
            .replace(shares.span, DEFAULT_SHARES.to_string()),
        );
        return None;
    }
    if (1..=FEW_SHARES).contains(&shares.value) {
        let text = format!("`{key}: {}` is a weight of {0} where others have {DEFAULT_SHARES}", shares.value);
        reader.diagnostics.push(
            Diagnostic::warning("few-shares", text)
                .at(shares.span, "not a number of processors")
                .help(number_of_processors(reader.yaml, field, key, &shares.value.to_string()))
                .help(format!("write `{key}: {DEFAULT_SHARES}` for the usual weight, or leave it out"))
                .replace(shares.span, DEFAULT_SHARES.to_string()),
        );
    }
    Some(shares.value)
}

/// Tells a number of processors as other tools write it: `0.5`, `500m`, `50%`. True if it was told.
fn processors(reader: &mut Reader<'_>, field: &Field, key: &str) -> bool {
    let written = reader.written(field.value).trim().to_owned();
    let is_number = written.parse::<i64>().is_ok();
    let Some(weight) = convert::weight(&written).filter(|_| !is_number) else { return false };
    let span = reader.span(field.value);
    reader.diagnostics.push(
        Diagnostic::error(
            "wrong-type",
            format!("`{key}` is a weight, not a number of processors: `{written}`"),
        )
        .at(span, "expected a whole number")
        .note(format!("an instance without `{key}` has the weight {DEFAULT_SHARES}"))
        .help(number_of_processors(reader.yaml, field, key, &written))
        .help(format!("or, for a weight beside other containers, write `{key}: {weight}`"))
        .replace(span, weight),
    );
    true
}

/// What limits the processors that an instance may use.
fn number_of_processors(yaml: &Yaml, field: &Field, key: &str, written: &str) -> Help {
    let processors = convert::processors(written).filter(|_| convert::is_processors(written));
    let processors = processors.unwrap_or_else(|| "0.5".to_owned());
    let holder = yaml.holder_of(field.value);
    match (key, holder) {
        ("cpu", Some((limits, name))) => {
            let text =
                format!("to limit its processors, write `cpus: {processors}` beside `limits`, without `cpu`");
            convert::beside_limits(yaml, limits, name, &processors, text.into())
        }
        (_, Some((section, name))) => {
            let meant = format!("cpus: {processors}");
            let help = Help::from(format!("to limit its processors, write `{meant}` in place of `{key}`"));
            let is_free = yaml.value_of(section, "cpus").is_none();
            match yaml.whole_entry(yaml.span(name), field.value).filter(|_| is_free) {
                Some(entry) => help.replace(entry, meant),
                None => help,
            }
        }
        (_, None) => format!("to limit its processors, write `cpus: {processors}`").into(),
    }
}

/// Less than this no engine takes since 20.10.
pub(crate) const LEAST_MEMORY: i64 = 6 << 20;

fn check_memory(reader: &mut Reader<'_>, field: &Field, memory: Option<i64>, key: &str) {
    let span = reader.span(field.value);
    match memory {
        Some(0) => reader.diagnostics.push(
            Diagnostic::warning("no-limit", format!("`{key}: 0` is no limit"))
                .at(span, "an engine takes this for no limit")
                .help(format!("leave it out if none is meant; else write for example `{key}: 512m`")),
        ),
        Some(bytes) if bytes < LEAST_MEMORY => {
            let may_be_megabytes = (6..=1 << 20).contains(&bytes);
            reader.diagnostics.push(
                Diagnostic::error("out-of-range", format!("`{key}` must be at least 6m"))
                    .at(span, format!("this is {bytes} bytes, less than an engine takes"))
                    .help(if may_be_megabytes {
                        let help = Help::from(format!("write `{key}: {bytes}m` if megabytes are meant"));
                        help.replace(span, format!("{bytes}m"))
                    } else {
                        format!("write for example `{key}: 512m`").into()
                    }),
            );
        }
        Some(_) | None => {}
    }
}

/// A number of bytes, with `k`, `m` or `g` behind it for powers of 1024.
pub(in crate::document) fn bytes(reader: &mut Reader<'_>, field: &Field, key: &str) -> Option<i64> {
    let text = reader.text(field.value, &format!("`{key}`"), &format!("{key}: 512m"))?;
    let bytes = parse_bytes(&text.value)
        .filter(|&bytes| bytes >= 0 || (["swap", "memswap_limit"].contains(&key) && bytes == -1));
    if bytes.is_none() {
        let written = reader.written(field.value).to_owned();
        let label = match as_template(&text.value) {
            Some(_) => "Maestro fills in no `$…`: templates read variables",
            None => "expected a whole number of bytes, or one with `k`, `m` or `g` after it",
        };
        reader.diagnostics.push(
            Diagnostic::error("bad-size", format!("`{written}` is not a size that `{key}` takes"))
                .at(text.span, label)
                .help(match reader.yaml.whole_entry(field.key.span, field.value) {
                    Some(entry)
                        if is_without_limit(&text.value) && !["swap", "memswap_limit"].contains(&key) =>
                    {
                        way_out(key, &text).leave_out(entry)
                    }
                    Some(_) | None => way_out(key, &text),
                }),
        );
    }
    bytes
}

/// Whether a text says that there is no limit.
fn is_without_limit(text: &str) -> bool {
    ["-1", "unlimited", "none", "max"].contains(&text.trim())
}

/// What to write in place of a size that is none.
fn way_out(key: &str, text: &Spanned<String>) -> Help {
    let without_limit = is_without_limit(&text.value);
    if let Some(meant) = meant(&text.value) {
        return Help::from(format!("write `{key}: {meant}`")).fix(text.span, meant);
    }
    if let Some(meant) = as_template(&text.value).map(|meant| format!("\"{meant}\"")) {
        return Help::from(format!("write `{key}: {meant}`")).replace(text.span, meant);
    }
    match key {
        "swap" | "memswap_limit" if without_limit => {
            Help::from(format!("write `{key}: -1` for no limit")).fix(text.span, "-1")
        }
        _ if without_limit => format!("leave `{key}` out: without it there is no limit").into(),
        _ => format!("write for example `{key}: 512m`").into(),
    }
}

fn parse_bytes(text: &str) -> Option<i64> {
    let units = [('k', 1 << 10), ('m', 1 << 20), ('g', 1_i64 << 30)];
    let unit = units.into_iter().find(|(unit, _)| text.ends_with([*unit, unit.to_ascii_uppercase()]));
    match unit {
        Some((_, factor)) => text[..text.len() - 1].parse::<i64>().ok()?.checked_mul(factor),
        None => text.parse().ok(),
    }
}

/// What somebody means who writes `1gb`, `512 MiB` or `1.5g`, as other tools take it.
fn meant(text: &str) -> Option<String> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let unit = text[digits..].trim().to_ascii_lowercase();
    let unit = unit.strip_suffix("ib").or(unit.strip_suffix('i')).or(unit.strip_suffix('b')).unwrap_or(&unit);
    let smaller = match unit {
        "k" => None,
        "m" => Some('k'),
        "g" => Some('m'),
        _ => return None,
    };
    let Some((whole, part)) = text[..digits].split_once('.') else {
        return parse_bytes(&format!("{}{unit}", &text[..digits]))
            .map(|_| format!("{}{unit}", &text[..digits]));
    };
    // Halves, quarters and eighths are whole numbers of the next unit.
    let parts: i64 = part.parse().ok()?;
    let of = 10_i64.checked_pow(u32::try_from(part.len()).ok()?)?;
    let more = parts.checked_mul(1024).filter(|more| more % of == 0)? / of;
    let number = whole.parse::<i64>().ok()?.checked_mul(1024)?.checked_add(more)?;
    Some(format!("{number}{}", smaller?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_bytes_or_powers_of_1024() {
        let table = [("5", 5), ("-1", -1), ("2k", 2048), ("1M", 1 << 20), ("3g", 3 << 30)];
        for (text, bytes) in table {
            assert_eq!(parse_bytes(text), Some(bytes), "{text}");
        }
        for (text, words) in [("1gb", "1g"), ("1 Gi", "1g"), ("512MiB", "512m"), ("1.5g", "1536m")] {
            assert_eq!(meant(text).as_deref(), Some(words), "{text}");
        }
        for text in
            ["", "lots", "g", "1.5k", "1.3g", "1t", "-1g", "99999999999999999999g", "1.99999999999999999999g"]
        {
            assert_eq!(meant(text), None, "{text}");
        }
        for text in ["", "k", "1.5g", "1 g", "5gb", "5K\u{212a}", "9999999999g"] {
            assert_eq!(parse_bytes(text), None, "{text}");
        }
    }
}
