//! What runs of an instance, beside what its file declares.

use serde_json::{Value, json};

use super::{
    id::short_id,
    images::ImageRow,
    labels,
    status::{InstanceDetails, NotReady, port_text},
    table::{Column, lines},
    text::harmless,
};
use maestro_core::{
    model::{Environment, Instance, InstanceId, selection::typed_name},
    observed::{
        Container, Published,
        mounts::{Mounted, Source},
    },
    value::secret::{hidden_words, shown_value},
};

/// What is known of one instance.
#[derive(Debug)]
pub struct InstanceInspection<'a> {
    /// The environment.
    pub environment: &'a Environment,
    /// The instance.
    pub instance: InstanceId,
    /// Its container.
    pub container: &'a Container,
    /// What was found out about it.
    pub details: InstanceDetails,
    /// Its image, and the ship that it is on.
    pub image: ImageRow,
    /// All that the engine says of the container; none if it does not say.
    pub document: Option<Value>,
}

const COLUMNS: [Column; 3] = [Column::left(""), Column::left("RUNS"), Column::left("FILE")];

impl InstanceInspection<'_> {
    fn declared(&self) -> &Instance {
        self.environment.instance(self.instance)
    }

    /// What runs and what is declared, a line each. `invocation` is how the user calls the program.
    #[must_use]
    pub fn text(&self, invocation: &str, columns: Option<usize>) -> String {
        let instance = self.declared();
        let service = &self.environment.service(instance.service).name;
        let mut text = vec![format!(
            "{} (service {}) on {}",
            harmless(&instance.name),
            harmless(service),
            harmless(&self.image.ship)
        )];
        let rows: Vec<Vec<String>> = self
            .rows()
            .into_iter()
            .map(|(what, runs, declared)| vec![format!("  {what}"), runs, declared])
            .collect();
        text.extend(lines(&COLUMNS, &rows, columns));
        text.push(match self.details.differing.as_slice() {
            [] => String::new(),
            fields => format!(
                "  differs from the file: {}; `{invocation} diff {}` shows how\n",
                harmless(&fields.join(", ")),
                typed_name(self.environment, self.instance)
            ),
        });
        text.join("\n")
    }

    /// What, how it runs, and how it is declared.
    fn rows(&self) -> Vec<(&'static str, String, String)> {
        let (container, details, instance) = (self.container, &self.details, self.declared());
        let spec = &instance.container;
        let none = String::new;
        let exit = details.exit_code.map(|code| format!(", exit code {code}")).unwrap_or_default();
        let memory = if details.is_out_of_memory { ", out of memory" } else { "" };
        let mut rows = vec![
            ("state", format!("{}{exit}{memory}", container.status), none()),
            (
                "container",
                format!("{} ({})", container.name, short_id(&container.id)),
                instance.container_name().to_owned(),
            ),
            (
                "image",
                format!("{} ({})", self.image.reference, short_id(&container.image_id)),
                spec.image.clone(),
            ),
        ];
        let digests = self.image.digests.iter().map(|digest| ("digest", digest.clone(), none()));
        rows.extend(digests);
        let checks: Vec<String> = instance.lifecycle.running.iter().map(labels::check).collect();
        if let Some(ready) = self.ready() {
            rows.push(("ready", ready, checks.join(", ")));
        }
        if !details.started.is_empty() {
            rows.push(("started", details.started.clone(), none()));
        }
        if let Some(restarts) = details.restarts {
            rows.push(("restarts", restarts.to_string(), none()));
        }
        if let Some(health) = &details.health {
            rows.push(("health", health.clone(), none()));
        }
        if !details.error.is_empty() {
            rows.push(("error", details.error.clone(), none()));
        }
        let ports: Vec<String> = container.published.iter().map(published).collect();
        let declared: Vec<String> = instance.ports.iter().map(port_text).collect();
        side_by_side(&mut rows, "ports", &ports, &declared);
        let declared = spec.mounts.iter().map(|mount| {
            let mode = if mount.mode == "rw" { String::new() } else { format!(" ({})", mount.mode) };
            format!("{} → {}{mode}", mount.source, mount.target)
        });
        let (mounts, declared): (Vec<_>, Vec<_>) =
            (container.mounts.iter().map(mounted).collect(), declared.collect());
        side_by_side(&mut rows, "mounts", &mounts, &declared);
        let networks: Vec<String> = spec.networks().map(str::to_owned).collect();
        side_by_side(&mut rows, "networks", &container.networks, &networks);
        rows
    }

    fn ready(&self) -> Option<String> {
        Some(match self.details.ready.as_ref()? {
            Ok(()) => "yes".to_owned(),
            Err(NotReady::Check(why) | NotReady::Unhealthy(why)) => format!("no: {why}"),
            Err(NotReady::Restarting(times)) => format!("no: restarted {}", labels::times(*times)),
        })
    }

    /// What came of each check that tells whether the instance is ready, and of its health check, for the page of `ui`. Of a
    /// check whose outcome is not known, `passed` is null: checks behind one that fails are not tried.
    #[must_use]
    pub fn checks_json(&self) -> Value {
        let details = &self.details;
        let failed = match &details.ready {
            Some(Err(NotReady::Check(why))) => Some(why),
            Some(Ok(()) | Err(NotReady::Unhealthy(_) | NotReady::Restarting(_))) | None => None,
        };
        let all_passed = matches!(details.ready, Some(Ok(())));
        let each = self.declared().lifecycle.running.iter().map(|check| {
            let reason = failed.filter(|why| why.starts_with(&*check.what()));
            let passed = if reason.is_some() { Some(false) } else { all_passed.then_some(true) };
            json!({ "check": labels::check(check), "passed": passed, "reason": reason })
        });
        let runs = details.health_log.iter();
        json!({
            "checks": each.collect::<Vec<_>>(),
            "health": details.health,
            "health_log": runs.map(|(code, output)| json!({ "exit_code": code, "output": output })).collect::<Vec<_>>(),
        })
    }

    /// All that is known for programs, with the engine's own document.
    #[must_use]
    pub fn json(&self) -> Value {
        let (container, details, instance) = (self.container, &self.details, self.declared());
        let spec = &instance.container;
        let mounts: Vec<Value> = container.mounts.iter().map(mount_json).collect();
        let declared: Vec<Value> = spec
            .mounts
            .iter()
            .map(|mount| json!({ "source": mount.source, "path": mount.target, "mode": mount.mode }))
            .collect();
        json!({
            "instance": instance.name,
            "service": self.environment.service(instance.service).name,
            "ship": self.image.ship,
            "container": container.name,
            "container_id": container.id,
            "status": container.status,
            "ready": details.ready.as_ref().map(Result::is_ok),
            "reason": self.ready().filter(|text| text != "yes"),
            "exit_code": details.exit_code,
            "out_of_memory": details.is_out_of_memory,
            "started": details.started,
            "restarts": details.restarts,
            "health": details.health,
            "error": details.error,
            "image": self.image.reference,
            "image_id": container.image_id,
            "digests": self.image.digests,
            "ports": container.published.iter().map(published).collect::<Vec<_>>(),
            "mounts": mounts,
            "networks": container.networks,
            "differing": details.differing,
            "declared": {
                "ship": self.environment.ship(instance.ship).name,
                "container": instance.container_name(),
                "image": spec.image,
                "ports": instance.ports.iter().map(port_text).collect::<Vec<_>>(),
                "mounts": declared,
                "networks": spec.networks().collect::<Vec<_>>(),
            },
            "engine": self.document.clone().map(masked),
        })
    }
}

/// A row for each, the first with its name.
fn side_by_side(
    rows: &mut Vec<(&'static str, String, String)>,
    what: &'static str,
    runs: &[String],
    declared: &[String],
) {
    for at in 0..runs.len().max(declared.len()) {
        let text = |all: &[String]| all.get(at).cloned().unwrap_or_default();
        rows.push((if at == 0 { what } else { "" }, text(runs), text(declared)));
    }
}

fn published(port: &Published) -> String {
    let address = port.address.map(|address| format!("{address} ")).unwrap_or_default();
    format!("{address}{}/{}", port.port, port.protocol)
}

fn source(mounted: &Mounted) -> &str {
    match &mounted.source {
        Source::Path(text) | Source::Volume(text) | Source::Other(text) => text,
    }
}

fn mounted(mounted: &Mounted) -> String {
    let mode = if mounted.writable { "" } else { " (ro)" };
    let name = source(mounted);
    let name = if mounted.anonymous().is_some() { short_id(name) } else { name.to_owned() };
    format!("{name} → {}{mode}", mounted.path)
}

fn mount_json(mounted: &Mounted) -> Value {
    json!({ "source": source(mounted), "path": mounted.path, "writable": mounted.writable })
}

/// An engine's document without what looks secret, by its name or by its form. A command stands in several places there.
#[must_use]
pub fn masked(document: Value) -> Value {
    masked_value("", document)
}

fn masked_value(name: &str, value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(shown_value(name, &text)),
        Value::Object(members) => members
            .into_iter()
            .map(|(name, value)| {
                let value = masked_value(&name, value);
                (name, value)
            })
            .collect(),
        Value::Array(items) => match items.iter().map(Value::as_str).collect::<Option<Vec<&str>>>() {
            Some(texts) => json!(masked_texts(&texts)),
            None => items.into_iter().map(|item| masked_value(name, item)).collect(),
        },
        Value::Null | Value::Bool(_) | Value::Number(_) => value,
    }
}

/// Variables, each by itself, or the words of a command.
fn masked_texts(texts: &[&str]) -> Vec<String> {
    let pairs: Option<Vec<(&str, &str)>> = texts.iter().map(|text| text.split_once('=')).collect();
    match pairs {
        Some(pairs) => {
            pairs.iter().map(|(name, value)| format!("{name}={}", shown_value(name, value))).collect()
        }
        None => hidden_words(texts.iter().copied()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use maestro_core::{model::Check, observed::ContainerState};

    use super::*;
    use crate::samples;

    /// What is told of the checks of `db-1`: a TCP check and a pause.
    fn checks(ready: Option<Result<(), NotReady>>, health_log: Vec<(i64, String)>) -> Value {
        let mut environment = samples::environment();
        let instance = InstanceId(0);
        environment.instances[0].lifecycle.running.push(Check::Sleep { wait: Duration::from_secs(1) });
        let container = samples::container(&environment, instance, ContainerState::Running, "Up 2 hours");
        let health = (!health_log.is_empty()).then(|| "unhealthy".to_owned());
        let image = ImageRow {
            name: "db-1".into(),
            ship: "local".into(),
            reference: "app:1".into(),
            id: "1".into(),
            digests: Vec::new(),
            created: None,
            size: None,
            moved: None,
        };
        let details = InstanceDetails { ready, health, health_log, ..InstanceDetails::default() };
        let environment = &environment;
        let container = &container;
        InstanceInspection { environment, instance, container, details, image, document: None }.checks_json()
    }

    #[test]
    fn each_check_is_told_with_what_came_of_it() {
        let outcomes = |told: &Value| {
            let all = told["checks"].as_array().unwrap();
            all.iter().map(|one| one["passed"].clone()).collect::<Vec<_>>()
        };
        let passed = checks(Some(Ok(())), Vec::new());
        assert_eq!(outcomes(&passed), [json!(true), json!(true)], "{passed}");
        let first = passed["checks"][0]["check"].as_str().unwrap().to_owned();
        let what = samples::environment().instances[0].lifecycle.running[0].what();
        let why = format!("{what}: connection refused");
        let failed = checks(Some(Err(NotReady::Check(why.clone()))), Vec::new());
        assert_eq!(outcomes(&failed), [json!(false), Value::Null]);
        assert_eq!(failed["checks"][0], json!({ "check": first, "passed": false, "reason": why }));
        // The container is not up.
        assert_eq!(outcomes(&checks(None, Vec::new())), [Value::Null, Value::Null]);
        let log = vec![(0, String::new()), (1, "not yet".to_owned())];
        let unhealthy = checks(Some(Err(NotReady::Unhealthy("not yet".to_owned()))), log);
        assert_eq!(
            (&unhealthy["health"], &unhealthy["health_log"][1]["output"]),
            (&json!("unhealthy"), &json!("not yet"))
        );
    }

    #[test]
    fn secrets_are_not_in_the_engines_document() {
        let document = json!({
            "Id": "1",
            "Config": {
                "Env": ["DB_PASSWORD=hunter2", "MODE=fast"],
                "Cmd": ["app", "--token", "hunter3", "odd"],
                "Entrypoint": null,
                "Healthcheck": {"Test": ["CMD", "check", "--password", "hunter4"]},
                "Labels": {"api_key": "hunter5", "tier": "1"},
            },
            "Path": "app",
            "Args": ["--token", "hunter3", "odd"],
            "HostConfig": {"LogConfig": {"Config": {"splunk-token": "hunter6"}}, "Binds": ["/a:/b"]},
            "Mounts": [{"Source": "https://me:hunter7@example.com/x", "RW": true}],
        });
        let shown = masked(document).to_string();
        assert!(!shown.contains("hunter"), "{shown}");
        for open in ["MODE=fast", "\"odd\"", "\"tier\":\"1\"", "/a:/b"] {
            assert!(shown.contains(open), "{open}: {shown}");
        }
        assert_eq!(masked(json!([1])), json!([1]));
    }
}
