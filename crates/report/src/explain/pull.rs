//! What came of a pull.

use crate::{copying, id::short_id, labels::count};
use maestro_core::{event::PullOutcome, model::registry::PullFault, observed::pull::PullAmount};

/// What went wrong, as a clause: `the registry returned status 503`.
#[must_use]
pub fn fault(fault: PullFault) -> String {
    match fault {
        PullFault::NoSuchImage => "the registry has no such image or tag, or denies access".to_owned(),
        PullFault::NoLogin => "the registry requires a login".to_owned(),
        PullFault::WrongLogin => "the registry rejected the login".to_owned(),
        PullFault::TooMany => "the registry's rate limit is exceeded".to_owned(),
        PullFault::Broken { status: Some(status) } => format!("the registry returned status {status}"),
        PullFault::Broken { status: None } => "the registry returned an error".to_owned(),
        PullFault::Unreachable => "the registry is unreachable".to_owned(),
        PullFault::Untrusted => "the registry's certificate is not trusted".to_owned(),
        PullFault::PlainHttp => "the registry does not use TLS".to_owned(),
        PullFault::Stalled => "the download stalled".to_owned(),
        PullFault::DiskFull => "the disk is full".to_owned(),
        PullFault::WrongPlatform => "the image is for another platform".to_owned(),
        PullFault::Other => "the engine could not pull it".to_owned(),
    }
}

/// How much of an image is there: `12 of 40 MB, 3 of 5 layers`.
#[must_use]
pub fn amount(amount: &PullAmount) -> String {
    match amount.total_bytes {
        0 => layers(amount),
        _ => format!("{}, {}", bytes(amount), layers(amount)),
    }
}

/// `12 of 40 MB`; layers where the engine tells no bytes.
pub(crate) fn bytes_or_layers(amount: &PullAmount) -> String {
    if amount.total_bytes == 0 { layers(amount) } else { bytes(amount) }
}

/// `12 of 40 MB`. A megabyte that has begun counts.
fn bytes(amount: &PullAmount) -> String {
    let [bytes, total] = [amount.bytes, amount.total_bytes].map(|bytes| bytes.div_ceil(1_000_000));
    let at_least = if amount.is_total_known { "" } else { "at least " };
    format!("{bytes} of {at_least}{total} MB")
}

/// `3 of 5 layers`.
fn layers(amount: &PullAmount) -> String {
    format!("{} of {}", amount.layers_done, count(amount.layers, "layer"))
}

/// What a pull has changed: `up to date`.
#[must_use]
pub fn outcome(outcome: &PullOutcome) -> String {
    match outcome {
        PullOutcome::UpToDate => "up to date".to_owned(),
        PullOutcome::Pulled { digest: Some(digest) } => format!("pulled sha256:{}", short_id(digest)),
        PullOutcome::Pulled { digest: None } => "pulled".to_owned(),
        PullOutcome::Carried { bytes: 0 } => "nothing to send".to_owned(),
        PullOutcome::Carried { bytes } => format!("{} sent", copying::amount(*bytes)),
    }
}
