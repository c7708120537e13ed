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
        events::{Happened, Past, PastEvent},
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
    Ok(remembered(told, now, window))
}

/// An engine drops its oldest events first, so what it has dropped is at least as old as the first that it tells.
fn remembered(told: Vec<ToldEvent>, now: Duration, window: Duration) -> Past {
    let first = told.first().filter(|_| told.len() >= REMEMBERED);
    let remembers = first.map_or(window, |event| event.ago(now).min(window));
    Past { events: told.into_iter().filter_map(|event| happened(event, now)).collect(), remembers }
}

impl ToldEvent {
    /// How long ago it happened; no time at all if it bears no time.
    fn ago(&self, now: Duration) -> Duration {
        let at = Some(self.nanoseconds).filter(|nanoseconds| *nanoseconds > 0).map(Duration::from_nanos);
        at.map_or(Duration::ZERO, |at| now.saturating_sub(at))
    }
}

fn happened(event: ToldEvent, now: Duration) -> Option<PastEvent> {
    if event.kind != "container" {
        return None;
    }
    let ago = event.ago(now);
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
        ago,
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
        let past = remembered(read(&text.join("\n")), Duration::from_secs(10), Duration::from_secs(9));
        assert_eq!(past.remembers, Duration::from_secs(9));
        let whats: Vec<Happened> = past.events.iter().map(|event| event.what).collect();
        let signalled = |is_kill| Happened::Signalled { is_kill };
        assert_eq!(whats, [signalled(false), signalled(true), Happened::Settled]);
        let first = &past.events[0];
        assert_eq!((first.name.as_str(), first.environment.as_deref()), ("web-1", Some("shop")));
        assert_eq!(first.ago, Duration::from_millis(2500));
    }

    #[test]
    fn as_many_as_an_engine_remembers_may_not_be_all_and_the_first_tells_since_when_they_are() {
        let later = event("network", "connect", "{}").replace("7500000000", "9000000000");
        let first = |at: &str| event("network", "connect", "{}").replace("7500000000", at);
        let remembers = |at: &str, window| {
            let text = first(at) + &later.repeat(REMEMBERED - 1);
            remembered(read(&text), Duration::from_secs(10), Duration::from_secs(window)).remembers
        };
        assert_eq!(remembers("7500000000", 20), Duration::from_millis(2500));
        assert_eq!(remembers("7500000000", 2), Duration::from_secs(2), "the window that was asked for");
        assert_eq!(remembers("0", 20), Duration::ZERO, "an event without a time");
    }
}
