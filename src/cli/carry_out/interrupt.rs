//! What signals do to a change that is under way.

use std::{collections::BTreeMap, time::Duration};

use crate::cli::typed::typed;
use maestro_core::{event::Subject, plan::action::ActionKind};
use maestro_report::{message::Message, progress::Reporter};

/// The first signal: says what is waited for.
pub(super) fn interrupted_text(under_way: usize, is_taken_back: bool) -> String {
    if is_taken_back {
        return "interrupted: what has begun ends, and the move is rolled back. Press Ctrl-C again to abort."
            .to_owned();
    }
    let steps = match under_way {
        0 => return "interrupted: no new steps start".to_owned(),
        1 => "1 step".to_owned(),
        more => format!("{more} steps"),
    };
    format!("interrupted: no new steps start; waiting for {steps} in progress. Press Ctrl-C again to abort.")
}

/// Keeps what an engine is changing now. What only waits is given up at the first signal.
pub(super) fn note_step(under_way: &mut BTreeMap<usize, (Subject, ActionKind)>, event: &Message) {
    match event {
        Message::StepStarted {
            action: ActionKind::Ready | ActionKind::Verify | ActionKind::Check(_) | ActionKind::Pause,
            ..
        } => {}
        // What is tried again is under way anew when it goes on.
        Message::StepStarted { step, subject, action }
        | Message::StepProgress { step, subject, action, .. } => {
            under_way.insert(*step, (subject.clone(), *action));
        }
        // Between two tries it only waits.
        Message::StepRetried { step, .. }
        | Message::StepDone { step, .. }
        | Message::StepFailed { step, .. }
        | Message::StepCancelled { step, .. } => {
            under_way.remove(step);
        }
        _ => {}
    }
}

/// The second signal: says what may or may not have happened.
pub(super) fn quit(
    reporter: &mut dyn Reporter,
    under_way: &BTreeMap<usize, (Subject, ActionKind)>,
    invocation: &str,
) {
    let unknown: Vec<String> = under_way
        .values()
        .map(|(subject, action)| {
            format!("{action} of {}", subject.instance.as_ref().unwrap_or(&subject.ship))
        })
        .collect();
    let text = if unknown.is_empty() {
        "aborted; no step was in progress".to_owned()
    } else {
        format!("aborted; outcome unknown: {}", unknown.join(", "))
    };
    let text = format!("{text}\n`{invocation} status` shows the current state; then run `{}` again", typed());
    text.lines().for_each(|line| drop(reporter.note(line)));
    reporter.tick(Duration::ZERO).ok();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn between_two_tries_of_a_pull_nothing_is_under_way() {
        let subject = || Subject { ship: "node1".to_owned(), service: None, instance: None };
        let mut under_way = BTreeMap::new();
        let action = ActionKind::Pull;
        note_step(&mut under_way, &Message::StepStarted { step: 3, subject: subject(), action });
        assert!(interrupted_text(under_way.len(), false).contains("1 step in progress"));
        let again = Message::StepRetried {
            step: 3,
            subject: subject(),
            action,
            attempt: 2,
            attempts: 3,
            milliseconds: 1000,
            reason: String::new(),
        };
        note_step(&mut under_way, &again);
        assert_eq!(interrupted_text(under_way.len(), false), "interrupted: no new steps start");
        let progress = String::new();
        note_step(
            &mut under_way,
            &Message::StepProgress {
                step: 3,
                subject: subject(),
                action,
                progress,
                pulled: None,
                copied: None,
            },
        );
        assert_eq!(under_way.len(), 1);
    }
}
