//! What goes wrong while an image is carried from one engine to another.

use super::{ArchiveFault, EngineFault, TarFault};

/// Why an image was not carried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CarryFault {
    /// The source does not have the image any more.
    Gone,
    /// The image cannot be read on its engine.
    Read(ArchiveFault),
    /// The target's engine did not load it.
    Load(EngineFault),
    /// The target has no room left; the engine's words.
    NoRoom(EngineFault),
    /// What the target has loaded is not what was sent. The ids of both; none if the target loaded nothing.
    Differs {
        /// The image that was sent.
        sent: String,
        /// The image that the target has.
        loaded: Option<String>,
    },
}

impl CarryFault {
    /// Whether an engine did not answer.
    #[must_use]
    pub fn is_silence(&self) -> bool {
        match self {
            Self::Read(ArchiveFault::Engine(fault)) | Self::Load(fault) => fault.is_silence(),
            Self::Gone | Self::Read(_) | Self::NoRoom(_) | Self::Differs { .. } => false,
        }
    }

    /// The same with other texts where it says what others wrote.
    #[must_use]
    pub fn map_texts(self, map: &dyn Fn(&str) -> String) -> Self {
        match self {
            Self::Read(fault) => Self::Read(fault.map_texts(map)),
            Self::Load(fault) => Self::Load(fault.map_texts(map)),
            Self::NoRoom(fault) => Self::NoRoom(fault.map_texts(map)),
            Self::Gone | Self::Differs { .. } => self,
        }
    }
}

impl From<TarFault> for CarryFault {
    fn from(fault: TarFault) -> Self {
        Self::Read(ArchiveFault::NotTar(fault))
    }
}
