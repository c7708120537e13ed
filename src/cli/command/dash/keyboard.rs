//! What is typed, as keys for the dashboard or as bytes for a shell.

use std::time::Duration;

use tokio::{
    sync::mpsc::Receiver,
    time::{Instant, timeout_at},
};

use crate::cli::console;
use maestro_dash::{DashKey, KeyParser};

/// How long the rest of an escape sequence is waited for. Over a slow connection it may come later than its beginning.
const REST: Duration = Duration::from_millis(100);

/// Reads standard input until the program ends.
pub(super) struct Keyboard {
    typed: Receiver<Vec<u8>>,
    parser: KeyParser,
    /// Until when the rest of a sequence is waited for, whatever else happens meanwhile.
    until: Option<Instant>,
}

impl Keyboard {
    pub(super) fn open() -> Self {
        Self { typed: console::typed(), parser: KeyParser::default(), until: None }
    }

    /// The next keys; none if the terminal is gone. May be given up and called again.
    pub(super) async fn keys(&mut self) -> Option<Vec<DashKey>> {
        loop {
            let bytes = match self.until {
                Some(until) => match timeout_at(until, self.typed.recv()).await {
                    Ok(bytes) => bytes?,
                    Err(_) => {
                        self.until = None;
                        return Some(self.parser.flush());
                    }
                },
                None => self.typed.recv().await?,
            };
            let keys = self.parser.take(&bytes);
            self.until = self.parser.is_waiting().then(|| Instant::now() + REST);
            if !keys.is_empty() {
                return Some(keys);
            }
        }
    }

    /// The next bytes as they were typed; none if the terminal is gone.
    pub(super) async fn bytes(&mut self) -> Option<Vec<u8>> {
        self.typed.recv().await
    }
}
