//! A change that runs as a task of its own.

use tokio::{
    sync::{mpsc::UnboundedReceiver, watch},
    task::{JoinError, JoinHandle},
};

use super::{Broadcast, ChangeRequest, Outcome, Progress, change, progress::Listening};

/// A change that runs. It is given up when this is dropped: engines finish what they were asked, and the lease stays.
pub struct Operation<E> {
    running: JoinHandle<Outcome<E>>,
    interrupt: watch::Sender<bool>,
    progress: Listening,
}

impl<E: Send + 'static> Operation<E> {
    /// Begins. The receiver gets all progress, and ends with the operation.
    #[must_use]
    pub fn spawn(asked: ChangeRequest<E>) -> (Self, UnboundedReceiver<Progress>) {
        let progress = Broadcast::default();
        let first = progress.subscribe();
        let (interrupt, interrupted) = watch::channel(false);
        let listening = progress.listening();
        let running = tokio::spawn(change(asked, interrupted, progress));
        (Self { running, interrupt, progress: listening }, first)
    }

    /// All progress from now on. It ends with the operation.
    #[must_use]
    pub fn subscribe(&self) -> UnboundedReceiver<Progress> {
        self.progress.subscribe()
    }

    /// Lets nothing new begin. What an engine is changing now comes to its end.
    pub fn interrupt(&self) {
        self.interrupt.send_replace(true);
    }

    /// Waits for the end. May be given up and called again until it has told the outcome.
    ///
    /// # Panics
    /// If the operation panicked, or had told its outcome before.
    pub async fn outcome(&mut self) -> Outcome<E> {
        match (&mut self.running).await {
            Ok(outcome) => outcome,
            Err(error) => panic_of(error),
        }
    }
}

fn panic_of(error: JoinError) -> ! {
    match error.try_into_panic() {
        Ok(panic) => std::panic::resume_unwind(panic),
        Err(error) => panic!("the operation was cancelled: {error}"),
    }
}

impl<E> Drop for Operation<E> {
    fn drop(&mut self) {
        self.running.abort();
    }
}
