//! Names: what Docker allows, and the nearest one to a name that was misspelt.

/// The candidate that is most like `name`, if any is like it enough to be worth naming.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (similarity(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(similarity, _)| *similarity >= 0.6)
        // Ties go to the first: `max_by` would take the last.
        .fold(None, |best: Option<(f64, &str)>, next| match best {
            Some(best) if best.0 >= next.0 => Some(best),
            _ => Some(next),
        })
        .map(|(_, candidate)| candidate)
}

fn similarity(a: &str, b: &str) -> f64 {
    // A shortened word (`vol`, `env_file`) is likelier than an edit distance alone says.
    let squeezed = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let (a, b) = (squeezed(a), squeezed(b));
    if a.len() >= 3 && b.len() >= 3 && (a.starts_with(&b) || b.starts_with(&a)) {
        return 0.9;
    }
    strsim::normalized_damerau_levenshtein(&a, &b)
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
    fn the_nearest_name_is_found_and_a_far_one_is_not() {
        assert_eq!(nearest("imgae", ["image", "ports"]), Some("image"));
        assert_eq!(nearest("volume", ["volumes", "volumes_from"]), Some("volumes"));
        assert_eq!(nearest("webb", ["server", "web"]), Some("web"));
        assert_eq!(nearest("healthcheck", ["image", "ports"]), None);
    }

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
