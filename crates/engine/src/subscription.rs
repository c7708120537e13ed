//! A subscription to an engine's events that outlasts its connection: what the engine has, then what happens there.

use std::{sync::Arc, time::Duration};

use futures_util::stream::{self, BoxStream, StreamExt as _};
use tokio::time::{Instant, timeout_at};

use super::{
    Engine,
    events::{ContainerEvent, EventStream},
    observe::{Question, observe},
};
use maestro_core::{fault::ShipFault, observed::ShipState};

/// The pause before an engine that does not answer is asked again; each later one is twice as long, up to
/// [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// How long a silent connection is trusted. Then the engine is asked what it has: an event may have been lost, and a
/// connection may be broken without a word.
pub const TRUSTED: Duration = Duration::from_secs(60);

/// What a subscription tells.
#[expect(clippy::large_enum_variant, reason = "each is handed over once")]
#[derive(Debug, Clone)]
pub enum SubscriptionUpdate {
    /// What the engine has now, or why it does not answer. It replaces everything that was known of it.
    State(ShipState),
    /// Something happened since.
    Event(ContainerEvent),
}

/// Subscribes to the events of an engine. The first item is the engine's state, and so is the first item after each
/// connection that broke, so no change is missed for good. The stream has no end.
pub fn subscribe(
    engine: Arc<dyn Engine>,
    environment: &str,
    question: Question,
) -> BoxStream<'static, SubscriptionUpdate> {
    let subscription = Subscription {
        engine,
        environment: environment.to_owned(),
        question,
        events: None,
        trusted_until: Instant::now(),
        pause: FIRST_PAUSE,
        is_put_off: false,
    };
    stream::unfold(subscription, |mut subscription| async move {
        let update = subscription.next().await;
        Some((update, subscription))
    })
    .boxed()
}

struct Subscription {
    engine: Arc<dyn Engine>,
    environment: String,
    question: Question,
    /// None until there is a connection, and when it broke.
    events: Option<EventStream>,
    trusted_until: Instant,
    /// How long the next try to connect is put off, if it is.
    pause: Duration,
    is_put_off: bool,
}

impl Subscription {
    async fn next(&mut self) -> SubscriptionUpdate {
        loop {
            let Some(events) = &mut self.events else {
                return SubscriptionUpdate::State(self.connect().await);
            };
            match timeout_at(self.trusted_until, events.next()).await {
                Ok(Some(Ok(event))) => return SubscriptionUpdate::Event(event),
                Ok(Some(Err(_)) | None) => self.lost(),
                Err(_) => return SubscriptionUpdate::State(self.look().await),
            }
        }
    }

    /// Follows the events first and looks then: what happens between both is told twice, and nothing is left out.
    async fn connect(&mut self) -> ShipState {
        if std::mem::take(&mut self.is_put_off) {
            tokio::time::sleep(self.pause).await;
            self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        }
        match self.engine.follow().await {
            Ok(events) => {
                self.events = Some(events);
                self.look().await
            }
            Err(error) => {
                self.lost();
                ShipState::Unreachable { reason: ShipFault::NoAnswer(error.fault().clone()) }
            }
        }
    }

    /// What the engine has. If it does not answer, the stream of events is not trusted any more.
    async fn look(&mut self) -> ShipState {
        let state = observe(&*self.engine, &self.environment, self.question).await;
        match &state {
            ShipState::Answering(_) => self.pause = FIRST_PAUSE,
            ShipState::NotAsked | ShipState::Unreachable { .. } => self.lost(),
        }
        self.trusted_until = Instant::now() + TRUSTED;
        state
    }

    fn lost(&mut self) {
        self.events = None;
        self.is_put_off = true;
    }
}
