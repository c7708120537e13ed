//! What `watch` does about an instance that is down or unhealthy.

/// What is done about an instance that is down or unhealthy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OnUnhealthy {
    /// Its container is stopped and started again.
    #[default]
    Restart,
    /// It gets a new container.
    Replace,
    /// It is only told.
    Notify,
}

impl OnUnhealthy {
    /// All words.
    pub const WORDS: [&str; 3] = ["restart", "replace", "notify"];

    /// What a word means; none if it means nothing.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "restart" => Some(Self::Restart),
            "replace" => Some(Self::Replace),
            "notify" => Some(Self::Notify),
            _ => None,
        }
    }

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Restart => "restart",
            Self::Replace => "replace",
            Self::Notify => "notify",
        }
    }

    /// Whether it is what is done where a file says nothing.
    #[must_use]
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}
