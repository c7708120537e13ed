//! What differs between what the file declares of a service on a Swarm and what the Swarm has.
//!
//! A service is compared with the body of the request that would make it, part by part, so that any change by
//! `docker service update` is found.

use serde_json::Value;

use super::{Difference, FieldValue, HIDDEN, place};
use crate::{
    model::{
        Environment, Instance,
        swarm::{ServiceRequest, SwarmSpec, changed_parts},
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
    let declared = ServiceRequest::of(instance, swarm, &environment.volumes).document;
    let each = changed_parts(running, &declared).into_iter().map(|part| {
        let side = |value: Option<String>| {
            let hidden = |value: &String| part.name.as_ref().is_some_and(|name| hides(name, value));
            value.map(|value| if hidden(&value) { HIDDEN.to_owned() } else { value }).map(FieldValue::Text)
        };
        let place = Some(place(instance, &part.key));
        let (running, declared) = (side(part.before.clone()), side(part.after.clone()));
        Difference { field: part.key.clone(), running, declared, place, is_peers_alone: false }
    });
    each.collect()
}
