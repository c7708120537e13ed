//! What consumes the events of a run and shows them. [`lines`](super::lines) is for logs, [`live`](super::live) for
//! terminals, [`json`](super::json) for programs.

use std::{io, time::Duration};

use super::message::Message;

/// Shows what happens, as it happens.
///
/// Keeps no clock and starts no thread: whoever carries out a plan hands over its events and calls
/// [`tick`](Self::tick) from time to time.
pub trait Reporter {
    /// Takes in an event.
    ///
    /// # Errors
    /// If it cannot be written.
    fn event(&mut self, event: &Message) -> io::Result<()>;

    /// Draws what has changed, where drawing is not done at once. To be called up to 20 times a second, with the time since
    /// the run began.
    ///
    /// # Errors
    /// If it cannot be written.
    fn tick(&mut self, elapsed: Duration) -> io::Result<()> {
        let _ = elapsed;
        Ok(())
    }

    /// Tells the user something beside the events, for example that an interrupt was understood.
    ///
    /// # Errors
    /// If it cannot be written.
    fn note(&mut self, text: &str) -> io::Result<()>;
}
