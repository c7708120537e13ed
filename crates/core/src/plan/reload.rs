//! Reloads: where only contents of files have changed whose programs read them again at a signal, the files are copied
//! into the running container, and it gets the signal.

use std::collections::BTreeSet;

use super::{
    action::{Action, ContainerAction},
    builder::Builder,
    drift::Difference,
};
use crate::{
    model::{InstanceId, carried::CarriedFiles, file_label::labelled},
    observed::{Container, ContainerState, kept_files::ReloadRecord},
};

/// The action that takes the place of a replacement; none if more differs than such contents.
pub(super) fn reload(
    builder: &Builder<'_>,
    id: InstanceId,
    container: &Container,
    differences: &[Difference],
) -> Option<Action> {
    let instance = builder.environment.instance(id);
    let is_of_file = |one: &Difference| one.field.starts_with("files.");
    if container.state != ContainerState::Running || !differences.iter().all(is_of_file) {
        return None;
    }
    let (has, declared) = (labelled(&container.labels), &instance.container.files);
    if !has.keys().eq(declared.keys()) {
        return None;
    }
    let mut signals = BTreeSet::new();
    let changed = declared.iter().filter(|(target, file)| has.get(*target) != Some(*file));
    let files: Option<CarriedFiles> = changed
        .map(|(target, file)| {
            let known = instance.files.iter().find(|known| known.target == *target)?;
            let before = has.get(target)?;
            let is_content_alone = before.access == file.access && before.own_volume == file.own_volume;
            signals.insert(known.on_change.clone().filter(|_| is_content_alone)?);
            Some(known.clone())
        })
        .collect();
    let kept = &builder.holdings(instance.ship)?.files;
    let record = ReloadRecord::new(&instance.container, &container.id, kept.next_number(&container.id));
    Some(Action::Container(ContainerAction::Reload {
        container: container.name.clone(),
        files: files.filter(|files| !files.is_empty())?,
        signals: signals.into_iter().collect(),
        replaced: kept.records_of(&container.id).map(ReloadRecord::volume).collect(),
        record: Box::new(record),
    }))
}
