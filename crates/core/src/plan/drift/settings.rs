//! Settings that an engine takes as they are written.

use std::collections::BTreeSet;

use super::{Drift, FieldValue, limits::bytes};
use crate::{
    model::container::{ContainerSettings, ContainerSpec, Port, Setting, SettingValue},
    plan::published::published,
    value::setting::{OF_CONTAINER, SettingForm},
};

impl Drift<'_> {
    pub(super) fn settings(&mut self, spec: &ContainerSpec) {
        let now = &self.running.description.settings;
        let none = ContainerSettings::new();
        let image = self.running.image.map_or(&none, |image| &image.settings);
        for &setting in Setting::ALL {
            let (running, declared) = (now.get(&setting), spec.settings.get(&setting));
            if setting == Setting::Expose {
                self.exposed_ports(spec, image);
                continue;
            }
            if setting == Setting::Platform {
                self.platform(running.or(image.get(&setting)), declared);
                continue;
            }
            let texts = (running.and_then(SettingValue::text), declared.and_then(SettingValue::text));
            if let (Some(running), Some(declared)) = texts
                && declared.starts_with(OF_CONTAINER)
            {
                // Engines keep the name as they were told it, or the id that it had then.
                if !self.is_same_container(running, declared) {
                    self.push(setting.key(), Some(running.to_owned()), Some(declared.to_owned()));
                }
                continue;
            }
            if self.is_same && !(setting.is_updatable() && running.is_some()) {
                // Nobody can change it, or the engine's kernel lacks it, so that the engine dropped it.
                continue;
            }
            let is_known = !setting.is_of_image() || self.running.image.is_some();
            let (running, wanted) = match declared {
                Some(declared) => (running, Some(declared)),
                None if !is_known => continue,
                None => (
                    running.filter(|value| image.contains_key(&setting) || !setting.is_engines(value)),
                    image.get(&setting),
                ),
            };
            // An entrypoint that is reset is told as none.
            let wanted = wanted.filter(|value| !setting.is_nothing(value));
            if running != wanted {
                self.setting(setting, running, wanted);
            }
        }
    }

    /// Compares the ports that are neither published nor the image's.
    fn exposed_ports(&mut self, spec: &ContainerSpec, image: &ContainerSettings) {
        if self.is_same || self.running.image.is_none() {
            return;
        }
        let now = self.running.description;
        let of = |settings: &ContainerSettings| -> BTreeSet<String> {
            let ports = settings.get(&Setting::Expose).and_then(SettingValue::texts);
            ports.unwrap_or_default().iter().cloned().collect()
        };
        let published: BTreeSet<String> = now.ports.iter().map(|(inside, _)| inside.clone()).collect();
        let declared: BTreeSet<String> = spec.ports.iter().flat_map(published_ports).collect();
        let own = |all: BTreeSet<String>, published: &BTreeSet<String>| -> Vec<String> {
            let of_image = of(image);
            all.into_iter().filter(|port| !of_image.contains(port) && !published.contains(port)).collect()
        };
        let (running, declared) = (own(of(&now.settings), &published), own(of(&spec.settings), &declared));
        self.list(Setting::Expose.key(), &running, &declared);
    }

    /// Compares the platform of the image that runs. `linux/arm64` means any variant.
    fn platform(&mut self, running: Option<&SettingValue>, declared: Option<&SettingValue>) {
        let is_told = self.running.description.settings.contains_key(&Setting::Platform);
        let (running, declared) =
            (running.and_then(SettingValue::text), declared.and_then(SettingValue::text));
        let is_same = match (running, declared) {
            (Some(running), Some(declared)) => {
                let is_variant = running.strip_prefix(declared).is_some_and(|rest| rest.starts_with('/'));
                running == declared || is_variant
            }
            (None, Some(_)) => self.running.image.is_none(),
            // Any platform does, and the image's is one.
            (_, None) => !is_told,
        };
        if !self.is_same && !is_same {
            let owned = |text: Option<&str>| text.map(str::to_owned);
            self.push(Setting::Platform.key(), owned(running), owned(declared));
        }
    }

    fn setting(&mut self, setting: Setting, running: Option<&SettingValue>, declared: Option<&SettingValue>) {
        let entries = |value: Option<&SettingValue>| value.and_then(SettingValue::entries).cloned();
        if setting.form() == SettingForm::Entries {
            let (running, declared) = (entries(running), entries(declared));
            self.each(setting.key(), &running.unwrap_or_default(), &declared.unwrap_or_default(), true);
            return;
        }
        let shown = |value: Option<&SettingValue>| value.map(|value| FieldValue::Text(shown(setting, value)));
        self.push_values(setting.key().to_owned(), shown(running), shown(declared));
    }
}

/// The ports inside that are published.
fn published_ports(port: &Port) -> Vec<String> {
    published(port).map(|(inside, _)| inside).collect()
}

/// A setting's value as people read it.
fn shown(setting: Setting, value: &SettingValue) -> String {
    match value {
        SettingValue::Flag(flag) => flag.to_string(),
        SettingValue::Number(number) => match setting.form() {
            SettingForm::Bytes => bytes(*number),
            SettingForm::Nanoseconds => {
                with_unit(*number, &[("s", 1_000_000_000), ("ms", 1_000_000), ("µs", 1_000)], "ns")
            }
            SettingForm::Microseconds => with_unit(*number, &[("s", 1_000_000), ("ms", 1_000)], "µs"),
            SettingForm::Processors => processors(*number),
            SettingForm::Flag
            | SettingForm::Number
            | SettingForm::Text
            | SettingForm::Words
            | SettingForm::Texts
            | SettingForm::Entries
            | SettingForm::DeviceNumbers
            | SettingForm::DeviceRequests => number.to_string(),
        },
        SettingValue::Text(text) => text.clone(),
        SettingValue::Texts(texts) if setting.form() == SettingForm::Words => texts.join(" "),
        SettingValue::Texts(texts) => texts.join(", "),
        SettingValue::Entries(entries) => {
            let each = |(name, value): (&String, &String)| format!("{name}={value}");
            entries.iter().map(each).collect::<Vec<_>>().join(", ")
        }
        SettingValue::Numbers(numbers) => {
            let each = |(name, value): (&String, &i64)| format!("{name}={value}");
            numbers.iter().map(each).collect::<Vec<_>>().join(", ")
        }
        SettingValue::Requests(requests) => {
            requests.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
        }
    }
}

/// A number with the largest unit that says it exactly.
fn with_unit(number: i64, units: &[(&str, i64)], smallest: &str) -> String {
    let unit = units.iter().find(|(_, size)| number != 0 && number % size == 0);
    unit.map_or_else(|| format!("{number} {smallest}"), |(unit, size)| format!("{} {unit}", number / size))
}

/// Billionths as a decimal number: `0.5`.
fn processors(billionths: i64) -> String {
    let (whole, part) = (billionths / 1_000_000_000, billionths % 1_000_000_000);
    let text = format!("{whole}.{part:09}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_units() {
        let number = |setting, number| shown(setting, &SettingValue::Number(number));
        assert_eq!(number(Setting::Cpus, 500_000_000), "0.5");
        assert_eq!(number(Setting::Cpus, 2_000_000_000), "2");
        assert_eq!(number(Setting::ShmSize, 64 << 20), "64 MiB");
        assert_eq!(number(Setting::HealthInterval, 90_000_000_000), "90 s");
        assert_eq!(number(Setting::CpuPeriod, 50_000), "50 ms");
        assert_eq!(number(Setting::PidsLimit, 100), "100");
        let words = SettingValue::Texts(vec!["sh".to_owned(), "-c".to_owned()]);
        assert_eq!(shown(Setting::Entrypoint, &words), "sh -c");
        assert_eq!(shown(Setting::GroupAdd, &words), "sh, -c");
    }
}
