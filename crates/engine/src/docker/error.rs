//! What can go wrong between a call and its answer, and what that means to whoever called.

use std::{error::Error as _, time::Duration};

use hyper_util::client::legacy;
use serde::Deserialize;

use crate::{
    EngineError,
    transport::{Broken, NotConnected, TooLong},
};
use maestro_core::fault::{ConnectionFault, EngineFault, LostAnswer, Malformed};

/// How many characters of an engine's words are told: its own sentences have some hundreds.
const LONGEST_WORDS: usize = 2_000;

/// What HTTP servers say when plain HTTP comes to their TLS port: Go's, nginx, Apache.
const NEEDS_TLS: [&str; 3] = [
    "HTTP request to an HTTPS server",
    "plain HTTP request was sent to HTTPS port",
    "speaking plain HTTP to an SSL-enabled server port",
];

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
    /// There was no connection.
    #[error("{0:?}")]
    NotConnected(ConnectionFault),
    /// The request may have gone out, but its answer was lost.
    #[error("{0:?}")]
    Lost(LostAnswer),
    /// As `Lost`; the transport knows why.
    #[error("{0:?}")]
    Broken(ConnectionFault),
    /// An answer came that no engine gives.
    #[error("{0:?}")]
    Malformed(Malformed),
    /// The port speaks TLS, and was spoken to without.
    #[error("TLS")]
    NeedsTls,
    /// The engine said no.
    #[error("{status}: {words}")]
    Answered {
        /// HTTP status.
        status: u16,
        /// The engine's own words: untrusted, and empty if it said none.
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
        if status == 400 && NEEDS_TLS.iter().any(|say| words.contains(say)) {
            return Self::NeedsTls;
        }
        Self::Answered { status, words }
    }

    /// What it means to the caller who asked the engine at `address`.
    pub(super) fn told(self, asked: Asked, address: &str) -> EngineError {
        match (self, asked) {
            (Self::NotConnected(fault), _) => EngineError::Unreachable(fault.into()),
            (Self::NeedsTls, _) => {
                EngineError::Unreachable(ConnectionFault::NeedsTls { address: address.to_owned() }.into())
            }
            (Self::Lost(cause), asked) => {
                lost(asked, EngineFault::Lost { address: address.to_owned(), cause })
            }
            (Self::Broken(fault), asked) => lost(asked, fault.into()),
            (Self::Malformed(cause), asked) => {
                let fault = EngineFault::Malformed { address: address.to_owned(), cause };
                match asked {
                    Asked::Reading => EngineError::Refused(fault),
                    Asked::Changing => EngineError::ResponseLost(fault),
                }
            }
            (Self::Answered { status, words }, _) => {
                let fault = said(status, words);
                match status {
                    404 => EngineError::NotFound(fault),
                    409 => EngineError::Conflict(fault),
                    _ => EngineError::Refused(fault),
                }
            }
        }
    }
}

/// What an engine said, or the status if it said nothing.
pub(super) fn said(status: u16, words: String) -> EngineFault {
    if words.is_empty() { EngineFault::Status(status) } else { EngineFault::Words(words) }
}

/// The engine at `address` said nothing for that long.
pub(super) fn silent(asked: Asked, address: &str, timeout: Duration) -> EngineError {
    lost(asked, EngineFault::Silent { address: address.to_owned(), within: timeout })
}

fn lost(asked: Asked, fault: EngineFault) -> EngineError {
    match asked {
        Asked::Reading => EngineError::Unreachable(fault),
        Asked::Changing => EngineError::ResponseLost(fault),
    }
}

impl From<legacy::Error> for Failure {
    fn from(error: legacy::Error) -> Self {
        let source = error.source();
        if let Some(NotConnected { fault, .. }) = inside(&error) {
            return Self::NotConnected(fault.clone());
        }
        if let Some(Broken(fault)) = inside(&error) {
            return Self::Broken(fault.clone());
        }
        match source.and_then(|source| source.downcast_ref::<hyper::Error>()) {
            Some(http) if http.is_parse() => Self::Malformed(Malformed::NotHttp(http.to_string())),
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
            Error::JsonDataError { .. } | Error::JsonSerdeError { .. } => {
                Self::Malformed(Malformed::Content(error.to_string()))
            }
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
fn root(error: &(dyn std::error::Error + 'static)) -> LostAnswer {
    let mut innermost = error;
    loop {
        let inside = innermost.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if let Some(too_long) = inside.and_then(|inside| inside.downcast_ref()) {
            return match too_long {
                TooLong::Answer(limit) => LostAnswer::TooLong(*limit),
                TooLong::All(limit) => LostAnswer::AllTooLong(*limit),
            };
        }
        match innermost.source() {
            Some(source) => innermost = source,
            None => return LostAnswer::Failed(innermost.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16) -> EngineError {
        Failure::answered(status, br#"{"message":"no \u001b[31mway"}"#).told(Asked::Changing, "unix:///s")
    }

    #[test]
    fn an_engines_status_becomes_a_kind_and_keeps_its_words() {
        let words = || EngineFault::Words("no \u{1b}[31mway".to_owned());
        assert_eq!(answered(404), EngineError::NotFound(words()));
        assert_eq!(answered(409), EngineError::Conflict(words()));
        assert_eq!(answered(500), EngineError::Refused(words()));
        assert_eq!(answered(400), EngineError::Refused(words()));
    }

    #[test]
    fn an_error_that_is_no_json_is_told_as_it_is() {
        let error = Failure::answered(502, b"<h1>Bad gateway</h1>\n").told(Asked::Reading, "unix:///s");
        assert_eq!(error, EngineError::Refused("<h1>Bad gateway</h1>".into()));
        let error = Failure::answered(503, b"").told(Asked::Reading, "unix:///s");
        assert_eq!(error, EngineError::Refused(EngineFault::Status(503)));
    }

    #[test]
    fn a_lost_answer_is_an_unknown_outcome_only_if_something_was_to_change() {
        let address = || "tcp://a:1".to_owned();
        let cause = || LostAnswer::Failed("connection reset".into());
        let told = |asked| Failure::Lost(cause()).told(asked, &address());
        let no_way = || ConnectionFault::PortRefused { address: address() };
        let broken = |asked| Failure::Broken(no_way()).told(asked, &address());
        assert_eq!(broken(Asked::Changing), EngineError::ResponseLost(no_way().into()));
        assert_eq!(broken(Asked::Reading), EngineError::Unreachable(no_way().into()));
        let lost = || EngineFault::Lost { address: address(), cause: cause() };
        assert_eq!(told(Asked::Changing), EngineError::ResponseLost(lost()));
        assert_eq!(told(Asked::Reading), EngineError::Unreachable(lost()));
        let within = Duration::from_millis(1500);
        let fault = || EngineFault::Silent { address: address(), within };
        assert_eq!(silent(Asked::Changing, "tcp://a:1", within), EngineError::ResponseLost(fault()));
        assert_eq!(silent(Asked::Reading, "tcp://a:1", within), EngineError::Unreachable(fault()));
    }

    #[test]
    fn an_unconnected_call_changed_nothing() {
        let error = Failure::NotConnected(ConnectionFault::NotConnected).told(Asked::Changing, "tcp://a:1");
        assert_eq!(error, EngineError::Unreachable(ConnectionFault::NotConnected.into()));
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
