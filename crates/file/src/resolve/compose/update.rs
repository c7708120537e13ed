//! How services of a Compose file are updated.

use std::{num::NonZeroUsize, time::Duration};

use crate::compose::service::ComposeService;
use maestro_core::model::update::{OnFailure, Update};

/// How many containers are replaced at once. docker compose has no words for the rest, so `deploy.update_config` counts as
/// far as a single engine can follow it.
pub(super) fn update(service: ComposeService<'_>, instances: usize) -> Update {
    let default = Update::default();
    let config = service.element.get("deploy").and_then(|deploy| deploy.get("update_config"));
    let Some(config) = config else { return default };
    let parallel =
        config.spanned_integer("parallelism").and_then(|number| usize::try_from(number.value).ok());
    // 0 is all of them.
    let parallel = parallel.map(|number| if number == 0 { instances } else { number });
    let delay = config.spanned_integer("delay").and_then(|delay| u64::try_from(delay.value).ok());
    let ratio = config.spanned_number("max_failure_ratio").map_or(0.0, |ratio| ratio.value);
    // So many that their part of all is not larger.
    let max_failures = (1..=instances).take_while(|failed| is_within(*failed, instances, ratio)).count();
    let on_failure = config.text_of("failure_action").and_then(OnFailure::from_word);
    Update {
        on_failure: on_failure.unwrap_or(default.on_failure),
        parallel: parallel.and_then(NonZeroUsize::new).unwrap_or(default.parallel),
        delay: delay.map_or(default.delay, Duration::from_nanos),
        max_failures,
        ..default
    }
}

/// Whether that many of all instances are no larger a part than `ratio`.
fn is_within(failed: usize, instances: usize, ratio: f64) -> bool {
    let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    number(failed) <= ratio * number(instances)
}
