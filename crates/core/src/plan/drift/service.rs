//! What differs between what the file declares of a service on a Swarm and what the Swarm has.
//!
//! A service is compared with the body of the request that would make it, part by part, so that any change by
//! `docker service update` is found.

use serde_json::Value;

use super::{Difference, FieldValue, FileComparison, HIDDEN, place};
use crate::{
    model::{
        Environment, Instance,
        carried::FileAccess,
        swarm::{FileChange, ServiceRequest, StoredKind, SwarmSpec, changed_parts},
    },
    value::secret::hides,
};

/// All differences, in a fixed order.
pub(super) fn differences(
    environment: &Environment,
    instance: &Instance,
    swarm: &SwarmSpec,
    running: &Value,
) -> Vec<Difference> {
    let mut declared = ServiceRequest::of(instance, swarm, &environment.volumes).document;
    with_contents_of(&mut declared, running);
    let each = changed_parts(running, &declared).into_iter().map(|part| {
        let side = |value: Option<String>| {
            let hidden = |value: &String| part.name.as_ref().is_some_and(|name| hides(name, value));
            value.map(|value| if hidden(&value) { HIDDEN.to_owned() } else { value }).map(FieldValue::Text)
        };
        let file = |access: Option<FileAccess>, other: FileComparison| {
            let is_same = part.file.is_none_or(|file| file.is_same_content);
            let content = if is_same { FileComparison::Same } else { other };
            access.map(|access| FieldValue::File { access, content })
        };
        let place = Some(place(instance, &part.key));
        let (running, declared) = match part.file {
            Some(FileChange { before, after, .. }) => {
                (file(before, FileComparison::Old), file(after, FileComparison::New))
            }
            None => (side(part.before.clone()), side(part.after.clone())),
        };
        Difference { field: part.key.clone(), running, declared, place, is_peers_alone: false }
    });
    each.collect()
}

/// Gives a file whose content was not read the content that the service has.
fn with_contents_of(declared: &mut Value, running: &Value) {
    for kind in StoredKind::ALL {
        let (path, _, key) = kind.keys();
        let known = running.pointer(path).and_then(Value::as_array).cloned().unwrap_or_default();
        let entries = declared.pointer_mut(path).and_then(Value::as_array_mut);
        for entry in entries.into_iter().flatten().filter(|entry| entry.get(key).is_none()) {
            let place = |entry: &Value| entry.pointer("/File/Name").cloned();
            let same = known.iter().find(|known| place(known) == place(entry));
            if let Some(name) = same.and_then(|same| same.get(key)) {
                entry[key] = name.clone();
            }
        }
    }
}
