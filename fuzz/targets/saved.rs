//! Saved plans: read, compared with the plan of now, and the differences told.

use std::collections::BTreeSet;

use maestro_core::{
    model::Environment,
    observed::{Holdings, Observed, ShipState},
    plan::{
        apply::{self, ApplyOptions},
        saved::{Asked, Saved, begins, read},
    },
};
use maestro_report::{json, plan as printed, stale};

use serde_json::Value;

use crate::{
    engine::{environment, sources},
    surroundings::assert_harmless,
};

/// The plan of now.
pub fn now() -> Saved {
    let environment: Environment = environment();
    let observed = Observed { ships: vec![ShipState::Answering(Holdings::default())], ..Observed::default() };
    let all: BTreeSet<_> = environment.instance_ids().collect();
    let plan = apply::plan(&environment, &observed, &all, ApplyOptions::default());
    let instances = environment.instances.iter().map(|instance| instance.name.clone()).collect();
    let asked = Asked { instances, ..Asked::default() };
    Saved::of(
        &environment,
        &observed,
        asked,
        printed::json(&plan, &environment, &sources()),
        &maestro_report::explain::engine::ship,
    )
}

/// Takes out numbers with a point: some of those that no plan has (1e96) come back as their neighbours.
fn without_fractions(value: &mut Value) {
    match value {
        Value::Number(number) if number.is_f64() => *value = Value::Null,
        Value::Array(items) => items.iter_mut().for_each(without_fractions),
        Value::Object(fields) => fields.values_mut().for_each(without_fractions),
        _ => {}
    }
}

pub fn run(bytes: &[u8]) {
    let mut saved = match read(bytes) {
        Ok(saved) => saved,
        Err(error) => return drop(maestro_report::explain::saved::unreadable(&error)),
    };
    without_fractions(&mut saved.plan);
    let again = json::pretty(&saved).expect("JSON");
    assert!(begins(again.as_bytes()));
    assert_eq!(read(again.as_bytes()).as_ref(), Ok(&saved), "it is not read as it was written");
    assert!(saved.changes(&saved).is_empty(), "a plan differs from itself");
    let now = now();
    for changes in [saved.changes(&now), now.changes(&saved)] {
        let command = stale::again("maestro", &saved.asked, "next.plan");
        let text = stale::refusal(&changes, "next.plan", &command);
        assert_harmless(&text.text());
    }
}
