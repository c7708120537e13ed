//! Settings that an engine takes as they are written.

use std::collections::{BTreeMap, BTreeSet};

use super::{OF_SERVICE, check::is_off, instance_name};
use crate::compose::element::{Content, Element};
use crate::resolve::label::pairs;
use maestro_core::value::{
    expose::exposed,
    setting::{ContainerSettings, DeviceRequest, OF_CONTAINER, Setting, SettingForm, SettingValue},
};

/// The settings of a service. `memory` is what it mounts beside `tmpfs`.
pub(super) fn settings(element: &Element, memory: &BTreeMap<String, String>) -> ContainerSettings {
    let mut settings = ContainerSettings::new();
    for &setting in Setting::ALL {
        let value = match setting {
            Setting::Tmpfs => tmpfs(element, memory),
            Setting::Devices => devices(element),
            Setting::HealthTest => test(element),
            Setting::Cpus => written(element, setting).or_else(|| limit(element, "limits", "cpus", setting)),
            Setting::PidsLimit => {
                written(element, setting).or_else(|| limit(element, "limits", "pids", setting))
            }
            Setting::MemReservation => {
                written(element, setting).or_else(|| limit(element, "reservations", "memory", setting))
            }
            Setting::Gpus => gpus(element),
            Setting::Expose => expose(element),
            Setting::Pid | Setting::Ipc => written(element, setting).map(namespace),
            // The others are as they are written.
            _ if setting.key().starts_with("healthcheck.") => of_check(element, setting),
            _ => written(element, setting),
        };
        settings.extend(value.map(|value| (setting, value)));
    }
    settings
}

/// The value of the setting's own key.
fn written(element: &Element, setting: Setting) -> Option<SettingValue> {
    let mut keys = setting.key().split('.');
    of_form(keys.try_fold(element, |element, key| element.get(key))?, setting.form())
}

/// The ports as engines write them, each once. What is no port was told.
fn expose(element: &Element) -> Option<SettingValue> {
    let written = list(element.get("expose")?);
    let ports: BTreeSet<String> = written.iter().filter_map(|text| exposed(text)).flatten().collect();
    (!ports.is_empty()).then(|| SettingValue::Texts(ports.into_iter().collect()))
}

/// `service:NAME` as the container of that service.
fn namespace(mode: SettingValue) -> SettingValue {
    let service = mode.text().and_then(|mode| mode.strip_prefix(OF_SERVICE));
    match service {
        Some(service) => SettingValue::Text(format!("{OF_CONTAINER}{}", instance_name(service, 1))),
        None => mode,
    }
}

fn of_form(element: &Element, form: SettingForm) -> Option<SettingValue> {
    Some(match form {
        SettingForm::Flag => {
            let Content::Boolean(flag) = element.content else { return None };
            SettingValue::Flag(flag)
        }
        SettingForm::Number | SettingForm::Bytes | SettingForm::Nanoseconds | SettingForm::Microseconds => {
            let Content::Integer(number) = element.content else { return None };
            SettingValue::Number(number.try_into().ok()?)
        }
        SettingForm::Processors => SettingValue::Number(billionths(&scalar(element)?)?),
        SettingForm::Text => {
            SettingValue::Text(element.as_text().filter(|text| !text.is_empty())?.to_owned())
        }
        SettingForm::Words => SettingValue::Texts(element.items().map(|_| list(element))?),
        SettingForm::Texts if element.is_null() => return None,
        SettingForm::Texts => SettingValue::Texts(list(element)),
        SettingForm::Entries => {
            let entries = element.members()?.iter();
            let entries = entries.filter_map(|(name, member)| Some((name.clone(), scalar(&member.value)?)));
            SettingValue::Entries(entries.collect())
        }
        SettingForm::DeviceNumbers => {
            let device = |device: &Element| {
                let number = device.spanned_integer("rate").or_else(|| device.spanned_integer("weight"))?;
                Some((device.text_of("path")?.to_owned(), number.value))
            };
            SettingValue::Numbers(element.items()?.iter().filter_map(device).collect())
        }
        SettingForm::DeviceRequests => SettingValue::Requests(element.items()?.iter().map(request).collect()),
    })
}

/// A request for devices.
fn request(element: &Element) -> DeviceRequest {
    DeviceRequest {
        driver: element.text_of("driver").unwrap_or_default().to_owned(),
        count: element.spanned_integer("count").map(|count| count.value).unwrap_or_default(),
        device_ids: element.get("device_ids").map(list).unwrap_or_default(),
        capabilities: element.get("capabilities").map(list).unwrap_or_default(),
        options: pairs(element, "options"),
    }
}

/// The devices that `deploy` reserves, those of `gpus`, which are capable of `gpu` whatever is written, and those of
/// `devices` that are not paths.
fn gpus(element: &Element) -> Option<SettingValue> {
    let reserved = resources(element, "reservations").map(|reserved| reserved.each("devices"));
    let mut requests: Vec<DeviceRequest> = reserved.into_iter().flatten().map(request).collect();
    requests.extend(element.each("gpus").map(|gpu| {
        let mut request = request(gpu);
        request.capabilities.push("gpu".to_owned());
        request
    }));
    let named: Vec<String> = sources(element).filter(|source| is_cdi(source)).map(str::to_owned).collect();
    if !named.is_empty() {
        let driver = "cdi".to_owned();
        requests.push(DeviceRequest { driver, device_ids: named, ..DeviceRequest::default() });
    }
    (!requests.is_empty()).then_some(SettingValue::Requests(requests))
}

/// A list of texts, or one of them alone.
pub(super) fn list(element: &Element) -> Vec<String> {
    match element.items() {
        Some(items) => items.iter().filter_map(scalar).collect(),
        None => scalar(element).into_iter().collect(),
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

/// A part of `deploy.resources`.
pub(super) fn resources<'e>(element: &'e Element, kind: &str) -> Option<&'e Element> {
    element.get("deploy")?.get("resources")?.get(kind)
}

pub(super) fn limit(element: &Element, kind: &str, key: &str, setting: Setting) -> Option<SettingValue> {
    of_form(resources(element, kind)?.get(key)?, setting.form())
}

/// A number with up to nine digits behind its point, in billionths.
fn billionths(text: &str) -> Option<i64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let whole: i64 = whole.parse().ok()?;
    let part: i64 = format!("{part:0<9}").get(..9)?.parse().ok()?;
    whole.checked_mul(1_000_000_000)?.checked_add(part)
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

/// What `devices` names on the host.
fn sources(element: &Element) -> impl Iterator<Item = &str> {
    element.each("devices").filter_map(|device| device.text_of("source"))
}

/// Whether a device is one of the Container Device Interface, `vendor.com/class=name`, and no path.
fn is_cdi(source: &str) -> bool {
    let kind = source.split_once('=').and_then(|(kind, _)| kind.split_once('/'));
    kind.is_some_and(|(vendor, class)| !vendor.is_empty() && !class.contains('/'))
}

fn devices(element: &Element) -> Option<SettingValue> {
    let devices = element.each("devices").filter_map(|device| {
        let source = device.text_of("source").filter(|source| !is_cdi(source))?;
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
