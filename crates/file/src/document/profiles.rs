//! `profiles` of services and instances: names under which a command makes them take part.

use maestro_core::source::Spanned;

/// A service or an instance that takes no part: it has profiles, and none of them is active.
#[derive(Debug, Clone)]
pub struct InactivePart {
    /// Its name.
    pub name: Spanned<String>,
    /// Whether it is a whole service.
    pub is_service: bool,
    /// The first of its profiles.
    pub profile: String,
}
