//! Failures, holds and the summary as the person woken at night needs them: what, why, what holds now, what next.

use indexmap::IndexMap;

use maestro_core::{
    event::{BlockedKind, FailureKind, Life, Standing, Subject, Summary},
    plan::action::ActionKind,
};

use super::{
    labels::{count, doing, of, seconds},
    message::FailureText,
    style::Tone,
    text::{harmless, harmless_line},
};

/// A failure, whole: what failed, its cause, exit code, last log lines, what holds now, what to type next.
/// Several lines, without a line end behind the last.
#[must_use]
pub fn text(subject: &Subject, action: ActionKind, failure: &FailureText, colour: bool) -> String {
    let head = format!("{}:", word(failure.kind));
    let mut lines = vec![format!("{} {}", Tone::Failed.paint(&head, colour), step(subject, action))];
    lines.extend(part("reason", &failure.reason));
    lines.extend(details(failure));
    lines.join("\n")
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
    format!("{whole}\n  same for: {}", names.join(", "))
}

/// A failure as it was told: what it was done to, what the step does, and all that is known.
pub(crate) type ReportedFailure = (Subject, ActionKind, FailureText);

/// Puts failures together that differ in nothing but the instance's name; in the order of the first of each.
pub(crate) fn alike(failures: &[ReportedFailure]) -> Vec<Vec<&ReportedFailure>> {
    let mut groups: IndexMap<String, Vec<&ReportedFailure>> = IndexMap::new();
    for told in failures {
        let (subject, action, failure) = told;
        // Without a name there is nothing that it could be the same with.
        let name = subject.instance.as_deref().unwrap_or_default();
        let nameless = |text: &str| if name.is_empty() { text.to_owned() } else { text.replace(name, "\0") };
        let log: Vec<String> = failure.log.iter().map(|line| nameless(line)).collect();
        let key = format!(
            "{}\n{action}\n{:?}\n{}\n{:?}\n{log:?}\n{}",
            subject.ship,
            failure.kind,
            nameless(&failure.reason),
            failure.exit_code,
            nameless(&failure.state)
        );
        groups.entry(key).or_default().push(told);
    }
    groups.into_values().collect()
}

/// What is behind a failure and what comes after it, line by line: all but what failed and its cause.
pub(crate) fn details(failure: &FailureText) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(code) = failure.exit_code {
        lines.push(format!("  exit code: {code}{}", exit_code_meaning(code)));
    }
    if !failure.log.is_empty() {
        lines.push(format!("  last {} of its log:", count(failure.log.len(), "line")));
        lines.extend(failure.log.iter().map(|line| format!("  | {}", harmless_line(line))));
    }
    lines.extend(part("state", &failure.state));
    lines.extend(part("next", &failure.next));
    lines
}

/// How certain it is, in a word or two.
pub(crate) fn word(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Failed => "failed",
        FailureKind::Unreachable => "unreachable",
        FailureKind::Unknown => "outcome unknown",
    }
}

/// The label of an instance that was not acted on: its ship is unreachable, or something else stands in the way.
pub(crate) fn blocked_word(kind: BlockedKind) -> &'static str {
    match kind {
        BlockedKind::Unreachable | BlockedKind::Elsewhere => "skipped",
        BlockedKind::Unmanaged
        | BlockedKind::SharedVolume
        | BlockedKind::Moved
        | BlockedKind::Behind
        | BlockedKind::Interrupted => "blocked",
    }
}

/// Instances blocked for the same reason: their names, the reason, and what to do next.
#[must_use]
pub fn blocked(kind: BlockedKind, subjects: &[&Subject], reason: &str, next: &str, colour: bool) -> String {
    let names: Vec<String> = subjects.iter().map(|subject| of(subject)).collect();
    let mut lines = vec![format!(
        "{} {}",
        Tone::Warning.paint(&format!("{}:", blocked_word(kind)), colour),
        names.join(", ")
    )];
    lines.extend(part("reason", reason));
    lines.extend(part("next", next));
    lines.join("\n")
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

/// What came of a run in one line: `start: 7 steps done, 1 failed, 1 instance skipped, 1 instance blocked (3.2 s)`.
#[must_use]
pub fn summary(command: &str, summary: &Summary, colour: bool) -> String {
    let mut parts = Vec::new();
    if summary.interrupted {
        parts.push("interrupted".to_owned());
    }
    let verified = summary.checked > 0;
    if summary.done > 0 {
        parts.push(format!("{} done", count(summary.done, "step")));
    } else if verified && !summary.interrupted && summary.unknown + summary.not_started == 0 {
        parts.push("nothing to change".to_owned());
    }
    if verified {
        parts.push(format!("{} checked", summary.checked));
    }
    let others = [
        (summary.failed, "failed"),
        (summary.unreachable, "unreachable"),
        (summary.unknown, "with unknown outcome"),
        (summary.cancelled, "cancelled"),
        (summary.outdated, "changed by another program"),
        (summary.not_started, "not started"),
    ];
    for (number, what) in others {
        if number > 0 && summary.done == 0 && parts.iter().all(|part| !part.contains("step")) {
            parts.push(format!("{} {what}", count(number, "step")));
        } else if number > 0 {
            parts.push(format!("{number} {what}"));
        }
    }
    let blocked = summary.blocked_unmanaged + summary.blocked_behind;
    for (number, what) in [(summary.skipped, "skipped"), (blocked, "blocked")] {
        if number > 0 {
            parts.push(format!("{} {what}", count(number, "instance")));
        }
    }
    if parts.is_empty() {
        parts.push("nothing to do".to_owned());
    }
    let bad = summary.failed + summary.unreachable + summary.unknown > 0;
    let tone = match (bad, summary.skipped + blocked + summary.not_started > 0 || summary.interrupted) {
        (true, _) => Tone::Failed,
        (false, true) => Tone::Warning,
        (false, false) => Tone::Ok,
    };
    let text = format!("{}: {}", harmless(command), parts.join(", "));
    format!("{} ({})", tone.paint(&text, colour), seconds(summary.milliseconds))
}

/// Whether an instance that is held for that reason has its cause told elsewhere already.
pub(crate) fn told_elsewhere(kind: BlockedKind) -> bool {
    matches!(kind, BlockedKind::Behind | BlockedKind::Interrupted)
}

/// What failed: `server-1 on ship local: start`.
fn step(subject: &Subject, action: ActionKind) -> String {
    format!("{}: {}", of(subject), doing(action))
}

/// A part with its name before it, if there is anything; further lines stand under the first.
fn part(name: &str, text: &str) -> Option<String> {
    let mut lines = text.lines().map(harmless_line).filter(|line| !line.trim().is_empty());
    let mut part = format!("  {name}: {}", lines.next()?);
    let indent = " ".repeat(name.len() + 4);
    for line in lines {
        part.push('\n');
        part.push_str(&indent);
        part.push_str(&line);
    }
    Some(part)
}

/// What an exit code tells by convention, as far as it does.
fn exit_code_meaning(code: i64) -> String {
    match code {
        126 => " (the command could not be executed)".to_owned(),
        127 => " (the command was not found)".to_owned(),
        137 => " (SIGKILL: out of memory, or killed)".to_owned(),
        129..=192 => format!(" (signal {})", code - 128),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::samples, *};
    use maestro_core::event::StandingContainer;

    #[test]
    fn a_failure_says_what_why_what_holds_and_what_next() {
        let failure = samples::failure();
        insta::assert_snapshot!(text(&samples::subject("server-1", "server", "local"), ActionKind::Start, &failure, false), @r#"
        failed: server-1 on ship local: start
          reason: the container exited with code 3 right after its start
          exit code: 3
          last 2 lines of its log:
          | listening	now
          | Error: \u{1b}[31mno database
          state: the container server-1 is there, created and not running
          next: maestro logs server-1
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
        outcome unknown: ship far: create network
          reason: the connection broke
                  before the \u{1b}[31manswer
          exit code: 137 (SIGKILL: out of memory, or killed)
        "#);
    }

    #[test]
    fn a_hold_names_everybody_once() {
        let (a, b) = (samples::subject("web-1", "web", "far"), samples::subject("web-2", "web", "far"));
        insta::assert_snapshot!(
            blocked(BlockedKind::Unreachable, &[&a, &b], "its ship does not answer", "maestro status", false),
            @r#"
        skipped: web-1 on ship far, web-2 on ship far
          reason: its ship does not answer
          next: maestro status
        "#
        );
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
    fn a_summary_counts_only_what_there_is() {
        let bad = Summary {
            done: 7,
            failed: 1,
            skipped: 1,
            blocked_unmanaged: 1,
            milliseconds: 3_210,
            ..Summary::default()
        };
        assert_eq!(
            summary("start", &bad, false),
            "start: 7 steps done, 1 failed, 1 instance skipped, 1 instance blocked (3.2 s)"
        );
        assert_eq!(summary("stop", &Summary::default(), false), "stop: nothing to do (0.0 s)");
        let interrupted = Summary { not_started: 1, interrupted: true, ..Summary::default() };
        assert_eq!(summary("stop", &interrupted, false), "stop: interrupted, 1 step not started (0.0 s)");
    }

    #[test]
    fn failures_that_differ_in_a_name_only_are_told_as_one() {
        let broken = |name: &str, why: &str| {
            let state = format!("the container {name} is there, created");
            let failure = FailureText { reason: format!("{name}: {why}"), state, ..samples::failure() };
            (samples::subject(name, "web", "local"), ActionKind::Start, failure)
        };
        let told = [broken("web-1", "no disk"), broken("web-2", "no disk"), broken("web-3", "no memory")];
        let groups = alike(&told);
        assert_eq!(groups.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
        assert!(texts(&groups[0], false).ends_with("\n  same for: web-2"));
        assert_eq!(texts(&groups[1], false), text(&told[2].0, ActionKind::Start, &told[2].2, false));
    }
}
