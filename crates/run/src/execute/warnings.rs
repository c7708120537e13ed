//! The warnings with which an engine creates a container: what of the request it ignores or changes.

use super::{Run, about, subject::env_of};
use maestro_core::{
    event::{Event, Remark},
    model::{check, variables::Variables},
    plan::StepId,
};

/// How many warnings of one container are told.
const MOST: usize = 8;

/// How many characters of a warning are told.
const LONGEST: usize = 400;

/// Tells the warnings about the container that a step has created, as remarks on its instance.
pub(super) fn tell(run: &Run, id: StepId, warnings: &[String]) {
    let remarks = remarks(warnings);
    if remarks.is_empty() {
        return;
    }
    let none = Variables::new();
    let secrets = check::secrets_of(env_of(run, id).unwrap_or(&none));
    for remark in remarks {
        let (subject, _) = about(run, id);
        let remark = match remark {
            Remark::EngineWarns(words) => Remark::EngineWarns(secrets.hide(&words).into_owned()),
            other => other,
        };
        run.events.send(Event::Remark { subject, remark }).ok();
    }
}

/// Warnings, so few and so short that an engine cannot flood the output.
fn remarks(warnings: &[String]) -> Vec<Remark> {
    let said: Vec<&str> = warnings.iter().map(|one| one.trim()).filter(|one| !one.is_empty()).collect();
    let told = said.iter().take(MOST);
    let mut remarks: Vec<Remark> = told.map(|one| Remark::EngineWarns(shortened(one))).collect();
    if let Some(more @ 1..) = said.len().checked_sub(MOST) {
        remarks.push(Remark::MoreWarnings(more));
    }
    remarks
}

fn shortened(warning: &str) -> String {
    match warning.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &warning[..end]),
        None => warning.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_are_bounded_in_number_and_length() {
        assert_eq!(remarks(&[" \n".to_owned()]), []);
        assert_eq!(
            remarks(&["Ports are discarded\n".to_owned()]),
            [Remark::EngineWarns("Ports are discarded".into())]
        );
        let flood = remarks(&vec!["w".repeat(1 << 20); MOST + 2]);
        assert_eq!(flood.len(), MOST + 1);
        let is_short =
            |one: &Remark| matches!(one, Remark::EngineWarns(words) if words.chars().count() <= LONGEST + 1);
        assert!(flood[..MOST].iter().all(is_short));
        assert_eq!(flood[MOST], Remark::MoreWarnings(2));
    }
}
