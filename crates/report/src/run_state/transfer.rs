//! How fast an image comes, and how long the rest of it takes.

use std::{collections::VecDeque, time::Duration};

use crate::explain::pull::bytes_or_layers;
use maestro_core::observed::pull::PullAmount;

/// Over so much time the speed is measured.
const WINDOW: Duration = Duration::from_secs(5);
/// No speed is told of less time than this.
const SHORTEST: Duration = Duration::from_secs(1);

/// A fetch that is under way.
#[derive(Debug, Clone, Default)]
pub struct Transfer {
    amount: PullAmount,
    /// When so many bytes were there.
    seen: VecDeque<(Duration, u64)>,
}

impl Transfer {
    /// So much is there, when so much time had passed.
    pub fn take(&mut self, now: Duration, amount: PullAmount) {
        self.amount = amount;
        if self.seen.back().is_none_or(|&(_, bytes)| bytes != amount.bytes) {
            self.seen.push_back((now, amount.bytes));
        }
        // The oldest one that is kept is as old as the window, or older.
        while self.seen.get(1).is_some_and(|(at, _)| now.saturating_sub(*at) >= WINDOW) {
            self.seen.pop_front();
        }
    }

    /// Bytes in a second, if some came and the time is long enough to tell.
    fn speed(&self, now: Duration) -> Option<u64> {
        let &(since, before) = self.seen.front()?;
        let time = now.saturating_sub(since);
        let bytes = self.amount.bytes.checked_sub(before).filter(|bytes| *bytes > 0)?;
        let milliseconds = u64::try_from(time.as_millis()).ok().filter(|_| time >= SHORTEST)?;
        Some(bytes.saturating_mul(1000) / milliseconds)
    }

    /// `12 of 40 MB, 4.0 MB/s, 7 s left`; layers where the engine tells no bytes.
    #[must_use]
    pub fn text(&self, now: Duration) -> String {
        let PullAmount { bytes, total_bytes, is_total_known, .. } = self.amount;
        let text = bytes_or_layers(&self.amount);
        let rest = total_bytes.saturating_sub(bytes);
        let Some(speed) = self.speed(now).filter(|speed| *speed > 0 && (rest > 0 || !is_total_known)) else {
            return text;
        };
        let rate = match speed {
            0..1_000_000 => format!("{} kB/s", speed.div_ceil(1000)),
            _ => format!("{}.{} MB/s", speed / 1_000_000, speed % 1_000_000 / 100_000),
        };
        match rest.div_ceil(speed) {
            _ if !is_total_known => format!("{text}, {rate}"),
            seconds @ 0..100 => format!("{text}, {rate}, {seconds} s left"),
            seconds => format!("{text}, {rate}, {} min left", seconds.div_ceil(60)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MB: u64 = 1_000_000;

    fn amount(bytes: u64, total_bytes: u64, is_total_known: bool) -> PullAmount {
        PullAmount { bytes, total_bytes, is_total_known, layers_done: 1, layers: 3 }
    }

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn speed_and_the_rest_come_from_the_last_seconds() {
        let mut transfer = Transfer::default();
        transfer.take(at(0), amount(0, 40 * MB, true));
        assert_eq!(transfer.text(at(0)), "0 of 40 MB");
        transfer.take(at(2), amount(8 * MB, 40 * MB, true));
        assert_eq!(transfer.text(at(2)), "8 of 40 MB, 4.0 MB/s, 8 s left");
        // It goes slower now: what was before the window does not count.
        for second in 3..20 {
            transfer.take(at(second), amount(8 * MB + (second - 2) * MB / 2, 40 * MB, true));
        }
        assert_eq!(transfer.text(at(19)), "17 of 40 MB, 500 kB/s, 47 s left");
        transfer.take(at(30), amount(40 * MB, 40 * MB, true));
        assert_eq!(transfer.text(at(30)), "40 of 40 MB", "it is unpacked now");
    }

    #[test]
    fn a_total_that_is_not_known_tells_no_end() {
        let mut transfer = Transfer::default();
        transfer.take(at(0), amount(0, 0, false));
        assert_eq!(transfer.text(at(5)), "1 of 3 layers");
        transfer.take(at(5), amount(MB, 3 * MB, false));
        transfer.take(at(7), amount(9 * MB, 30 * MB, false));
        assert_eq!(transfer.text(at(7)), "9 of at least 30 MB, 1.2 MB/s");
    }

    #[test]
    fn a_fetch_that_hangs_gets_slower_and_begins_anew() {
        let mut transfer = Transfer::default();
        transfer.take(at(0), amount(0, 10 * MB, true));
        transfer.take(at(1), amount(5 * MB, 10 * MB, true));
        assert_eq!(transfer.text(at(10)), "5 of 10 MB, 500 kB/s, 10 s left");
        // A layer that is fetched again counts from its begin.
        transfer.take(at(11), amount(MB, 10 * MB, true));
        assert_eq!(transfer.text(at(11)), "1 of 10 MB");
    }
}
