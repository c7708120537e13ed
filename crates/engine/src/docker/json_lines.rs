//! A body of JSON, a line a message.

use std::marker::PhantomData;

use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use serde::de::DeserializeOwned;

use super::{error::Failure, wire::content};
use maestro_core::fault::Malformed;

/// How many bytes a message of the stream may have.
const MESSAGE_LIMIT: usize = 64 * 1024;

/// The messages of a body.
pub(super) struct Lines<T> {
    body: Incoming,
    rest: Vec<u8>,
    message: PhantomData<T>,
}

impl<T: DeserializeOwned> Lines<T> {
    pub(super) fn new(body: Incoming) -> Self {
        Self { body, rest: Vec::new(), message: PhantomData }
    }

    /// The next message; none at the end.
    pub(super) async fn next(&mut self) -> Result<Option<T>, Failure> {
        loop {
            if let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.rest.drain(..=end).collect();
                if !line.trim_ascii().is_empty() {
                    return parsed(&line).map(Some);
                }
                continue;
            }
            if self.rest.len() > MESSAGE_LIMIT {
                return Err(Failure::Malformed(Malformed::LongMessage(MESSAGE_LIMIT)));
            }
            match self.body.frame().await {
                Some(frame) => self.rest.extend(frame?.into_data().unwrap_or_default()),
                None if self.rest.trim_ascii().is_empty() => return Ok(None),
                None => return parsed(&std::mem::take(&mut self.rest)).map(Some),
            }
        }
    }
}

fn parsed<T: DeserializeOwned>(line: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(line).map_err(|error| content(&error))
}
