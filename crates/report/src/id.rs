//! Ids of containers and images in output.

use super::text::harmless;

/// How many characters of an id are shown.
pub(crate) const ID_LENGTH: usize = 12;

/// The id of a container or an image, or a digest, as Docker shows it: its beginning, without the name of the hash.
pub(crate) fn short_id(id: &str) -> String {
    harmless(id.trim_start_matches("sha256:")).chars().take(ID_LENGTH).collect()
}
