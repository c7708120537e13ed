//! `post_start` and `pre_stop`: commands in a container after its start and before its stop.

use super::{command, variables};
use crate::document::{
    keys,
    read::{Fields, Reader},
    yaml::NodeKind,
};
use maestro_core::{diagnostic::Diagnostic, value::hook::Hook};

/// The hooks of a key; none if it is not written.
pub(super) fn read(reader: &mut Reader<'_>, fields: &Fields, key: &'static str) -> Option<Vec<Hook>> {
    let field = fields.get(reader, key)?.clone();
    let example = format!("{key}: [{{command: [\"true\"]}}]");
    let NodeKind::Sequence(items) = reader.yaml.kind(field.value) else {
        reader.wrong_type(field.value, &format!("`{key}`"), "a list of commands", &example);
        return None;
    };
    let items = items.clone();
    let hook = |item| {
        let what = format!("a hook of `{key}`");
        let fields = reader.section(item, &what, &[keys::HOOK], "{command: [\"true\"]}");
        let command = command::words(reader, &fields, "command").filter(|words| !words.value.is_empty());
        if command.is_none() && !fields.attempted(reader, "command") {
            let (span, label) = fields.missing("command");
            let problem = Diagnostic::error("missing-key", format!("{what} needs `command`"));
            reader.diagnostics.push(problem.at(span, label).help(format!("write for example `{example}`")));
        }
        let privileged = fields.get(reader, "privileged").cloned();
        let environment = fields.get(reader, "environment").cloned();
        Some(Hook {
            command: command?.value,
            user: super::text(reader, &fields, "user", "root").map(|user| user.value),
            privileged: privileged
                .and_then(|field| reader.boolean(field.value, "`privileged`"))
                .unwrap_or_default(),
            working_dir: super::text(reader, &fields, "working_dir", "/srv").map(|path| path.value),
            environment: environment
                .map(|field| variables::read(reader, &field))
                .unwrap_or_default()
                .into_iter()
                .map(|(name, value)| (name.value, value))
                .collect(),
        })
    };
    Some(items.into_iter().filter_map(hook).collect())
}
