//! The runs that engines remember.

use std::time::SystemTime;

use super::words;
use crate::{
    labels,
    table::{Column, lines},
};
use maestro_core::timeline::record::RecordedRun;

/// A table of the runs, the latest first; `now` is the time of this machine.
#[must_use]
pub fn list(runs: &[RecordedRun], now: SystemTime, columns: Option<usize>) -> String {
    let titles = [
        Column::left("RUN"),
        Column::left("ENDED"),
        Column::right("TOOK"),
        Column::left("OUTCOME"),
        Column::left("BY"),
        Column::left("COMMAND"),
    ];
    let rows: Vec<Vec<String>> = runs
        .iter()
        .map(|one| {
            let run = &one.timeline.run;
            let age = one.ended.and_then(|ended| now.duration_since(ended).ok());
            let units = [(86_400, "day"), (3_600, "hour"), (60, "minute")];
            let ago = age.map(|age| {
                labels::ago(age.as_secs(), &units).unwrap_or_else(|| "less than a minute ago".to_owned())
            });
            vec![
                run.id.chars().take(12).collect(),
                ago.unwrap_or_default(),
                words::duration(run.end),
                run.outcome.word().to_owned(),
                run.by.clone(),
                run.command.clone(),
            ]
        })
        .collect();
    lines(&titles, &rows, columns).join("\n") + "\n"
}
