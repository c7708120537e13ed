//! What came of a pull.

use crate::{event::PullOutcome, model::registry::Fault};

/// What went wrong, as a clause: `the registry answered with status 503`.
#[must_use]
pub fn fault(fault: Fault) -> String {
    match fault {
        Fault::NoSuchImage => "the registry has no such image or tag, or does not show it".to_owned(),
        Fault::NoLogin => "the registry wants a login".to_owned(),
        Fault::WrongLogin => "the registry did not accept the login".to_owned(),
        Fault::TooMany => "the registry lets nobody fetch so much in so short a time".to_owned(),
        Fault::Broken { status: Some(status) } => format!("the registry answered with status {status}"),
        Fault::Broken { status: None } => "the registry answered with an error".to_owned(),
        Fault::Unreachable => "the registry was not reached".to_owned(),
        Fault::Untrusted => "the registry's certificate is not trusted".to_owned(),
        Fault::PlainHttp => "the registry does not speak TLS".to_owned(),
        Fault::Stalled => "nothing more came".to_owned(),
        Fault::DiskFull => "the disk is full".to_owned(),
        Fault::WrongPlatform => "the image is for another kind of machine".to_owned(),
        Fault::Other => "the engine could not fetch it".to_owned(),
    }
}

/// What a pull has changed: `up to date`.
#[must_use]
pub fn outcome(outcome: &PullOutcome) -> String {
    match outcome {
        PullOutcome::UpToDate => "up to date".to_owned(),
        PullOutcome::Pulled { digest: Some(digest) } => format!("fetched sha256:{digest}"),
        PullOutcome::Pulled { digest: None } => "fetched".to_owned(),
    }
}
