//! Values that look secret, hidden in what is printed.

use maestro_core::value::secret::{MASK, hidden_words, hides, shown_value};

use crate::compose::dotenv::ProjectVariables;

/// Values of the environment that are shorter are words that stand elsewhere too.
const SHORTEST: usize = 6;

/// What is hidden.
pub(in crate::compose) struct Hidden<'a> {
    /// Values of the environment whose names look secret.
    known: Vec<&'a str>,
}

impl<'a> Hidden<'a> {
    /// What looks secret by its name or its form, and the values of variables that look secret, wherever they are used.
    pub(in crate::compose) fn of(environment: &'a ProjectVariables) -> Self {
        let secrets =
            environment.iter().filter(|(name, value)| value.len() >= SHORTEST && hides(name, value));
        let mut known: Vec<&str> = secrets.map(|(_, value)| value.as_str()).collect();
        // A secret that is a part of another one is looked for after it.
        known.sort_by_key(|value| std::cmp::Reverse(value.len()));
        Self { known }
    }

    /// The value of a name: a variable, a label, an option.
    pub(super) fn named(&self, name: &str, value: &str) -> String {
        self.without_known(shown_value(name, value))
    }

    /// The words of a command: also those behind an option whose name looks secret.
    pub(super) fn words(&self, words: &[&str]) -> Vec<String> {
        hidden_words(words.iter().copied()).into_iter().map(|word| self.without_known(word)).collect()
    }

    fn without_known(&self, text: String) -> String {
        self.known.iter().fold(text, |text, secret| text.replace(secret, MASK))
    }
}
