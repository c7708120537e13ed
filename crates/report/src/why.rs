//! What state an instance is in and why, before a plan says what would be done with it.

use std::{collections::HashMap, fmt::Write as _};

use serde_json::{Value, json};

use super::{
    status::{EntrySubject, Findings, InstanceDetails, Status, StatusEntry},
    text::{harmless, harmless_line},
};
use crate::explain::exit_code;
use maestro_core::model::{Environment, InstanceId, selection::typed_name};

/// The last lines of the logs of instances that are not ready. Untrusted, without the secrets of their environments.
pub type Logs = HashMap<InstanceId, Vec<String>>;

/// A paragraph for each instance.
#[must_use]
pub fn text(
    environment: &Environment,
    status: &Status,
    findings: &Findings,
    logs: &Logs,
    invocation: &str,
) -> String {
    let none = InstanceDetails::default();
    let mut paragraphs = Vec::new();
    for entry in &status.entries {
        let EntrySubject::Instance(id) = entry.subject else { continue };
        let finding = findings.get(&id).unwrap_or(&none);
        let ship = harmless(&environment.ship(entry.ship).name);
        let mut text = format!("{} on ship {ship}: {}\n", entry.name, state(entry, status));
        for (name, value) in details(entry, finding) {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "  {name:<11}{value}");
        }
        if let Some(lines) = logs.get(&id).filter(|lines| !lines.is_empty()) {
            let name = typed_name(environment, id);
            let _ = writeln!(
                text,
                "  {:<11}its last lines; `{invocation} logs {}` shows all",
                "log",
                harmless(&name)
            );
            for line in lines {
                let _ = writeln!(text, "    | {}", harmless_line(line));
            }
        }
        paragraphs.push(text);
    }
    paragraphs.join("\n")
}

/// The state of an instance; of one whose ship does not answer, with the reason.
fn state(entry: &StatusEntry, status: &Status) -> String {
    let silent = status.silent.iter().find(|silent| silent.ship == entry.ship);
    match silent {
        Some(silent) => format!("{}: {}", entry.state, silent.reason),
        None => entry.state.clone(),
    }
}

fn details(entry: &StatusEntry, finding: &InstanceDetails) -> Vec<(&'static str, String)> {
    let mut details = Vec::new();
    if !entry.container.is_empty() {
        let age = if entry.age.is_empty() { String::new() } else { format!(", {}", entry.age) };
        details.push(("container", format!("{}, {}{age}", entry.container, entry.image)));
    }
    if let Some(started) = started(&finding.started) {
        details.push(("started", format!("{} UTC", harmless(&started.replacen('T', " ", 1)))));
    }
    if let Some(restarts @ 1..) = finding.restarts {
        details.push(("restarts", restarts.to_string()));
    }
    if let Some(code) = finding.exit_code {
        let meaning = exit_code::meaning(code).filter(|_| !finding.is_out_of_memory);
        let meaning = meaning.or_else(|| finding.is_out_of_memory.then(|| "out of memory".to_owned()));
        details.push((
            "last exit",
            format!("{code}{}", meaning.map(|it| format!(": {it}")).unwrap_or_default()),
        ));
    }
    if let Some(health) = &finding.health {
        details.push(("health", harmless(health).into_owned()));
    }
    for (code, output) in &finding.health_log {
        let output = output.split_whitespace().collect::<Vec<_>>().join(" ");
        let words =
            if output.is_empty() { "it wrote nothing".to_owned() } else { harmless(&output).into_owned() };
        details.push(("", format!("exit {code}: {words}")));
    }
    details
}

/// When a container was started; none if it never was: engines write the year 1 then.
fn started(time: &str) -> Option<&str> {
    let time = time.strip_suffix('Z')?;
    let seconds = time.split_once('.').map_or(time, |(seconds, _)| seconds);
    (!seconds.is_empty() && !seconds.starts_with("0001-")).then_some(seconds)
}

/// The same for programs: what `status` holds of each instance, with the last lines of its log.
#[must_use]
pub fn json(environment: &Environment, status: &Value, findings: &Findings, logs: &Logs) -> Value {
    let of = |name: &str| {
        let known = environment.instances.iter().position(|instance| instance.name == name).map(InstanceId);
        let finding = known.and_then(|id| findings.get(&id));
        let health_log = finding.into_iter().flat_map(|finding| &finding.health_log);
        json!({
            "started": finding.and_then(|finding| started(&finding.started)),
            "health_log": health_log.map(|(code, output)| json!({ "exit_code": code, "output": output })).collect::<Vec<_>>(),
            "log": known.and_then(|id| logs.get(&id)).cloned().unwrap_or_default(),
        })
    };
    let Some(instances) = status["instances"].as_array() else { return Value::Null };
    let each = instances.iter().map(|instance| {
        let mut instance = instance.clone();
        let more = of(instance["instance"].as_str().unwrap_or_default());
        if let (Some(instance), Some(more)) = (instance.as_object_mut(), more.as_object()) {
            instance.extend(more.clone());
        }
        instance
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{samples, schema, status::NotReady};
    use maestro_core::observed::{ContainerState, ShipState};

    /// One instance is ready, and the engine restarts the other.
    fn findings() -> Findings {
        Findings::from([
            (
                InstanceId(0),
                InstanceDetails {
                    ready: Some(Ok(())),
                    started: "2026-11-27T10:02:11.123Z".into(),
                    health: Some("healthy".into()),
                    health_log: vec![(1, "not\nyet".into()), (0, String::new())],
                    ..InstanceDetails::default()
                },
            ),
            (
                InstanceId(1),
                InstanceDetails {
                    ready: Some(Err(NotReady::Restarting(12))),
                    exit_code: Some(137),
                    is_out_of_memory: true,
                    restarts: Some(12),
                    started: "0001-01-01T00:00:00Z".into(),
                    ..InstanceDetails::default()
                },
            ),
        ])
    }

    #[test]
    fn an_instance_is_told_with_its_last_exit_its_health_and_its_log() {
        let mut environment = samples::environment();
        environment.instances[1].container.memory = Some(64 << 20);
        let dying = samples::container(
            &environment,
            InstanceId(1),
            ContainerState::Restarting,
            "Restarting (137) 5 seconds ago",
        );
        let up =
            samples::container(&environment, InstanceId(0), ContainerState::Running, "Up 3 hours (healthy)");
        let mut observed = samples::observed(&environment, &[dying, up]);
        observed.ships[1] = ShipState::Unreachable { reason: "connection refused".into() };
        let findings = findings();
        let ids: Vec<_> = environment.instance_ids().collect();
        let status = Status::of(&environment, &observed, &ids, &[], &findings);
        let logs = Logs::from([(InstanceId(1), vec!["one".into(), "two\u{1b}[2J\r".into()])]);
        insta::assert_snapshot!(text(&environment, &status, &findings, &logs, "maestro -f shop.yaml"), @r#"
        db-1 on ship local: ready
          container  0000567890ab, example/db:1.2, up 3 hours
          started    2026-11-27 10:02:11 UTC
          health     healthy
                     exit 1: not yet
                     exit 0: it wrote nothing

        web-1 on ship local: restarting (12 times), exit 137: out of memory (limit 64 MiB)
          container  0001567890ab, example/web:1.2, 5 seconds ago
          restarts   12
          last exit  137: out of memory
          log        its last lines; `maestro -f shop.yaml logs web-1` shows all
            | one
            | two\u{1b}[2J

        web-2 on ship far: unreachable: connection refused
        "#);
        let value = crate::status::status_json(&environment, &observed, &status, &[], &findings);
        let value = json(&environment, &value, &findings, &logs);
        let of_status = schema::STATUS.iter().filter(|key| key.path.starts_with("instances[]"));
        let mut keys: Vec<schema::SchemaKey> = of_status
            .map(|key| schema::SchemaKey { path: key.path.replacen("instances", "state", 1).leak(), ..*key })
            .collect();
        keys.extend(schema::WHY);
        let whole = serde_json::json!({ "state": value });
        assert_eq!(schema::undescribed(&whole, &keys), [""; 0]);
        assert_eq!((&value[1]["state"], &value[1]["log"][0]), (&"restarting".into(), &"one".into()));
        assert_eq!(
            (&value[0]["health_log"][0]["exit_code"], &value[1]["started"]),
            (&1.into(), &Value::Null)
        );
    }
}
