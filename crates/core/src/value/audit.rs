//! Who is told of what was done: `audit` in a file.

use std::time::Duration;

/// Somebody, or something, that is told.
#[derive(Debug, Clone, PartialEq)]
pub struct Auditor {
    /// Its place in the file's list, from 1.
    pub number: usize,
    /// How.
    pub channel: Channel,
    /// From which level on. Failures are always told.
    pub level: Level,
    /// Whether nothing is said when it cannot be told.
    pub ignore_errors: bool,
}

/// How much is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Each step as well.
    Debug,
    /// A command's begin and end.
    Info,
}

impl Level {
    /// The level as a file writes it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
        }
    }
}

/// How an [`Auditor`] is told.
#[derive(Clone, PartialEq)]
pub enum Channel {
    /// Lines behind a file.
    Log {
        /// The file, from the directory that the program is called in.
        file: String,
    },
    /// Messages in a channel of Slack.
    Slack {
        /// Where to.
        to: SlackAddress,
        /// The name that they come from.
        name: String,
        /// Address of a picture beside the name.
        icon: Option<String>,
    },
    /// A request when a command begins.
    Webhook {
        /// Its address.
        endpoint: String,
        /// `GET` or `POST`.
        method: &'static str,
        /// Headers beside `Content-Type: application/json`.
        headers: Vec<(String, String)>,
        /// Its body; texts in it are expanded.
        payload: serde_json::Value,
        /// How long it may take.
        timeout: Duration,
    },
    /// A program that is run when a command has succeeded.
    Script {
        /// The program.
        script: String,
        /// Its arguments, expanded and then split at spaces.
        args: String,
    },
}

/// Where messages to Slack go.
#[derive(Clone, PartialEq, Eq)]
pub enum SlackAddress {
    /// An incoming webhook.
    Webhook(String),
    /// A channel, through the API.
    Channel {
        /// Its name or id.
        channel: String,
        /// The token of a bot that may write there.
        token: String,
        /// Address of `chat.postMessage`.
        url: String,
    },
}

impl Channel {
    /// The type as a file writes it.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Log { .. } => "log",
            Self::Slack { .. } => "slack",
            Self::Webhook { .. } => "http",
            Self::Script { .. } => "exec",
        }
    }
}

impl std::fmt::Debug for Channel {
    /// Without its tokens and addresses, which must not get into any output.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}

/// Why a text cannot be expanded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadText {
    /// `{name}` of nothing that there is.
    Unknown(String),
    /// A brace without the other.
    Brace,
}

/// `text` with `{name}` replaced by what `lookup` says, and `{{` and `}}` by a brace, as Python's `format` does it.
///
/// # Errors
/// If there is a brace without the other, or a name of which `lookup` knows nothing.
pub fn expand(text: &str, lookup: impl Fn(&str) -> Option<String>) -> Result<String, BadText> {
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        expanded.push_str(&rest[..at]);
        let (brace, behind) = (&rest[at..=at], &rest[at + 1..]);
        if let Some(behind) = behind.strip_prefix(brace) {
            expanded.push_str(brace);
            rest = behind;
            continue;
        }
        let (name, behind) = match behind.split_once('}') {
            Some(parts) if brace == "{" => parts,
            _ => return Err(BadText::Brace),
        };
        expanded.push_str(&lookup(name).ok_or_else(|| BadText::Unknown(name.to_owned()))?);
        rest = behind;
    }
    expanded.push_str(rest);
    Ok(expanded)
}

/// The names that texts may have in braces.
pub const NAMES: [&str; 4] = ["what", "action", "who", "message"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_braces_are_replaced() {
        let expanded = |text| expand(text, |name| (name == "who").then(|| "eve {who}".to_owned()));
        assert_eq!(expanded("{who}: {{\"a\": \"{who}\"}}").unwrap(), "eve {who}: {\"a\": \"eve {who}\"}");
        assert_eq!(expanded("é").unwrap(), "é");
        assert_eq!(expanded("{whom}").unwrap_err(), BadText::Unknown("whom".to_owned()));
        for text in ["{who", "who}", "{"] {
            assert_eq!(expanded(text).unwrap_err(), BadText::Brace, "{text}");
        }
    }
}
