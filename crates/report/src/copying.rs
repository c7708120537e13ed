//! How far a copy of files is.

use std::time::Duration;

use crate::{
    labels::{count, size},
    speed::Speed,
};

const MB: u64 = 1_000_000;
const LITTLE: u64 = 10 * 1024;

/// A copy that goes on.
#[derive(Debug, Clone, Default)]
pub struct CopyProgress {
    bytes: u64,
    total: Option<u64>,
    speed: Speed,
}

impl CopyProgress {
    /// So many bytes were copied of all that there are, if that is known, when so much time had passed.
    pub fn take(&mut self, now: Duration, bytes: u64, total: Option<u64>) {
        (self.bytes, self.total) = (bytes, total);
        self.speed.take(now, bytes);
    }

    /// `12 of 40 MB, 4.0 MB/s, 7 s left`.
    #[must_use]
    pub fn text(&self, now: Duration) -> String {
        let done = self.bytes / MB;
        // What an engine says of a volume's size is not exactly what its archive has.
        let total = self.total.filter(|total| *total >= self.bytes);
        let amount = match total {
            Some(total) => format!("{done} of {} MB", total.div_ceil(MB)),
            None => format!("{done} MB"),
        };
        self.speed.behind(amount, now, total.map(|total| total - self.bytes))
    }
}

/// `3 files`.
#[must_use]
pub fn files(number: u64) -> String {
    count(usize::try_from(number).unwrap_or(usize::MAX), "file")
}

/// An amount of bytes: `1.5 GiB`. Of little nobody wants to know how much it is exactly.
#[must_use]
pub fn amount(bytes: u64) -> String {
    if bytes < LITTLE { "less than 10 KiB".to_owned() } else { size(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_and_the_rest_come_from_the_last_seconds() {
        let at = Duration::from_secs;
        let mut copy = CopyProgress::default();
        copy.take(at(0), 0, Some(40 * MB));
        assert_eq!(copy.text(at(0)), "0 of 40 MB");
        copy.take(at(2), 8 * MB, Some(40 * MB));
        assert_eq!(copy.text(at(2)), "8 of 40 MB, 4.0 MB/s, 8 s left");
        for second in 3..20 {
            copy.take(at(second), 8 * MB + (second - 2) * MB / 2, Some(40 * MB));
        }
        assert_eq!(copy.text(at(19)), "16 of 40 MB, 500 kB/s, 47 s left");
        copy.take(at(30), 41 * MB, Some(40 * MB));
        assert_eq!(copy.text(at(30)), "41 MB, 2.2 MB/s");
        copy.take(at(31), 41 * MB, None);
        assert!(copy.text(at(31)).starts_with("41 MB, "), "{}", copy.text(at(31)));
    }
}
