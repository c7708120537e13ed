//! What is known of a ship's machine and its engine.

use std::time::Duration;

/// What is known of a ship that answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShipFacts {
    /// The engine's version (`28.5.1`); empty if it does not tell. Untrusted.
    pub version: String,
    /// What kind of machine it is (`linux/amd64`); empty if it does not tell. Untrusted.
    pub platform: String,
    /// How many processors it has; 0 if it does not tell.
    pub processors: u64,
    /// Its memory in bytes; 0 if it does not tell.
    pub memory: u64,
    /// Free space where the engine keeps its data, in bytes, and all there is; none if it cannot be looked at.
    pub disk: Option<(u64, u64)>,
    /// How its clock differs from this machine's; none if it does not tell.
    pub clock: Option<ClockSkew>,
}

/// How a clock differs from this machine's. What is less than the question took is no difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockSkew {
    /// Not so that it could be told.
    None,
    /// It is so far ahead.
    Ahead(Duration),
    /// It is so far behind.
    Behind(Duration),
}

impl ClockSkew {
    /// Of a clock that said this between these two moments of this machine's clock, all since the same moment.
    #[must_use]
    pub fn of(asked: Duration, said: Duration, answered: Duration) -> Self {
        if let Some(ahead) = said.checked_sub(answered).filter(|ahead| !ahead.is_zero()) {
            Self::Ahead(ahead)
        } else if let Some(behind) = asked.checked_sub(said).filter(|behind| !behind.is_zero()) {
            Self::Behind(behind)
        } else {
            Self::None
        }
    }

    /// How far it differs, without a direction.
    #[must_use]
    pub fn amount(self) -> Duration {
        match self {
            Self::None => Duration::ZERO,
            Self::Ahead(by) | Self::Behind(by) => by,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_differs_by_more_than_the_question_took() {
        let of = |asked, said, answered| {
            let [asked, said, answered] = [asked, said, answered].map(Duration::from_secs);
            ClockSkew::of(asked, said, answered)
        };
        assert_eq!(of(10, 11, 12), ClockSkew::None);
        assert_eq!(of(10, 10, 12), ClockSkew::None);
        assert_eq!(of(10, 15, 12), ClockSkew::Ahead(Duration::from_secs(3)));
        assert_eq!(of(10, 3, 12), ClockSkew::Behind(Duration::from_secs(7)));
    }
}
