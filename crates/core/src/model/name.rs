//! Names: what Docker allows, and what becomes of them in variables.

use serde::Serialize;

/// A container's name that Docker allows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct ContainerName(String);

impl ContainerName {
    /// The name; none if Docker does not allow it.
    #[must_use]
    pub fn new(name: &str) -> Option<Self> {
        is_container_name(name).then(|| Self(name.to_owned()))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What the name of a successor has behind its container's.
pub const NEXT: &str = "next";
/// What the name of a container that is set aside has behind its own.
pub const PREVIOUS: &str = "previous";

/// A name beside a container's own: `web-1.next`.
#[must_use]
pub fn beside(container: &str, word: &str) -> String {
    format!("{container}.{word}")
}

/// Whether a container of an instance is named as a successor, of whatever container: `web-1.next`, `web-1.next-2`. An
/// instance may be called so itself.
#[must_use]
pub fn is_successor_name(name: &str, instance: &str) -> bool {
    name != instance && has_word(name, NEXT)
}

/// Whether a container of an instance is named as one beside another, of whatever container. An instance may be called so
/// itself.
#[must_use]
pub fn is_beside_name(name: &str, instance: &str) -> bool {
    name != instance && (has_word(name, NEXT) || has_word(name, PREVIOUS))
}

fn has_word(name: &str, word: &str) -> bool {
    let Some((own, last)) = name.rsplit_once('.') else { return false };
    let number = last.strip_prefix(word).map(|rest| rest.strip_prefix('-').unwrap_or(rest));
    let is_number = |rest: &str| rest.chars().all(|c| c.is_ascii_digit());
    !own.is_empty() && number.is_some_and(is_number)
}

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
            assert_eq!(ContainerName::new(bad), None);
        }
    }

    #[test]
    fn names_beside_a_containers_own_are_known() {
        for next in ["web-1.next", "web-1.next-2", "shop-web-1.next-13", "a.b.next"] {
            assert!(is_successor_name(next, "web-1") && is_beside_name(next, "web-1"), "{next}");
            assert!(
                !is_successor_name(next, next) && !is_beside_name(next, next),
                "an instance is called {next}"
            );
        }
        for previous in ["web-1.previous", "web-1.previous-2"] {
            assert!(!is_successor_name(previous, "web-1") && is_beside_name(previous, "web-1"), "{previous}");
        }
        for own in ["web-1", "next", ".next", "web.nextcloud", "web.next-x", "web.next.1"] {
            assert!(!is_beside_name(own, "web-1"), "{own}");
        }
    }
}
