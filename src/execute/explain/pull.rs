//! An image that could not be fetched, in words.

use super::{Run, again, failure, holds};
use crate::{
    engine::{credentials::Found, refusal::Refusal},
    event::{Failure, FailureKind},
    model::registry::Fault,
    plan::StepId,
};

/// What is known about a fetch that failed.
pub(in crate::execute) struct PullFault<'a> {
    pub image: &'a str,
    pub found: &'a Found,
    pub fault: Fault,
    /// The engine's own words.
    pub words: &'a str,
    pub tries: u32,
}

/// What went wrong, as a clause: `the registry answered with status 503`.
pub(in crate::execute) fn fault_clause(fault: Fault) -> String {
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

/// An image could not be fetched.
pub(in crate::execute) fn pull_fault(run: &Run, id: StepId, pull: &PullFault<'_>) -> Failure {
    let step = run.plan.step(id);
    let ship = &run.environment.ship(step.ship).name;
    let tries = if pull.tries > 1 { format!(" ({} tries)", pull.tries) } else { String::new() };
    let refusal = Refusal { image: pull.image, found: pull.found, fault: pull.fault };
    let cause = format!(
        "image {} could not be fetched on ship {ship}{tries}: {}: {}",
        pull.image,
        refusal.cause(ship),
        pull.words
    );
    let next = format!("{}; then run {} again", refusal.next(ship), again(run, id));
    failure(FailureKind::Failed, cause, holds(&step.action), next)
}
