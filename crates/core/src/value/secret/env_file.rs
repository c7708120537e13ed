//! Env files, in which a value ends with its line: the rest of one that goes on is read as the name of a variable.

use super::{is_path, looks_secret, values::is_random};

/// The secrets in the names of variables: rest of a value that its lines have torn apart, and a value behind a colon.
#[must_use]
pub fn torn(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open: Option<Open> = None;
    for line in text.trim_start_matches('\u{feff}').lines().map(str::trim) {
        if let Some(ending) = open {
            // A variable of its own shows that the quote or backslash meant nothing.
            if ending == Open::Key || !is_variable(line) {
                found.extend(rest(line, ending));
                open = if ending.goes_on(line) { open } else { None };
                continue;
            }
        }
        open = match line.split_once('=') {
            _ if line.starts_with('#') => None,
            Some((_, value)) => Open::after(value),
            None => {
                found.extend(in_bare_name(line));
                None
            }
        };
    }
    found
}

/// Why a value goes on in the next line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    Quote(char),
    Backslash,
    /// A private key whose end has not come.
    Key,
}

impl Open {
    fn after(value: &str) -> Option<Self> {
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
        if value.contains("-----BEGIN ") && !value.contains("-----END ") {
            return Some(Self::Key);
        }
        match quote {
            Some(quote) if !value[1..].contains(quote) => Some(Self::Quote(quote)),
            Some(_) | None => value.ends_with('\\').then_some(Self::Backslash),
        }
    }

    /// Whether the value has not ended with this line.
    fn goes_on(self, line: &str) -> bool {
        match self {
            Self::Quote(quote) => !line.contains(quote),
            Self::Backslash => line.ends_with('\\'),
            Self::Key => !line.contains("-----END "),
        }
    }
}

/// What such a line has of the value: all of it, with and without what ends it, and the name that it is read as.
fn rest(line: &str, open: Open) -> impl Iterator<Item = String> {
    let name = line.split('=').next().unwrap_or_default();
    let plain = match open {
        Open::Quote(quote) => line.trim_end_matches(quote),
        Open::Backslash => line.trim_end_matches('\\'),
        Open::Key => line,
    };
    [line, plain, name].into_iter().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// Whether a line sets a variable beyond doubt: `NAME=value` with a name as people write them.
fn is_variable(line: &str) -> bool {
    let is_name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
            && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
    };
    line.split_once('=').is_some_and(|(name, value)| is_name(name) && !value.trim_matches('=').is_empty())
        || line.starts_with('#')
}

/// The secret in a line without `=`: what follows the name of a secret, or a word that no name is like.
fn in_bare_name(line: &str) -> Option<String> {
    if let Some((_, value)) = line.split_once(':').filter(|(name, _)| looks_secret(name)) {
        let value = value.trim();
        return (!value.is_empty() && !is_path(value)).then(|| value.to_owned());
    }
    is_random(line).then(|| line.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_of_a_torn_value_is_found() {
        for (text, expected) in [
            ("A=\"one\ntwo\nthree\"\nB=4\nfour", vec!["two", "two", "two", "three\"", "three", "three\""]),
            ("A=one\\\ntwo\nthree", vec!["two", "two", "two"]),
            (
                "A=-----BEGIN PRIVATE KEY-----\nMIIx=\n-----END PRIVATE KEY-----\nB",
                vec![
                    "MIIx=",
                    "MIIx=",
                    "MIIx",
                    "-----END PRIVATE KEY-----",
                    "-----END PRIVATE KEY-----",
                    "-----END PRIVATE KEY-----",
                ],
            ),
            ("DB_PASSWORD:hunter2", vec!["hunter2"]),
            ("Zx9kQ2mN7vB4tR8wL1pS", vec!["Zx9kQ2mN7vB4tR8wL1pS"]),
            // These tell nothing.
            ("A=\"\nB=x\nLEVEL", vec![]),
            ("A='it'\nLEVEL\nhttp:80", vec![]),
        ] {
            assert_eq!(torn(text), expected, "{text}");
        }
    }
}
