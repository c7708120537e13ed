//! `hooks` of a service: jobs that run before and after each update.

use super::{
    keys,
    read::{Field, Fields, Reader},
};
use maestro_core::source::Spanned;

/// `hooks` as it is written: names of jobs.
#[derive(Debug, Clone, Default)]
pub struct UpdateHooksSection {
    /// `before_update`
    pub before: Vec<Spanned<String>>,
    /// `after_update`
    pub after: Vec<Spanned<String>>,
}

/// Reads `hooks`.
pub(super) fn read(reader: &mut Reader<'_>, field: &Field) -> UpdateHooksSection {
    let fields =
        reader.section(field.value, "`hooks`", &[keys::UPDATE_HOOKS], "hooks: {before_update: migrate}");
    UpdateHooksSection {
        before: jobs(reader, &fields, "before_update"),
        after: jobs(reader, &fields, "after_update"),
    }
}

fn jobs(reader: &mut Reader<'_>, fields: &Fields, key: &str) -> Vec<Spanned<String>> {
    let Some(field) = fields.get(reader, key).cloned() else { return Vec::new() };
    reader.texts(field.value, &format!("`{key}`"), &format!("{key}: migrate"))
}
