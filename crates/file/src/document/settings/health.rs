//! `healthcheck`: the health check of a container, in place of its image's.

use super::{command, written::WrittenSettings};
use crate::document::{
    keys,
    read::{Fields, Reader},
};
use maestro_core::{
    diagnostic::Diagnostic,
    source::Spanned,
    value::setting::{Setting, SettingValue},
};

/// Reads `healthcheck`.
pub(super) fn read(reader: &mut Reader<'_>, fields: &Fields) -> WrittenSettings {
    let mut settings = WrittenSettings::new();
    let Some(field) = fields.get(reader, "healthcheck").cloned() else { return settings };
    let example = "healthcheck: {test: [CMD, /ready], interval: 10s}";
    let health = reader.section(field.value, "`healthcheck`", &[keys::HEALTHCHECK], example);
    if let Some(test) = test(reader, &health) {
        settings.insert(Setting::HealthTest, test);
    }
    for (setting, key) in [
        (Setting::HealthInterval, "interval"),
        (Setting::HealthTimeout, "timeout"),
        (Setting::HealthStartPeriod, "start_period"),
        (Setting::HealthStartInterval, "start_interval"),
    ] {
        let Some(field) = health.get(reader, key).cloned() else { continue };
        let span = reader.span(field.value);
        let time = reader.nanoseconds(field.value, key);
        settings.extend(time.map(|time| (setting, Spanned::new(SettingValue::Number(time), span))));
    }
    if let Some(field) = health.get(reader, "retries").cloned() {
        let retries = reader.integer(field.value, "`retries`", (0, i64::MAX), "retries: 3");
        let retries = retries.map(|number| Spanned::new(SettingValue::Number(number.value), number.span));
        settings.extend(retries.map(|retries| (Setting::HealthRetries, retries)));
    }
    let disable = health.get(reader, "disable").cloned();
    if let Some(field) = disable
        && reader.boolean(field.value, "`disable`") == Some(true)
    {
        let span = reader.span(field.value);
        if let Some(test) = settings.get(&Setting::HealthTest) {
            reader.diagnostics.push(
                Diagnostic::error("bad-healthcheck", "`disable: true` leaves no `test`")
                    .at(span, "no health check runs")
                    .also(test.span, "this test does not run")
                    .help("remove one of them"),
            );
        }
        // Compose drops the rest too: nothing of it has a meaning.
        settings.clear();
        let none = SettingValue::Texts(vec!["NONE".to_owned()]);
        settings.insert(Setting::HealthTest, Spanned::new(none, span));
    }
    settings
}

/// `test`: text for a shell, or a list that begins with `CMD`, `CMD-SHELL` or `NONE`.
fn test(reader: &mut Reader<'_>, health: &Fields) -> Option<Spanned<SettingValue>> {
    let field = health.get(reader, "test")?.clone();
    let span = reader.span(field.value);
    let words = if reader.is_scalar(field.value) {
        let text = reader.text(field.value, "`test`", "test: curl -f http://localhost/")?;
        vec!["CMD-SHELL".to_owned(), text.value]
    } else {
        command::words(reader, health, "test")?.value
    };
    let problem = match words.split_first().map(|(first, rest)| (first.as_str(), rest)) {
        Some(("NONE", [])) | None => None,
        Some(("NONE", _)) => Some(("`NONE` stands alone", "write `test: [NONE]`, or `disable: true`")),
        Some(("CMD" | "CMD-SHELL", [])) => {
            Some(("no command follows", "write for example `test: [CMD, /ready]`"))
        }
        Some(("CMD-SHELL", [_, _, ..])) => Some((
            "`CMD-SHELL` takes one text",
            "write `[CMD-SHELL, \"COMMAND WITH ARGUMENTS\"]`, or `CMD` in place of `CMD-SHELL`",
        )),
        Some(("CMD" | "CMD-SHELL", _)) => None,
        Some(_) => Some((
            "the list begins with neither `CMD`, `CMD-SHELL` nor `NONE`",
            "write `CMD` in front: `test: [CMD, PROGRAM, ARGUMENT]`",
        )),
    };
    if let Some((label, help)) = problem {
        reader.diagnostics.push(
            Diagnostic::error("bad-healthcheck", "`test` is not a health check").at(span, label).help(help),
        );
    }
    Some(Spanned::new(SettingValue::Texts(words), span))
}
