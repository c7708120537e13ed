//! Actions on an image.

use crate::observed::carriable::CarrySource;

/// An action on one image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImageAction {
    /// Pulls an image from its registry.
    Pull {
        /// Its reference.
        image: String,
    },
    /// Carries an image from another engine, without a registry.
    Carry {
        /// Its reference, on the ship that gets it.
        image: String,
        /// The engine that has it.
        from: CarrySource,
        /// Its id there.
        id: String,
        /// Its bytes.
        size: u64,
        /// The bytes of the layers that the ship lacks, at most.
        missing: u64,
    },
}

impl ImageAction {
    /// The reference of the image.
    #[must_use]
    pub fn image(&self) -> &str {
        match self {
            Self::Pull { image } | Self::Carry { image, .. } => image,
        }
    }
}
