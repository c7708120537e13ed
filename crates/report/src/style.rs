//! Colours: whether there are any, and what each of them means.

use std::{ffi::OsString, str::FromStr};

use anstyle::{AnsiColor, Style};

/// What the user said about colours (`--color`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Colour {
    /// On a terminal that has them, unless the environment says otherwise.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Colour {
    /// The words for it on the command line.
    pub const WORDS: [&'static str; 3] = ["auto", "always", "never"];

    /// Whether to write colours: what the user says here beats `NO_COLOR`, which beats `CLICOLOR_FORCE`, which beats
    /// what the terminal can do. `variable` gives the value of an environment variable.
    #[must_use]
    pub fn resolve(self, variable: impl Fn(&str) -> Option<OsString>, terminal: bool) -> bool {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto if set("NO_COLOR").is_some() => false,
            Self::Auto if set("CLICOLOR_FORCE").is_some_and(|value| value != "0") => true,
            Self::Auto => terminal && set("TERM").is_none_or(|term| term != "dumb"),
        }
    }
}

impl FromStr for Colour {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        match word {
            "auto" => Ok(Self::Auto),
            "always" => Ok(Self::Always),
            "never" => Ok(Self::Never),
            _ => Err(()),
        }
    }
}

/// What a colour means. Nothing is ever told by colour alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// As it should be.
    Ok,
    /// Went wrong.
    Failed,
    /// Needs a look.
    Warning,
    /// Less important than the rest.
    Dim,
    /// More important than the rest.
    Bold,
    /// Nothing special.
    Plain,
}

impl Tone {
    /// How it looks.
    #[must_use]
    pub fn style(self) -> Style {
        match self {
            Self::Ok => AnsiColor::Green.on_default(),
            Self::Failed => AnsiColor::Red.on_default().bold(),
            Self::Warning => AnsiColor::Yellow.on_default(),
            Self::Dim => Style::new().dimmed(),
            Self::Bold => Style::new().bold(),
            Self::Plain => Style::new(),
        }
    }

    /// `text` in this tone, if there are colours.
    #[must_use]
    pub fn paint(self, text: &str, colour: bool) -> String {
        if colour && !text.is_empty() {
            let style = self.style();
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(colour: Colour, variables: &[(&str, &str)], terminal: bool) -> bool {
        colour.resolve(
            |name| {
                let found = variables.iter().find(|(key, _)| *key == name);
                found.map(|(_, value)| OsString::from(value))
            },
            terminal,
        )
    }

    #[test]
    fn the_command_line_beats_the_environment_beats_the_terminal() {
        assert!(resolve(Colour::Auto, &[], true));
        assert!(!resolve(Colour::Auto, &[], false));
        assert!(!resolve(Colour::Auto, &[("TERM", "dumb")], true));
        assert!(!resolve(Colour::Auto, &[("NO_COLOR", "1")], true));
        assert!(resolve(Colour::Auto, &[("NO_COLOR", "")], true));
        assert!(resolve(Colour::Auto, &[("CLICOLOR_FORCE", "1")], false));
        assert!(!resolve(Colour::Auto, &[("CLICOLOR_FORCE", "0")], false));
        assert!(!resolve(Colour::Auto, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], true));
        assert!(resolve(Colour::Always, &[("NO_COLOR", "1")], false));
        assert!(!resolve(Colour::Never, &[("CLICOLOR_FORCE", "1")], true));
    }

    #[test]
    fn every_word_is_known() {
        assert!(Colour::WORDS.iter().all(|word| word.parse::<Colour>().is_ok()));
    }

    #[test]
    fn without_colours_a_text_stays_as_it_is() {
        assert_eq!(Tone::Failed.paint("x", false), "x");
        assert_eq!(Tone::Ok.paint("x", true), "\u{1b}[32mx\u{1b}[0m");
    }
}
