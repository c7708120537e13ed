//! Commands: a word may be secret for the word before it.

use super::{MASK, looks_secret, without_secrets};

/// The words of a command, with stars for what is secret.
#[must_use]
pub fn hidden_words<'w>(words: impl Iterator<Item = &'w str>) -> Vec<String> {
    let mut hide_next = false;
    let mut shown = Vec::new();
    for word in words {
        let (name, separator) = match word.find(['=', ':']) {
            Some(at) => (&word[..at], &word[at..=at]),
            None => (word, ""),
        };
        let is_secret = looks_secret(name) && !name.contains(char::is_whitespace);
        shown.push(if std::mem::take(&mut hide_next) {
            MASK.to_owned()
        } else if is_secret && (separator == ":" || separator == "=" && !word.contains(' ')) {
            // Of a line of a header all is hidden.
            format!("{name}{separator}{MASK}")
        } else if word.contains(' ') {
            // A script, or several words in one.
            hidden_words(word.split(' ')).join(" ")
        } else {
            hide_next = name.starts_with('-') && (is_secret || matches!(name, "-u" | "--user" | "-p" | "-a"));
            without_secrets(word)
        });
    }
    shown
}
