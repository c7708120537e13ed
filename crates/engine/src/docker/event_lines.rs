//! The lines of `GET /events`, in whatever pieces they come: an event a line.

use std::collections::{BTreeMap, VecDeque};

use futures_util::{Stream, stream};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use serde::Deserialize;

use super::{
    Docker,
    error::{Asked, Failure},
    wire::content,
};
use crate::EngineError;
use maestro_core::fault::{LostAnswer, Malformed};

/// How many bytes an event may have. It names all labels of its container.
const LONGEST_EVENT: usize = 4 * 1024 * 1024;

/// An event as an engine tells it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ToldEvent {
    #[serde(default, rename = "Type")]
    pub kind: String,
    #[serde(default)]
    pub action: String,
    #[serde(default)]
    pub actor: Actor,
    /// When, since 1970; 0 if it bears no time.
    #[serde(default, rename = "timeNano")]
    pub nanoseconds: u64,
}

/// What it happened to.
#[derive(Debug, Deserialize, Default)]
pub(super) struct Actor {
    #[serde(default, rename = "ID")]
    pub id: String,
    #[serde(default, rename = "Attributes")]
    pub attributes: Option<BTreeMap<String, String>>,
}

/// Follows the events of a path. An engine sends the head of its answer when it takes the subscription. `ends` is whether
/// it ends the stream itself, which is no fault then.
pub(super) async fn follow(
    docker: &Docker,
    path: &str,
    ends: bool,
) -> Result<impl Stream<Item = Result<ToldEvent, EngineError>> + Send + use<>, EngineError> {
    let answer = docker.within(Asked::Reading, docker.timeout, docker.wire.follow(path)).await?;
    let reader = Reader {
        body: Some(answer.into_body()),
        splitter: Splitter::default(),
        address: docker.wire.address.clone(),
        ends,
    };
    Ok(stream::unfold(reader, |mut reader| async move {
        let item = reader.next().await?;
        Some((item, reader))
    }))
}

struct Reader {
    /// None once it has ended.
    body: Option<Incoming>,
    splitter: Splitter,
    address: String,
    ends: bool,
}

impl Reader {
    async fn next(&mut self) -> Option<Result<ToldEvent, EngineError>> {
        loop {
            if let Some(event) = self.splitter.events.pop_front() {
                return Some(Ok(event));
            }
            let taken = match self.body.as_mut()?.frame().await {
                Some(Ok(frame)) => self.splitter.feed(&frame.into_data().unwrap_or_default()),
                Some(Err(error)) => Err(error.into()),
                None if self.ends => return None,
                None => Err(Failure::Lost(LostAnswer::EventsEnded)),
            };
            if let Err(failure) = taken {
                self.body = None;
                return Some(Err(failure.told(Asked::Reading, &self.address)));
            }
        }
    }
}

/// Takes the engine's bytes apart.
#[derive(Default)]
struct Splitter {
    /// The part of a line that has come.
    begun: Vec<u8>,
    /// Events that are complete.
    events: VecDeque<ToldEvent>,
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
            self.events.push_back(serde_json::from_slice(&line).map_err(|error| content(&error))?);
        }
        Ok(())
    }
}

/// The events of a text that comes in pieces of that length.
#[cfg(test)]
pub(super) fn in_pieces(text: &str, length: usize) -> Vec<ToldEvent> {
    let mut splitter = Splitter::default();
    for piece in text.as_bytes().chunks(length) {
        splitter.feed(piece).unwrap();
    }
    splitter.events.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_event_is_refused() {
        assert!(Splitter::default().feed(b"no event\n").is_err());
        assert!(Splitter::default().feed(&vec![b' '; LONGEST_EVENT + 1]).is_err());
    }
}
