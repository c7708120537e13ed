//! Links in the words of the API.

/// Each as `target:alias`.
pub(super) fn link_words(links: &[(String, String)]) -> Vec<String> {
    links.iter().map(|(target, alias)| format!("{target}:{alias}")).collect()
}
