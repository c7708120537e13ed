//! When a container of a service counts as ready: with a health check, once the engine finds it healthy; a job, once it has
//! ended with exit code 0.

use std::{collections::HashSet, time::Duration};

use crate::compose::{
    element::Element,
    project::Project,
    service::{ComposeService, Condition},
};
use maestro_core::model::check::{Check, Lifecycle};

/// Engines' own values of a health check.
const INTERVAL: Duration = Duration::from_secs(30);
const TIMEOUT: Duration = Duration::from_secs(30);
const RETRIES: u32 = 3;
/// How long an image's own health check may take: only its engine knows how often it runs.
const OF_IMAGE: Duration = Duration::from_secs(600);
/// What an engine takes beside the check itself.
const MARGIN: Duration = Duration::from_secs(30);

/// What is waited for of which services.
pub(super) type Awaited<'p> = HashSet<(&'p str, Condition)>;

/// What the services of a project wait for of one another.
pub(super) fn awaited(project: &Project) -> Awaited<'_> {
    let dependencies = project.services().flat_map(|service| service.dependencies());
    dependencies.map(|dependency| (dependency.service.value, dependency.condition)).collect()
}

/// The checks of a service.
pub(super) fn lifecycle(service: ComposeService<'_>, awaited: &Awaited<'_>) -> Lifecycle {
    let is_awaited = |condition| awaited.contains(&(service.name, condition));
    let running = match service.element.get("healthcheck") {
        _ if is_awaited(Condition::Completed) => vec![Check::Completion],
        Some(check) if has_test(check) && !is_off(check) => vec![Check::Docker { max_wait: longest(check) }],
        // The test is that of the image, if it has one.
        Some(check) if is_awaited(Condition::Healthy) && !is_off(check) => {
            vec![Check::Docker { max_wait: longest(check).max(OF_IMAGE) }]
        }
        None if is_awaited(Condition::Healthy) => vec![Check::Docker { max_wait: OF_IMAGE }],
        Some(_) | None => Vec::new(),
    };
    Lifecycle { running, ..Lifecycle::default() }
}

/// Whether a health check is switched off.
pub(super) fn is_off(check: &Element) -> bool {
    let test = check.spanned_texts("test").unwrap_or_default();
    check.get("disable").is_some_and(Element::is_true)
        || test.first().is_some_and(|word| word.value == "NONE")
}

fn has_test(check: &Element) -> bool {
    check.spanned_texts("test").is_some_and(|test| !test.is_empty())
}

/// When the last try has ended after which the engine says `unhealthy`.
fn longest(check: &Element) -> Duration {
    let time = |key: &str| {
        let time = check.spanned_integer(key).and_then(|time| u64::try_from(time.value).ok());
        time.filter(|nanoseconds| *nanoseconds > 0).map(Duration::from_nanos)
    };
    let retries = check.spanned_integer("retries").and_then(|number| u32::try_from(number.value).ok());
    let retries = retries.filter(|number| *number > 0).unwrap_or(RETRIES);
    let one = time("interval").unwrap_or(INTERVAL) + time("timeout").unwrap_or(TIMEOUT);
    time("start_period").unwrap_or_default() + one * (retries + 1) + MARGIN
}
