//! When an image is pulled for a new container.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use super::duration;

const DAY: Duration = Duration::from_secs(24 * 3600);
const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);

/// The units of an age, longest first, in seconds.
const UNITS: [(char, u64); 5] = [('w', 7 * 24 * 3600), ('d', 24 * 3600), ('h', 3600), ('m', 60), ('s', 1)];

/// When an image is pulled before a container is created.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum PullPolicy {
    /// If the ship does not have it.
    #[default]
    Missing,
    /// Each time, so that the container has the image that the registry has now.
    Always,
    /// If the ship does not have it, or pulled it longer ago.
    After(Duration),
    /// Not at all: the ship must have it.
    Never,
}

impl PullPolicy {
    /// The words of Compose that say whether an image is pulled; `every_12h` and its like come to them.
    pub const WORDS: [&str; 7] = ["always", "build", "daily", "if_not_present", "missing", "never", "weekly"];

    /// The policy that a word of Compose means; none if it is no such word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "always" => Some(Self::Always),
            "never" | "build" => Some(Self::Never),
            "daily" => Some(Self::After(DAY)),
            "weekly" => Some(Self::After(WEEK)),
            "missing" | "if_not_present" => Some(Self::Missing),
            _ => age(word.strip_prefix("every_")?).map(Self::After),
        }
    }

    /// The age from which on an image is pulled again; none if its age does not count.
    #[must_use]
    pub const fn age(self) -> Option<Duration> {
        match self {
            Self::After(age) => Some(age),
            Self::Missing | Self::Always | Self::Never => None,
        }
    }

    /// Whether it is the policy of who says nothing.
    #[must_use]
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for PullPolicy {
    /// Compose's word for it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("missing"),
            Self::Always => f.write_str("always"),
            Self::Never => f.write_str("never"),
            Self::After(DAY) => f.write_str("daily"),
            Self::After(WEEK) => f.write_str("weekly"),
            Self::After(age) => write!(f, "every_{}", written(*age)),
        }
    }
}

impl From<PullPolicy> for String {
    fn from(policy: PullPolicy) -> Self {
        policy.to_string()
    }
}

impl TryFrom<String> for PullPolicy {
    type Error = String;

    fn try_from(word: String) -> Result<Self, Self::Error> {
        Self::from_word(&word).ok_or(word)
    }
}

/// An age as a policy writes it: `1d12h`.
#[must_use]
pub fn written(age: Duration) -> String {
    let mut left = age.as_secs();
    let mut text = String::new();
    for (unit, seconds) in UNITS {
        if left >= seconds {
            text.push_str(&(left / seconds).to_string());
            text.push(unit);
            left %= seconds;
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

/// Reads `12h`, `1w2d`: whole seconds; none if it is no age.
fn age(text: &str) -> Option<Duration> {
    let nanoseconds = u64::try_from(duration::nanoseconds(text)?).ok()?;
    let age = Duration::from_nanos(nanoseconds);
    (age.subsec_nanos() == 0).then_some(age)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_and_written() {
        for (word, hours) in [("daily", 24), ("weekly", 168), ("every_12h", 12), ("every_1w2d", 216)] {
            let policy = PullPolicy::from_word(word).unwrap();
            assert_eq!(policy, PullPolicy::After(Duration::from_secs(hours * 3600)), "{word}");
            assert_eq!(policy.to_string(), word);
        }
        for (word, same) in [
            ("every_24h", "daily"),
            ("every_90m", "every_1h30m"),
            ("every_1.5h", "every_1h30m"),
            ("build", "never"),
        ] {
            assert_eq!(PullPolicy::from_word(word).unwrap().to_string(), same);
        }
        for word in [
            "",
            "every_",
            "every_h",
            "every_12",
            "every_1y",
            "every_99999999999999999w",
            "every_-1h",
            "every_5ms",
            "monthly",
        ] {
            assert_eq!(PullPolicy::from_word(word), None, "{word}");
        }
    }

    #[test]
    fn it_is_stored_as_its_word() {
        for word in ["missing", "always", "never", "every_2h"] {
            let policy = PullPolicy::from_word(word).unwrap();
            let json = serde_json::to_string(&policy).unwrap();
            assert_eq!(json, format!("\"{word}\""));
            assert_eq!(serde_json::from_str::<PullPolicy>(&json).unwrap(), policy);
        }
    }
}
