//! Where an image comes from that a ship lacks.

use serde::{Deserialize, Serialize};

/// Where a ship gets an image from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ImageSource {
    /// From another engine if that has an image which no registry knows, otherwise from its registry.
    #[default]
    Auto,
    /// From its registry.
    Registry,
    /// From another engine.
    Carry,
}

impl ImageSource {
    /// All words.
    pub const WORDS: [&str; 3] = ["auto", "carry", "registry"];

    /// The source that a word means; none if it means none.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "auto" => Some(Self::Auto),
            "carry" => Some(Self::Carry),
            "registry" => Some(Self::Registry),
            _ => None,
        }
    }

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Carry => "carry",
            Self::Registry => "registry",
        }
    }

    /// Whether it is the source of who says nothing.
    #[must_use]
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}
