//! What an instance requires and is not part of the start.

use super::{Builder, InstanceId, Note, Start};

impl Start<'_, '_> {
    /// What it requires, is down, and is not part of this start: it starts all the same, as in `MaestroNG`, but says so.
    pub(super) fn remark_on_missing(&self, builder: &mut Builder<'_>, id: InstanceId) {
        if self.missing.is_empty() {
            return;
        }
        let required = builder.required_directly(id);
        let down = required.intersection(&self.missing);
        let names: Vec<String> =
            down.map(|&other| builder.environment.instance(other).name.clone()).collect();
        if !names.is_empty() {
            builder.remark(id, Note::RequiresDown(names));
        }
    }
}
