//! Who follows the events of the engine in memory.

use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

use maestro_engine::events::ContainerEvent;

/// Whoever follows the events of an engine. All of them lose it when it is restarted.
#[derive(Default)]
pub(super) struct Listeners {
    senders: Vec<UnboundedSender<ContainerEvent>>,
    /// Whether they are told nothing, though their streams are open.
    pub(super) is_silent: bool,
}

impl Listeners {
    /// Another one, which is told all events from now on.
    pub(super) fn add(&mut self) -> UnboundedReceiver<ContainerEvent> {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.senders.push(sender);
        receiver
    }

    pub(super) fn tell(&mut self, event: &ContainerEvent) {
        if !self.is_silent {
            self.senders.retain(|sender| sender.send(event.clone()).is_ok());
        }
    }

    pub(super) fn lose_all(&mut self) {
        self.senders.clear();
    }
}
