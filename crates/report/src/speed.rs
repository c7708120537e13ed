//! How fast bytes come, and how long the rest of them takes.

use std::{collections::VecDeque, time::Duration};

/// Over so much time the speed is measured.
const WINDOW: Duration = Duration::from_secs(5);
/// No speed is told of less time than this.
const SHORTEST: Duration = Duration::from_secs(1);
/// Amounts that come faster after one another are not kept each.
const GAP: Duration = Duration::from_millis(100);
const MB: u64 = 1_000_000;

/// Bytes that come, as far as they are needed to tell their speed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Speed {
    bytes: u64,
    /// When so many bytes were there.
    seen: VecDeque<(Duration, u64)>,
}

impl Speed {
    /// So many bytes are there, when so much time had passed.
    pub(crate) fn take(&mut self, now: Duration, bytes: u64) {
        self.bytes = bytes;
        let is_new = |&(at, before): &(Duration, u64)| before != bytes && now.saturating_sub(at) >= GAP;
        if self.seen.back().is_none_or(is_new) {
            self.seen.push_back((now, bytes));
        }
        // The oldest one that is kept is as old as the window, or older.
        while self.seen.get(1).is_some_and(|(at, _)| now.saturating_sub(*at) >= WINDOW) {
            self.seen.pop_front();
        }
    }

    /// What comes from now on is counted anew.
    pub(crate) fn restart(&mut self) {
        self.seen.clear();
    }

    /// Bytes in a second, if some came and the time is long enough to tell.
    fn per_second(&self, now: Duration) -> Option<u64> {
        let &(since, before) = self.seen.front()?;
        let time = now.checked_sub(since).filter(|time| *time >= SHORTEST)?;
        let bytes = self.bytes.checked_sub(before)?;
        let milliseconds = u64::try_from(time.as_millis()).ok()?;
        Some(bytes.saturating_mul(1000) / milliseconds).filter(|speed| *speed > 0)
    }

    /// `text, 4.0 MB/s, 7 s left`, where `rest` is how many bytes are to come.
    pub(crate) fn behind(&self, text: String, now: Duration, rest: Option<u64>) -> String {
        let Some(speed) = self.per_second(now) else { return text };
        let rate = match speed {
            0..MB => format!("{} kB/s", speed.div_ceil(1000)),
            _ => format!("{}.{} MB/s", speed / MB, speed % MB / 100_000),
        };
        match rest.map(|rest| rest.div_ceil(speed)) {
            None | Some(0) => format!("{text}, {rate}"),
            Some(seconds @ 1..100) => format!("{text}, {rate}, {seconds} s left"),
            Some(seconds) => format!("{text}, {rate}, {} min left", seconds.div_ceil(60)),
        }
    }
}
