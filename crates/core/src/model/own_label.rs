//! Labels with facts about a container that no engine tells, as JSON. Each also has the hash of the container's
//! configuration: an image that was committed from another container bears that container's labels.

use std::collections::BTreeMap;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use super::container::LABEL_CONFIG;

/// The member with the hash.
const CONFIG: &str = "config";

/// The value of a label on a container with that hash, with `facts` in the member `key`.
pub(super) fn written(config: &str, key: &str, facts: &impl Serialize) -> Option<String> {
    let facts = serde_json::to_value(facts).ok()?;
    let members = [(CONFIG, Value::from(config)), (key, facts)];
    let label: Map<String, Value> =
        members.map(|(name, value)| (name.to_owned(), value)).into_iter().collect();
    serde_json::to_string(&label).ok()
}

/// The facts of the label `name`. None if the label is not the container's own.
pub(super) fn read<T: DeserializeOwned>(
    labels: &BTreeMap<String, String>,
    name: &str,
    key: &str,
) -> Option<T> {
    let mut label: Map<String, Value> = serde_json::from_str(labels.get(name)?).ok()?;
    let is_own = label.get(CONFIG)?.as_str() == labels.get(LABEL_CONFIG).map(String::as_str);
    serde_json::from_value(label.remove(key).filter(|_| is_own)?).ok()
}
