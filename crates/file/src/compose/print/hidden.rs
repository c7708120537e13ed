//! Values that look secret, hidden in what is printed.

use maestro_core::value::secret::{MASK, hides, shown_value, without_secrets};

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

    /// A text without a name of its own, such as a word of a command.
    pub(super) fn text(&self, text: &str) -> String {
        self.without_known(without_secrets(text))
    }

    fn without_known(&self, text: String) -> String {
        self.known.iter().fold(text, |text, secret| text.replace(secret, MASK))
    }
}
