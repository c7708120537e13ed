//! Settings that an engine takes as they are written.

use super::{Drift, FieldValue, limits::bytes};
use crate::{
    model::container::{ContainerSettings, ContainerSpec, Setting, SettingValue},
    value::setting::SettingForm,
};

impl Drift<'_> {
    pub(super) fn settings(&mut self, spec: &ContainerSpec) {
        let now = &self.running.description.settings;
        let none = ContainerSettings::new();
        let image = self.running.image.map_or(&none, |image| &image.settings);
        for &setting in Setting::ALL {
            let (running, declared) = (now.get(&setting), spec.settings.get(&setting));
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
