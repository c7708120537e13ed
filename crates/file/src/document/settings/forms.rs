//! `ports`, `volumes` and `networks`: the first two in this format's own form, or as Compose has them.

use super::Settings;
use crate::document::{
    ports, raw,
    read::{Field, Fields, Reader},
    schema::Schema,
    volumes,
    yaml::NodeKind,
};

/// Reads them. Values in a form of Compose are kept as they are written.
pub(super) fn read(reader: &mut Reader<'_>, fields: &Fields, settings: &mut Settings) {
    if let Some(field) = fields.get(reader, "ports").cloned() {
        if is_of_compose(reader, &field) {
            settings.forms.extend([raw::member(reader.yaml, &field)]);
        } else {
            (settings.ports, settings.gaps.ports) = ports::read(reader, &field);
        }
    }
    if let Some(field) = fields.get(reader, "volumes").cloned() {
        if is_of_compose(reader, &field) {
            settings.forms.extend([raw::member(reader.yaml, &field)]);
        } else {
            settings.volumes = volumes::read(reader, &field);
        }
    }
    let Some(field) = fields.get(reader, "networks").cloned() else { return };
    if reader.schema == Schema::Three {
        settings.forms.extend([raw::member(reader.yaml, &field)]);
        return;
    }
    let without = "leave it out: all instances share the environment's network; `net` names another one";
    let problem = reader.schema.needs_three(reader.yaml, "networks", field.key.span, without);
    reader.diagnostics.push(problem);
}

/// Whether a value is in Compose's form: a list, in schema 3.
fn is_of_compose(reader: &Reader<'_>, field: &Field) -> bool {
    reader.schema == Schema::Three && matches!(reader.yaml.kind(field.value), NodeKind::Sequence(_))
}
