//! What can go wrong between a call and its answer, and what that means to whoever called.

use std::{error::Error as _, time::Duration};

use hyper_util::client::legacy;
use serde::Deserialize;

use crate::{
    EngineError,
    transport::{Broken, NotConnected},
};

/// How many characters of an engine's words are told: its own sentences have some hundreds.
const LONGEST_WORDS: usize = 2_000;

/// Whether a call changes anything: only then is a lost answer an unknown outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// It only looks.
    Reading,
    /// It changes something.
    Changing,
}

/// Why a call has no good answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// There was no connection; the text is a whole sentence.
    #[error("{0}")]
    NotConnected(String),
    /// The request may have gone out, but its answer was lost, for this cause.
    #[error("{0}")]
    Lost(String),
    /// As `Lost`; the text is a whole sentence.
    #[error("{0}")]
    Broken(String),
    /// An answer came that no engine gives, for this cause.
    #[error("{0}")]
    Malformed(String),
    /// The port speaks TLS, and was spoken to without.
    #[error("the port speaks TLS")]
    SpeaksTls,
    /// The engine said no.
    #[error("{words}")]
    Answered {
        /// HTTP status.
        status: u16,
        /// The engine's own words: untrusted.
        words: String,
    },
}

/// The body of the engine's errors.
#[derive(Deserialize)]
struct Message {
    message: String,
}

impl Failure {
    /// The engine answered with an error status and this body.
    pub(super) fn answered(status: u16, body: &[u8]) -> Self {
        let mut words = match serde_json::from_slice(body) {
            Ok(Message { message }) => message,
            Err(_) => String::from_utf8_lossy(body).trim().to_owned(),
        };
        if let Some((cut, _)) = words.char_indices().nth(LONGEST_WORDS) {
            words.truncate(cut);
            words.push('…');
        }
        if words.is_empty() {
            words = format!("the engine answered with HTTP status {status} and no words");
        }
        // What Go's HTTP server says when plain HTTP comes to its TLS port.
        if status == 400 && words.contains("HTTP request to an HTTPS server") {
            return Self::SpeaksTls;
        }
        Self::Answered { status, words }
    }

    /// The same failure from someone who does not seem to be an engine at all, so that its status means nothing.
    pub(super) fn misplaced(self) -> Self {
        match self {
            Self::Answered { status: 404 | 409, words } => {
                Self::Malformed(format!("no Docker engine answers there: {words}"))
            }
            other => other,
        }
    }

    /// What it means to the caller who asked the engine at `address`.
    pub(super) fn told(self, asked: Asked, address: &str) -> EngineError {
        match (self, asked) {
            (Self::NotConnected(reason), _) => EngineError::Unreachable(reason),
            (Self::SpeaksTls, _) => EngineError::Unreachable(format!(
                "{address} speaks TLS, and was spoken to without; add `tls: true` to the ship, with `tls_ca_cert`, \
                 `tls_cert` and `tls_key` (for DOCKER_HOST set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH)"
            )),
            (Self::Lost(cause), asked) => lost(asked, format!("the answer of {address} was lost: {cause}")),
            (Self::Broken(sentence), asked) => lost(asked, sentence),
            (Self::Malformed(cause), Asked::Reading) => {
                EngineError::Refused(format!("{address} answered what is not understood: {cause}"))
            }
            (Self::Malformed(cause), Asked::Changing) => {
                EngineError::ResponseLost(format!("{address} answered what is not understood: {cause}"))
            }
            (Self::Answered { status, words }, _) => match status {
                404 => EngineError::NotFound(words),
                409 => EngineError::Conflict(words),
                _ => EngineError::Refused(words),
            },
        }
    }
}

/// The engine at `address` said nothing for that long.
pub(super) fn silent(asked: Asked, address: &str, timeout: Duration) -> EngineError {
    lost(asked, format!("{address} did not answer within {} s", timeout.as_secs_f64()))
}

fn lost(asked: Asked, sentence: String) -> EngineError {
    match asked {
        Asked::Reading => EngineError::Unreachable(sentence),
        Asked::Changing => EngineError::ResponseLost(sentence),
    }
}

impl From<legacy::Error> for Failure {
    fn from(error: legacy::Error) -> Self {
        let source = error.source();
        if let Some(NotConnected { reason, .. }) = inside(&error) {
            return Self::NotConnected(reason.clone());
        }
        if let Some(Broken(words)) = inside(&error) {
            return Self::Broken(words.clone());
        }
        match source.and_then(|source| source.downcast_ref::<hyper::Error>()) {
            Some(http) if http.is_parse() => Self::Malformed(format!("it does not speak HTTP ({http})")),
            _ => Self::Lost(root(&error)),
        }
    }
}

/// What the transport found out about a connection may come only when it is used, then inside of an I/O error.
fn inside<T: std::error::Error + 'static>(error: &legacy::Error) -> Option<&T> {
    let mut next = error.source();
    while let Some(error) = next {
        let inside = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if let Some(found) = error.downcast_ref().or_else(|| inside?.downcast_ref()) {
            return Some(found);
        }
        next = error.source();
    }
    None
}

impl From<hyper::Error> for Failure {
    fn from(error: hyper::Error) -> Self {
        Self::Lost(root(&error))
    }
}

impl From<bollard::errors::Error> for Failure {
    fn from(error: bollard::errors::Error) -> Self {
        use bollard::errors::Error;
        match error {
            // Our own failures travel through bollard inside of an I/O error; see `Failure::through_bollard`.
            Error::IOError { err } => err.downcast().unwrap_or_else(|err| Self::Lost(root(&err))),
            Error::HyperResponseError { err } => err.into(),
            // An error that comes after a success status, as the engine's own words in a stream of JSON.
            Error::DockerStreamError { error } => Self::answered(500, error.as_bytes()),
            Error::JsonDataError { .. } | Error::JsonSerdeError { .. } => Self::Malformed(error.to_string()),
            other => Self::Lost(root(&other)),
        }
    }
}

impl Failure {
    /// As an error of bollard, which hands it back untouched.
    pub(super) fn through_bollard(self) -> bollard::errors::Error {
        std::io::Error::other(self).into()
    }
}

/// The cause behind an error's causes: the outer ones only say that something went wrong.
fn root(error: &(dyn std::error::Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16) -> EngineError {
        Failure::answered(status, br#"{"message":"no \u001b[31mway"}"#).told(Asked::Changing, "unix:///s")
    }

    #[test]
    fn an_engines_status_becomes_a_kind_and_keeps_its_words() {
        let words = "no \u{1b}[31mway".to_owned();
        assert_eq!(answered(404), EngineError::NotFound(words.clone()));
        assert_eq!(answered(409), EngineError::Conflict(words.clone()));
        assert_eq!(answered(500), EngineError::Refused(words.clone()));
        assert_eq!(answered(400), EngineError::Refused(words));
    }

    #[test]
    fn an_error_that_is_no_json_is_told_as_it_is() {
        let error = Failure::answered(502, b"<h1>Bad gateway</h1>\n").told(Asked::Reading, "unix:///s");
        assert_eq!(error, EngineError::Refused("<h1>Bad gateway</h1>".into()));
        let error = Failure::answered(503, b"").told(Asked::Reading, "unix:///s");
        assert_eq!(
            error,
            EngineError::Refused("the engine answered with HTTP status 503 and no words".into())
        );
    }

    #[test]
    fn a_lost_answer_is_an_unknown_outcome_only_if_something_was_to_change() {
        let told = |asked| Failure::Lost("connection reset".into()).told(asked, "tcp://a:1");
        let broken = |asked| Failure::Broken("it hung up".into()).told(asked, "tcp://a:1");
        assert_eq!(broken(Asked::Changing), EngineError::ResponseLost("it hung up".into()));
        assert_eq!(broken(Asked::Reading), EngineError::Unreachable("it hung up".into()));
        let sentence = "the answer of tcp://a:1 was lost: connection reset".to_owned();
        assert_eq!(told(Asked::Changing), EngineError::ResponseLost(sentence.clone()));
        assert_eq!(told(Asked::Reading), EngineError::Unreachable(sentence));
        let timeout = Duration::from_millis(1500);
        let sentence = "tcp://a:1 did not answer within 1.5 s".to_owned();
        assert_eq!(
            silent(Asked::Changing, "tcp://a:1", timeout),
            EngineError::ResponseLost(sentence.clone())
        );
        assert_eq!(silent(Asked::Reading, "tcp://a:1", timeout), EngineError::Unreachable(sentence));
    }

    #[test]
    fn an_unconnected_call_changed_nothing() {
        let error = Failure::NotConnected("no way there".into()).told(Asked::Changing, "tcp://a:1");
        assert_eq!(error, EngineError::Unreachable("no way there".into()));
    }

    #[test]
    fn a_failure_passes_through_bollard_untouched() {
        let there_and_back =
            Failure::from(Failure::Answered { status: 409, words: "taken".into() }.through_bollard());
        assert!(
            matches!(there_and_back, Failure::Answered { status: 409, words } if words == "taken"),
            "the status and words are kept"
        );
    }
}
