//! An engine's last events.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use serde::Deserialize;

use super::{Docker, error::Asked, volumes, wire::segment};
use crate::{
    engine::{
        EngineError,
        past::{Happened, Past, PastEvent},
    },
    model::container::LABEL_ENVIRONMENT,
};

/// How many events an engine remembers, of all kinds and of all its things. If it tells as many, it may have forgotten
/// earlier ones.
const REMEMBERED: usize = 256;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ToldEvent {
    #[serde(default, rename = "Type")]
    kind: String,
    #[serde(default)]
    action: String,
    #[serde(default)]
    actor: Actor,
    #[serde(default, rename = "timeNano")]
    nanoseconds: u64,
}

#[derive(Deserialize, Default)]
struct Actor {
    #[serde(default, rename = "ID")]
    id: String,
    #[serde(default, rename = "Attributes")]
    attributes: Option<BTreeMap<String, String>>,
}

/// What happened to containers in the last `window`. All kinds are asked for, so that their number tells whether the
/// engine has forgotten some.
pub(super) async fn past(docker: &Docker, window: Duration) -> Result<Past, EngineError> {
    let now = volumes::clock(docker).await?;
    let now = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let at = |time: Duration| segment(&format!("{}.{:09}", time.as_secs(), time.subsec_nanos()));
    let path = format!("/events?since={}&until={}", at(now.saturating_sub(window)), at(now));
    let told = docker.wire.get_all::<ToldEvent>(&path);
    let told = docker.within(Asked::Reading, docker.timeout, told).await?;
    Ok(remembered(told, now))
}

fn remembered(told: Vec<ToldEvent>, now: Duration) -> Past {
    let is_complete = told.len() < REMEMBERED;
    Past { events: told.into_iter().filter_map(|event| happened(event, now)).collect(), is_complete }
}

fn happened(event: ToldEvent, now: Duration) -> Option<PastEvent> {
    if event.kind != "container" {
        return None;
    }
    let mut attributes = event.actor.attributes.unwrap_or_default();
    let what = match event.action.as_str() {
        "kill" => {
            Happened::Signalled { is_kill: attributes.get("signal").is_some_and(|signal| signal == "9") }
        }
        "die" | "start" | "destroy" => Happened::Settled,
        _ => return None,
    };
    Some(PastEvent {
        id: event.actor.id,
        name: attributes.remove("name").unwrap_or_default(),
        environment: attributes.remove(LABEL_ENVIRONMENT),
        what,
        ago: now.saturating_sub(Duration::from_nanos(event.nanoseconds)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(kind: &str, action: &str, attributes: &str) -> String {
        format!(
            r#"{{"status":"x","Type":"{kind}","Action":"{action}","Actor":{{"ID":"c","Attributes":{attributes}}},
                "scope":"local","time":7,"timeNano":7500000000}}"#
        )
    }

    fn read(text: &str) -> Vec<ToldEvent> {
        serde_json::Deserializer::from_str(text).into_iter().collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn signals_and_ends_of_containers_are_told_with_their_age() {
        let stop = r#"{"name":"web-1","signal":"15","maestro.environment":"shop"}"#;
        let text = [
            event("container", "kill", stop),
            event("container", "kill", r#"{"name":"other","signal":"9"}"#),
            event("container", "exec_die", "{}"),
            event("volume", "destroy", "null"),
            event("container", "die", "null"),
        ];
        let past = remembered(read(&text.join("\n")), Duration::from_secs(10));
        assert!(past.is_complete);
        let whats: Vec<Happened> = past.events.iter().map(|event| event.what).collect();
        let signalled = |is_kill| Happened::Signalled { is_kill };
        assert_eq!(whats, [signalled(false), signalled(true), Happened::Settled]);
        let first = &past.events[0];
        assert_eq!((first.name.as_str(), first.environment.as_deref()), ("web-1", Some("shop")));
        assert_eq!(first.ago, Duration::from_millis(2500));
    }

    #[test]
    fn as_many_as_an_engine_remembers_may_not_be_all() {
        let text = event("network", "connect", "{}").repeat(REMEMBERED);
        assert!(!remembered(read(&text), Duration::ZERO).is_complete);
    }
}
