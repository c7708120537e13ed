//! The `docker` check: what the engine says of the image's own `HEALTHCHECK`.

use super::{CheckTarget, Seen, last_words};
use maestro_engine::Health;

/// Looks once.
pub(super) async fn attempt(CheckTarget { engine, container, .. }: CheckTarget<'_>) -> Result<(), Seen> {
    let seen = match engine.inspect(container).await {
        Ok(Some(seen)) => seen,
        Ok(None) => return Err(Seen::NotYet("there is no such container".to_owned())),
        Err(error) => return Err(Seen::NotYet(error.to_string())),
    };
    let Some(health) = seen.health else {
        let why = "there is none; give the image one, or check with `tcp`, `http`, `exec` or `rexec`";
        return Err(Seen::Never(why.to_owned()));
    };
    if health.status == "healthy" {
        return Ok(());
    }
    Err(Seen::NotYet(format!("{}; {}", health.status, last_run(&health))))
}

/// What the last run of a `HEALTHCHECK` saw.
pub(super) fn last_run(health: &Health) -> String {
    match &health.last {
        None => "it was not run yet".to_owned(),
        Some((exit_code, output)) => match last_words(output) {
            Some(words) => format!("its last run ended with exit code {exit_code} and wrote: {words}"),
            None => format!("its last run ended with exit code {exit_code} and wrote nothing"),
        },
    }
}
