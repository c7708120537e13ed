//! An engine's events: the last ones, and those to come.

use std::time::{Duration, SystemTime};

use futures_util::StreamExt as _;

use super::{
    Docker,
    answers::LONGEST_NAME,
    error::Asked,
    event_lines::{self, ToldEvent},
    volumes,
    wire::segment,
};
use crate::{
    EngineError,
    events::{ContainerEvent, EventStream, Happened, Past, PastEvent},
};
use maestro_core::{model::container::LABEL_ENVIRONMENT, value::shortened};

/// How many events an engine remembers, of all kinds and of all its things. If it tells as many, it may have forgotten
/// earlier ones.
const REMEMBERED: usize = 256;

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
    let past = |told: ToldEvent| {
        let ago = told.ago(now);
        Some(PastEvent { event: happened(told)?, ago })
    };
    Past { events: told.into_iter().filter_map(past).collect(), remembers }
}

/// What happens to containers from now on.
pub(super) async fn follow(docker: &Docker) -> Result<EventStream, EngineError> {
    let filters = segment(r#"{"type":["container"]}"#);
    let told = event_lines::follow(docker, &format!("/events?filters={filters}"), false).await?;
    Ok(told.filter_map(async |told| told.map(happened).transpose()).boxed())
}

impl ToldEvent {
    /// How long ago it happened; no time at all if it bears no time.
    fn ago(&self, now: Duration) -> Duration {
        let at = Some(self.nanoseconds).filter(|nanoseconds| *nanoseconds > 0).map(Duration::from_nanos);
        at.map_or(Duration::ZERO, |at| now.saturating_sub(at))
    }
}

/// What happened to a container; none for other events.
fn happened(event: ToldEvent) -> Option<ContainerEvent> {
    if event.kind != "container" {
        return None;
    }
    let mut attributes = event.actor.attributes.unwrap_or_default();
    let what = match event.action.as_str() {
        "kill" => {
            Happened::Signalled { is_kill: attributes.get("signal").is_some_and(|signal| signal == "9") }
        }
        "die" => {
            let exit_code = attributes.get("exitCode").and_then(|code| code.parse().ok());
            Happened::Died { exit_code: exit_code.unwrap_or_default() }
        }
        "create" => Happened::Created,
        "start" => Happened::Started,
        "pause" => Happened::Paused,
        "unpause" => Happened::Unpaused,
        "rename" => Happened::Renamed,
        "destroy" => Happened::Removed,
        _ => return None,
    };
    let cut = |text: String| shortened(&text, LONGEST_NAME).into_owned();
    Some(ContainerEvent {
        id: cut(event.actor.id),
        name: cut(attributes.remove("name").unwrap_or_default()),
        environment: attributes.remove(LABEL_ENVIRONMENT),
        what,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::docker::event_lines::in_pieces;

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
            event("container", "die", r#"{"exitCode":"3"}"#),
            event("container", "destroy", "null"),
        ];
        let past = remembered(read(&text.join("\n")), Duration::from_secs(10), Duration::from_secs(9));
        assert_eq!(past.remembers, Duration::from_secs(9));
        let whats: Vec<Happened> = past.events.iter().map(|past| past.event.what).collect();
        let signalled = |is_kill| Happened::Signalled { is_kill };
        let ends = [Happened::Died { exit_code: 3 }, Happened::Removed];
        assert_eq!(whats, [&[signalled(false), signalled(true)][..], &ends].concat());
        let PastEvent { event: first, ago } = &past.events[0];
        assert_eq!((first.name.as_str(), first.environment.as_deref()), ("web-1", Some("shop")));
        assert_eq!(*ago, Duration::from_millis(2500));
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

    #[test]
    fn events_come_in_whatever_pieces() {
        let text = [
            event("container", "create", r#"{"name":"web-1"}"#).replace('\n', " "),
            event("network", "connect", "{}").replace('\n', " "),
            String::new(),
            event("container", "rename", r#"{"name":"web-2","oldName":"/web-1"}"#).replace('\n', " "),
        ]
        .map(|line| line + "\n")
        .concat();
        for length in [1, 7, text.len()] {
            let events: Vec<_> = in_pieces(&text, length).into_iter().filter_map(happened).collect();
            let seen: Vec<_> = events.iter().map(|event| (event.name.as_str(), event.what)).collect();
            assert_eq!(seen, [("web-1", Happened::Created), ("web-2", Happened::Renamed)]);
        }
    }
}
