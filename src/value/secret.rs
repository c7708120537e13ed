//! What no output shows: secret texts, and the names and addresses that tell of one.

use std::ops::Range;

use serde::{Serialize, Serializer};

use super::sha256;

/// Something that no output shows: printed for a programmer it is three asterisks, and it has no other print.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret<T = String>(T);

impl<T> Secret<T> {
    /// Keeps it.
    #[must_use]
    pub fn new(secret: impl Into<T>) -> Self {
        Self(secret.into())
    }

    /// What it is, for the one who must be told.
    #[must_use]
    pub fn reveal(&self) -> &T {
        &self.0
    }
}

impl<T> std::fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// Its digest: what changes is seen to have changed, and nothing more.
impl<T: AsRef<[u8]>> Serialize for Secret<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&digest(self.0.as_ref()))
    }
}

/// Serializes the digest of something in its place, for fields that may have secrets in them.
///
/// # Errors
/// If it has no JSON form.
pub fn digested<T: Serialize, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    let json = serde_json::to_vec(value).map_err(serde::ser::Error::custom)?;
    serializer.serialize_str(&digest(&json))
}

/// What tells bytes from all others and does not tell them: the first 32 hexadecimal digits of SHA-256.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    sha256::digits(bytes, 32)
}

/// Words in names whose values are nobody's business.
const SURE: [&str; 13] = [
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "PGPASS",
    "SECRET",
    "TOKEN",
    "CREDENTIAL",
    "PRIVATE",
    "API_KEY",
    "APIKEY",
    "ACCESS_KEY",
    "SECRET_KEY",
    "AUTH",
];

/// Words that end such names: `PWD` alone is a directory, and a `KEYBOARD` is none.
const SURE_ENDS: [&str; 3] = ["_PASS", "_PWD", "_KEY"];

/// Words in names whose values may be.
const POSSIBLE: [&str; 7] = ["PASS", "PWD", "KEY", "CRED", "DSN", "URL", "URI"];

/// Whether the name of a variable, header or option says that its value is nobody's business. Such a value is shown
/// nowhere; all others are what people want to see in `config`.
#[must_use]
pub fn looks_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase().replace('-', "_");
    SURE.iter().any(|word| name.contains(word)) || SURE_ENDS.iter().any(|end| name.ends_with(end))
}

/// Whether the value of a variable of this name is better left out of messages and of lines beside them, where nobody
/// misses it. This goes further than [`looks_secret`]: addresses often have a password in them.
#[must_use]
pub fn may_be_secret(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    looks_secret(name) || POSSIBLE.iter().any(|word| upper.contains(word))
}

/// Where in a text passwords of URLs stand: `…://user:HERE@host`, and `http://HERE@host`.
#[must_use]
pub fn passwords(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for (at, colon) in text.match_indices("://") {
        // One URL may stand in the query of another.
        if found.last().is_none_or(|last| last.end <= at) {
            found.extend(password(text, at, at + colon.len()));
        }
    }
    found
}

/// The password of the URL whose scheme ends at `scheme`, and whose rest begins at `start`.
fn password(text: &str, scheme: usize, start: usize) -> Option<Range<usize>> {
    let rest = &text[start..];
    let rest = &rest[..rest.find(|c: char| c.is_whitespace() || "\"'`".contains(c)).unwrap_or(rest.len())];
    let host_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let colon = rest[..host_end].find(':');
    // A password may well have a `/` in it, a port never.
    let is_port = |colon: usize| rest[colon + 1..host_end].bytes().all(|byte| byte.is_ascii_digit());
    let end = match rest[..host_end].rfind('@') {
        Some(end) => end,
        None => colon.filter(|&colon| !is_port(colon)).and_then(|_| rest.rfind('@'))?,
    };
    match colon.filter(|&colon| colon < end) {
        Some(colon) => Some(start + colon + 1..start + end),
        // On the web a user alone is a token.
        None if text[..scheme].to_ascii_lowercase().ends_with("http") => Some(start..start + end),
        None if text[..scheme].to_ascii_lowercase().ends_with("https") => Some(start..start + end),
        None => None,
    }
}

/// The text with `***` for each password of a URL.
#[must_use]
pub fn without_passwords(text: &str) -> String {
    let mut shown = text.to_owned();
    for place in passwords(text).into_iter().rev() {
        shown.replace_range(place, "***");
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_secret_has_no_print() {
        assert_eq!(format!("{:?}", Secret::<Vec<u8>>::new(*b"hunter2")), "***");
        assert_eq!(Secret::<String>::new("hunter2").reveal(), "hunter2");
        let json = |secret: &str| serde_json::to_string(&Secret::<String>::new(secret)).unwrap();
        assert_eq!(
            json("hunter2"),
            "\"f52fbd32b2b3b86ff88ef6c490628285\"",
            "as `printf hunter2 | sha256sum` says"
        );
        assert_ne!(json("hunter2"), json("hunter3"));
    }

    #[test]
    fn names_of_secrets_are_known() {
        for secret in
            ["DB_PASSWORD", "api_token", "AWS_SECRET_ACCESS_KEY", "X-Api-Key", "DB_PASS", "SIGNING_KEY"]
        {
            assert!(looks_secret(secret) && may_be_secret(secret), "{secret}");
        }
        for open in ["PORT", "CONTAINER_NAME", "KEYBOARD", "PWD", "PASSENGERS"] {
            assert!(!looks_secret(open), "{open}");
        }
        assert!(may_be_secret("DATABASE_URL") && may_be_secret("SENTRY_DSN") && !may_be_secret("PORT"));
    }

    #[test]
    fn passwords_of_urls_are_found() {
        for (text, shown) in [
            ("postgres://u:hunter2@h/db", "postgres://u:***@h/db"),
            ("x redis://:hunter2@h:6379/0 y", "x redis://:***@h:6379/0 y"),
            ("postgres://u:hun/ter@2@h:5432/db", "postgres://u:***@h:5432/db"),
            ("https://t0ken@git.example/x", "https://***@git.example/x"),
            ("ssh://ops@node1:22/run/docker.sock", "ssh://ops@node1:22/run/docker.sock"),
            ("http://h:80/a@b", "http://h:80/a@b"),
            ("a://b:c@d,e://f:g@h", "a://b:***@d,e://f:***@h"),
            ("mongodb://h1:1,h2:2/x", "mongodb://h1:1,h2:2/x"),
        ] {
            assert_eq!(without_passwords(text), shown);
        }
    }

    proptest! {
        #[test]
        fn any_text_has_places_in_it(text in ".{0,8}://.{0,8}[:@/]?.{0,8}@?.{0,8}(://.{0,8}:.{0,4}@)?") {
            for place in passwords(&text) {
                prop_assert!(text.get(place).is_some());
            }
            let _ = without_passwords(&text);
        }
    }
}
