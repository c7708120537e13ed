//! The `docker` check: what the engine says of a container's health check, its own or its image's.

use std::time::Duration;

use super::{CheckTarget, Seen, last_words, unanswered};
use maestro_core::{
    fault::{HealthRun, ProbeFault},
    value::setting::{ContainerSettings, Setting, SettingValue},
};
use maestro_engine::{ExecRequest, Health, Inspected};

/// How long a test may take if nothing is said, as for engines.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Looks once. While the engine has no verdict, the same test is run: an engine waits a whole interval before it runs the
/// test for the first time, 30 s if nothing else is said, and only newer ones know a shorter interval for the start.
pub(super) async fn attempt(target: CheckTarget<'_>) -> Result<(), Seen> {
    let CheckTarget { engine, container, .. } = target;
    let seen = match engine.inspect(container).await {
        Ok(Some(seen)) => seen,
        Ok(None) => return Err(Seen::NotYet(ProbeFault::NoContainer)),
        Err(error) => return Err(unanswered(engine, &error).await),
    };
    let Inspected { health, description, .. } = seen;
    let Some(health) = health else { return Err(Seen::Never(ProbeFault::NoHealthcheck)) };
    match health.status.as_str() {
        "healthy" => Ok(()),
        "starting" => match test(&description.settings) {
            Some(test) => own_run(target, health, &test).await,
            None => Err(not_yet(health)),
        },
        // A program may come with the start; after as many runs as the check takes, it does not.
        "unhealthy" if cannot_run(&health) => Err(Seen::Never(fault(health))),
        _ => Err(not_yet(health)),
    }
}

fn not_yet(health: Health) -> Seen {
    Seen::NotYet(fault(health))
}

fn fault(health: Health) -> ProbeFault {
    let last = last_run(&health);
    ProbeFault::Health { status: health.status, last }
}

/// Whether the container does not have the program of the test.
fn cannot_run(health: &Health) -> bool {
    let words = health.last.as_ref().map_or("", |(_, output)| output.as_str());
    words.contains("OCI runtime exec failed")
        && (words.contains("executable file not found") || words.contains("no such file or directory"))
}

/// What the last run of a `HEALTHCHECK` saw.
pub(super) fn last_run(health: &Health) -> Option<HealthRun> {
    let (exit_code, output) = health.last.as_ref()?;
    Some(HealthRun { exit_code: *exit_code, words: last_words(output) })
}

/// The test of a health check.
#[derive(Debug, PartialEq, Eq)]
struct HealthTest {
    command: Vec<String>,
    timeout: Duration,
}

/// The test that the engine runs; none if there is none, or if it is not known.
fn test(settings: &ContainerSettings) -> Option<HealthTest> {
    let (kind, words) = settings.get(&Setting::HealthTest)?.texts()?.split_first()?;
    let command = match (kind.as_str(), words) {
        ("CMD", [_, ..]) => words.to_vec(),
        ("CMD-SHELL", [line]) => ["/bin/sh", "-c", line].map(str::to_owned).to_vec(),
        _ => return None,
    };
    let timeout = settings.get(&Setting::HealthTimeout).and_then(SettingValue::number);
    let timeout = timeout.and_then(|nanoseconds| u64::try_from(nanoseconds).ok());
    let timeout = timeout.filter(|nanoseconds| *nanoseconds > 0).map_or(TIMEOUT, Duration::from_nanos);
    Some(HealthTest { command, timeout })
}

/// Runs the test once.
async fn own_run(
    CheckTarget { engine, container, .. }: CheckTarget<'_>,
    health: Health,
    HealthTest { command, timeout }: &HealthTest,
) -> Result<(), Seen> {
    match tokio::time::timeout(*timeout, engine.exec(container, &ExecRequest::from(command.as_slice()))).await
    {
        Ok(Ok(executed)) if executed.exit_code == 0 => Ok(()),
        Ok(Ok(executed)) => {
            let words = last_words(&executed.output.join("\n"));
            let last = Some(HealthRun { exit_code: executed.exit_code, words });
            Err(Seen::NotYet(ProbeFault::Health { status: health.status, last }))
        }
        // The engine's own runs go on.
        Ok(Err(_)) | Err(_) => Err(not_yet(health)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_whose_program_is_not_there_cannot_run() {
        let health = |words: &str| Health {
            status: "unhealthy".to_owned(),
            last: Some((-1, words.to_owned())),
            earlier: Vec::new(),
        };
        for words in [
            r#"OCI runtime exec failed: exec failed: unable to start container process: exec: "curl": executable file not found in $PATH: unknown"#,
            r#"OCI runtime exec failed: exec failed: unable to start container process: exec: "/ready": stat /ready: no such file or directory: unknown"#,
        ] {
            assert!(cannot_run(&health(words)), "{words}");
        }
        for words in ["", "curl: (7) Failed to connect", "cat: /ready: no such file or directory"] {
            assert!(!cannot_run(&health(words)), "{words}");
        }
    }
}
