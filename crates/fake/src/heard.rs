//! Events of the engine in memory, as they are told to whoever follows them.

use futures_util::{
    future::OptionFuture,
    stream::{self, StreamExt as _},
};
use tokio::{
    sync::{
        futures::Notified,
        mpsc::{UnboundedReceiver, error::TryRecvError},
    },
    time::{Instant, sleep_until},
};

use super::Fake;
use maestro_engine::{
    EngineError,
    events::{ContainerEvent, EventStream},
};

/// Waits until something happens by itself, or has been changed.
pub(super) async fn until_something_happens(next_turn: Option<Instant>, changed: Notified<'_>) {
    tokio::select! {
        biased;
        Some(()) = OptionFuture::from(next_turn.map(sleep_until)) => {}
        () = changed => {}
    }
}

impl Fake {
    /// Breaks all streams of events, as a lost connection does.
    pub fn lose_events(&self) {
        self.inside().listeners.lose_all();
        self.changed.notify_waiters();
    }

    /// Lets nothing more come on any stream of events, as a connection that is broken without a word.
    pub fn silence_events(&self) {
        self.inside().listeners.is_silent = true;
    }

    /// What a listener is told, until the engine is restarted.
    pub(super) fn events_of(&self, listener: UnboundedReceiver<ContainerEvent>) -> EventStream {
        stream::unfold(Some((self.clone(), listener)), |state| async move {
            let (fake, mut listener) = state?;
            match fake.next_event(&mut listener).await {
                Some(event) => Some((Ok(event), Some((fake, listener)))),
                None => Some((Err(EngineError::Unreachable("connection reset".into())), None)),
            }
        })
        .boxed()
    }

    /// The next event; none if the stream broke.
    async fn next_event(&self, listener: &mut UnboundedReceiver<ContainerEvent>) -> Option<ContainerEvent> {
        loop {
            let changed = self.changed.notified();
            let next_turn = {
                let mut inside = self.inside();
                inside.tick();
                inside.next_turn()
            };
            match listener.try_recv() {
                Ok(event) => return Some(event),
                Err(TryRecvError::Disconnected) => return None,
                Err(TryRecvError::Empty) => {}
            }
            until_something_happens(next_turn, changed).await;
        }
    }
}
