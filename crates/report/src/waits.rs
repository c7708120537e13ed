//! What steps and barriers wait for, as text and as JSON.

use serde_json::{Value, json};

use maestro_core::plan::{StepId, Wait};

/// The numbers of the steps, as people count, three and more in a row as `1–3`.
pub(super) fn numbers(waits: &[Wait]) -> String {
    let mut numbers: Vec<usize> = waits
        .iter()
        .filter_map(|wait| match wait {
            Wait::Step(StepId(at)) => Some(at + 1),
            Wait::Barrier(_) => None,
        })
        .collect();
    numbers.sort_unstable();
    numbers.dedup();
    let runs = numbers.chunk_by(|a, b| a + 1 == *b);
    let parts = runs.flat_map(|run| match run {
        [first, _, .., last] => vec![format!("{first}–{last}")],
        short => short.iter().map(ToString::to_string).collect(),
    });
    parts.collect::<Vec<_>>().join(", ")
}

/// The steps and barriers, by their ids.
pub(super) fn waits_json(waits: &[Wait]) -> Value {
    let waits = waits.iter().map(|wait| match wait {
        Wait::Step(step) => json!({ "step": step }),
        Wait::Barrier(barrier) => json!({ "barrier": barrier }),
    });
    waits.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_a_row_are_one_range() {
        let waits: Vec<Wait> = [7, 0, 1, 2, 4, 5].map(|at| Wait::Step(StepId(at))).into();
        assert_eq!(numbers(&waits), "1–3, 5, 6, 8");
    }
}
