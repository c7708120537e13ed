//! That something is tried again.

use super::{labels::seconds, message::Message, text::harmless};

/// That a step is tried again: `try 2 of 3 in 2.0 s, because the registry is unreachable`; none for other events.
pub(crate) fn retried(event: &Message) -> Option<String> {
    let Message::StepRetried { attempt, attempts, milliseconds, reason, .. } = event else { return None };
    Some(next_try(*attempt, *attempts, *milliseconds, reason))
}

/// That something is tried again: `try 2 of 3 in 2.0 s: the registry is unreachable`.
#[must_use]
pub fn next_try(attempt: u32, attempts: u32, milliseconds: u64, reason: &str) -> String {
    format!("try {attempt} of {attempts} in {}: {}", seconds(milliseconds), harmless(reason))
}
