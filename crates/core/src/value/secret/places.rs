//! Secrets in one value.

use std::ops::Range;

use super::{text::pairs, values::unnamed};

/// Places of secrets in the value of a variable, label or option: tokens, what stands behind the name of a secret,
/// and words that look random.
#[must_use]
pub fn secrets(value: &str) -> Vec<Range<usize>> {
    let mut found = unnamed(value);
    found.extend(pairs(value));
    found
}
