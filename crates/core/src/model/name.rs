//! Names: what Docker allows, and what becomes of them in variables.

/// Whether Docker allows it as a container's name: two characters at least, of letters, digits, `_`, `.` and `-`,
/// the first a letter or digit (the rule of `names.RestrictedNameChars` in moby).
#[must_use]
pub fn is_container_name(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|c| c.is_ascii_alphanumeric())
        && name.len() >= 2
        && characters.all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c))
}

/// `name` as part of an environment variable's name: every character but letters, digits and `_` becomes `_`, then
/// all is in capitals.
#[must_use]
pub fn variable_name(name: &str) -> String {
    name.chars()
        .map(|c| if c.is_alphanumeric() || c == '_' { c } else { '_' })
        .collect::<String>()
        .to_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn container_names_are_as_docker_wants_them() {
        for good in ["web", "w1", "a.b-c_d"] {
            assert!(is_container_name(good), "{good}");
        }
        for bad in ["", "w", "-web", "we b", "wéb", "web/1"] {
            assert!(!is_container_name(bad), "{bad}");
        }
    }
}
