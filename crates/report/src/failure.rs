//! Failures, holds and the summary as the person woken at night needs them: what, why, what holds now, what next.

use std::collections::HashMap;

use indexmap::IndexMap;

use maestro_core::{
    event::{FailureKind, Life, Standing, Subject},
    plan::action::ActionKind,
};

use super::{
    alike::ShipWords,
    explain::exit_code,
    labels::{doing, failed, on},
    message::FailureText,
    style::Tone,
    text::{harmless, harmless_line},
    wrap::wrapped,
};

/// Where the texts of rows begin.
const INDENT: usize = 13;

/// A failure, whole: what did not happen, its cause, exit code, last log lines, what holds now, what to type next.
/// Several lines, without a line end behind the last.
#[must_use]
pub fn text(subject: &Subject, action: ActionKind, failure: &FailureText, colour: bool) -> String {
    let mut lines = vec![head(subject, action, failure.kind, colour)];
    lines.extend(details(failure));
    lines.join("\n")
}

/// `✗ api-1 on alpha: did not become ready`
fn head(subject: &Subject, action: ActionKind, kind: FailureKind, colour: bool) -> String {
    let what = match kind {
        FailureKind::Failed => failed(action).to_owned(),
        FailureKind::Unreachable => format!("{}, ship unreachable", failed(action)),
        FailureKind::Unknown => format!("outcome unknown: {}", doing(action)),
    };
    Tone::Failed.paint(&format!("✗ {}: {what}", on(subject)), colour)
}

/// Failures that are one and the same but for the instance's name, the first one whole, the others by name: where an
/// image is broken nobody wants to read it a hundred times.
pub(crate) fn texts(alike: &[&ReportedFailure], colour: bool) -> String {
    let Some(((subject, action, failure), others)) =
        alike.split_first().map(|(first, others)| (*first, others))
    else {
        return String::new();
    };
    let whole = text(subject, *action, failure, colour);
    if others.is_empty() {
        return whole;
    }
    let names: Vec<String> = others
        .iter()
        .filter_map(|(subject, ..)| subject.instance.as_deref())
        .map(|n| harmless(n).into())
        .collect();
    let names = super::overview::names(names.into_iter());
    format!("{whole}\n{}", row("same", &names.join(", ")))
}

/// A failure as it was told: what it was done to, what the step does, and all that is known.
pub(crate) type ReportedFailure = (Subject, ActionKind, FailureText);

/// Puts failures together that differ in nothing but the names of instance and ship; in the order of the first of each.
pub(crate) fn alike<'a>(
    failures: &'a [ReportedFailure],
    ships: &HashMap<String, ShipWords>,
) -> Vec<Vec<&'a ReportedFailure>> {
    let mut groups: IndexMap<String, Vec<&ReportedFailure>> = IndexMap::new();
    for told in failures {
        let (subject, action, failure) = told;
        let name = subject.instance.as_deref().unwrap_or_default();
        let words = ships.get(&subject.ship);
        let nameless = |text: &str| {
            let text = if name.is_empty() { text.to_owned() } else { text.replace(name, "\0") };
            words.map_or_else(|| text.clone(), |words| words.taken_out_of(&text))
        };
        let log: Vec<String> = failure.log.iter().map(|line| nameless(line)).collect();
        let key = format!(
            "{}\n{action}\n{:?}\n{}\n{:?}\n{log:?}\n{}",
            // Without a name there is nothing that it could be the same with.
            if name.is_empty() { &subject.ship } else { "" },
            failure.kind,
            nameless(&failure.reason),
            failure.exit_code,
            nameless(&failure.state)
        );
        groups.entry(key).or_default().push(told);
    }
    groups.into_values().collect()
}

/// What is behind a failure and what comes after it, line by line: all but what failed.
fn details(failure: &FailureText) -> Vec<String> {
    let mut lines = rows("reason", &failure.reason);
    if let Some(code) = failure.exit_code {
        let meaning = exit_code::meaning(code).map(|meaning| format!(": {meaning}")).unwrap_or_default();
        lines.push(row("exit", &format!("code {code}{meaning}")));
    }
    let log = failure.log.iter().map(|line| harmless_line(line));
    lines.extend(log.enumerate().map(|(at, line)| {
        let label = if at == 0 { "log" } else { "" };
        format!("{}{line}", start(label))
    }));
    lines.extend(rows("state", &failure.state));
    lines.extend(rows("next", &failure.next));
    lines
}

/// A label and its text, which may have several lines.
pub(crate) fn rows(label: &str, text: &str) -> Vec<String> {
    let lines = text.lines().map(harmless_line).filter(|line| !line.trim().is_empty());
    let rows = lines.enumerate().map(|(at, line)| row(if at == 0 { label } else { "" }, &line));
    rows.collect()
}

fn row(label: &str, text: &str) -> String {
    wrapped(&start(label), text, INDENT)
}

fn start(label: &str) -> String {
    format!("    {label:<width$}", width = INDENT - 4)
}

/// How certain it is, in a word or two.
pub(crate) fn word(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Failed => "failed",
        FailureKind::Unreachable => "unreachable",
        FailureKind::Unknown => "outcome unknown",
    }
}

/// What is there of the instances of a run that ended before its time, those alike in one line.
#[must_use]
pub(crate) fn standing(instances: &[Standing], next: &str) -> Vec<String> {
    let mut groups: IndexMap<String, Vec<&str>> = IndexMap::new();
    for one in instances {
        let name = one.subject.instance.as_deref().unwrap_or_default();
        groups.entry(standing_words(one)).or_default().push(name);
    }
    let mut lines = vec!["current state:".to_owned()];
    lines.extend(groups.iter().map(|(words, names)| {
        let names: Vec<_> = names.iter().map(|name| harmless(name)).collect();
        format!("  {}: {words}", names.join(", "))
    }));
    lines.push(format!("  next: {}", harmless(next)));
    lines
}

/// `old container stopped; new container created, not started`.
fn standing_words(standing: &Standing) -> String {
    let Standing { subject, is_known, is_ready, containers } = standing;
    if !is_known {
        return format!("unknown: ship {} is unreachable", harmless(&subject.ship));
    }
    if containers.is_empty() {
        return "no container".to_owned();
    }
    let has_new = containers.iter().any(|container| container.is_new);
    let words = containers.iter().map(|container| {
        let age = match (container.is_new, has_new) {
            (true, _) => "new container ",
            (false, true) => "old container ",
            (false, false) => "",
        };
        let does = match container.life {
            Life::Created => "created, not started",
            Life::Running if *is_ready || !container.is_new => "runs",
            Life::Running => "running, readiness unknown",
            Life::Paused => "paused",
            Life::Restarting => "restarting",
            Life::Stopped => "stopped",
        };
        format!("{age}{does}")
    });
    words.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::{super::samples, *};
    use maestro_core::event::StandingContainer;

    #[test]
    fn a_failure_says_what_why_what_holds_and_what_next() {
        let failure = samples::failure();
        insta::assert_snapshot!(text(&samples::subject("server-1", "server", "local"), ActionKind::Start, &failure, false), @r#"
        ✗ server-1 on local: did not start
            reason   the container exited with code 3 right after its start
            exit     code 3
            log      listening	now
                     Error: \u{1b}[31mno database
            state    the container server-1 is there, created and not running
            next     maestro logs server-1
        "#);
    }

    #[test]
    fn a_failure_of_something_shared_names_its_ship_and_leaves_out_what_is_empty() {
        let failure = FailureText {
            kind: FailureKind::Unknown,
            reason: "the connection broke\nbefore the \u{1b}[31manswer".into(),
            state: String::new(),
            next: String::new(),
            exit_code: Some(137),
            log: Vec::new(),
        };
        let ship = Subject { instance: None, service: None, ship: "far".into() };
        insta::assert_snapshot!(text(&ship, ActionKind::CreateNetwork, &failure, false), @r#"
        ✗ ship far: outcome unknown: create network
            reason   the connection broke
                     before the \u{1b}[31manswer
            exit     code 137: killed (SIGKILL)
        "#);
    }

    #[test]
    fn what_is_there_after_an_interrupt_is_told_in_groups() {
        let container = |name: &str, is_new, life| StandingContainer { name: name.to_owned(), is_new, life };
        let one = |name: &str, is_ready, containers| Standing {
            subject: samples::subject(name, "web", "local"),
            is_known: true,
            is_ready,
            containers,
        };
        let runs = |name: &str| vec![container(name, true, Life::Running)];
        let old = |life| container("web", false, life);
        let new = |life| container("web.next", true, life);
        let instances = [
            one("web-1", true, runs("web-1")),
            one("web-2", true, runs("web-2")),
            one("web-3", false, runs("web-3")),
            one("web-4", false, vec![old(Life::Running), new(Life::Running)]),
            one("web-5", false, vec![old(Life::Stopped), new(Life::Created)]),
            one("web-6", false, vec![old(Life::Running)]),
            one("web-7", false, vec![old(Life::Paused)]),
            one("web-\u{1b}8", false, Vec::new()),
            Standing { is_known: false, ..one("web-9", false, Vec::new()) },
        ];
        let next = "`maestro apply web` continues from here; `maestro status` shows all";
        insta::assert_snapshot!(standing(&instances, next).join("\n"));
    }

    #[test]
    fn failures_that_differ_in_a_name_only_are_told_as_one() {
        let broken = |name: &str, why: &str| {
            let state = format!("the container {name} is there, created");
            let failure = FailureText { reason: format!("{name}: {why}"), state, ..samples::failure() };
            (samples::subject(name, "web", "local"), ActionKind::Start, failure)
        };
        let told = [broken("web-1", "no disk"), broken("web-2", "no disk"), broken("web-3", "no memory")];
        let groups = alike(&told, &HashMap::new());
        assert_eq!(groups.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
        assert!(texts(&groups[0], false).ends_with("\n    same     web-2"));
        assert_eq!(texts(&groups[1], false), text(&told[2].0, ActionKind::Start, &told[2].2, false));
    }
}
