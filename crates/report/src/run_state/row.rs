//! What a row says.

use super::{RowState, RunState, active::Active};
use crate::{labels::done, style::Tone, text::harmless};

impl RunState {
    /// What a row is doing.
    #[must_use]
    pub fn kind(&self, row: usize) -> RowState {
        let progress = &self.progress[row];
        if !progress.active.is_empty() {
            return RowState::Active;
        }
        if let Some((kind, _)) = &progress.verdict {
            return *kind;
        }
        let planned = self.layout.rows[row].steps.len();
        if progress.steps_done > 0 && progress.steps_done >= planned {
            RowState::Done
        } else {
            RowState::Waiting
        }
    }

    /// What a row's last column says.
    #[must_use]
    pub fn status(&self, row: usize) -> (String, Tone) {
        let progress = &self.progress[row];
        let last = progress.last.as_ref().map(|(action, _)| done(*action));
        match (self.kind(row), &progress.verdict, progress.active.last()) {
            (RowState::Active, _, Some(active)) => (active.text(self.now), Tone::Plain),
            (RowState::Failed, Some((_, text)), _) => (harmless(text).into_owned(), Tone::Failed),
            (RowState::Blocked, Some((_, text)), _) => (harmless(text).into_owned(), Tone::Warning),
            (RowState::Done, Some((_, text)), _) => (harmless(text).into_owned(), Tone::Ok),
            (RowState::Done, ..) if let Some(kind) = self.layout.rows[row].change => {
                let ready = if progress.serves { ", ready" } else { "" };
                (format!("{}{ready}", crate::milestones::changed(kind)), Tone::Ok)
            }
            (RowState::Done, ..) => {
                let last = last.unwrap_or("done");
                let outcome = progress.last.as_ref().and_then(|(_, outcome)| outcome.as_ref());
                (
                    outcome.map_or(last.to_owned(), |outcome| format!("{last}: {}", harmless(outcome))),
                    Tone::Ok,
                )
            }
            _ if self.told.end.is_some() => {
                let text =
                    last.map_or_else(|| "not started".to_owned(), |last| format!("{last}, no further"));
                (text, Tone::Warning)
            }
            _ => {
                let waiting = match self.next_wait(row) {
                    Some(what) => format!("waiting {what}"),
                    None => "waiting".to_owned(),
                };
                (last.map_or(waiting.clone(), |last| format!("{last}, {waiting}")), Tone::Dim)
            }
        }
    }

    /// What the row's next step waits for.
    fn next_wait(&self, row: usize) -> Option<String> {
        let begun = &self.progress[row].begun;
        let steps = &self.layout.rows[row].steps;
        let next = steps.iter().find(|step| !begun.contains(step))?;
        self.layout.waits_for(*next)
    }

    /// What is being done that belongs to no row: `local: creating network…`.
    #[must_use]
    pub fn shared(&self) -> Option<String> {
        let one = |active: &Active| format!("{}: {}", harmless(&active.ship), active.text(self.now));
        let all: Vec<String> = self.shared.iter().map(one).collect();
        (!all.is_empty()).then(|| all.join("  "))
    }
}
