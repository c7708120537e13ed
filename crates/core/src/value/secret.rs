//! The one place that decides what is secret: by the name of a value, by the value itself, and by what is known of
//! other values. A mask stands in place of the whole secret.

use std::ops::Range;

use serde::{Serialize, Serializer};

use super::sha256;

mod command;
pub mod env_file;
mod known;
mod names;
mod places;
mod sensitive;
pub mod text;
mod values;

pub use command::hidden_words;
pub use known::Known;
pub use names::{looks_secret, may_be_secret};
pub use places::secrets;
pub use sensitive::Sensitive;
pub use values::{passwords, tokens};

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

/// What stands in place of a secret: always as long, whatever the secret is.
pub const MASK: &str = "***";

/// `text` with a mask in each of these places, which may overlap.
#[must_use]
pub fn masked(text: &str, mut places: Vec<Range<usize>>) -> String {
    places.sort_by_key(|place| (place.start, place.end));
    let mut shown = String::with_capacity(text.len());
    let mut at = 0;
    for place in places.into_iter().filter(|place| !place.is_empty()) {
        if place.start >= at {
            shown.push_str(&text[at..place.start]);
            shown.push_str(MASK);
        }
        at = at.max(place.end);
    }
    shown.push_str(&text[at..]);
    shown
}

/// Whether the value of a variable, label, header or option is hidden whole because of its name.
#[must_use]
pub fn hides(name: &str, value: &str) -> bool {
    looks_secret(name) && !(names::may_be_place(name, is_deep(value)) && is_path(value))
}

/// The value of a variable, label, header or option as it may be shown: hidden whole if its name says so, otherwise
/// without what looks like a secret in it.
#[must_use]
pub fn shown_value(name: &str, value: &str) -> String {
    if hides(name, value) { MASK.to_owned() } else { without_secrets(value) }
}

/// A value of no name, without what looks like a secret in it.
#[must_use]
pub fn without_secrets(value: &str) -> String {
    masked(value, secrets(value))
}

/// The text with a mask for each password of a URL.
#[must_use]
pub fn without_passwords(text: &str) -> String {
    masked(text, passwords(text))
}

/// Whether a value has several parts, as most paths have and few secrets.
fn is_deep(value: &str) -> bool {
    value.trim_start_matches('/').contains(['/', '.'])
}

/// Whether a value is the path of a file or directory.
fn is_path(value: &str) -> bool {
    let is_plain = |c: char| c.is_alphanumeric() || "/._-~ @:".contains(c);
    let begins = ["/", "./", "../", "~/"].iter().any(|begin| value.starts_with(begin));
    let ends = [".pem", ".key", ".crt", ".cert", ".txt", ".json"].iter().any(|end| value.ends_with(end));
    (begins || ends) && value.chars().all(is_plain) && !values::is_random(value)
}

#[cfg(test)]
mod tests {
    use super::*;
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
    fn a_value_is_hidden_by_its_name_or_by_itself() {
        for (name, value, shown) in [
            ("DB_PASSWORD", "hunter2", "***"),
            ("DB_PASSWORD", "", "***"),
            ("PWD", "/srv/app", "/srv/app"),
            ("PWD", "hunter2", "***"),
            ("DB_PASSWORD_FILE", "/run/secrets/db", "/run/secrets/db"),
            ("TLS_KEY", "certs/a.pem", "certs/a.pem"),
            ("TLS_KEY", "/aA0Aa0", "***"),
            ("SSH_PRIVATE_KEY", "/root/id_rsa", "/root/id_rsa"),
            ("API_KEY", "/aA/0Aa0", "***"),
            ("API_KEY_FILE", "/key", "/key"),
            ("DB_PASSWORD", "/run/secrets/db", "***"),
            ("URL", "postgres://u:pw@h/db", "postgres://u:***@h/db"),
            ("LEVEL", "x ghp_abcdef y", "x *** y"),
            ("LEVEL", "info", "info"),
        ] {
            assert_eq!(shown_value(name, value), shown, "{name}={value}");
        }
    }

    #[test]
    fn places_that_overlap_are_masked_once() {
        assert_eq!(masked("abcdef", vec![3..5, 1..4, 2..3]), "a***f");
        assert_eq!(masked("abcdef", vec![3..5, 0..1, 2..2]), "***bc***f");
    }
}
