//! The order of names: in YAML numbers in them count, `a2` before `a10`; in JSON they are ordered by their bytes.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use crate::compose::format::CanonicalFormat;

/// The values in the order of their names.
pub(super) fn sorted(values: Vec<(String, Value)>, format: CanonicalFormat) -> Map<String, Value> {
    let mut ordered: Vec<(String, Value)> = Vec::with_capacity(values.len());
    for (name, value) in values {
        // The order of Go's YAML is not one that Rust's sort would take: it is not transitive.
        let at = ordered.partition_point(|(known, _)| match format {
            CanonicalFormat::Yaml => natural(known, &name) != Ordering::Greater,
            CanonicalFormat::Json => *known <= name,
        });
        ordered.insert(at, (name, value));
    }
    ordered.into_iter().collect()
}

/// Compares two names as Go's YAML does.
fn natural(a: &str, b: &str) -> Ordering {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut is_after_digit = false;
    for at in 0..a.len().min(b.len()) {
        if a[at] == b[at] {
            is_after_digit = a[at].is_numeric();
            continue;
        }
        let is_less = match (a[at].is_alphabetic(), b[at].is_alphabetic()) {
            (true, true) => a[at] < b[at],
            (true, false) => is_after_digit,
            (false, true) => !is_after_digit,
            (false, false) => {
                let (number_a, end_a) = number(&a, &b, at);
                let (number_b, end_b) = number(&b, &a, at);
                (number_a, end_a, a[at]) < (number_b, end_b, b[at])
            }
        };
        return if is_less { Ordering::Less } else { Ordering::Greater };
    }
    a.len().cmp(&b.len())
}

/// The number that stands at a position, and where it ends. Where one of both has a zero there, digits other than zero
/// before it make it a part of a larger number.
fn number(text: &[char], other: &[char], at: usize) -> (u64, usize) {
    let is_zero = text[at] == '0' || other[at] == '0';
    let before = text[..at].iter().rev().take_while(|c| c.is_ascii_digit());
    let mut number = u64::from(is_zero && before.into_iter().any(|c| *c != '0'));
    let mut end = at;
    while let Some(digit) = text.get(end).and_then(|c| c.to_digit(10)) {
        number = number.saturating_mul(10).saturating_add(digit.into());
        end += 1;
    }
    (number, end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn order(names: &[&str], format: CanonicalFormat) -> Vec<String> {
        let values = names.iter().map(|name| ((*name).to_owned(), Value::Null)).collect();
        sorted(values, format).into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn numbers_in_names_count_in_yaml() {
        let names = ["a10", "b", "a2", "A", "a", "a_b", "a-b", "a1b"];
        assert_eq!(order(&names, CanonicalFormat::Yaml), ["A", "a", "a-b", "a_b", "a1b", "a2", "a10", "b"]);
        assert_eq!(order(&names, CanonicalFormat::Json), ["A", "a", "a-b", "a10", "a1b", "a2", "a_b", "b"]);
    }

    proptest! {
        #[test]
        fn no_name_is_lost(names in prop::collection::hash_set("[a-c0-2_.-]{1,4}", 0..40)) {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            prop_assert_eq!(order(&names, CanonicalFormat::Yaml).len(), names.len());
        }
    }
}
