//! When an image is pulled for a new container.

use serde::{Deserialize, Serialize};

/// When an image is pulled before a container is created.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PullPolicy {
    /// If the ship does not have it.
    #[default]
    Missing,
    /// Each time, so that the container has the image that the registry has now.
    Always,
    /// Not at all: the ship must have it.
    Never,
}

impl PullPolicy {
    /// The words of Compose, as far as they say whether an image is pulled.
    pub const WORDS: [&str; 5] = ["always", "build", "if_not_present", "missing", "never"];

    /// The policy that a word of Compose means; an age of an image (`daily`) means [`Missing`](Self::Missing).
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        match word {
            "always" => Self::Always,
            "never" | "build" => Self::Never,
            _ => Self::Missing,
        }
    }

    /// Compose's word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Always => "always",
            Self::Never => "never",
        }
    }

    /// Whether it is the policy of who says nothing.
    #[must_use]
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}
