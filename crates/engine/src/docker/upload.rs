//! Sending an archive. Nobody knows how long that takes, but an engine that takes nothing of it for long has failed.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    task::{Poll, ready},
    time::Duration,
};

use futures_util::{StreamExt as _, stream};
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::{Bytes, Frame};
use serde::de::IgnoredAny;
use tokio::time::{Instant, sleep_until};

use super::{
    Docker,
    error::{Asked, Failure, silent},
};
use crate::{ArchiveInput, EngineError, transport::Body};

/// How long an engine may take nothing of an archive, at least: it may have to write what it has to a slow disk.
pub(super) const SHORTEST_PATIENCE: Duration = Duration::from_secs(60);

/// How long an engine behind TCP takes nothing before it is asked on another connection whether it is there. The connection
/// of the archive itself does not tell: the system sends again what was not acknowledged, for a quarter of an hour.
const QUIET: Duration = Duration::from_secs(10);
/// How long the engine may take to answer that.
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);
/// How many questions in a row without an answer end the upload.
const QUESTIONS: u32 = 2;

/// An archive that is sent: what is left of it, and when the engine took a piece of it last.
pub(super) struct Taken {
    left: Arc<Mutex<Option<ArchiveInput>>>,
    last: Arc<Mutex<Instant>>,
}

/// The archive as the body of a request.
pub(super) fn body(archive: ArchiveInput) -> (Body, Taken) {
    let left = Arc::new(Mutex::new(Some(archive)));
    let last = Arc::new(Mutex::new(Instant::now()));
    let taken = Taken { left: Arc::clone(&left), last: Arc::clone(&last) };
    let frames = stream::poll_fn(move |context| {
        let mut left = left.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(archive) = left.as_mut() else {
            // An end would be that of a whole archive.
            return Poll::Ready(Some(Err(io::Error::from(io::ErrorKind::BrokenPipe).into())));
        };
        let piece = ready!(archive.poll_next_unpin(context));
        *last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        Poll::Ready(piece.map(|piece| piece.map(|bytes| Frame::data(Bytes::from(bytes))).map_err(Into::into)))
    });
    (StreamBody::new(frames).boxed_unsync(), taken)
}

impl Taken {
    /// Ends the archive, and whoever writes it: a connection whose engine takes nothing would keep it.
    fn give_up(&self) {
        self.left.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

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
                        self.give_up();
                        return Err(silent(Asked::Changing, address, patience));
                    }
                }
            }
        }
    }

    /// Waits for the end of an upload. It fails sooner if the engine's machine is not reached any more. Over SSH the program
    /// that keeps the connection sees that.
    pub(super) async fn while_reached<T>(
        &self,
        docker: &Docker,
        work: impl Future<Output = Result<T, EngineError>>,
    ) -> Result<T, EngineError> {
        let is_tcp = ["tcp://", "https://"].iter().any(|start| docker.wire.address.starts_with(start));
        let done = tokio::select! {
            biased;
            done = work => done,
            error = self.not_reached(docker), if is_tcp => Err(error),
        };
        if done.is_err() {
            self.give_up();
        }
        done
    }

    /// Ends when the engine takes nothing and does not answer either.
    async fn not_reached(&self, docker: &Docker) -> EngineError {
        let (mut asked, mut silent) = (Instant::now(), 0);
        loop {
            sleep_until((self.last() + QUIET).max(asked + QUIET)).await;
            asked = Instant::now();
            if asked < self.last() + QUIET {
                silent = 0;
                continue;
            }
            let answer = docker.wire.get::<IgnoredAny>("/version");
            let answer = docker.within(Asked::Reading, ANSWERS_WITHIN, answer).await;
            silent = if answer.is_ok() { 0 } else { silent + 1 };
            if let Err(error) = answer
                && silent == QUESTIONS
            {
                return EngineError::ResponseLost(error.fault().clone());
            }
            if silent > 0 {
                asked = Instant::now() - QUIET;
            }
        }
    }

    fn last(&self) -> Instant {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_upload_that_is_given_up_frees_its_archive_and_never_looks_whole() {
        let (sender, receiver) = tokio::sync::mpsc::channel::<()>(1);
        let archive = stream::once(async { Ok(vec![1]) }).chain(stream::once(async move {
            let _kept = receiver;
            std::future::pending().await
        }));
        let (mut body, taken) = body(archive.boxed());
        assert!(body.frame().await.is_some_and(|frame| frame.is_ok()));
        taken.give_up();
        assert!(sender.is_closed());
        assert!(body.frame().await.is_some_and(|frame| frame.is_err()));
    }
}
