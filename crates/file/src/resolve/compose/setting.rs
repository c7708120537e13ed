//! Settings that an engine takes as they are written.

use std::collections::BTreeMap;

use super::{check::is_off, volume::pairs};
use crate::compose::element::{Content, Element};
use maestro_core::value::setting::{ContainerSettings, Setting, SettingForm, SettingValue};

/// The settings of a service. `memory` is what it mounts beside `tmpfs`.
pub(super) fn settings(element: &Element, memory: &BTreeMap<String, String>) -> ContainerSettings {
    let mut settings = ContainerSettings::new();
    for &setting in Setting::ALL {
        let value = match setting {
            Setting::Tmpfs => tmpfs(element, memory),
            Setting::Devices => devices(element),
            Setting::Cpus => cpus(element),
            Setting::PidsLimit => number(element, "pids_limit").or_else(|| limit(element, "limits", "pids")),
            Setting::MemReservation => {
                number(element, "mem_reservation").or_else(|| limit(element, "reservations", "memory"))
            }
            Setting::HealthTest => test(element),
            _ if setting.key().starts_with("healthcheck.") => of_check(element, setting),
            _ => element.get(setting.key()).and_then(|value| of_form(value, setting.form())),
        };
        settings.extend(value.map(|value| (setting, value)));
    }
    settings
}

fn of_form(element: &Element, form: SettingForm) -> Option<SettingValue> {
    match (form, &element.content) {
        (SettingForm::Flag, Content::Boolean(flag)) => Some(SettingValue::Flag(*flag)),
        (
            SettingForm::Number | SettingForm::Bytes | SettingForm::Nanoseconds | SettingForm::Microseconds,
            Content::Integer(number),
        ) => Some(SettingValue::Number(*number)),
        (SettingForm::Text, Content::Text(text)) if !text.is_empty() => {
            Some(SettingValue::Text(text.clone()))
        }
        (SettingForm::Words | SettingForm::Texts, Content::List(items)) => {
            Some(SettingValue::Texts(items.iter().filter_map(scalar).collect()))
        }
        (SettingForm::Texts, Content::Text(text)) => Some(SettingValue::Texts(vec![text.clone()])),
        (SettingForm::Entries, Content::Mapping(members)) => {
            let entries =
                members.iter().filter_map(|(name, member)| Some((name.clone(), scalar(&member.value)?)));
            Some(SettingValue::Entries(entries.collect()))
        }
        _ => None,
    }
}

/// A text or a number as text.
pub(super) fn scalar(element: &Element) -> Option<String> {
    match &element.content {
        Content::Text(text) => Some(text.clone()),
        Content::Integer(number) => Some(number.to_string()),
        Content::Number(number) => Some(number.to_string()),
        Content::Boolean(flag) => Some(flag.to_string()),
        Content::Null | Content::List(_) | Content::Mapping(_) => None,
    }
}

fn number(element: &Element, key: &str) -> Option<SettingValue> {
    element.spanned_integer(key).map(|number| SettingValue::Number(number.value))
}

/// A value of `deploy.resources`.
pub(super) fn resource<'e>(element: &'e Element, kind: &str, key: &str) -> Option<&'e Element> {
    element.get("deploy")?.get("resources")?.get(kind)?.get(key)
}

fn limit(element: &Element, kind: &str, key: &str) -> Option<SettingValue> {
    of_form(resource(element, kind, key)?, SettingForm::Number)
}

/// Processors in billionths.
fn cpus(element: &Element) -> Option<SettingValue> {
    let written = element.get("cpus").or_else(|| resource(element, "limits", "cpus"))?;
    let text = scalar(written)?;
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let whole: i64 = whole.parse().ok()?;
    let part: i64 = format!("{part:0<9}").get(..9)?.parse().ok()?;
    Some(SettingValue::Number(whole.checked_mul(1_000_000_000)?.checked_add(part)?))
}

fn tmpfs(element: &Element, memory: &BTreeMap<String, String>) -> Option<SettingValue> {
    let written = element.spanned_texts("tmpfs").unwrap_or_default();
    let mut memory = memory.clone();
    for mount in &written {
        let (path, options) = mount.value.split_once(':').unwrap_or((mount.value, ""));
        memory.insert(path.to_owned(), options.to_owned());
    }
    (!memory.is_empty()).then_some(SettingValue::Entries(memory))
}

fn devices(element: &Element) -> Option<SettingValue> {
    let devices = element.each("devices").filter_map(|device| {
        let source = device.text_of("source")?;
        let target = device.text_of("target").unwrap_or(source);
        Some(format!("{source}:{target}:{}", device.text_of("permissions").unwrap_or("rwm")))
    });
    let devices: Vec<String> = devices.collect();
    (!devices.is_empty()).then_some(SettingValue::Texts(devices))
}

fn test(element: &Element) -> Option<SettingValue> {
    let check = element.get("healthcheck")?;
    if is_off(check) {
        return Some(SettingValue::Texts(vec!["NONE".to_owned()]));
    }
    of_form(check.get("test")?, SettingForm::Words)
}

/// A value of the health check. One that is switched off has none.
fn of_check(element: &Element, setting: Setting) -> Option<SettingValue> {
    let check = element.get("healthcheck").filter(|check| !is_off(check))?;
    let key = setting.key().trim_start_matches("healthcheck.");
    of_form(check.get(key)?, setting.form())
}

/// The limits of processes: a number each, or a soft and a hard one.
pub(super) fn ulimits(element: &Element) -> Vec<maestro_core::model::container::Ulimit> {
    let ulimits = element.entries("ulimits").filter_map(|(name, limit)| {
        let of = |key: &str| limit.spanned_integer(key).map(|number| number.value);
        let single = if let Content::Integer(number) = limit.content { Some(number) } else { of("single") };
        let (soft, hard) = (of("soft").or(single)?, of("hard").or(single)?);
        Some(maestro_core::model::container::Ulimit { name: name.value.to_owned(), soft, hard })
    });
    ulimits.collect()
}

/// Labels of a service.
pub(super) fn labels(element: &Element) -> BTreeMap<String, String> {
    pairs(element, "labels")
}
