//! What a run has told, for every browser from its beginning.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};
use tokio::sync::{Notify, watch};

use maestro_web::{PageMessage, PageMessages, PageRefusal};

/// The runs of the page: one at a time, of which the last is kept.
#[derive(Default)]
pub(super) struct Runs(Mutex<Option<Arc<Record>>>);

/// A run.
pub(super) struct Record {
    /// How the same is typed.
    typed: String,
    messages: Mutex<Vec<PageMessage>>,
    /// How many messages there are, and how it ended.
    told: watch::Sender<(usize, Option<u8>)>,
    interrupt: Notify,
}

impl Runs {
    fn last(&self) -> Option<Arc<Record>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn running(&self) -> Option<Arc<Record>> {
        self.last().filter(|record| !record.is_over())
    }

    /// Begins a run, unless another one goes on.
    pub(super) fn begin(&self, typed: String) -> Result<Arc<Record>, PageRefusal> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = last.as_ref().filter(|record| !record.is_over()) {
            let text = format!("`{}` runs already", running.typed);
            return Err(PageRefusal { status: 409, document: json!({ "error": text }) });
        }
        let record = Arc::new(Record {
            typed,
            messages: Mutex::new(Vec::new()),
            told: watch::Sender::new((0, None)),
            interrupt: Notify::new(),
        });
        *last = Some(Arc::clone(&record));
        Ok(record)
    }

    /// Lets nothing new begin. False if nothing runs.
    pub(super) fn interrupt(&self) -> bool {
        let running = self.running();
        if let Some(record) = &running {
            record.interrupt.notify_one();
        }
        running.is_some()
    }

    /// Waits until nothing runs.
    pub(super) async fn ended(&self) {
        if let Some(record) = self.running() {
            record.told.subscribe().wait_for(|(_, end)| end.is_some()).await.ok();
        }
    }

    /// What is shown on every page.
    pub(super) fn summary(&self) -> Value {
        self.last().map_or(
            Value::Null,
            |record| json!({ "typed": record.typed, "exit_code": record.told.borrow().1 }),
        )
    }

    /// All messages of the last run, and those that come; none if there was no run.
    pub(super) fn follow(&self) -> Option<PageMessages> {
        let record = self.last()?;
        let told = record.told.subscribe();
        Some(
            stream::unfold((record, told, 0), |(record, mut told, at)| async move {
                loop {
                    let next = record.messages().get(at).cloned();
                    if let Some(message) = next {
                        return Some((message, (record, told, at + 1)));
                    }
                    if record.is_over() {
                        return None;
                    }
                    told.wait_for(|(count, end)| *count > at || end.is_some()).await.ok()?;
                }
            })
            .boxed(),
        )
    }
}

impl Record {
    fn messages(&self) -> MutexGuard<'_, Vec<PageMessage>> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_over(&self) -> bool {
        self.told.borrow().1.is_some()
    }

    /// Tells a message.
    pub(super) fn tell(&self, event: &'static str, data: String) {
        self.messages().push(PageMessage { event, data });
        self.told.send_modify(|(count, _)| *count += 1);
    }

    /// Tells how it ended; nothing follows.
    pub(super) fn end(&self, data: String, exit_code: u8) {
        self.messages().push(PageMessage { event: "end", data });
        self.told.send_modify(|(count, end)| (*count, *end) = (*count + 1, Some(exit_code)));
    }

    /// Waits until it is to be interrupted.
    pub(super) async fn interrupted(&self) {
        self.interrupt.notified().await;
    }
}

/// Tells each line that is written.
pub(super) struct Sink {
    record: Arc<Record>,
    line: Vec<u8>,
}

impl Sink {
    pub(super) fn new(record: Arc<Record>) -> Self {
        Self { record, line: Vec::new() }
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.line.extend_from_slice(bytes);
        while let Some(end) = self.line.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.line.drain(..=end).take(end).collect();
            self.record.tell("event", String::from_utf8_lossy(&line).into_owned());
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_follower_gets_all_from_the_beginning() {
        let runs = Runs::default();
        assert!(runs.follow().is_none() && runs.summary() == Value::Null && !runs.interrupt());
        let record = runs.begin("maestro apply".to_owned()).unwrap();
        assert_eq!(runs.begin("maestro apply".to_owned()).err().map(|refusal| refusal.status), Some(409));
        let mut sink = Sink::new(Arc::clone(&record));
        sink.write_all(b"{\"a\":1}\n{\"b\"").unwrap();
        let early = runs.follow().unwrap();
        sink.write_all(b":2}\n").unwrap();
        assert!(runs.interrupt());
        record.interrupted().await;
        record.end("{}".to_owned(), 0);
        runs.ended().await;
        let all = |messages: PageMessages| messages.map(|message| message.data).collect::<Vec<_>>();
        let expected = ["{\"a\":1}", "{\"b\":2}", "{}"];
        assert_eq!(all(early).await, expected);
        assert_eq!(all(runs.follow().unwrap()).await, expected);
        assert!(runs.begin("maestro apply".to_owned()).is_ok());
    }
}
