//! Limits of single devices (`blkio_config`), and devices of drivers (`gpus`).

use std::collections::BTreeMap;

use super::{limits, pairs, written::WrittenSettings};
use crate::document::{
    keys::{self, Key},
    read::{Field, Fields, Reader},
    yaml::NodeId,
};
use maestro_core::{
    diagnostic::{Diagnostic, Help},
    source::Spanned,
    value::setting::{DeviceRequest, Setting, SettingValue},
};

/// The keys of `blkio_config` that have a list of devices.
const LISTS: [(Setting, &str); 5] = [
    (Setting::BlkioWeightDevice, "weight_device"),
    (Setting::BlkioReadBps, "device_read_bps"),
    (Setting::BlkioWriteBps, "device_write_bps"),
    (Setting::BlkioReadIops, "device_read_iops"),
    (Setting::BlkioWriteIops, "device_write_iops"),
];

/// What kernels take for a weight.
const WEIGHTS: (i64, i64) = (10, 1000);

/// Reads `blkio_config`.
pub(super) fn read(reader: &mut Reader<'_>, fields: &Fields, settings: &mut WrittenSettings) {
    let Some(field) = fields.get(reader, "blkio_config").cloned() else { return };
    let example = "blkio_config: {weight: 300}";
    let blkio = reader.section(field.value, "`blkio_config`", &[keys::BLKIO], example);
    if let Some(field) = blkio.get(reader, "weight").cloned() {
        let weight = reader.integer(field.value, "`weight`", WEIGHTS, "weight: 300");
        let weight = weight.map(|weight| Spanned::new(SettingValue::Number(weight.value), weight.span));
        settings.extend(weight.map(|weight| (Setting::BlkioWeight, weight)));
    }
    for (setting, key) in LISTS {
        let Some(field) = blkio.get(reader, key).cloned() else { continue };
        let (span, numbers) = (reader.span(field.value), device_numbers(reader, &field, setting, key));
        settings.insert(setting, Spanned::new(SettingValue::Numbers(numbers), span));
    }
}

/// A list of devices, each with a rate or a weight.
fn device_numbers(
    reader: &mut Reader<'_>,
    field: &Field,
    setting: Setting,
    key: &str,
) -> BTreeMap<String, i64> {
    let counts_bytes = matches!(setting, Setting::BlkioReadBps | Setting::BlkioWriteBps);
    let (known, number, value): (&'static [Key], _, _) = if setting == Setting::BlkioWeightDevice {
        (keys::BLKIO_WEIGHT, "weight", "200")
    } else {
        (keys::BLKIO_RATE, "rate", if counts_bytes { "12m" } else { "120" })
    };
    let example = format!("{key}: [{{path: /dev/sda, {number}: {value}}}]");
    let mut numbers = BTreeMap::new();
    for item in reader.items(field.value, &format!("`{key}`"), &example) {
        let device = reader.section(item, &format!("a device of `{key}`"), &[known], &example);
        let path = device.get(reader, "path").cloned();
        let written = device.get(reader, number).cloned();
        let (Some(path), Some(written)) = (path, written) else {
            if !device.is_meant("path") && !device.is_meant(number) {
                let problem = format!("a device of `{key}` needs `path` and `{number}`");
                reader.diagnostics.push(
                    Diagnostic::error("missing-key", problem)
                        .at(reader.span(item), "one of them is missing")
                        .help(format!("write for example `{example}`")),
                );
            }
            continue;
        };
        let path = reader.text(path.value, "`path`", "path: /dev/sda");
        let count = if counts_bytes {
            limits::bytes(reader, &written, "rate")
        } else {
            let bounds = if number == "weight" { WEIGHTS } else { (1, i64::MAX) };
            let example = format!("{number}: {value}");
            let count = reader.integer(written.value, &format!("`{number}`"), bounds, &example);
            count.map(|count| count.value)
        };
        numbers.extend(path.zip(count).map(|(path, count)| (path.value, count)));
    }
    numbers
}

/// Reads `gpus`: `all`, or a list of requests.
pub(super) fn gpus(reader: &mut Reader<'_>, field: &Field) -> Option<SettingValue> {
    let example = "gpus: [{driver: nvidia, count: 2}]";
    if reader.is_scalar(field.value) {
        let text = reader.text(field.value, "`gpus`", "gpus: all")?;
        if text.value == "all" {
            let all = DeviceRequest { count: -1, capabilities: vec!["gpu".to_owned()], ..Default::default() };
            return Some(SettingValue::Requests(vec![all]));
        }
        let problem = format!("`{}` is not a value of `gpus`", text.value);
        let number = text.value.parse::<u16>().ok();
        let help = match number {
            Some(number) => {
                let meant = format!("[{{count: {number}}}]");
                Help::from(format!("write `gpus: {meant}`")).fix(text.span, meant)
            }
            None => format!("write `gpus: all`, or for example `{example}`").into(),
        };
        reader.diagnostics.push(
            Diagnostic::error("bad-gpus", problem).at(text.span, "expected `all`, or a list").help(help),
        );
        return None;
    }
    let items = reader.items(field.value, "`gpus`", example);
    let requests = items.into_iter().filter_map(|item| request(reader, item, example));
    Some(SettingValue::Requests(requests.collect()))
}

fn request(reader: &mut Reader<'_>, item: NodeId, example: &str) -> Option<DeviceRequest> {
    let fields = reader.section(item, "an item of `gpus`", &[keys::GPU], example);
    let mut request = DeviceRequest::default();
    if let Some(field) = fields.get(reader, "driver").cloned() {
        request.driver = reader.text(field.value, "`driver`", "driver: nvidia")?.value;
    }
    for (key, list) in [("device_ids", &mut request.device_ids), ("capabilities", &mut request.capabilities)]
    {
        if let Some(field) = fields.get(reader, key).cloned() {
            let texts = reader.texts(field.value, &format!("`{key}`"), &format!("{key}: [\"0\"]"));
            list.extend(texts.into_iter().map(|text| text.value));
        }
    }
    if !request.capabilities.iter().any(|capability| capability == "gpu") {
        request.capabilities.push("gpu".to_owned());
    }
    if let Some(field) = fields.get(reader, "options").cloned() {
        request.options = pairs(reader, &field, "`options`", "options: {name: value}").into_iter().collect();
    }
    let Some(field) = fields.get(reader, "count").cloned() else {
        // All, unless devices are named.
        request.count = if request.device_ids.is_empty() { -1 } else { 0 };
        return Some(request);
    };
    if !request.device_ids.is_empty() {
        reader.diagnostics.push(
            Diagnostic::error("conflicting-keys", "`count` and `device_ids` do not go together")
                .at(reader.span(field.value), "the devices are named already")
                .help("remove one of them"),
        );
    }
    if reader.written(field.value).trim_matches(['"', '\'']) == "all" {
        request.count = -1;
        return Some(request);
    }
    request.count = reader.integer(field.value, "`count`", (1, i64::MAX), "count: 2")?.value;
    Some(request)
}
