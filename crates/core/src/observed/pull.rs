//! How far the fetch of an image is.

use serde::Serialize;

/// How much of an image an engine has, as far as it has spoken of its layers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct PullAmount {
    /// Bytes that were fetched.
    pub bytes: u64,
    /// Bytes that there are to fetch, of the layers whose size is known.
    pub total_bytes: u64,
    /// Whether the size of each layer is known that has to be fetched.
    pub is_total_known: bool,
    /// Layers that the engine has.
    pub layers_done: usize,
    /// Layers of the image.
    pub layers: usize,
}
