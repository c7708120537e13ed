//! Sending an archive. Nobody knows how long that takes, but an engine that takes nothing of it for long has failed.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::StreamExt as _;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::{Bytes, Frame};
use tokio::time::{Instant, sleep_until};

use super::{
    Docker,
    error::{Asked, Failure, silent},
};
use crate::{ArchiveInput, EngineError, transport::Body};

/// How long an engine may take nothing of an archive, at least: it may have to write what it has to a slow disk.
pub(super) const SHORTEST_PATIENCE: Duration = Duration::from_secs(60);

/// When an engine took a piece of an archive last.
pub(super) struct Taken(Arc<Mutex<Instant>>);

/// The archive as the body of a request.
pub(super) fn body(archive: ArchiveInput) -> (Body, Taken) {
    let taken = Arc::new(Mutex::new(Instant::now()));
    let last = Arc::clone(&taken);
    let frames = archive.map(move |piece| {
        *last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        piece.map(|bytes| Frame::data(Bytes::from(bytes))).map_err(Into::into)
    });
    (StreamBody::new(frames).boxed_unsync(), Taken(taken))
}

impl Taken {
    /// Waits for the engine's answer. It fails if the engine takes nothing for the ship's timeout, and at least that time.
    pub(super) async fn watch<T>(
        &self,
        docker: &Docker,
        at_least: Duration,
        answer: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, EngineError> {
        let (patience, address) = (docker.timeout.max(at_least), &docker.wire.address);
        let mut answer = Box::pin(answer);
        loop {
            let until = self.last() + patience;
            tokio::select! {
                biased;
                answer = &mut answer => return answer.map_err(|failure| failure.told(Asked::Changing, address)),
                () = sleep_until(until) => {
                    if Instant::now() >= self.last() + patience {
                        return Err(silent(Asked::Changing, address, patience));
                    }
                }
            }
        }
    }

    fn last(&self) -> Instant {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
