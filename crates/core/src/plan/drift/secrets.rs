//! Secrets that no file has any more: of a container from before, and of a revision that comes back.

use super::{Difference, FieldValue};
use crate::{
    model::{Instance, check::secrets_of},
    observed::description::Description,
    value::secret::{Known, Sensitive},
};

/// Hides the secrets of a running container, and those of the one that is declared, wherever variables, labels and
/// commands repeat them.
pub fn hide_running(
    differences: &mut [Difference],
    instance: &Instance,
    running: &Description,
    sensitive: &Sensitive,
) {
    if differences.is_empty() {
        return;
    }
    let service = &instance.container.owner.service;
    let is_marked = |name: &str| sensitive.covers_key(service, &instance.name, &format!("env.{name}"));
    let declared = &instance.container.env;
    let marked = running.env.iter().chain(declared).filter(|(name, _)| is_marked(name));
    let known = [
        secrets_of(&running.env),
        secrets_of(declared),
        Known::new(marked.filter_map(|(_, value)| value.as_deref())),
    ];
    let repeats = |field: &str| {
        ["command", "entrypoint", "healthcheck.test"].contains(&field)
            || ["env.", "labels."].iter().any(|key| field.starts_with(key))
    };
    for difference in differences.iter_mut().filter(|difference| repeats(&difference.field)) {
        for value in [&mut difference.running, &mut difference.declared].into_iter().flatten() {
            for known in &known {
                if let FieldValue::Text(text) = value {
                    *text = known.hide(text).into_owned();
                }
            }
        }
    }
}
