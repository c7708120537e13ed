//! The name of an instance's container, and whether it can have it.

use super::{Builder, InstanceId, Start, StepId};
use crate::{observed::Container, plan::BlockedReason};

impl Start<'_, '_> {
    /// Why it must not get a new container: another instance's has the name that it is to have, and keeps it.
    pub(super) fn name_taken(
        &self,
        builder: &Builder<'_>,
        id: InstanceId,
        old: Option<&Container>,
    ) -> Option<BlockedReason> {
        let is_made = old.is_none_or(|old| {
            let is_up = old.state.is_up() && !self.stopped.contains_key(&id);
            self.replacing.reasons.contains_key(&id) || !(is_up || self.stays(builder, id, old))
        });
        let is_free = !is_made || self.replacing.renames.freed.contains_key(&id);
        if is_free || old.is_some() && builder.is_foreign(id) { None } else { builder.name_taken(id) }
    }

    /// The name that the started container has, and the step that gives it that, if one does.
    pub(super) fn name(
        &self,
        builder: &Builder<'_>,
        id: InstanceId,
        old: Option<&Container>,
    ) -> (String, Option<StepId>) {
        let named = self.replacing.renames.named.get(&id).copied().filter(|_| old.is_some());
        let name = match old {
            // Only `apply` gives it the name that the file says.
            Some(old) if self.stays(builder, id, old) && named.is_none() => old.name.clone(),
            Some(_) | None => builder.environment.instance(id).container_name().to_owned(),
        };
        (name, named)
    }
}
