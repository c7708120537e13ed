//! Several logs as one, in the order of their times.

use std::{
    cmp::{Ordering, Reverse},
    collections::{BinaryHeap, HashMap},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use futures_util::{
    future::OptionFuture,
    stream::{self, BoxStream, FuturesUnordered, Stream, StreamExt as _, StreamFuture},
};
use jiff::Timestamp;
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, error::TryRecvError},
    time::{Instant, sleep_until},
};

use super::request::LogUpdate;
use maestro_engine::LogLine;

/// How long a log that is followed and was read to its end is waited for, since another one may have an older line.
const HOLD: Duration = Duration::from_millis(200);

/// The lines of one log, of the source of that number. Its faults come in between.
pub(super) type Lines = BoxStream<'static, LogUpdate>;

/// Tells something that is no line.
pub(super) fn tell(sender: &UnboundedSender<Lines>, update: LogUpdate) {
    // Whoever wanted it may be gone.
    let _ = sender.send(stream::iter([update]).boxed());
}

/// Several logs as one. Of each it holds one line at most; the rest waits at the engines.
pub(super) struct Merge {
    /// Logs that come in; ends when no more will come.
    incoming: Option<UnboundedReceiver<Lines>>,
    /// Whether logs are followed, so that one that has no line may never have one again.
    is_following: bool,
    /// Logs whose next line is waited for.
    waiting: FuturesUnordered<StreamFuture<Numbered>>,
    /// Since when each of them is waited for; none of those that were waited for long enough.
    fresh: HashMap<usize, Instant>,
    /// Logs whose next line has come.
    heads: BinaryHeap<Reverse<Head>>,
    /// The log whose line was cut last: its next piece comes first.
    unfinished: Option<usize>,
    /// How many logs have come in.
    logs: usize,
    /// How many lines have come.
    lines: usize,
}

/// Whether the first line that is there is held back.
enum Hold {
    /// It is the next.
    No,
    /// Until then, for a line that may be older.
    Until(Instant),
    /// Until something comes.
    ForLong,
}

/// A log with its number.
struct Numbered {
    number: usize,
    /// When its last line was written.
    time: Option<Timestamp>,
    lines: Lines,
}

/// A line that is the next of its log.
struct Head {
    time: Option<Timestamp>,
    /// Lines of one moment stay in the order in which they came.
    order: usize,
    update: LogUpdate,
    rest: Numbered,
}

impl Head {
    fn key(&self) -> (Option<Timestamp>, usize) {
        (self.time, self.order)
    }
}

impl PartialEq for Head {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Head {}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Head {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl Stream for Numbered {
    type Item = LogUpdate;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<LogUpdate>> {
        self.lines.poll_next_unpin(context)
    }
}

impl Merge {
    pub(super) fn new(incoming: UnboundedReceiver<Lines>, is_following: bool) -> Self {
        Self {
            incoming: Some(incoming),
            is_following,
            waiting: FuturesUnordered::new(),
            fresh: HashMap::new(),
            heads: BinaryHeap::new(),
            unfinished: None,
            logs: 0,
            lines: 0,
        }
    }

    /// The next line of all; none when all logs have ended and none will come. May be given up and called again.
    pub(super) async fn next(&mut self) -> Option<LogUpdate> {
        loop {
            self.take_what_is_there();
            if self.heads.is_empty() && self.waiting.is_empty() && self.incoming.is_none() {
                return None;
            }
            match self.held_until() {
                Hold::No => return self.emit(),
                Hold::Until(until) => self.wait(Some(until)).await,
                Hold::ForLong => self.wait(None).await,
            }
        }
    }

    /// Takes logs and lines that have come already.
    fn take_what_is_there(&mut self) {
        while let Some(incoming) = &mut self.incoming {
            match incoming.try_recv() {
                Ok(lines) => self.add(lines),
                Err(TryRecvError::Disconnected) => self.incoming = None,
                Err(TryRecvError::Empty) => break,
            }
        }
    }

    /// Whether another line may have to come before the first one that is there.
    fn held_until(&mut self) -> Hold {
        if self.heads.is_empty() {
            return Hold::ForLong;
        }
        if self.waiting.is_empty() {
            return Hold::No;
        }
        if !self.is_following {
            return Hold::ForLong;
        }
        let now = Instant::now();
        self.fresh.retain(|_, since| now < *since + HOLD);
        // The rest of a line is waited for alone.
        let unfinished = self.unfinished.and_then(|number| self.fresh.get(&number));
        let latest = unfinished.or_else(|| self.fresh.values().max());
        latest.map_or(Hold::No, |since| Hold::Until(*since + HOLD))
    }

    /// Waits until something has come, or until then.
    async fn wait(&mut self, until: Option<Instant>) {
        tokio::select! {
            biased;
            Some((update, rest)) = self.waiting.next() => self.came(update, rest),
            Some(lines) = OptionFuture::from(self.incoming.as_mut().map(UnboundedReceiver::recv)) => match lines {
                Some(lines) => self.add(lines),
                None => self.incoming = None,
            },
            Some(()) = OptionFuture::from(until.map(sleep_until)) => {}
        }
    }

    fn add(&mut self, lines: Lines) {
        self.logs += 1;
        self.read(Numbered { number: self.logs, time: None, lines });
    }

    /// Waits for the next line of a log.
    fn read(&mut self, log: Numbered) {
        self.fresh.insert(log.number, Instant::now());
        self.waiting.push(log.into_future());
    }

    /// A log told something, or ended.
    fn came(&mut self, update: Option<LogUpdate>, mut log: Numbered) {
        self.fresh.remove(&log.number);
        let Some(update) = update else {
            if self.unfinished == Some(log.number) {
                self.unfinished = None;
            }
            return;
        };
        if let LogUpdate::Line { line: LogLine { time: Some(time), .. }, .. } = &update {
            // A log is told in its own order.
            log.time = log.time.max(Some(*time));
        }
        self.lines += 1;
        self.heads.push(Reverse(Head { time: log.time, order: self.lines, update, rest: log }));
    }

    /// The first of the lines that are there: the rest of one that was cut, or the oldest.
    fn emit(&mut self) -> Option<LogUpdate> {
        let unfinished = self.unfinished.take();
        let head = match unfinished {
            Some(number) if self.heads.iter().any(|head| head.0.rest.number == number) => {
                let mut heads = std::mem::take(&mut self.heads).into_vec();
                let at = heads.iter().position(|head| head.0.rest.number == number)?;
                let head = heads.swap_remove(at);
                self.heads = heads.into();
                head
            }
            Some(_) | None => self.heads.pop()?,
        };
        let Reverse(Head { update, rest, .. }) = head;
        if matches!(&update, LogUpdate::Line { line, .. } if line.goes_on) {
            self.unfinished = Some(rest.number);
        }
        self.read(rest);
        Some(update)
    }
}
