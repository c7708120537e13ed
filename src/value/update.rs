//! How a service's instances are replaced: the words of `update`.

use serde::Serialize;

/// What comes first when a container is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// The old container is stopped, then its successor is started.
    #[default]
    StopFirst,
    /// The successor runs and is ready beside the old one, which then hands over its names and is stopped.
    StartFirst,
}

impl Order {
    /// Every order as a file writes it.
    pub const WORDS: [&'static str; 2] = ["stop-first", "start-first"];

    /// The order of that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::StopFirst, Self::StartFirst].into_iter().find(|order| order.word() == word)
    }

    /// The order as a file writes it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::StopFirst => Self::WORDS[0],
            Self::StartFirst => Self::WORDS[1],
        }
    }
}

/// What becomes of a container when only the list of its peers has changed: the variables that tell it of other instances.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnPeerChange {
    /// It runs on with the list that it was started with.
    #[default]
    Keep,
    /// It is replaced.
    Replace,
}

impl OnPeerChange {
    /// Every word as a file writes it.
    pub const WORDS: [&'static str; 2] = ["keep", "replace"];

    /// What that word means.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Keep, Self::Replace].into_iter().find(|known| known.word() == word)
    }

    /// The word as a file writes it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Keep => Self::WORDS[0],
            Self::Replace => Self::WORDS[1],
        }
    }

    /// Whether it is what holds where a file says nothing.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// What becomes of a roll-out when more successors fail than may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnFailure {
    /// All that the roll-out has replaced is taken back, and no further turn begins.
    #[default]
    Rollback,
    /// What failed is taken back, what is replaced stays so, and no further turn begins.
    Pause,
    /// What failed is taken back, and the next turn begins.
    Continue,
}

impl OnFailure {
    /// Every word as a file writes it.
    pub const WORDS: [&'static str; 3] = ["rollback", "pause", "continue"];

    /// What that word means.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Rollback, Self::Pause, Self::Continue].into_iter().find(|known| known.word() == word)
    }

    /// The word as a file writes it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Rollback => Self::WORDS[0],
            Self::Pause => Self::WORDS[1],
            Self::Continue => Self::WORDS[2],
        }
    }
}
