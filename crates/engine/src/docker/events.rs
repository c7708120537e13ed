//! An engine's events: the last ones, and those to come.

use std::{
    collections::{BTreeMap, VecDeque},
    time::{Duration, SystemTime},
};

use futures_util::stream::{self, StreamExt as _};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use serde::Deserialize;

use super::{
    Docker,
    answers::LONGEST_NAME,
    error::{Asked, Failure},
    volumes,
    wire::{content, segment},
};
use crate::{
    EngineError,
    events::{ContainerEvent, EventStream, Happened, Past, PastEvent},
};
use maestro_core::{
    fault::{LostAnswer, Malformed},
    model::container::LABEL_ENVIRONMENT,
    value::shortened,
};

/// How many events an engine remembers, of all kinds and of all its things. If it tells as many, it may have forgotten
/// earlier ones.
const REMEMBERED: usize = 256;

/// How many bytes an event may have. It names all labels of its container.
const LONGEST_EVENT: usize = 4 * 1024 * 1024;

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
    let past = |told: ToldEvent| {
        let ago = told.ago(now);
        Some(PastEvent { event: happened(told)?, ago })
    };
    Past { events: told.into_iter().filter_map(past).collect(), remembers }
}

/// What happens to containers from now on. An engine sends the head of its answer when it takes the subscription.
pub(super) async fn follow(docker: &Docker) -> Result<EventStream, EngineError> {
    let filters = segment(r#"{"type":["container"]}"#);
    let path = format!("/events?filters={filters}");
    let answer = docker.within(Asked::Reading, docker.timeout, docker.wire.follow(&path)).await?;
    let reader = Reader {
        body: Some(answer.into_body()),
        splitter: Splitter::default(),
        address: docker.wire.address.clone(),
    };
    let events = stream::unfold(reader, |mut reader| async move {
        let item = reader.next().await?;
        Some((item, reader))
    });
    Ok(events.boxed())
}

struct Reader {
    /// None once it has ended.
    body: Option<Incoming>,
    splitter: Splitter,
    address: String,
}

impl Reader {
    async fn next(&mut self) -> Option<Result<ContainerEvent, EngineError>> {
        loop {
            if let Some(event) = self.splitter.events.pop_front() {
                return Some(Ok(event));
            }
            let taken = match self.body.as_mut()?.frame().await {
                Some(Ok(frame)) => self.splitter.feed(&frame.into_data().unwrap_or_default()),
                Some(Err(error)) => Err(error.into()),
                None => Err(Failure::Lost(LostAnswer::EventsEnded)),
            };
            if let Err(failure) = taken {
                self.body = None;
                return Some(Err(failure.told(Asked::Reading, &self.address)));
            }
        }
    }
}

/// Takes the engine's bytes apart, in whatever pieces they come: an event a line.
#[derive(Default)]
struct Splitter {
    /// The part of a line that has come.
    begun: Vec<u8>,
    /// Events that are complete.
    events: VecDeque<ContainerEvent>,
}

impl Splitter {
    fn feed(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let mut lines = bytes.split(|byte| *byte == b'\n').peekable();
        while let Some(line) = lines.next() {
            if self.begun.len() + line.len() > LONGEST_EVENT {
                return Err(Failure::Malformed(Malformed::LongEvent(LONGEST_EVENT)));
            }
            self.begun.extend(line);
            if lines.peek().is_none() {
                break;
            }
            let line = std::mem::take(&mut self.begun);
            if line.trim_ascii().is_empty() {
                continue;
            }
            let told: ToldEvent = serde_json::from_slice(&line).map_err(|error| content(&error))?;
            self.events.extend(happened(told));
        }
        Ok(())
    }
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
            let mut splitter = Splitter::default();
            for piece in text.as_bytes().chunks(length) {
                splitter.feed(piece).unwrap();
            }
            let seen: Vec<_> =
                splitter.events.iter().map(|event| (event.name.as_str(), event.what)).collect();
            assert_eq!(seen, [("web-1", Happened::Created), ("web-2", Happened::Renamed)]);
        }
        assert!(Splitter::default().feed(b"no event\n").is_err());
        assert!(Splitter::default().feed(&vec![b' '; LONGEST_EVENT + 1]).is_err());
    }
}
