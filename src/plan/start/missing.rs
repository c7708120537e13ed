//! What an instance requires and is not part of the start.

use super::{Builder, InstanceId, Start};

impl Start<'_, '_> {
    /// What it requires, is down, and is not part of this start: it starts all the same, as in `MaestroNG`, but says so.
    pub(super) fn remark_on_missing(&self, builder: &mut Builder<'_>, id: InstanceId) {
        if self.missing.is_empty() {
            return;
        }
        let required = builder.required_directly(id);
        let down = required.intersection(&self.missing);
        let names: Vec<&str> = down.map(|&other| builder.environment.instance(other).name.as_str()).collect();
        if !names.is_empty() {
            let text = format!(
                "it requires {}, which is down and not part of this; `-d` takes it in",
                names.join(", ")
            );
            builder.remark(id, text);
        }
    }
}
