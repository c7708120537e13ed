//! Words as a shell takes them, for commands that are suggested.

/// A word in quotes where a shell needs them. One that no shell takes (it has a NUL) becomes `FILE`.
#[must_use]
pub fn quoted(word: &str) -> String {
    shlex::try_quote(word).map_or_else(|_| "FILE".to_owned(), std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_can_be_typed() {
        assert_eq!(["a.pem", "a b", "it's", "a\0b"].map(quoted), ["a.pem", "'a b'", "\"it's\"", "FILE"]);
    }
}
