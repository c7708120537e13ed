//! Actions on an image.

/// An action on one image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImageAction {
    /// Pulls an image from its registry.
    Pull {
        /// Its reference.
        image: String,
    },
}
