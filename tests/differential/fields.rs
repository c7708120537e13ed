//! What was asked of an engine as a flat list of fields, so that it can be compared.
//!
//! What an engine does without being told counts as not said: `null`, `false`, `0`, an empty text, list or mapping.
//! Lists without an order are sorted.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{compose, programs::Run};

/// Field → value.
pub(crate) type Fields = BTreeMap<String, String>;

/// Lists whose order means something.
const ORDERED: [&str; 5] =
    ["Cmd", "Entrypoint", "Healthcheck.Test", "HostConfig.Dns", "HostConfig.DnsSearch"];
/// Mappings whose names are the user's, and whose values may be empty.
const NAMED: [&str; 4] = ["ExposedPorts", "Volumes", "Labels", "Mounts"];
/// Fields of which `false`, `0` or an empty list is not what an engine does without being told.
const MEANT: [&str; 4] = ["Entrypoint", "HostConfig.Init", "HostConfig.MemorySwappiness", "StopTimeout"];

/// All that was asked: of each container its create request and how long its stop may take; pulls; networks.
pub(crate) fn of(run: &Run) -> BTreeMap<String, Fields> {
    let recording = &run.asked;
    let mut all = BTreeMap::new();
    for (name, body) in &recording.created {
        let mut fields = Fields::new();
        flatten("", body, &mut fields);
        if let Some(seconds) = recording.stopped.get(name) {
            fields.insert("stop.t".to_owned(), seconds.clone());
        }
        if let Some(body) = recording.started.get(name) {
            let is_empty = ["", "null", "{}"].contains(&body.as_str());
            fields.insert("started".to_owned(), if is_empty { "yes" } else { body }.to_owned());
        }
        all.insert(name.clone(), fields);
    }
    let ship = all.entry("(ship)".to_owned()).or_default();
    let networks = recording.networks.keys().map(|name| format!("network.{name}"));
    let pulls = recording.pulled.iter().map(|name| format!("pull.{name}"));
    ship.extend(networks.chain(pulls).map(|asked| (asked, "yes".to_owned())));
    let port = run.port.to_string();
    for value in all.values_mut().flat_map(BTreeMap::values_mut) {
        *value = value.replace(&port, "PORT");
    }
    all
}

/// What was asked for a Compose file: the same of containers, with the files that were copied into them; all that was
/// said of networks and volumes.
pub(crate) fn of_project(run: &Run) -> BTreeMap<String, Fields> {
    let recording = &run.asked;
    let mut all: BTreeMap<String, Fields> = BTreeMap::new();
    for (name, body) in &recording.created {
        flatten("", &compose::request::unify(name, body.clone()), all.entry(name.clone()).or_default());
    }
    for (what, asked) in [("started", &recording.started), ("stopped", &recording.stopped)] {
        for (name, words) in asked {
            let is_empty = ["", "null", "{}"].contains(&words.as_str());
            let words = if is_empty { "yes" } else { words }.to_owned();
            all.entry(name.clone()).or_default().insert(what.to_owned(), words);
        }
    }
    for (name, commands) in &recording.executed {
        for (at, command) in commands.iter().enumerate() {
            flatten(&format!("exec.{at}"), command, all.entry(name.clone()).or_default());
        }
    }
    for (name, files) in &recording.copied {
        let fields = all.entry(name.clone()).or_default();
        for file in files {
            let (path, what) = file.split_once(' ').unwrap();
            fields.insert(format!("file.{path}"), what.to_owned());
        }
    }
    let host = all.entry("(host)".to_owned()).or_default();
    for (what, asked) in [("network", &recording.networks), ("volume", &recording.volumes)] {
        for (name, body) in asked {
            let mut fields = Fields::from([(String::new(), "yes".to_owned())]);
            flatten("", body, &mut fields);
            let named = fields.into_iter().map(|(field, value)| match field.as_str() {
                "" => (format!("{what} {name}"), value),
                field => (format!("{what} {name}: {field}"), value),
            });
            host.extend(named);
        }
    }
    let pulled = recording.pulled.iter().map(|image| image.trim_start_matches("docker.io/library/"));
    host.extend(pulled.map(|image| (format!("pull {image}"), "yes".to_owned())));
    all
}

fn flatten(path: &str, value: &Value, fields: &mut Fields) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Value::Null => {}
        value if MEANT.contains(&path) && is_nothing(value) => {
            fields.insert(path.to_owned(), value.to_string());
        }
        Value::Bool(false) => {}
        Value::Object(entries) if NAMED.contains(&path) => {
            for (name, value) in entries {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                fields.insert(below(name), text);
            }
        }
        Value::Object(entries) => {
            for (name, value) in entries {
                flatten(&below(name), value, fields);
            }
        }
        Value::Array(items) if path == "Env" => {
            for item in items {
                let (name, value) = item.as_str().unwrap().split_once('=').map_or_else(
                    || (item.as_str().unwrap(), "(without a value)".to_owned()),
                    |(name, value)| (name, format!("{value:?}")),
                );
                assert!(fields.insert(below(name), value).is_none(), "the variable {name} twice");
            }
        }
        // What engines take today is a list of paths, what they took once a mapping of paths to nothing.
        Value::Array(items) if NAMED.contains(&path) => {
            for item in items {
                fields.insert(below(item.as_str().unwrap()), "{}".to_owned());
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            let mut items: Vec<&Value> = items.iter().collect();
            items.sort_by_cached_key(ToString::to_string);
            for (at, item) in items.into_iter().enumerate() {
                flatten(&below(&at.to_string()), item, fields);
            }
        }
        Value::Array(items) if items.is_empty() => {}
        Value::Array(items) => {
            let mut words: Vec<String> = items.iter().map(text).collect();
            if !ORDERED.contains(&path) {
                words.sort();
            }
            fields.insert(path.to_owned(), format!("[{}]", words.join(", ")));
        }
        Value::String(text) if text.is_empty() => {}
        Value::Number(number) if number.as_f64() == Some(0.0) => {}
        other => {
            fields.insert(path.to_owned(), text(other));
        }
    }
}

fn is_nothing(value: &Value) -> bool {
    value == false || value.as_f64() == Some(0.0) || value.as_array().is_some_and(Vec::is_empty)
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
