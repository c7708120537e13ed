//! How a service's instances are replaced: the words of `update`.

use serde::Serialize;

/// Gives an enum the words that files write for its variants.
macro_rules! words {
    ($type:ident { $($variant:ident: $word:literal),+ }) => {
        impl $type {
            /// Every word as a file writes it.
            pub const WORDS: &[&str] = &[$($word),+];

            /// What that word means.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)+
                    _ => None,
                }
            }

            /// The word as a file writes it.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }
    };
}

/// What comes first when a container is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Hash)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// The old container is stopped, then its successor is started.
    #[default]
    StopFirst,
    /// The successor runs and is ready beside the old one, which then hands over its names and is stopped.
    StartFirst,
}

words!(Order { StopFirst: "stop-first", StartFirst: "start-first" });

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

words!(OnPeerChange { Keep: "keep", Replace: "replace" });

impl OnPeerChange {
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

words!(OnFailure { Rollback: "rollback", Pause: "pause", Continue: "continue" });
