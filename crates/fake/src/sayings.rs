//! What programs in containers that share another's network write.

/// By the name of the container whose network they share, and the words that their commands begin with.
pub(super) type Sayings = Vec<(String, String, Vec<String>)>;
