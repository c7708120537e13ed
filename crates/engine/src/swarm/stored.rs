//! Configs and secrets of services.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use crate::{EngineError, Services};
use maestro_core::{
    fault::SwarmFault,
    model::swarm::{ServiceRequest, StoredFile, StoredKind},
    observed::kept_files::stored_labels,
};

/// Stores a content, if it is not stored yet: its name tells what it is.
///
/// # Errors
/// As the manager answers.
pub async fn store(manager: &dyn Services, environment: &str, file: &StoredFile) -> Result<(), EngineError> {
    let labels = stored_labels(environment);
    match manager.store(file.kind, &file.name, &labels, file.content.bytes()).await {
        Err(EngineError::Conflict(_)) => Ok(()),
        result => result,
    }
}

/// A service's document with the ids of its configs and secrets, which a manager asks for beside their names.
pub(super) async fn with_ids(manager: &dyn Services, mut document: Value) -> Result<Value, EngineError> {
    let request = ServiceRequest { document: document.clone() };
    for kind in StoredKind::ALL {
        if !request.stored().any(|(of, _)| of == kind) {
            continue;
        }
        let all = manager.stored(kind, &BTreeMap::new()).await?;
        let ids: HashMap<&str, &str> = all.iter().map(|one| (one.name.as_str(), one.id.as_str())).collect();
        let (path, id, name) = kind.keys();
        for entry in document.pointer_mut(path).and_then(Value::as_array_mut).into_iter().flatten() {
            let named = entry.get(name).and_then(Value::as_str).unwrap_or_default();
            let Some(known) = ids.get(named) else {
                let fault = SwarmFault::NotStored { kind: kind.word(), name: named.to_owned() };
                return Err(EngineError::Refused(fault.into()));
            };
            entry[id] = json!(known);
        }
    }
    Ok(document)
}
