//! Actions on an image.

/// An action on one image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImageAction {
    /// Pulls an image from its registry.
    Pull {
        /// Its reference.
        image: String,
    },
    /// Removes an image with all its names.
    Remove {
        /// Its id.
        id: String,
        /// All names that it has: with a tag or a digest.
        names: Vec<String>,
    },
}

impl ImageAction {
    /// What people know the image by: a name with a tag before others.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Pull { image } => image,
            Self::Remove { id, names } => {
                names.iter().find(|name| !name.contains('@')).or(names.first()).unwrap_or(id)
            }
        }
    }
}
