//! Names for what has an invalid one.

/// What Docker allows as the name of a container or a volume: [`is_container_name`].
///
/// [`is_container_name`]: maestro_core::model::name::is_container_name
pub(super) const ALLOWED: &str =
    "Docker allows two or more letters, digits, `_`, `.` and `-`, the first a letter or digit";

/// A name that Docker allows, made of one that it does not.
pub(super) fn container_name_like(name: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    let parts: Vec<&str> = name.split(|c| !allowed(c)).map(|part| part.trim_matches('-')).collect();
    let name = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-");
    let name = name.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
    match name.len() {
        0 => "web-1".to_owned(),
        1 => format!("{name}-1"),
        _ => name.to_owned(),
    }
}
