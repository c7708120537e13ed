//! The `docker` check: what the engine says of the image's own `HEALTHCHECK`.

use super::{CheckTarget, Seen, last_words};
use maestro_core::fault::{HealthRun, ProbeFault};
use maestro_engine::Health;

/// Looks once.
pub(super) async fn attempt(CheckTarget { engine, container, .. }: CheckTarget<'_>) -> Result<(), Seen> {
    let seen = match engine.inspect(container).await {
        Ok(Some(seen)) => seen,
        Ok(None) => return Err(Seen::NotYet(ProbeFault::NoContainer)),
        Err(error) => return Err(Seen::NotYet(ProbeFault::Engine(error.fault().clone()))),
    };
    let Some(health) = seen.health else { return Err(Seen::Never(ProbeFault::NoHealthcheck)) };
    if health.status == "healthy" {
        return Ok(());
    }
    let last = last_run(&health);
    Err(Seen::NotYet(ProbeFault::Health { status: health.status, last }))
}

/// What the last run of a `HEALTHCHECK` saw.
pub(super) fn last_run(health: &Health) -> Option<HealthRun> {
    let (exit_code, output) = health.last.as_ref()?;
    Some(HealthRun { exit_code: *exit_code, words: last_words(output) })
}
