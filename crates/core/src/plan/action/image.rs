//! Actions on an image.

use crate::observed::carriable::CarrySource;

/// An action on one image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImageAction {
    /// Pulls an image from its registry.
    Pull {
        /// Its reference.
        image: String,
        /// Whether the engine is to note when: a policy counts the image's age.
        notes_age: bool,
    },
    /// Removes an image with all its names.
    Remove {
        /// Its id.
        id: String,
        /// All names that it has: with a tag or a digest.
        names: Vec<String>,
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
    /// What people know the image by: a name with a tag before others.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Pull { image, .. } | Self::Carry { image, .. } => image,
            Self::Remove { id, names } => {
                names.iter().find(|name| !name.contains('@')).or(names.first()).unwrap_or(id)
            }
        }
    }
}
