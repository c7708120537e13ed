//! How fast an image comes, and how long the rest of it takes.

use std::time::Duration;

use crate::{
    explain::{probe::copied, pull::bytes_or_layers},
    speed::Speed,
};
use maestro_core::{event::CopiedAmount, observed::pull::PullAmount};

/// Bytes that come, and how many that are to be.
#[derive(Debug, Clone, Default)]
pub struct Transfer {
    amount: Amount,
    speed: Speed,
}

/// How much has come.
#[derive(Debug, Clone, Copy)]
pub enum Amount {
    /// Of an image.
    Pulled(PullAmount),
    /// Of a volume.
    Copied(CopiedAmount),
}

impl Default for Amount {
    fn default() -> Self {
        Self::Pulled(PullAmount::default())
    }
}

impl Amount {
    fn bytes(&self) -> u64 {
        match self {
            Self::Pulled(amount) => amount.bytes,
            Self::Copied(amount) => amount.bytes,
        }
    }

    /// Bytes that there are, as far as that is known.
    fn total(&self) -> Option<u64> {
        match self {
            Self::Pulled(amount) => Some(amount.total_bytes).filter(|_| amount.is_total_known),
            Self::Copied(amount) => amount.total_bytes,
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Pulled(amount) => bytes_or_layers(amount),
            Self::Copied(amount) => copied(amount),
        }
    }
}

impl Transfer {
    /// So much is there, when so much time had passed.
    pub fn take(&mut self, now: Duration, amount: Amount) {
        // The copy is read from its beginning to be verified.
        if amount.bytes() < self.amount.bytes() && matches!(amount, Amount::Copied(_)) {
            self.speed.restart();
        }
        self.amount = amount;
        self.speed.take(now, amount.bytes());
    }

    /// The part that has come of all that there is, in thousandths; none where that is not known.
    pub(super) fn part(&self) -> Option<u16> {
        let total = self.amount.total().filter(|total| *total > 0)?;
        let part = u128::from(self.amount.bytes()) * 1000 / u128::from(total);
        u16::try_from(part.min(1000)).ok()
    }

    /// `12 of 40 MB, 4.0 MB/s, 7 s left`; layers where the engine tells no bytes.
    #[must_use]
    pub fn text(&self, now: Duration) -> String {
        let text = self.amount.text();
        let total = self.amount.total();
        let rest = total.map(|total| total.saturating_sub(self.amount.bytes()));
        // All is there, and is unpacked or compared.
        if rest == Some(0) { text } else { self.speed.behind(text, now, rest) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MB: u64 = 1_000_000;

    fn amount(bytes: u64, total_bytes: u64, is_total_known: bool) -> Amount {
        Amount::Pulled(PullAmount { bytes, total_bytes, is_total_known, layers_done: 1, layers: 3 })
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
